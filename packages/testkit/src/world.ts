/** Whole clients and a whole server in one process, on one clock: nothing of either is played by a script. */
import assert from 'node:assert/strict'
import { Client, type ClientOptions, type Connection, type Connector, type Platform } from '@waxwing/client'
import { bareOf, parseJid } from '@waxwing/jid'
import { type RawOptions, type Scene, scene, scenePassword } from './scene.ts'
import type { SceneOptions } from './server-options.ts'
import { syncCrypto } from './sync-crypto.ts'
import type { Wire } from './wire.ts'

export type JoinOptions = Partial<Omit<ClientOptions, 'jid' | 'connector' | 'platform'>> & {
  /** How the wires are that the client connects by. */
  readonly wires?: RawOptions
}

/** Clients take no server with fewer rounds. RFC 7677 §4. */
const iterations = 4_096

export class World implements AsyncDisposable {
  readonly host: Scene
  /** What handlers of the clients threw and nobody caught. */
  readonly faults: unknown[] = []
  /** Every wire a client has connected by, the newest last. */
  readonly wires: Wire[] = []
  readonly #clients: Client[] = []

  constructor(host: Scene) {
    this.host = host
  }

  /** A client that is online: bound, roster loaded, presence shown. Its account is made if need be. */
  async joins(jid: string, options: JoinOptions = {}): Promise<Client> {
    const client = await this.prepares(jid, options)
    await this.waitsFor(client.open())
    return client
  }

  /** A client that has not connected yet. */
  async prepares(jid: string, { wires, ...options }: JoinOptions = {}): Promise<Client> {
    await this.host.account(bareOf(parseJid(jid)), options.password)
    const client = new Client({
      password: scenePassword,
      ...options,
      jid,
      platform: this.#platform(),
      connector: this.connector({ name: jid, ...wires }),
    })
    this.#clients.push(client)
    return client
  }

  /** Lets time pass until a promise settles, and gives what it gives. @throws AssertionError after a minute of it */
  async waitsFor<T>(promise: Promise<T>): Promise<T> {
    const settled = new Set<Promise<unknown>>()
    const note = (): void => void settled.add(promise)
    promise.then(note, note)
    await this.host.turns.settle()
    for (let waited = 0; !settled.has(promise); waited += 50) {
      assert.ok(waited < 60_000, 'Nothing came of it within a minute')
      await this.host.advance(50)
    }
    return promise
  }

  /** Connects by wires of the scene. */
  connector(options: RawOptions = {}): Connector {
    return {
      connect: async (): Promise<Connection> => {
        const wire = this.host.connects(options)
        this.wires.push(wire)
        const { near } = wire
        near.pauseReading()
        const own: Connection['own'] = owner => {
          near.own(owner)
          near.resumeReading()
        }
        return { transport: near, framing: 'stream', own }
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await this.waitsFor(client.close())
    await this.host[Symbol.asyncDispose]()
    assert.deepEqual(this.faults, [], 'Handlers of clients threw')
  }

  #platform(): Platform {
    const { clock, random } = this.host
    return { clock, random, crypto: syncCrypto(random), report: fault => this.faults.push(fault) }
  }
}

/** Starts a server for whole clients: `await using it = await world()`. */
export async function world(options: SceneOptions = {}): Promise<World> {
  return new World(await scene({ ...options, login: { iterations, ...options.login } }))
}

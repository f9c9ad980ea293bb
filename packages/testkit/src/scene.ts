/** A whole server in this process: no sockets, no waiting, every step in the same order each time. */
import assert from 'node:assert/strict'
import { domainOf, type FullJid, isFull, localOf, parseJid } from '@waxwing/jid'
import { AccountError, type MemoryDriver, memoryStore, Server } from '@waxwing/server'
import { logIn } from './login.ts'
import { ManualClock } from './manual-clock.ts'
import { Peer } from './peer.ts'
import { SceneLog } from './scene-log.ts'
import { SeededRandom } from './seeded-random.ts'
import { handshakeOf, plannedServer, type SceneOptions } from './server-options.ts'
import { syncCrypto } from './sync-crypto.ts'
import { Transcript } from './transcript.ts'
import { Turns } from './turns.ts'
import { type Weather, Wire, type WirePlan } from './wire.ts'

/** What everybody's password is unless a scene says otherwise. */
export const scenePassword = 'r0m30myr0m30'

/** The wall clock at the start of every scene: RFC 6121's examples were of that time. */
const sceneEpoch = Date.UTC(2011, 2, 1, 12, 0, 0)

export interface ClientOptions {
  readonly password?: string
  /** xml:lang of the stream. */
  readonly lang?: string
}

export interface RawOptions {
  /** Secured from the first byte, as with direct TLS. XEP-0368. */
  readonly tls?: boolean
  /** Addresses in the client's certificate, for SASL EXTERNAL. */
  readonly certifiedJids?: readonly string[]
  /** A certificate of the client's own making, DER. XEP-0257. */
  readonly certificate?: Uint8Array
  readonly name?: string
  /** Where the connection comes from. */
  readonly address?: string
}

export class Scene implements AsyncDisposable {
  readonly clock: ManualClock
  readonly turns: Turns = new Turns()
  readonly store: MemoryDriver = memoryStore()
  readonly log: SceneLog = new SceneLog()
  readonly random: SeededRandom
  /** How the wires behave from now on. */
  weather: Weather = { delayMs: () => 0 }
  readonly #options: SceneOptions
  readonly #transcript: Transcript
  #server: Server | undefined
  readonly #wires: Wire[] = []
  /** A peer has told of a failure already: another one would only hide it. */
  #hasFailed = false

  private constructor(options: SceneOptions) {
    this.#options = options
    this.clock = new ManualClock(this.turns, sceneEpoch)
    this.random = new SeededRandom(options.seed ?? 1)
    this.#transcript = new Transcript(this.clock)
  }

  static async start(options: SceneOptions): Promise<Scene> {
    const scene = new Scene(options)
    await scene.#startServer()
    return scene
  }

  async #startServer(): Promise<void> {
    const { clock, random, log, store } = this
    const crypto = syncCrypto(random)
    this.#server = await Server.start({
      ...plannedServer(this.#options),
      clock,
      random,
      crypto,
      log,
      store: this.#options.around?.(store) ?? store,
    })
  }

  get server(): Server {
    return this.#server ?? assert.fail('The server is not running')
  }

  /** A client with a bound resource; its account is made if need be. It has sent no presence yet. */
  async client(jid: string, options: ClientOptions = {}): Promise<Peer> {
    const full = fullJidOf(jid)
    await this.account(jid, options.password)
    const peer = this.raw({ tls: true, name: full })
    await logIn(peer, full, options.password ?? scenePassword, options.lang)
    return peer
  }

  /** As `client`, and available; what it has heard by then is put out of mind. RFC 6121 §4.2. */
  async online(jid: string, presence = '<presence/>', options: ClientOptions = {}): Promise<Peer> {
    const peer = await this.client(jid, options)
    await peer.sends(presence)
    await peer.forgets()
    return peer
  }

  /** Makes an account unless it is there. */
  async account(jid: string, password: string = scenePassword): Promise<void> {
    const parsed = parseJid(jid)
    const host = this.server.router.host(domainOf(parsed))
    assert.ok(host, `The scene does not serve the domain of ${jid}`)
    try {
      await host.accounts.create(host.accounts.jidOf(localOf(parsed) ?? ''), password)
    } catch (error) {
      if (!(error instanceof AccountError && error.condition === 'exists')) throw error
    }
  }

  /** A connection to the client listener on which nothing has been said. */
  raw(options: RawOptions = {}): Peer {
    const wire = this.connects(options)
    return this.#peer(wire.plan.name, wire, 'jabber:client')
  }

  /** A wire to the client listener: its near end belongs to whoever asked. */
  connects({ tls = false, certifiedJids, certificate, name, address }: RawOptions = {}): Wire {
    const called = name ?? `raw-${this.#wires.length + 1}`
    const wire = this.#wire({ name: called, isTls: tls, certifiedJids, certificate }, address)
    wire.far.own(this.server.acceptClient(wire.far))
    return wire
  }

  /** A connection to the component listener on which nothing has been said. XEP-0114. */
  rawComponent(name = `component-${this.#wires.length + 1}`): Peer {
    const wire = this.#wire({ name, isTls: false })
    wire.far.own(this.server.acceptComponent(wire.far))
    return this.#peer(name, wire, 'jabber:component:accept')
  }

  /** A connected component: everybody of its domain. The scene's options must name its secret. */
  async component(domain: string): Promise<Peer> {
    const secret = this.#options.components?.[domain]
    assert.ok(secret !== undefined, `The scene's options name no secret for ${domain}`)
    const peer = this.rawComponent(domain)
    await peer.opens(`to='${domain}'`)
    const { attrs } = await peer.receivesHeader()
    await peer.sends(`<handshake>${handshakeOf(attrs.get('id') ?? '', secret)}</handshake>`)
    await peer.receives('<handshake/>')
    return peer
  }

  /** Lets time pass. */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms)
  }

  /** Ends the server in order and starts another one on the same store. Everybody has to connect again. */
  async restart(): Promise<void> {
    await this.#stop()
    await this.#startServer()
  }

  /** The server is gone without a goodbye, as after a power cut; another one starts on the same store. */
  async crash(): Promise<void> {
    for (const wire of this.#wires) wire.stall()
    await this.#startServer()
  }

  /** What went over all wires so far. */
  transcript(): string {
    return this.#transcript.toString()
  }

  /** Ends the server. @throws AssertionError when it logged errors nobody expected */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop()
    if (!this.#options.mayFail && !this.#hasFailed)
      assert.deepEqual(this.log.faults(), [], 'The server logged errors')
  }

  async #stop(): Promise<void> {
    const stopped = this.#server?.stop()
    await this.turns.settle()
    await stopped
    this.#server = undefined
    for (const wire of this.#wires) wire.cut()
    await this.turns.settle()
  }

  #wire(plan: Omit<WirePlan, 'remote'>, address = '127.0.0.1'): Wire {
    const remote = `${address}:${40_001 + this.#wires.length}`
    const { clock, turns } = this
    const weather: Weather = { delayMs: () => this.weather.delayMs() }
    const wire = new Wire({ ...plan, remote }, { clock, turns, transcript: this.#transcript, weather })
    this.#wires.push(wire)
    return wire
  }

  #peer(name: string, wire: Wire, ns: Peer['ns']): Peer {
    const onFailure = (): string => {
      this.#hasFailed = true
      return this.log
        .faults()
        .map(fault => `\nThe server logged: ${fault}`)
        .join('')
    }
    return new Peer({ name, wire, turns: this.turns, ns, onFailure })
  }
}

/** Starts a server for one test: `await using host = await scene()`. */
export function scene(options: SceneOptions = {}): Promise<Scene> {
  return Scene.start(options)
}

function fullJidOf(jid: string): FullJid {
  const parsed = parseJid(jid)
  return isFull(parsed) ? parsed : assert.fail(`${jid} names no resource`)
}

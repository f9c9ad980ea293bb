/** All things of a simulation: they come one after the other, stay, and are told of in one line. */
import {
  AuthError,
  type Client,
  type Connector,
  connect,
  isRetryable,
  type Platform,
  type Status,
} from '@waxwing/client-node'
import type { AccountMaker } from './accounts.ts'
import type { SimulatedThing } from './simulated-thing.ts'

export interface FleetOptions {
  readonly things: readonly SimulatedThing[]
  readonly accounts: AccountMaker
  readonly passwordOf: (jid: string) => string
  readonly connector: Connector
  readonly platform: Platform
  /** Things that come in a second. */
  readonly perSecond: number
  /** Patience with each login. */
  readonly timeoutMs: number
  /** Told of what goes wrong, each kind once. */
  readonly report: (line: string) => void
}

/** How it stands. */
export interface Standing {
  readonly online: number
  /** Things that have come, whether they are there now or not. */
  readonly come: number
  readonly subscriptions: number
}

/** Silence after which a thing asks whether its server is still there: many things ask a lot. */
const keepAliveMs = 300_000
/** Things that are coming at the same time. */
const mostComing = 32
const triesPerThing = 5

export class Fleet {
  readonly #options: FleetOptions
  readonly #reported = new Set<string>()
  #come = 0
  #isOver = false

  constructor(options: FleetOptions) {
    this.#options = options
  }

  /** Brings all things online, spread over time; settles when the last one has come or was given up. */
  async come(): Promise<void> {
    const { things, perSecond, platform } = this.#options
    const since = platform.clock.monotonic()
    const coming = new Set<Promise<void>>()
    for (let n = 0; n < things.length && !this.#isOver; n++) {
      const one = things[n]
      if (!one) break
      await this.#until(since + (n * 1000) / perSecond)
      if (coming.size >= mostComing) await Promise.race(coming)
      const arrival = this.#bring(one).finally(() => coming.delete(arrival))
      coming.add(arrival)
    }
    await Promise.all(coming)
  }

  get standing(): Standing {
    let online = 0
    let subscriptions = 0
    for (const one of this.#options.things) {
      if (one.client?.state === 'online') online++
      subscriptions += one.subscriptions
    }
    return { online, subscriptions, come: this.#come }
  }

  /** Has happen to each thing what belongs to this moment. */
  tick(now: number): void {
    for (const one of this.#options.things) one.tick(now)
  }

  /** All leave, some at a time. */
  async leave(): Promise<void> {
    this.#isOver = true
    const { things } = this.#options
    for (let from = 0; from < things.length; from += mostComing)
      await Promise.all(things.slice(from, from + mostComing).map(async one => one.client?.close()))
  }

  async #bring(one: SimulatedThing): Promise<void> {
    for (let tries = 0; tries < triesPerThing && !this.#isOver; tries++) {
      try {
        const client = await this.#enter(one)
        if (this.#isOver) return await client.close()
        one.serve(client)
        client.on('state', this.#changed)
        this.#come++
        return
      } catch (error) {
        this.#report(whyNotIn(error))
        if (!isRetryable(error)) return
        await this.#until(this.#options.platform.clock.monotonic() + 1000 * 2 ** tries)
      }
    }
  }

  async #enter(one: SimulatedThing): Promise<Client> {
    const { accounts, passwordOf, connector, platform, timeoutMs } = this.#options
    const password = passwordOf(one.jid)
    await accounts.make(one.jid.slice(0, one.jid.indexOf('@')), password)
    return connect({
      jid: one.jid,
      password,
      resource: 'thing',
      connector: one.connector(connector),
      platform,
      keepAliveMs,
      timeoutMs,
      roster: false,
    })
  }

  /** One for all. What is only lost for a while is nobody's business. */
  readonly #changed = (status: Status): void => {
    if (status.state === 'closed' && status.error) this.#report(`A thing is gone: ${status.error.message}`)
  }

  /** Of many things one sentence is enough; names differ. */
  #report(why: string): void {
    const kind = why.replaceAll(/[\w-]+@/g, '…@')
    if (this.#reported.has(kind)) return
    this.#reported.add(kind)
    this.#options.report(why)
  }

  #until(monotonic: number): Promise<void> {
    const { clock } = this.#options.platform
    const ms = monotonic - clock.monotonic()
    return ms <= 0 ? Promise.resolve() : new Promise(resolve => void clock.after(ms, resolve))
  }
}

function whyNotIn(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error)
  return error instanceof AuthError ? `An account is there already, with another password (${why})` : why
}

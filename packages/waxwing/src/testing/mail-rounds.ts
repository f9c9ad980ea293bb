/** Messages under stream management, and a server that is killed in the middle of them, again and again. */

import type { Line } from './line.ts'
import { MailClient, type Returns } from './mail-client.ts'
import { type MailFaults, MailLedger } from './mail-ledger.ts'

/** The server as the rounds see it. */
export interface Victim {
  /** Starts it; it knows what it knew. */
  start(): Promise<void>
  /** A connection that has logged in. */
  connect(username: string): Promise<Line>
  /** Ends it without a word, now. */
  kill(): Promise<void>
}

export interface MailOptions {
  readonly victim: Victim
  readonly rounds: number
  /** Numbers from 0 to 1. */
  readonly fraction: () => number
  readonly cast?: Cast
  /** A round ends after this many things have happened at most. */
  readonly most: number
  /** How long the last messages may take. */
  readonly patienceMs?: number
  readonly say?: ((line: string) => void) | undefined
}

export interface MailResult extends MailFaults {
  /** Messages the server has acknowledged. */
  readonly acknowledged: number
  /** Received again by clients that had not acknowledged them and did not resume. */
  readonly repeated: number
  readonly resumptions: number
  /** Sessions that were to go on and were not there any more. */
  readonly failedResumptions: number
  readonly notes: readonly string[]
}

const inFlightMost = 150
const burst = 6

/** Who takes part; all names are accounts. */
export interface Cast {
  readonly senders: Readonly<Record<string, Returns>>
  /** Receivers that are online all the time. */
  readonly online: Readonly<Record<string, Returns>>
  /** Comes for its messages once in a round, and is offline before and after that. */
  readonly sleeper: string
}

export const mailCast: Cast = {
  senders: { sender1: 'resuming', sender2: 'resuming, without ids', sender3: 'anew' },
  online: { resumer: 'resuming', returner: 'anew' },
  sleeper: 'sleeper',
}

export function namesOf({ senders, online, sleeper }: Cast): readonly string[] {
  return [...Object.keys(senders), ...Object.keys(online), sleeper]
}

export async function mailRounds(options: MailOptions): Promise<MailResult> {
  const rounds = new MailRounds(options)
  for (let round = 1; round <= options.rounds; round++) await rounds.run(round)
  return rounds.end()
}

class MailRounds {
  readonly #options: MailOptions
  readonly #ledger = new MailLedger()
  readonly #senders: readonly MailClient[]
  readonly #online: readonly MailClient[]
  readonly #sleeper: MailClient
  #events = 0
  #onEvent: (() => void) | undefined

  constructor(options: MailOptions) {
    this.#options = options
    const { cast = mailCast } = options
    const happened = (): void => this.#happened()
    const make = ([name, returns]: readonly [string, Returns], onEvent = happened): MailClient =>
      new MailClient({ name, returns, ledger: this.#ledger, onEvent })
    this.#senders = Object.entries(cast.senders).map(one => make(one))
    this.#online = Object.entries(cast.online).map(one => make(one))
    this.#sleeper = make([cast.sleeper, 'anew'], () => {})
  }

  async run(round: number): Promise<void> {
    const { victim, fraction, most, say } = this.#options
    await victim.start()
    const enough = 1 + Math.floor(fraction() * most)
    const pauseMs = fraction() * 3
    const killed = this.#after(enough, pauseMs)
    // Also while they come back.
    const work = this.#work(killed.signal, round % 2 === 0)
    await killed.done
    await work
    const { faults, count, repeated } = this.#ledger
    say?.(
      `round ${round}: killed after ${enough}; ${count} acknowledged, ${repeated} repeated, ${JSON.stringify(faults)}`,
    )
  }

  /** Kills the server so many events, and a moment, from now. */
  #after(enough: number, pauseMs: number): { signal: AbortSignal; done: Promise<void> } {
    const killing = new AbortController()
    const end = this.#events + enough
    const done = new Promise<void>(resolve => {
      this.#onEvent = () => {
        if (this.#events < end || killing.signal.aborted) return
        killing.abort()
        setTimeout(() => void this.#options.victim.kill().then(resolve), pauseMs)
      }
    })
    return { signal: killing.signal, done }
  }

  async #work(killed: AbortSignal, sleepsOn: boolean): Promise<void> {
    const all = [...this.#senders, ...this.#online]
    const begun = await Promise.allSettled(all.map(client => this.#begin(client)))
    const failed = begun.find(one => one.status === 'rejected')
    if (failed && !killed.aborted) throw failed.reason
    // Before anybody sends to it, or in the middle of what is sent to it.
    if (!sleepsOn) await this.#wakeSleeper().catch(() => {})
    await Promise.allSettled([
      ...this.#senders.map(sender => this.#send(sender, killed)),
      ...this.#online.map(receiver => this.#confirm(receiver, killed)),
      sleepsOn ? this.#wakeSleeper() : undefined,
    ])
    await Promise.all(all.map(client => client.ended))
  }

  async #begin(client: MailClient): Promise<void> {
    await client.begin(await this.#options.victim.connect(client.name))
  }

  async #wakeSleeper(): Promise<void> {
    await this.#begin(this.#sleeper)
    // What was kept comes ahead of the first answer.
    await this.#sleeper.confirm()
    await this.#sleeper.confirm()
    await this.#sleeper.close()
  }

  async #send(sender: MailClient, killed: AbortSignal): Promise<void> {
    const receivers = [...this.#online, this.#sleeper].map(({ name }) => name)
    while (!killed.aborted) {
      for (const receiver of receivers)
        for (let n = 0; n < burst && sender.inFlight < inFlightMost; n++) sender.say(receiver)
      sender.ask()
      await turn()
    }
  }

  /** Says now and then what it has. */
  async #confirm(receiver: MailClient, killed: AbortSignal): Promise<void> {
    while (!killed.aborted) {
      await receiver.confirm()
      await turn()
    }
  }

  /** Everybody comes back for what is left, and nobody sends anything new. */
  async end(): Promise<MailResult> {
    const { victim, patienceMs = 20_000 } = this.#options
    this.#onEvent = undefined
    await victim.start()
    for (const client of [...this.#senders, ...this.#online]) await this.#begin(client)
    const until = performance.now() + patienceMs
    while (!this.#isSettled() && performance.now() < until) {
      for (const sender of this.#senders) sender.ask()
      await this.#wakeSleeper()
      await turn(20)
    }
    const faults = this.#ledger.close()
    const clients = [...this.#senders, ...this.#online]
    for (const client of clients) client.drop()
    await victim.kill()
    return {
      ...faults,
      acknowledged: this.#ledger.count,
      repeated: this.#ledger.repeated,
      resumptions: clients.reduce((sum, { resumptions }) => sum + resumptions, 0),
      failedResumptions: clients.reduce((sum, { failures }) => sum + failures, 0),
      notes: this.#ledger.notes,
    }
  }

  #isSettled(): boolean {
    const receivers = [...this.#online, this.#sleeper]
    return this.#senders.every(sender =>
      receivers.every(receiver => this.#ledger.isSettled(sender.name, receiver.name)),
    )
  }

  #happened(): void {
    this.#events++
    this.#onEvent?.()
  }
}

function turn(ms = 1): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms)
  })
}

/** What is known of a message that was sent. */
import type { Jid } from '@waxwing/jid'
import type { Clock } from '@waxwing/stream'
import { type Settle, type WaitOptions, waitFor } from './waiting.ts'

/**
 * How far a message has come:
 * `queued` it waits for a session; `sent` it was handed to the connection, which may still break before it arrives;
 * `accepted` the server has it and keeps it for the receiver (XEP-0198; only servers that manage streams say so);
 * `received` the receiver's client said so (XEP-0184); `failed` it came back, or will not be sent; `cancelled`
 * it was taken back in time and will not be sent.
 */
export type DeliveryState = 'queued' | 'sent' | 'accepted' | 'received' | 'failed' | 'cancelled'

const isFinal = (state: DeliveryState): boolean =>
  state === 'received' || state === 'failed' || state === 'cancelled'

const hasLeft: ReadonlySet<DeliveryState> = new Set(['sent', 'accepted', 'received'])

export class Delivery {
  readonly id: string
  readonly to: Jid
  readonly #clock: Clock
  readonly #waiting = new Set<() => void>()
  #state: DeliveryState = 'queued'
  #error: Error | undefined
  #takeBack: (() => boolean) | undefined

  constructor(id: string, to: Jid, clock: Clock) {
    this.id = id
    this.to = to
    this.#clock = clock
  }

  get state(): DeliveryState {
    return this.#state
  }

  /** Why it failed. */
  get error(): Error | undefined {
    return this.#error
  }

  /** Waits until the message was handed to the connection. Rejects with what made it fail, or as a wait does. */
  sent(options: WaitOptions = {}): Promise<void> {
    return this.#until('departure', options, state => hasLeft.has(state))
  }

  /** Waits until the server has taken the message over. Give it a deadline: not every server says so. */
  accepted(options: WaitOptions = {}): Promise<void> {
    return this.#until(
      'acceptance by the server',
      options,
      state => state === 'accepted' || state === 'received',
    )
  }

  /** Waits until the receiver's client confirms the message: only some do. Give it a deadline. */
  received(options: WaitOptions = {}): Promise<void> {
    return this.#until(`receipt of ${this.to}`, options, state => state === 'received')
  }

  /** Takes the message back. `true`: it will never be sent; `false`: it was too late. */
  cancel(): boolean {
    if (this.#takeBack?.() !== true) return false
    this.move('cancelled', new Error('The message was cancelled'))
    return true
  }

  /** For the client alone: how to take the message back. */
  holdBy(takeBack: () => boolean): void {
    this.#takeBack = takeBack
  }

  /** For the client alone. */
  move(state: DeliveryState, error?: Error): void {
    if (isFinal(this.#state) || (state === 'sent' && this.#state === 'accepted')) return
    this.#state = state
    this.#error = error
    for (const look of this.#waiting) look()
  }

  #until(what: string, options: WaitOptions, isReached: (state: DeliveryState) => boolean): Promise<void> {
    return waitFor<void>(this.#clock, options, what, settle => {
      const look = (): void => this.#look(settle, isReached)
      this.#waiting.add(look)
      look()
      return () => {
        this.#waiting.delete(look)
      }
    })
  }

  #look({ resolve, reject }: Settle<void>, isReached: (state: DeliveryState) => boolean): void {
    if (isReached(this.#state)) return resolve()
    if (isFinal(this.#state)) reject(this.#error ?? new Error('The message was not delivered'))
  }
}

/** When a client is asked what it has: after so many stanzas, or when nothing follows for a while. XEP-0198 §4. */
import type { Clock, Timer } from '@waxwing/stream'

export interface QuestionLimits {
  /** Stanzas after which the client is asked at once. */
  readonly requestEvery: number
  /** How long it is waited for more of them, in ms. */
  readonly requestAfter: number
}

export class Question {
  readonly #clock: Clock
  readonly #limits: QuestionLimits
  readonly #ask: () => void
  #timer: Timer | undefined
  #isUrgent = false
  #since = 0

  constructor(clock: Clock, limits: QuestionLimits, ask: () => void) {
    this.#clock = clock
    this.#limits = limits
    this.#ask = ask
  }

  /** Stanzas have gone out; the question follows behind them. */
  sent(count: number): void {
    this.#since += count
    if (this.#isUrgent || count === 0) return
    this.#isUrgent = this.#since >= this.#limits.requestEvery
    if (this.#timer && !this.#isUrgent) return
    this.#timer?.cancel()
    this.#timer = this.#clock.after(this.#isUrgent ? 0 : this.#limits.requestAfter, () => {
      this.asked()
      this.#ask()
    })
  }

  /** The client has been asked, or need not be. */
  asked(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#isUrgent = false
    this.#since = 0
  }
}

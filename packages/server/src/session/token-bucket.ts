/** A rate limit without timers: tokens come back with time, and a debt tells how long to wait. */
export class TokenBucket {
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #at: number

  constructor(perSecond: number, burst: number, now: number) {
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#at = now
  }

  /** When something was taken last. */
  get lastTakenAt(): number {
    return this.#at
  }

  /** Takes `amount`, going into debt if need be. @returns milliseconds until the debt is paid; 0 when there is none */
  take(amount: number, now: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs) - amount
    this.#at = now
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#perMs)
  }
}

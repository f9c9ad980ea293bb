/** How often somebody may do something: an allowance that comes back with time. */
import type { Clock } from '@waxwing/stream'
import { TokenBucket } from '../../session/token-bucket.ts'

/** Those remembered; beyond it who was heard of first is forgotten. */
const maxKnown = 10_000

export class Allowance {
  readonly #perHour: number
  readonly #atOnce: number
  readonly #clock: Clock
  readonly #buckets = new Map<string, TokenBucket>()

  /** @param atOnce how much of it may be used up without a pause */
  constructor(perHour: number, clock: Clock, atOnce: number = perHour) {
    this.#perHour = perHour
    this.#atOnce = atOnce
    this.#clock = clock
  }

  /** Whether there is nothing left for them now. */
  isSpent(who: string): boolean {
    const wait = this.#buckets.get(who)?.take(0, this.#clock.monotonic()) ?? 0
    return wait > 0
  }

  spend(who: string): void {
    const now = this.#clock.monotonic()
    const bucket = this.#buckets.get(who) ?? new TokenBucket(this.#perHour / 3_600, this.#atOnce - 1, now)
    this.#buckets.set(who, bucket)
    bucket.take(1, now)
    if (this.#buckets.size > maxKnown) this.#forgetOne()
  }

  #forgetOne(): void {
    for (const first of this.#buckets.keys()) {
      this.#buckets.delete(first)
      return
    }
  }
}

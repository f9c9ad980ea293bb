/** How often each network address may do something. */
import { TokenBucket } from '../../session/token-bucket.ts'

export class AddressRates {
  readonly #perHour: number
  readonly #maxAddresses: number
  readonly #buckets = new Map<string, TokenBucket>()

  /** When more than `maxAddresses` have come, all are forgotten: memory is bounded, and nobody is shut out. */
  constructor(perHour: number, maxAddresses: number) {
    this.#perHour = perHour
    this.#maxAddresses = maxAddresses
  }

  /** Whether this address may once more; `now` in milliseconds. What is refused costs nothing. */
  take(address: string, now: number): boolean {
    const bucket = this.#buckets.get(address) ?? this.#add(address, now)
    if (bucket.take(1, now) === 0) return true
    // The wait must not grow with the asking.
    bucket.take(-1, now)
    return false
  }

  #add(address: string, now: number): TokenBucket {
    if (this.#buckets.size >= this.#maxAddresses) this.#buckets.clear()
    const bucket = new TokenBucket(this.#perHour / 3600, this.#perHour, now)
    this.#buckets.set(address, bucket)
    return bucket
  }
}

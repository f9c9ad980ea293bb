/** How fast one session may read its archive: pages come from the disk of everybody. */
import type { Clock } from '@waxwing/stream'
import type { ClientSession } from '../../session/client-session.ts'
import { TokenBucket } from '../../session/token-bucket.ts'

/** Seconds' worth of pages that may be asked for at once, to catch up. */
const burstSeconds = 10

export class QueryPace {
  readonly #perSecond: number
  readonly #clock: Clock
  readonly #buckets = new WeakMap<ClientSession, TokenBucket>()

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond
    this.#clock = clock
  }

  /** Settles when the session may have another page; meanwhile nothing else of its stream is handled. */
  async turnOf(session: ClientSession): Promise<void> {
    const now = this.#clock.monotonic()
    const bucket =
      this.#buckets.get(session) ?? new TokenBucket(this.#perSecond, this.#perSecond * burstSeconds, now)
    this.#buckets.set(session, bucket)
    const waitMs = bucket.take(1, now)
    if (waitMs > 0) await new Promise<void>(resolve => void this.#clock.after(waitMs, resolve))
  }
}

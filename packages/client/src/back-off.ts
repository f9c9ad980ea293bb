/** How long to wait before the next attempt: exponential, with full jitter. */

export interface BackOff {
  /** The longest first wait. Default 1,000. */
  readonly firstMs: number
  /** The longest wait at all. Default 60,000. */
  readonly maxMs: number
}

export const defaultBackOff: BackOff = { firstMs: 1000, maxMs: 60_000 }

/**
 * Full jitter spreads those who lost the same server evenly, so that they do not return all at once.
 *
 * @param failures attempts that failed in a row, 0 after a session that worked
 * @param fraction uniform in [0, 1)
 */
export function waitBefore(failures: number, fraction: number, { firstMs, maxMs }: BackOff): number {
  return fraction * Math.min(maxMs, firstMs * 2 ** Math.min(failures, 30))
}

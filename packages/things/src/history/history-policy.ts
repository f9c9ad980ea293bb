/** How long a field remembers, how often, and in how much detail. */
import type { HistoryPeriod } from '@waxwing/protocol'
import { isPeriod, lengthOf, type Period, periodOfLength, spanMs } from './history-periods.ts'

/** From some age on, one row stands for each period: least, greatest, mean and last value. */
export interface Thinning {
  /** As in `7d` or `P7D`. */
  readonly after: string
  readonly per: Exclude<HistoryPeriod, 'other'>
}

/** What a field keeps of its past. */
export interface HistoryOptions {
  /** How long, as in `30d`, `1y` or `P30D`. */
  readonly keep: string
  /** Rows of each detail; beyond it the oldest go. Default 100,000. */
  readonly rows?: number
  /** Bytes of each detail, more or less; beyond it the oldest go. Default 16 MiB. */
  readonly bytes?: number
  /** What becomes coarser with age; the finest first. Default: nothing. */
  readonly thin?: readonly Thinning[]
  /** What stands for a period: its mean, or its last value as for meters. Default: the mean of quantities, of others the last. */
  readonly tell?: 'mean' | 'last'
}

/** The same, checked and in milliseconds. */
export interface HistoryPolicy {
  readonly keepMs: number
  /** Absent: whenever the thing says that it changed. */
  readonly everyMs: number | undefined
  /** The distance of the values as they were taken. */
  readonly period: HistoryPeriod
  readonly rows: number
  readonly bytes: number
  readonly thin: readonly { readonly afterMs: number; readonly per: Period }[]
  readonly tell: 'mean' | 'last'
}

/** Nobody remembers anything faster than this. */
const fastestMs = 100

/** @throws TypeError for what makes no sense together */
export function policyOf(
  given: string | HistoryOptions,
  every: string | undefined,
  isQuantity: boolean,
): HistoryPolicy {
  const {
    keep,
    rows = 100_000,
    bytes = 16 * 1024 * 1024,
    thin = [],
    tell,
  } = typeof given === 'string' ? { keep: given } : given
  const everyMs = every === undefined ? undefined : Math.max(fastestMs, spanMs(every))
  const stages = thin.map(({ after, per }) => ({ afterMs: spanMs(after), per }))
  for (const [index, { afterMs, per }] of stages.entries()) {
    const finer = stages[index - 1]
    if (!isPeriod(per)) throw new TypeError(`There is no period ${String(per)}`)
    if (finer && (finer.afterMs >= afterMs || lengthOf(finer.per) >= lengthOf(per)))
      throw new TypeError('History is thinned step by step: later and coarser each time')
  }
  const period = periodOfLength(everyMs)
  return {
    keepMs: spanMs(keep),
    everyMs,
    period,
    rows,
    bytes,
    thin: stages,
    tell: tell ?? (isQuantity ? 'mean' : 'last'),
  }
}

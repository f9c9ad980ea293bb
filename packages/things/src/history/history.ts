/** The past of things: `for await (const reading of history(client, jid, { last: '7d', every: 'hour' }))`. */
import type { HistoryPeriod } from '@waxwing/protocol'
import type { ThingClient } from '../port.ts'
import { read } from '../readout/read.ts'
import { defaultOrder, type ReadOptions } from '../readout/read-options.ts'
import type { Reading } from '../readout/reading.ts'
import { spanMs } from './history-periods.ts'

export interface HistoryOfOptions extends Omit<ReadOptions, 'types' | 'periods' | 'when' | 'from' | 'to'> {
  /** From here on; both ends are included. Default: all there is. */
  readonly from?: Date | string
  /** Up to here. Default: now. */
  readonly to?: Date | string
  /** Instead of `from`: how far back, as in `7d`. */
  readonly last?: string
  /** One value for each of these. Default: what the thing has, as detailed as it has it. */
  readonly every?: HistoryPeriod | readonly HistoryPeriod[]
  /** The longest time of one readout, as in `30d`: what is longer is read piece by piece as the loop goes on. Default `30d`. */
  readonly slice?: string
}

/** Only these have words for periods. */
const withPeriods = [
  ...(['xep', 'sn'] as const),
  ...defaultOrder.filter(one => one !== 'xep' && one !== 'sn'),
]

/**
 * Historical values, in the order in which the thing tells them; of every slice, field by field. Leaving the loop
 * cancels the rest.
 *
 * @throws as `read`; TypeError for a span that is none
 */
export async function* history(
  client: ThingClient,
  jid: string,
  options: HistoryOfOptions = {},
): AsyncGenerator<Reading, void, undefined> {
  const { from, to, last, every = [], slice = '30d', ...asked } = options
  const now = client.platform.clock.wall()
  const periods = typeof every === 'string' ? [every] : every
  const order = periods.length > 0 ? { order: withPeriods } : {}
  const begin = last === undefined ? from : new Date(now - spanMs(last))
  for (const window of slices(begin, to, now, spanMs(slice)))
    yield* read(client, jid, { ...order, ...asked, types: ['historical'], periods, ...window })
}

interface Window {
  readonly from?: Date | string
  readonly to?: Date | string
}

/** A time without zone is the thing's own: it cannot be cut. */
function* slices(
  from: Date | string | undefined,
  to: Date | string | undefined,
  now: number,
  sliceMs: number,
): Generator<Window, void, undefined> {
  const [begin, end] = [instantOf(from), to === undefined ? now : instantOf(to)]
  if (begin === undefined || end === undefined || end - begin <= sliceMs) {
    yield { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
    return
  }
  for (let at = begin; at <= end; at += sliceMs)
    yield { from: new Date(at), to: new Date(Math.min(at + sliceMs - 1, end)) }
}

function instantOf(time: Date | string | undefined): number | undefined {
  if (time === undefined) return undefined
  if (typeof time !== 'string') return time.getTime()
  const ms = /(?:Z|[+-]\d\d:\d\d)$/.test(time) ? Date.parse(time) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

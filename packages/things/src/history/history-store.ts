/** Where things keep what was: the port, and its implementation in memory. */
import type { FieldQuality, SensorValue } from '@waxwing/protocol'

/** What the values of one period were. */
export interface Aggregate {
  /** Numbers as texts; absent for what cannot be counted. */
  readonly min?: string | undefined
  readonly max?: string | undefined
  readonly mean?: string | undefined
  /** How many values there were. */
  readonly count: number
}

/** One value of the past; of a period, the last one. */
export interface HistoryRow {
  /** Milliseconds since 1970; of a period, its beginning. */
  readonly at: number
  readonly value: SensorValue
  readonly quality: readonly FieldQuality[]
  /** Absent: it was so at this time. */
  readonly aggregate?: Aggregate | undefined
}

export type HistoryChange =
  /** A row of the same time is replaced. */
  | { readonly do: 'add'; readonly series: string; readonly rows: readonly HistoryRow[] }
  /** What is older goes. */
  | { readonly do: 'drop'; readonly series: string; readonly before: number }
  /** The oldest go until these bounds hold. */
  | { readonly do: 'trim'; readonly series: string; readonly rows: number; readonly bytes: number }

/** Both ends are included. */
export interface HistoryRange {
  readonly from: number
  readonly to: number
  /** Rows at most, the oldest ones. */
  readonly limit: number
}

/** How a write is made. */
export interface HistoryWriting {
  /** Whether it has to outlast a loss of power from the moment on at which it settles. Default `false`. */
  readonly durable?: boolean
}

/** Keeps rows of named series, each in order of time. */
export interface HistoryStore {
  /** All of it is kept, or nothing. */
  write(changes: readonly HistoryChange[], how?: HistoryWriting): void | Promise<void>
  /** Rows in order of time. */
  read(series: string, range: HistoryRange): readonly HistoryRow[] | Promise<readonly HistoryRow[]>
}

/** What a row takes, more or less: bounds in bytes are counted with it. */
export function bytesOf({ value, quality, aggregate }: HistoryRow): number {
  const { min = '', max = '', mean = '' } = aggregate ?? {}
  const unit = value.kind === 'quantity' ? (value.unit ?? '') : ''
  return 32 + value.text.length + unit.length + min.length + max.length + mean.length + 8 * quality.length
}

/** History that lasts as long as the process. */
export function memoryHistory(): HistoryStore {
  return new MemoryHistory()
}

class MemoryHistory implements HistoryStore {
  readonly #series = new Map<string, HistoryRow[]>()

  write(changes: readonly HistoryChange[]): void {
    for (const change of changes) {
      const rows = this.#series.get(change.series) ?? []
      if (change.do === 'add') for (const row of change.rows) put(rows, row)
      else if (change.do === 'drop') rows.splice(0, placeOf(rows, change.before))
      else rows.splice(0, surplusOf(rows, change.rows, change.bytes))
      if (rows.length > 0) this.#series.set(change.series, rows)
      else this.#series.delete(change.series)
    }
  }

  read(series: string, { from, to, limit }: HistoryRange): readonly HistoryRow[] {
    const rows = this.#series.get(series) ?? []
    const first = placeOf(rows, from)
    return rows.slice(first, Math.min(first + limit, placeOf(rows, to + 1)))
  }
}

/** The index of the first row that is not earlier. */
function placeOf(rows: readonly HistoryRow[], at: number): number {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.at ?? 0) < at) low = middle + 1
    else high = middle
  }
  return low
}

function put(rows: HistoryRow[], row: HistoryRow): void {
  const place = placeOf(rows, row.at)
  rows.splice(place, rows[place]?.at === row.at ? 1 : 0, row)
}

function surplusOf(rows: readonly HistoryRow[], most: number, mostBytes: number): number {
  let [kept, bytes] = [0, 0]
  for (const row of rows.toReversed()) {
    bytes += bytesOf(row)
    if (kept >= most || bytes > mostBytes) break
    kept++
  }
  return rows.length - kept
}

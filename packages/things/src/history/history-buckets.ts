/** Values of the past brought together, one row for each period. */
import { type FieldQuality, fieldQualities, type SensorValue } from '@waxwing/protocol'
import { beginningOf, endOf, type Period } from './history-periods.ts'
import type { Aggregate, HistoryRow } from './history-store.ts'

/** A row for a period. */
export interface Bucket extends HistoryRow {
  readonly aggregate: Aggregate
  /** When the next one begins. */
  readonly end: number
}

interface Counted {
  readonly text: string
  readonly number: number
}

/** What one period holds so far. */
class Heap {
  readonly at: number
  readonly end: number
  #last: HistoryRow
  readonly #quality = new Set<FieldQuality>()
  #min: Counted | undefined
  #max: Counted | undefined
  #sum = 0
  #counted = 0
  #count = 0
  #decimals = 0

  constructor(at: number, end: number, first: HistoryRow) {
    this.at = at
    this.end = end
    this.#last = first
  }

  add(row: HistoryRow): void {
    const { aggregate = whole(row) } = row
    if (row.at >= this.#last.at) this.#last = row
    for (const word of row.quality) this.#quality.add(word)
    this.#count += aggregate.count
    const [min, max] = [counted(aggregate.min), counted(aggregate.max)]
    if (min && !(this.#min && this.#min.number <= min.number)) this.#min = min
    if (max && !(this.#max && this.#max.number >= max.number)) this.#max = max
    const mean = counted(aggregate.mean)
    if (!mean) return
    this.#sum += mean.number * aggregate.count
    this.#counted += aggregate.count
    this.#decimals = Math.max(this.#decimals, decimalsOf(mean.text) + (row.aggregate ? 0 : 1))
  }

  get bucket(): Bucket {
    const decimals = Math.min(this.#decimals, 20)
    const mean = this.#counted === 0 ? undefined : (this.#sum / this.#counted).toFixed(decimals)
    const aggregate = { min: this.#min?.text, max: this.#max?.text, mean, count: this.#count }
    const quality = fieldQualities.filter(word => this.#quality.has(word))
    return { at: this.at, end: this.end, value: this.#last.value, quality, aggregate }
  }
}

/** A single value as an aggregate of one. */
function whole({ value }: HistoryRow): Aggregate {
  const text = numberIn(value)
  return { min: text, max: text, mean: text, count: 1 }
}

function numberIn({ kind, text }: SensorValue): string | undefined {
  const isNumber = kind === 'quantity' || kind === 'int' || kind === 'long'
  return isNumber && Number.isFinite(Number(text)) ? text : undefined
}

function counted(text: string | undefined): Counted | undefined {
  return text === undefined ? undefined : { text, number: Number(text) }
}

function decimalsOf(text: string): number {
  const [, decimals = ''] = /\.(\d*)$/.exec(text) ?? []
  return decimals.length
}

/** One row per period, of rows in order of time; rows of shorter periods count as what they stand for. */
export async function* bucketsOf(
  rows: AsyncIterable<HistoryRow>,
  period: Period,
  zone: number,
): AsyncGenerator<Bucket, void, undefined> {
  let heap: Heap | undefined
  for await (const row of rows) {
    if (heap && (row.at < heap.at || row.at >= heap.end)) {
      yield heap.bucket
      heap = undefined
    }
    heap ??= new Heap(beginningOf(period, row.at, zone), endOf(period, row.at, zone), row)
    heap.add(row)
  }
  if (heap) yield heap.bucket
}

/** Two rows of one period as one. */
export function merged(before: HistoryRow, bucket: Bucket): Bucket {
  const heap = new Heap(bucket.at, bucket.end, before)
  heap.add(before)
  heap.add(bucket)
  return heap.bucket
}

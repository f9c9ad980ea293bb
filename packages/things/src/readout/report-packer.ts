/** Fills reports up to their limits. */
import {
  type NodeRef,
  type ReadoutData,
  type ReadoutPart,
  type SensorDataFormat,
  type SensorField,
  sameNode,
  type Timestamp,
} from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'

/** One field, or one error, on its way into a report. */
export type Item = { readonly node: NodeRef | undefined; readonly time: Timestamp } & (
  | { readonly field: SensorField }
  | { readonly error: string }
)

export interface PackerLimits {
  readonly reportBytes: number
  readonly reportFields: number
}

/** An attribute that is longer is refused by many servers. */
const maxItemBytes = 60_000

/** What `</resp>` or `</fields>` has more than `/>`. */
const reportEndBytes = { short: 6, long: 8 } as const
/** What `</ts>` or `</timestamp>` has more than `/>`. */
const timeEndBytes = { short: 4, long: 11 } as const

/** Nobody can write this item: its text has characters XML has not, or too many. */
export class ItemError extends Error {
  override readonly name = 'ItemError'
}

export class ReportPacker {
  readonly #format: SensorDataFormat
  readonly #id: string
  readonly #limits: PackerLimits
  #parts: ReadoutPart[] = []
  #open:
    | { readonly node: NodeRef | undefined; readonly time: Timestamp; readonly fields: SensorField[] }
    | undefined
  /** Bytes of a report without content. */
  readonly #emptyBytes: number
  #bytes = 0
  #count = 0

  constructor(format: SensorDataFormat, id: string, limits: PackerLimits) {
    this.#format = format
    this.#id = id
    this.#limits = limits
    this.#emptyBytes = this.#bytesOf([]) + reportEndBytes[format.family]
    this.#bytes = this.#emptyBytes
  }

  get isEmpty(): boolean {
    return this.#count === 0
  }

  /**
   * Puts an item into the report.
   *
   * @returns the report before it when that was full
   * @throws ItemError and forgets the item
   */
  add(item: Item): ReadoutData | undefined {
    const cost = this.#costOf(item)
    const { reportBytes, reportFields } = this.#limits
    const isFull = this.#count >= reportFields || this.#bytes + cost > reportBytes
    const full = isFull && this.#count > 0 ? this.take(false) : undefined
    this.#bytes += full ? this.#costOf(item) : cost
    this.#count++
    this.#put(item)
    return full
  }

  /** The report so far; a new one begins. */
  take(last: boolean): ReadoutData {
    const { generation } = this.#format
    const data: ReadoutData = { kind: 'data', generation, id: this.#id, parts: this.#parts, last, skipped: 0 }
    this.#parts = []
    this.#open = undefined
    this.#bytes = this.#emptyBytes
    this.#count = 0
    return data
  }

  #put(item: Item): void {
    const { node, time } = item
    if ('error' in item) {
      this.#open = undefined
      this.#parts.push({ kind: 'error', node, time, text: item.error })
      return
    }
    if (this.#open && this.#continues(item)) {
      this.#open.fields.push(item.field)
      return
    }
    this.#open = { node, time, fields: [item.field] }
    this.#parts.push({ kind: 'fields', ...this.#open })
  }

  #continues({ node, time }: Item): boolean {
    return this.#open !== undefined && sameNode(this.#open.node, node) && this.#open.time.text === time.text
  }

  /** Bytes an item adds; what it shares with the item before it is not counted again. */
  #costOf(item: Item): number {
    const { node, time } = item
    const isError = 'error' in item
    const part: ReadoutPart = isError
      ? { kind: 'error', node, time, text: item.error }
      : { kind: 'fields', node, time, fields: [item.field] }
    const alone = this.#bytesOf([part])
    if (alone > maxItemBytes) throw new ItemError('The value is too long to be sent.')
    if (isError || !this.#continues(item)) return alone - this.#emptyBytes
    const around = this.#bytesOf([{ kind: 'fields', node, time, fields: [] }])
    return alone - around - timeEndBytes[this.#format.family]
  }

  #bytesOf(parts: readonly ReadoutPart[]): number {
    const { report, generation, family } = this.#format
    // The attribute that tells whether more follows is counted: each family writes it in one case only.
    const last = family === 'long'
    const data: ReadoutData = { kind: 'data', generation, id: this.#id, parts, last, skipped: 0 }
    try {
      return new TextEncoder().encode(writeWire(report, data)).length
    } catch (cause) {
      throw new ItemError('The value cannot be sent.', { cause })
    }
  }
}

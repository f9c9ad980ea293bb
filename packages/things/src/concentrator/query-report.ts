/** What a query has found, on its way to who asked. XEP-0326 §3.7 */
import {
  type QueryCell,
  type QueryColumn,
  type QueryEvent,
  type QueryProgress,
  type queryMessageLevels,
  type queryMessageTypes,
} from '@waxwing/protocol'
import { encodeBase64, formatDateTime } from '@waxwing/xml'
import type { Clock, Timer } from '../port.ts'
import { bytesOf } from './weight.ts'

/** What may stand in a cell. */
export type CellValue = string | number | bigint | boolean | Date | undefined | QueryCell

/** A table while it is filled. */
export interface ReportTable {
  /** One row, a cell for each column. */
  row(...cells: readonly CellValue[]): Promise<void>
  done(): Promise<void>
}

/** What a report needs of its query. */
export interface ReportWorld {
  readonly clock: Clock
  /** About how many bytes one message may have. */
  readonly size: number
  /** Bytes of one thing that is told. */
  readonly maxPiece: number
  /** Whether cells may be quantities. */
  readonly hasQuantities: boolean
  /** Settles when what was sent before has been taken. */
  room(): Promise<void>
  send(events: QueryProgress['events']): void
}

/** After so many messages it is waited until they have been taken: nobody's line is filled faster than it takes. */
const messagesAtOnce = 8
/** What has been told and not yet sent leaves after this time. */
const patienceMs = 100

/** Tells what a query finds. What it tells after it was aborted is not heard. */
export class QueryReport {
  readonly signal: AbortSignal
  readonly #world: ReportWorld
  #events: QueryEvent[] = []
  #size = 0
  #timer: Timer | undefined
  #tables = 0
  #messages = 0
  #isOver = false

  constructor(world: ReportWorld, signal: AbortSignal) {
    this.#world = world
    this.signal = signal
  }

  title(name: string): Promise<void> {
    return this.#tell({ kind: 'title', name }, bytesOf(name))
  }

  /** How it is getting on, for a status bar. */
  status(message: string): Promise<void> {
    return this.#tell({ kind: 'status', message }, bytesOf(message))
  }

  message(
    text: string,
    about: {
      readonly type?: (typeof queryMessageTypes)[number]
      readonly level?: (typeof queryMessageLevels)[number]
    } = {},
  ): Promise<void> {
    return this.#tell(
      { kind: 'queryMessage', type: 'Information', level: 'Minor', ...about, text },
      bytesOf(text),
    )
  }

  /** What follows belongs to it, until `endSection`. */
  section(header: string): Promise<void> {
    return this.#tell({ kind: 'beginSection', header }, bytesOf(header))
  }

  endSection(): Promise<void> {
    return this.#tell({ kind: 'endSection' }, 0)
  }

  /** Begins a table. */
  async table(name: string, columns: readonly (QueryColumn | string)[]): Promise<ReportTable> {
    const table = `table${++this.#tables}`
    const all = columns.map(column => (typeof column === 'string' ? { id: column, header: column } : column))
    await this.#tell(
      { kind: 'newTable', table, name, columns: all },
      all.reduce((sum, one) => sum + sizeOf(one), bytesOf(name)),
    )
    return {
      row: (...cells) => this.#row(table, cells),
      done: () => this.#tell({ kind: 'tableDone', table }, 0),
    }
  }

  /** A picture, a document, or anything else that has a media type. Throws `RangeError` when it is too large. */
  object(contentType: string, data: Uint8Array): Promise<void> {
    const value = encodeBase64(data)
    return this.#tell({ kind: 'newObject', contentType, value }, value.length)
  }

  /** How it begins and ends, for the query's keeper. */
  mark(kind: 'queryStarted' | 'queryDone' | 'queryAborted'): void {
    if (this.#isOver) return
    this.#events.push({ kind })
    this.#flush()
    this.#isOver = kind !== 'queryStarted'
  }

  /** Nothing leaves any more. */
  close(): void {
    this.#isOver = true
    this.#timer?.cancel()
  }

  #row(table: string, values: readonly CellValue[]): Promise<void> {
    const cells = values.map(value => cellOf(value, this.#world.hasQuantities))
    const size = cells.reduce((sum, cell) => sum + sizeOf(cell), 30)
    this.#mustBeSmall(size)
    const last = this.#events.at(-1)
    // Rows that follow each other go together.
    if (last?.kind === 'newRecords' && last.table === table && this.#size + size < this.#world.size) {
      this.#events[this.#events.length - 1] = { ...last, records: [...last.records, { cells }] }
      this.#size += size
      return Promise.resolve()
    }
    return this.#tell({ kind: 'newRecords', table, records: [{ cells }] }, size)
  }

  #tell(event: QueryEvent, size: number): Promise<void> {
    if (this.#isOver || this.signal.aborted) return Promise.resolve()
    this.#mustBeSmall(size)
    const isFull = this.#events.length > 0 && this.#size + size > this.#world.size
    if (isFull) this.#flush()
    this.#events.push(event)
    this.#size += size + 60
    this.#timer ??= this.#world.clock.after(patienceMs, () => this.#flush())
    return isFull ? this.#turn() : Promise.resolve()
  }

  /** It has to go into one message. */
  #mustBeSmall(size: number): void {
    const { maxPiece } = this.#world
    if (size > maxPiece) throw new RangeError(`At most ${maxPiece} bytes can be told at once`)
  }

  /** Others get their turn between two messages. */
  async #turn(): Promise<void> {
    if (++this.#messages % messagesAtOnce === 0) await this.#world.room()
    await new Promise<void>(resolve => this.#world.clock.after(0, resolve))
  }

  #flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#isOver || this.#events.length === 0) return
    const events = this.#events
    this.#events = []
    this.#size = 0
    this.#world.send(events)
  }
}

/** About how many bytes a cell or a column takes. */
function sizeOf(one: QueryCell | QueryColumn): number {
  let size = 30
  for (const text of Object.values(one)) if (typeof text === 'string') size += 10 + bytesOf(text)
  return size
}

const int32 = 0x8000_0000

function cellOf(value: CellValue, hasQuantities: boolean): QueryCell {
  switch (typeof value) {
    case 'undefined':
      return { kind: 'void' }
    case 'string':
      return { kind: 'string', value }
    case 'boolean':
      return { kind: 'boolean', value: String(value) }
    case 'bigint':
      return { kind: 'long', value: String(value) }
    case 'number':
      return Number.isInteger(value) && Math.abs(value) < int32
        ? { kind: 'int', value: String(value) }
        : { kind: 'double', value: doubleText(value) }
    default:
      if (value instanceof Date) return { kind: 'dateTime', value: formatDateTime(value) }
      return hasQuantities ? value : olderCell(value)
  }
}

function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isFinite(value)) return String(value)
  return value > 0 ? 'INF' : '-INF'
}

/** Who knows no quantities reads them as texts. */
function olderCell(cell: QueryCell): QueryCell {
  if (cell.kind === 'quantity') return { kind: 'string', value: `${cell.magnitude} ${cell.unit}` }
  if (cell.kind === 'measurement')
    return { kind: 'string', value: `${cell.magnitude} ± ${cell.error} ${cell.unit}` }
  return cell
}

/** The store shapes over plain tables of cells: what drivers share. Drivers move cells, rows are made here. */

import {
  decodeRow,
  encodeBytes,
  encodeColumn,
  encodeRow,
  encodeText,
  type Layout,
  type SqlValue,
} from './codec.ts'
import { StoreError } from './store-error.ts'
import type {
  Blobs,
  EntryId,
  Keyed,
  Log,
  LogEntry,
  LogPage,
  LogQuery,
  LogRange,
  Mapped,
  Now,
} from './stores.ts'
import type { Table } from './table.ts'

/** The values of one row, in the order of its layout. */
export type Cells = readonly SqlValue[]

/** Rows by key and entry. Keyed stores and blobs have one entry per key, named ''. */
export interface RowTable {
  get(key: string, entry: string): Cells | undefined
  /** In code point order of the entries. */
  all(key: string): Now<ReadonlyMap<string, Cells>>
  put(key: string, entry: string, cells: Cells): Promise<void>
  delete(key: string, entry: string): Promise<void>
  clear(key: string): Promise<void>
  keys(after: string | undefined, max: number): Now<readonly string[]>
}

/** One entry of a log as cells. */
export interface LogCells {
  readonly id: EntryId
  readonly at: number
  readonly cells: Cells
}

/** A range with its conditions encoded; `where` by property name. */
export interface CellRange {
  readonly after: EntryId | undefined
  readonly before: EntryId | undefined
  readonly from: number | undefined
  readonly to: number | undefined
  readonly where: readonly (readonly [string, SqlValue])[]
}

/** Entries by key, as cells; otherwise as {@link Log}. */
export interface LogTable {
  append(key: string, cells: Cells, at: number): Promise<EntryId>
  get(key: string, id: EntryId): Now<LogCells | undefined>
  /** The first `max` entries, oldest first; with `backwards` the last ones, newest first. */
  find(key: string, range: CellRange, max: number, backwards: boolean): Now<LogCells[]>
  count(key: string, range: CellRange, max: number): Now<number>
  /** The newest entry of a range, perhaps without what is still being written. */
  peek(key: string, range: CellRange): LogCells | undefined
  remove(key: string, ids: readonly EntryId[]): Promise<void>
  clear(key: string): Promise<void>
  expire(before: number): Promise<number>
  keys(after: string | undefined, max: number): Now<readonly string[]>
}

const someKeys = 1000

/** Goes on with an answer: at once when it is there, otherwise when it comes. */
export function go<A, B>(answer: Now<A>, on: (value: A) => B): Now<B> {
  return answer instanceof Promise ? answer.then(on) : on(answer)
}

/** A keyed store over a table. */
export function keyedOver(rows: RowTable, layout: Layout): Keyed<string, object> {
  const get = (key: string): object | undefined => {
    const cells = rows.get(key, '')
    return cells && decodeRow(layout, cells)
  }
  const put = async (key: string, value: object): Promise<void> =>
    rows.put(encodeText(key, 'the key'), '', encodeRow(layout, value))
  return {
    get,
    put,
    delete: async key => rows.delete(key, ''),
    async update(key, change) {
      const value = change(get(key))
      await (value === undefined ? rows.delete(key, '') : put(key, value))
      return value
    },
    keys: (after, max = someKeys) => rows.keys(after, max),
  }
}

/** A mapped store over a table. */
export function mappedOver(rows: RowTable, layout: Layout): Mapped<string, string, object> {
  const get = (key: string, entry: string): object | undefined => {
    const cells = rows.get(key, entry)
    return cells && decodeRow(layout, cells)
  }
  const put = async (key: string, entry: string, value: object): Promise<void> =>
    rows.put(encodeText(key, 'the key'), encodeText(entry, 'the entry'), encodeRow(layout, value))
  return {
    get,
    put,
    all: key => go(rows.all(key), found => decodeAll(layout, found)),
    delete: async (key, entry) => rows.delete(key, entry),
    async update(key, entry, change) {
      const value = change(get(key, entry))
      await (value === undefined ? rows.delete(key, entry) : put(key, entry, value))
      return value
    },
    clear: async key => rows.clear(key),
    keys: (after, max = someKeys) => rows.keys(after, max),
  }
}

function decodeAll(layout: Layout, found: ReadonlyMap<string, Cells>): ReadonlyMap<string, object> {
  const rows = new Map<string, object>()
  for (const [entry, cells] of found) rows.set(entry, decodeRow(layout, cells))
  return rows
}

/** A blob store over a table. */
export function blobsOver(rows: RowTable): Blobs {
  return {
    get(id) {
      const bytes = rows.get(id, '')?.[0]
      return bytes instanceof Uint8Array ? new Uint8Array(bytes) : undefined
    },
    put: async (id, bytes) => rows.put(encodeText(id, 'the id'), '', [encodeBytes(bytes, 'the value')]),
    delete: async id => rows.delete(id, ''),
  }
}

type AnyRange = LogRange<Record<string, unknown>, string>

function encodeRange({ layout, searchable }: Table, range: AnyRange): CellRange {
  const where: [string, SqlValue][] = []
  for (const [name, value] of Object.entries(range.where ?? {})) {
    if (value === undefined) continue
    if (!searchable.includes(name)) throw new StoreError('bad-value', `${name} has no index to search by`)
    where.push([name, encodeColumn(layout, name, value)])
  }
  const { after, before, from, to } = range
  return { after, before, from, to, where }
}

/** A log over a table. */
export function logOver(log: LogTable, table: Table): Log<string, Record<string, unknown>, string> {
  const { layout } = table
  const entryOf = ({ id, at, cells }: LogCells): LogEntry<Record<string, unknown>> => {
    return { id, at, value: decodeRow(layout, cells) as Record<string, unknown> }
  }
  return {
    append: async (key, value, at) =>
      log.append(encodeText(key, 'the key'), encodeRow(layout, value), encodeMoment(at)),
    get: (key, id) => go(log.get(key, id), found => found && entryOf(found)),
    page: (key, query) => readPage(log, key, encodeRange(table, query), query, entryOf),
    count: (key, range = {}, max = Number.MAX_SAFE_INTEGER) => log.count(key, encodeRange(table, range), max),
    peek(key, where) {
      const found = log.peek(key, encodeRange(table, { where }))
      return found && entryOf(found)
    },
    remove: async (key, ids) => log.remove(key, ids),
    clear: async key => log.clear(key),
    expire: async before => log.expire(encodeMoment(before)),
    keys: (after, max = someKeys) => log.keys(after, max),
  }
}

const momentLayout: Layout = [{ name: 'at', column: 'at', type: 'time', cell: 'INTEGER', optional: false }]
const encodeMoment = (at: number): number => Number(encodeColumn(momentLayout, 'at', at))

function readPage<V>(
  log: LogTable,
  key: string,
  range: CellRange,
  { max, backwards = false }: Pick<LogQuery<V, never>, 'max' | 'backwards'>,
  entryOf: (found: LogCells) => LogEntry<V>,
): Now<LogPage<V>> {
  const wanted = Math.max(0, max)
  return go(log.find(key, range, wanted + 1, backwards), found => {
    const entries = found.slice(0, wanted).map(entryOf)
    if (backwards) entries.reverse()
    return { entries, complete: found.length <= wanted }
  })
}

/** Logs in SQLite. Ids are given here, so that they are known before the writer thread gets to them. */

import {
  type CellRange,
  type Cells,
  type EntryId,
  type LogCells,
  type LogTable,
  type Now,
  type SqlValue,
  StoreError,
  type Table,
} from '@waxwing/server/store'
import type { Sql } from './messages.ts'
import type { Reader } from './reader.ts'
import { countSql, findSql, logSql, peekSql } from './sql.ts'
import type { Watcher, WriteQueue } from './write-queue.ts'

/** The last id given in a table; its hosts share it. */
export interface LastId {
  id: EntryId
}

/** Entries that `expire` removes at a time, so that others' writes need not wait long. */
const expireAtOnce = 5000

/** The statements the writer needs for a log, in the order of their numbers. */
export function logWrites(table: Table): readonly Sql[] {
  const sql = logSql(table)
  return [
    { sql: sql.append, parameters: 4 + table.layout.length },
    { sql: sql.remove, parameters: 3 },
    { sql: sql.clear, parameters: 2 },
  ]
}

export class SqliteEntries implements LogTable, Watcher {
  readonly #host: string
  readonly #table: Table
  readonly #sql: ReturnType<typeof logSql>
  readonly #reader: Reader
  readonly #queue: WriteQueue
  readonly #firstStatement: number
  readonly #lastId: LastId
  /** The last group that touched a key, as long as it is on its way. Reads of such a key wait. */
  readonly #pending = new Map<string, number>()
  readonly #peeks = new Map<string, string>()
  #expiring: Promise<unknown> | undefined

  constructor(
    host: string,
    table: Table,
    reader: Reader,
    queue: WriteQueue,
    firstStatement: number,
    lastId: LastId,
  ) {
    this.#host = host
    this.#table = table
    this.#sql = logSql(table)
    this.#reader = reader
    this.#queue = queue
    this.#firstStatement = firstStatement
    this.#lastId = lastId
  }

  append(key: string, cells: Cells, at: number): Promise<EntryId> {
    const id = this.#lastId.id + 1
    const done = this.#write(0, key, [id, this.#host, key, at, ...cells])
    this.#lastId.id = id
    return done.then(() => id)
  }

  get(key: string, id: EntryId): Now<LogCells | undefined> {
    return this.#settledFirst(key, () => {
      const row = this.#reader.row(this.#sql.get, [id, this.#host, key])
      return row && entryOf(row)
    })
  }

  find(key: string, range: CellRange, max: number, backwards: boolean): Now<LogCells[]> {
    return this.#settledFirst(key, () => {
      const sql = findSql(this.#table, this.#columnsOf(range), backwards)
      return this.#reader.rows(sql, [...this.#valuesOf(key, range), max]).map(entryOf)
    })
  }

  count(key: string, range: CellRange, max: number): Now<number> {
    return this.#settledFirst(key, () => {
      const sql = countSql(this.#table, this.#columnsOf(range))
      return Number(this.#reader.row(sql, [...this.#valuesOf(key, range), max])?.[0])
    })
  }

  peek(key: string, range: CellRange): LogCells | undefined {
    const values = [this.#host, key, ...range.where.map(([, value]) => value)]
    const row = this.#reader.row(this.#peekSql(range), values)
    return row && entryOf(row)
  }

  /** Asked so often that the text is made once for each column. */
  #peekSql(range: CellRange): string {
    const columns = this.#columnsOf(range)
    const name = columns.join()
    const known = this.#peeks.get(name)
    if (known !== undefined) return known
    const sql = peekSql(this.#table, columns)
    this.#peeks.set(name, sql)
    return sql
  }

  async remove(key: string, ids: readonly EntryId[]): Promise<void> {
    await Promise.all(ids.map(id => this.#write(1, key, [id, this.#host, key])))
  }

  clear(key: string): Promise<void> {
    return this.#write(2, key, [this.#host, key])
  }

  expire(before: number): Promise<number> {
    const expiring = this.#expire(before)
    const waiting = expiring.then(noop, noop).then(() => {
      if (this.#expiring === waiting) this.#expiring = undefined
    })
    this.#expiring = waiting
    return expiring
  }

  keys(after: string | undefined, max: number): Now<readonly string[]> {
    const read = () => this.#reader.keys(this.#sql, this.#host, after, max)
    if (this.#expiring) return this.#expiring.then(read)
    return this.#pending.size > 0 ? this.#queue.flushed().then(read) : read()
  }

  settled(key: string, group: number): void {
    if (this.#pending.get(key) === group) this.#pending.delete(key)
  }

  #write(statement: number, key: string, values: readonly SqlValue[]): Promise<void> {
    const done = this.#queue.write(this.#firstStatement + statement, values)
    const group = this.#queue.current
    if (this.#pending.get(key) !== group) {
      this.#pending.set(key, group)
      this.#queue.watch(this, key)
    }
    return done
  }

  async #expire(before: number): Promise<number> {
    let removed = 0
    for (;;) {
      const values = [this.#host, before, expireAtOnce]
      const some = await this.#queue.call({ do: 'run', sql: this.#sql.expire, values })
      removed += some
      if (some < expireAtOnce) return removed
    }
  }

  #settledFirst<T>(key: string, read: () => T): Now<T> {
    if (this.#expiring) return this.#expiring.then(() => this.#queue.flushed()).then(read)
    return this.#pending.has(key) ? this.#queue.flushed().then(read) : read()
  }

  #columnsOf(range: CellRange): string[] {
    return range.where.map(([name]) => {
      const found = this.#table.layout.find(column => column.name === name)
      if (!found) throw new StoreError('bad-value', `There is no column ${name}`)
      return found.column
    })
  }

  /** The range's parameters; the moments of `after` and `before` are looked up, as the index begins with them. */
  #valuesOf(key: string, { after, before, from, to, where }: CellRange): SqlValue[] {
    const least = Number.MIN_SAFE_INTEGER
    const most = Number.MAX_SAFE_INTEGER
    return [
      this.#host,
      key,
      ...where.map(([, value]) => value),
      Math.max(from ?? least, this.#momentOf(key, after) ?? least),
      Math.min(to ?? most, this.#momentOf(key, before) ?? most),
      after ?? least,
      before ?? most,
    ]
  }

  #momentOf(key: string, id: EntryId | undefined): number | undefined {
    if (id === undefined) return undefined
    const found = this.#reader.row(this.#sql.moment, [id, this.#host, key])?.[0]
    return typeof found === 'number' ? found : undefined
  }
}

const noop = (): void => {}

function entryOf([id, at, ...cells]: Cells): LogCells {
  return { id: Number(id), at: Number(at), cells }
}

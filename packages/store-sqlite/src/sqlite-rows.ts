/** Rows by key and entry in SQLite: read here and at once, written by the writer thread. */

import {
  byCodePoints,
  type Cells,
  type Now,
  type RowTable,
  type SqlValue,
  type Table,
} from '@waxwing/server/store'
import type { Sql } from './messages.ts'
import { PendingRows } from './pending-rows.ts'
import type { Reader } from './reader.ts'
import { rowSql } from './sql.ts'
import type { Watcher, WriteQueue } from './write-queue.ts'

/** The statements the writer needs for a table of rows, in the order of their numbers. */
export function rowWrites(table: Table): readonly Sql[] {
  const sql = rowSql(table)
  const keys = 1 + table.keys.length
  return [
    { sql: sql.put, parameters: keys + table.layout.length },
    { sql: sql.delete, parameters: keys },
    { sql: sql.clear, parameters: 2 },
  ]
}

export class SqliteRows implements RowTable, Watcher {
  readonly #host: string
  readonly #table: Table
  readonly #sql: ReturnType<typeof rowSql>
  readonly #reader: Reader
  readonly #queue: WriteQueue
  readonly #firstStatement: number
  readonly #pending = new PendingRows()

  constructor(host: string, table: Table, reader: Reader, queue: WriteQueue, firstStatement: number) {
    this.#host = host
    this.#table = table
    this.#sql = rowSql(table)
    this.#reader = reader
    this.#queue = queue
    this.#firstStatement = firstStatement
  }

  get(key: string, entry: string): Cells | undefined {
    const pending = this.#pending.get(key, entry)
    return pending === 'unknown' ? this.#reader.row(this.#sql.get, this.#keys(key, entry)) : pending
  }

  all(key: string): ReadonlyMap<string, Cells> {
    const rows = this.#pending.isCleared(key) ? [] : this.#reader.rows(this.#sql.all, [this.#host, key])
    const found = new Map(rows.map(([entry, ...cells]) => [String(entry), cells as Cells] as const))
    const pending = this.#pending.entriesOf(key)
    if (!pending) return found
    for (const [entry, cells] of pending) {
      if (cells) found.set(entry, cells)
      else found.delete(entry)
    }
    return new Map([...found].sort(([one], [other]) => byCodePoints(one, other)))
  }

  put(key: string, entry: string, cells: Cells): Promise<void> {
    const done = this.#queue.write(this.#firstStatement, [...this.#keys(key, entry), ...cells])
    if (this.#pending.put(key, entry, cells, this.#queue.current)) this.#queue.watch(this, key)
    return done
  }

  delete(key: string, entry: string): Promise<void> {
    const done = this.#queue.write(this.#firstStatement + 1, this.#keys(key, entry))
    if (this.#pending.put(key, entry, undefined, this.#queue.current)) this.#queue.watch(this, key)
    return done
  }

  clear(key: string): Promise<void> {
    const done = this.#queue.write(this.#firstStatement + 2, [this.#host, key])
    if (this.#pending.clear(key, this.#queue.current)) this.#queue.watch(this, key)
    return done
  }

  keys(after: string | undefined, max: number): Now<readonly string[]> {
    if (!this.#pending.isEmpty) return this.#queue.flushed().then(() => this.#readKeys(after, max))
    return this.#readKeys(after, max)
  }

  settled(key: string, group: number, failed: boolean): void {
    this.#pending.settled(key, group, failed)
  }

  #readKeys(after: string | undefined, max: number): readonly string[] {
    return this.#reader.keys(this.#sql, this.#host, after, max)
  }

  #keys(key: string, entry: string): SqlValue[] {
    return this.#table.shape === 'mapped' ? [this.#host, key, entry] : [this.#host, key]
  }
}

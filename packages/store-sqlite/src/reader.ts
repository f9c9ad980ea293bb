/** Reads from the file on the caller's thread, through statements prepared once. */

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type Cells, type SqlValue, StoreError } from '@waxwing/server/store'
import { faultOf } from './sqlite-fault.ts'

export class Reader {
  readonly #file: string
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #isClosed = false

  /** Opens a file that the writer has already opened. */
  constructor(file: string) {
    this.#file = file
    this.#db = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
    // Pages of the file are mapped, not copied: the cache is stale after every commit of the writer.
    this.#db.exec('PRAGMA cache_size = -16384; PRAGMA mmap_size = 268435456')
  }

  /** The first row, as cells in the order selected. */
  row(sql: string, values: readonly SqlValue[]): Cells | undefined {
    return this.#ask(sql, statement => statement.get(...values) as unknown as Cells | undefined)
  }

  /** All rows, as cells in the order selected. */
  rows(sql: string, values: readonly SqlValue[]): Cells[] {
    return this.#ask(sql, statement => statement.all(...values) as unknown as Cells[])
  }

  /** At most `max` keys of a host behind `after`. */
  keys(
    sql: { readonly firstKeys: string; readonly nextKeys: string },
    host: string,
    after: string | undefined,
    max: number,
  ): readonly string[] {
    const select = after === undefined ? sql.firstKeys : sql.nextKeys
    return this.rows(select, [host, after ?? '', Math.max(0, max)]).map(([key]) => String(key))
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#statements.clear()
    this.#db.close()
  }

  #ask<T>(sql: string, ask: (statement: StatementSync) => T): T {
    if (this.#isClosed) throw new StoreError('closed', 'The store is closed')
    try {
      return ask(this.#statement(sql))
    } catch (error) {
      const { condition, message } = faultOf(error, this.#file)
      throw new StoreError(condition, message, { cause: error })
    }
  }

  #statement(sql: string): StatementSync {
    const found = this.#statements.get(sql)
    if (found) return found
    const statement = this.#db.prepare(sql)
    statement.setReturnArrays(true)
    this.#statements.set(sql, statement)
    return statement
  }
}

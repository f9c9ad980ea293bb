/** Rows to cells and back: one meaning of every column for all drivers. */

import type { Columns, ColumnType } from './column.ts'
import { StoreError } from './store-error.ts'

/** A value as SQL knows it. */
export type SqlValue = null | number | string | Uint8Array

/** The SQL type of a column, as in a STRICT table. */
export type CellType = 'TEXT' | 'INTEGER' | 'REAL' | 'BLOB'

/** The columns of a store in their order, with the names they have in tables. */
export type Layout = readonly {
  /** The property's name in a row. */
  readonly name: string
  /** The column's name in a table: the property's, in snake_case. */
  readonly column: string
  readonly type: ColumnType
  readonly cell: CellType
  readonly optional: boolean
}[]

const cells: Readonly<Record<ColumnType, CellType>> = {
  text: 'TEXT',
  integer: 'INTEGER',
  real: 'REAL',
  bool: 'INTEGER',
  blob: 'BLOB',
  json: 'TEXT',
  time: 'INTEGER',
}

/** The name a property or feature has in tables: `storedKey` and `stored-key` become `stored_key`. */
export function sqlNameOf(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`).replaceAll('-', '_')
}

/** Brings declared columns into the form the codec works with. */
export function layoutOf(columns: Columns): Layout {
  return Object.entries(columns).map(([name, { type, optional }]) => ({
    name,
    column: sqlNameOf(name),
    type,
    cell: cells[type],
    optional,
  }))
}

function misfit(name: string, expected: string): StoreError {
  return new StoreError('bad-value', `${name} must be ${expected}`)
}

/** Checks a text or key. @throws StoreError 'bad-value' when it has a lone surrogate or U+0000 */
export function encodeText(value: unknown, name: string): string {
  if (typeof value !== 'string') throw misfit(name, 'a string')
  if (!value.isWellFormed() || value.includes('\0')) throw misfit(name, 'well-formed text without U+0000')
  return value
}

function encodeNumber(value: unknown, name: string, whole: boolean): number {
  if (typeof value !== 'number') throw misfit(name, 'a number')
  if (whole ? !Number.isSafeInteger(value) : !Number.isFinite(value)) {
    throw misfit(name, whole ? 'an integer within ±(2^53 - 1)' : 'a finite number')
  }
  return value + 0 // -0 does not survive every database: it becomes 0 in all
}

/** Copies bytes. @throws StoreError 'bad-value' when they are none */
export function encodeBytes(value: unknown, name: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw misfit(name, 'a Uint8Array')
  return new Uint8Array(value) // exactly the bytes, not the pool they may be a view of
}

function encodeJson(value: unknown, name: string): string {
  const text: unknown = JSON.stringify(value)
  if (typeof text !== 'string') throw misfit(name, 'a value JSON can say')
  return text
}

function encodeCell(type: ColumnType, value: unknown, name: string): SqlValue {
  switch (type) {
    case 'text':
      return encodeText(value, name)
    case 'integer':
    case 'time':
      return encodeNumber(value, name, true)
    case 'real':
      return encodeNumber(value, name, false)
    case 'bool':
      if (typeof value !== 'boolean') throw misfit(name, 'true or false')
      return value ? 1 : 0
    case 'blob':
      return encodeBytes(value, name)
    case 'json':
      return encodeJson(value, name)
  }
}

/**
 * Brings a row's values into cells, in the layout's order.
 *
 * @throws StoreError 'bad-value' naming the column that does not fit
 */
export function encodeRow(layout: Layout, row: unknown): SqlValue[] {
  if (typeof row !== 'object' || row === null) throw misfit('a row', 'an object')
  const values = row as Readonly<Record<string, unknown>>
  return layout.map(({ name, type, optional }) => {
    const value = values[name]
    if (value !== undefined) return encodeCell(type, value, name)
    if (optional) return null
    throw misfit(name, 'there')
  })
}

/** Encodes one column's value, as {@link encodeRow} does; for the conditions of a query. */
export function encodeColumn(layout: Layout, name: string, value: unknown): SqlValue {
  const found = layout.find(column => column.name === name)
  if (!found) throw new StoreError('bad-value', `There is no column ${name}`)
  return value === undefined && found.optional ? null : encodeCell(found.type, value, name)
}

function decodeCell(type: ColumnType, cell: SqlValue): unknown {
  if (type === 'bool') return cell !== 0
  if (type === 'json') return JSON.parse(String(cell))
  if (type === 'blob') return new Uint8Array(cell as Uint8Array)
  return cell
}

/** Brings cells, from `offset` on, back into a row of the type the layout's columns were declared with. */
export function decodeRow(layout: Layout, cells: ArrayLike<SqlValue>, offset = 0): object {
  const row: Record<string, unknown> = {}
  for (let i = 0; i < layout.length; i++) {
    const column = layout[i]
    const cell = cells[offset + i]
    if (column && cell !== null && cell !== undefined) row[column.name] = decodeCell(column.type, cell)
  }
  return row
}

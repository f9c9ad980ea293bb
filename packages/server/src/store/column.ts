/** Columns of a store: what a feature keeps in one row, by name and type. */

/** How a column is kept: as SQL text, integer, real or blob; `bool` as 0 or 1, `time` as ms since 1970 (UTC). */
export type ColumnType = 'text' | 'integer' | 'real' | 'bool' | 'blob' | 'json' | 'time'

/** One column. `holds` exists for the compiler only. */
export interface Column<T, Optional extends boolean = boolean> {
  readonly type: ColumnType
  readonly optional: Optional
  readonly holds?: () => T
}

/** A column that every row fills; `maybe()` makes one that a row may leave out (SQL `NULL`). */
export interface FilledColumn<T> extends Column<T, false> {
  maybe(): Column<T, true>
}

/** The columns of a store by property name; in tables the names are written in snake_case. */
export type Columns = Readonly<Record<string, Column<unknown>>>

type Filled<C extends Columns> = { [N in keyof C]: C[N]['optional'] extends true ? never : N }[keyof C]
type Left<C extends Columns> = { [N in keyof C]: C[N]['optional'] extends true ? N : never }[keyof C]
type Holds<C> = C extends Column<infer T> ? T : never
type Flat<T> = { [N in keyof T]: T[N] }

/** What one row holds; `undefined` and absent mean the same for a `maybe()` column, and absent comes back. */
export type Row<C extends Columns> = Flat<
  { readonly [N in Filled<C>]: Holds<C[N]> } & { readonly [N in Left<C>]?: Holds<C[N]> | undefined }
>

function filled<T>(type: ColumnType): FilledColumn<T> {
  return { type, optional: false, maybe: () => ({ type, optional: true }) }
}

/** The makers of columns. A type argument narrows what the compiler lets in: `column.text<BareJid>()`. */
export const column: {
  /** Well-formed Unicode without U+0000. */
  text<T extends string = string>(): FilledColumn<T>
  /** An integer within ±(2^53 - 1). */
  integer<T extends number = number>(): FilledColumn<T>
  /** A finite number. */
  real(): FilledColumn<number>
  bool(): FilledColumn<boolean>
  /** Bytes; copied when written, so the caller may reuse the buffer. */
  blob(): FilledColumn<Uint8Array>
  /** Anything JSON can say, kept as JSON text. Every read answers a copy of its own. */
  json<T>(): FilledColumn<T>
  /** A moment: ms since 1970 (UTC), an integer. */
  time(): FilledColumn<number>
} = {
  text: () => filled('text'),
  integer: () => filled('integer'),
  real: () => filled('real'),
  bool: () => filled('bool'),
  blob: () => filled('blob'),
  json: () => filled('json'),
  time: () => filled('time'),
}

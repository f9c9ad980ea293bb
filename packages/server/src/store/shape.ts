/** The four store shapes a feature can declare. Each declared store becomes a table of its own. */

import type { Columns, Row } from './column.ts'

/** The name of a key column together with the type of its values; made by {@link key}. */
export interface Key<K extends string> {
  readonly name: string
  readonly holds?: () => K
}

/** Names a key column whose values are more than `string`: `keyed(key<BareJid>('jid'), { … })`. */
export function key<K extends string>(name: string): Key<K> {
  return { name }
}

/** One row per key. */
export interface KeyedShape<K extends string, V> {
  readonly shape: 'keyed'
  readonly key: string
  readonly columns: Columns
  readonly holds?: () => [K, V]
}

/** A small map per key, changed entry by entry. */
export interface MappedShape<K extends string, E extends string, V> {
  readonly shape: 'mapped'
  readonly key: string
  readonly entry: string
  readonly columns: Columns
  readonly holds?: () => [K, E, V]
}

/** Entries appended per key, in order of time; `I` names the columns a page can be narrowed by, with an index or without. */
export interface LogShape<K extends string, V, I extends PropertyKey> {
  readonly shape: 'log'
  readonly key: string
  readonly columns: Columns
  readonly indexes: readonly string[]
  readonly filters: readonly string[]
  readonly lookups: readonly string[]
  readonly holds?: () => [K, V, I]
}

/** Bytes by id. */
export interface BlobsShape {
  readonly shape: 'blobs'
}

/** Any store declaration. */
export type Shape =
  | KeyedShape<string, unknown>
  | MappedShape<string, string, unknown>
  | LogShape<string, unknown, PropertyKey>
  | BlobsShape

/** The stores of a feature by name. */
export type Shapes = Readonly<Record<string, Shape>>

const nameOf = (column: string | Key<string>): string => (typeof column === 'string' ? column : column.name)

/**
 * Declares one row per key: `accounts: keyed(key<BareJid>('jid'), { salt: column.blob() })`.
 *
 * @param keyColumn the key column's name; a plain string when keys are just strings
 */
export function keyed<K extends string = string, const C extends Columns = Columns>(
  keyColumn: string | Key<K>,
  columns: C,
): KeyedShape<K, Row<C>> {
  return { shape: 'keyed', key: nameOf(keyColumn), columns }
}

/** Declares a map per key: `items: mapped(key<BareJid>('owner'), key<BareJid>('contact'), { … })`. */
export function mapped<
  K extends string = string,
  E extends string = string,
  const C extends Columns = Columns,
>(keyColumn: string | Key<K>, entryColumn: string | Key<E>, columns: C): MappedShape<K, E, Row<C>> {
  return { shape: 'mapped', key: nameOf(keyColumn), entry: nameOf(entryColumn), columns }
}

/**
 * Declares a log: `archive: log(key<BareJid>('owner'), { peer: column.text(), … }, { indexes: ['peer'] })`.
 *
 * @param options.indexes columns that get an index, so that `page` and `count` may ask for one value of them
 * @param options.lookups columns whose values hardly ever come twice, found by the value alone: a cheap kind of index
 * @param options.filters columns that may be asked for without an index: what else narrows a range is gone through
 */
export function log<
  K extends string = string,
  const C extends Columns = Columns,
  const I extends keyof Row<C> & string = never,
  const F extends keyof Row<C> & string = never,
  const L extends keyof Row<C> & string = never,
>(
  keyColumn: string | Key<K>,
  columns: C,
  options?: {
    readonly indexes?: readonly I[]
    readonly lookups?: readonly L[]
    readonly filters?: readonly F[]
  },
): LogShape<K, Row<C>, I | F | L> {
  const { indexes = [], lookups = [], filters = [] } = options ?? {}
  return { shape: 'log', key: nameOf(keyColumn), columns, indexes, lookups, filters }
}

/** Declares bytes by id. */
export function blobs(): BlobsShape {
  return { shape: 'blobs' }
}

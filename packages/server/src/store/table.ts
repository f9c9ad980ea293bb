/** Declarations checked and brought into the form drivers work with. */

import { type Layout, layoutOf, sqlNameOf } from './codec.ts'
import type { Columns } from './column.ts'
import type { Shape } from './shape.ts'
import { StoreError } from './store-error.ts'

/** A declared store as a table: every name is a plain SQL name and no two columns share one. */
export interface Table {
  /** `<feature>_<store>`. */
  readonly name: string
  readonly shape: Shape['shape']
  /** The columns that follow `host` in the key: `[key]`, `[key, entry]`; of blobs `['id']`. */
  readonly keys: readonly string[]
  readonly layout: Layout
  /** Indexed columns of a log, by property name. */
  readonly indexes: readonly string[]
  /** Those with an index of their value alone. */
  readonly lookups: readonly string[]
  /** All that a page may be narrowed by. */
  readonly searchable: readonly string[]
}

const blobColumns: Columns = { bytes: { type: 'blob', optional: false } }
const indexable: readonly string[] = ['text', 'integer', 'bool', 'time']

function refuse(table: string, why: string): never {
  throw new StoreError('bad-declaration', `Store ${table}: ${why}`)
}

function partsOf(shape: Shape): { keys: string[]; columns: Columns; reserved: string[] } {
  switch (shape.shape) {
    case 'keyed':
      return { keys: [shape.key], columns: shape.columns, reserved: ['host'] }
    case 'mapped':
      return { keys: [shape.key, shape.entry], columns: shape.columns, reserved: ['host'] }
    case 'log':
      return { keys: [shape.key], columns: shape.columns, reserved: ['host', 'id', 'at'] }
    case 'blobs':
      return { keys: ['id'], columns: blobColumns, reserved: ['host'] }
  }
}

function checkIndexes(table: string, layout: Layout, indexes: readonly string[]): void {
  for (const name of indexes) {
    const type = layout.find(column => column.name === name)?.type
    if (!type || !indexable.includes(type)) refuse(table, `${name} cannot be searched by`)
  }
}

/**
 * Checks one store of a feature.
 *
 * @throws StoreError 'bad-declaration' for names SQL cannot take plainly, names used twice, and
 *   indexes on columns that are not there or have no plain value
 */
export function tableOf(feature: string, store: string, shape: Shape): Table {
  const name = `${sqlNameOf(feature)}_${sqlNameOf(store)}`
  const { keys: named, columns, reserved } = partsOf(shape)
  const keys = named.map(sqlNameOf)
  const layout = layoutOf(columns)
  const names = [...reserved, ...keys, ...layout.map(({ column }) => column)]
  for (const plain of [name, ...names]) {
    if (!/^[a-z][a-z0-9_]{0,59}$/.test(plain)) refuse(name, `${JSON.stringify(plain)} is no plain name`)
  }
  const twice = names.find((one, index) => names.indexOf(one) !== index)
  if (twice) refuse(name, `there is more than one column ${twice}`)
  if (/^(sqlite|waxwing)_/.test(name)) refuse(name, 'the name is reserved')
  const indexes = shape.shape === 'log' ? shape.indexes : []
  const lookups = shape.shape === 'log' ? shape.lookups : []
  const searchable = [...indexes, ...lookups, ...(shape.shape === 'log' ? shape.filters : [])]
  checkIndexes(name, layout, searchable)
  return { name, shape: shape.shape, keys, layout, indexes, lookups, searchable }
}

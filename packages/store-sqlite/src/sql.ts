/** The SQL of each shape. Names are checked by `tableOf` and quoted nonetheless; values are parameters always. */

import type { Table } from '@waxwing/server/store'
import type { TableSchema } from './messages.ts'

const quoted = (name: string): string => `"${name}"`
const list = (names: readonly string[]): string => names.map(quoted).join(', ')
const marks = (count: number): string => Array.from({ length: count }, () => '?').join(', ')
const first = (table: Table): string => quoted(table.keys[0] ?? '')
const columnsOf = (table: Table): string[] => table.layout.map(({ column }) => column)

/** How a table is made, and which columns it has. */
export function schemaOf(table: Table): TableSchema {
  const values = table.layout.map(({ column, cell, optional }) => {
    return `${quoted(column)} ${cell}${optional ? '' : ' NOT NULL'}`
  })
  return table.shape === 'log' ? logSchema(table, values) : rowSchema(table, values)
}

function rowSchema(table: Table, values: readonly string[]): TableSchema {
  const keys = ['host', ...table.keys]
  const columns = [
    ...keys.map(name => `${quoted(name)} TEXT NOT NULL`),
    ...values,
    `PRIMARY KEY (${list(keys)})`,
  ]
  // Large values make a clustered table slow: blobs lie in an ordinary one.
  const options = table.shape === 'blobs' ? 'STRICT' : 'STRICT, WITHOUT ROWID'
  return {
    name: table.name,
    create: [`CREATE TABLE IF NOT EXISTS ${quoted(table.name)} (${columns.join(', ')}) ${options}`],
    columns: [...keys, ...columnsOf(table)],
  }
}

function logSchema(table: Table, values: readonly string[]): TableSchema {
  const columns = [
    'id INTEGER PRIMARY KEY AUTOINCREMENT',
    'host TEXT NOT NULL',
    `${first(table)} TEXT NOT NULL`,
    'at INTEGER NOT NULL',
    ...values,
  ]
  const index = (name: string, on: readonly string[], rest = ''): string =>
    `CREATE INDEX IF NOT EXISTS ${quoted(`${table.name}_${name}`)} ON ${quoted(table.name)} (${list(on)})${rest}`
  const some = (optional: boolean, column: string): string =>
    optional ? ` WHERE ${quoted(column)} IS NOT NULL` : ''
  const indexed = table.layout.filter(({ name }) => table.indexes.includes(name))
  const lookups = table.layout.filter(({ name }) => table.lookups.includes(name))
  const keys = ['host', ...table.keys]
  return {
    name: table.name,
    create: [
      `CREATE TABLE IF NOT EXISTS ${quoted(table.name)} (${columns.join(', ')}) STRICT`,
      index('in_time', [...keys, 'at']),
      // Of a column that many rows leave out the index holds the others alone.
      ...indexed.map(({ column, optional }) =>
        index(`by_${column}`, [...keys, column, 'at'], some(optional, column)),
      ),
      ...lookups.map(({ column, optional }) => index(`by_${column}`, [column], some(optional, column))),
    ],
    columns: ['id', ...keys, 'at', ...columnsOf(table)],
  }
}

/** The statements of a table of rows. Parameters: host, key, then the entry of mapped stores, then values. */
export function rowSql(
  table: Table,
): Readonly<Record<'get' | 'all' | 'put' | 'delete' | 'clear' | 'firstKeys' | 'nextKeys', string>> {
  const keys = ['host', ...table.keys]
  const columns = columnsOf(table)
  const name = quoted(table.name)
  const isKey = keys.map(key => `${quoted(key)} = ?`).join(' AND ')
  const changes = columns.map(column => `${quoted(column)} = excluded.${quoted(column)}`).join(', ')
  const conflict = columns.length > 0 ? `DO UPDATE SET ${changes}` : 'DO NOTHING'
  return {
    get: `SELECT ${list(columns) || '1'} FROM ${name} WHERE ${isKey}`,
    all:
      `SELECT ${list([...table.keys.slice(1), ...columns]) || '1'} FROM ${name} ` +
      `WHERE host = ? AND ${first(table)} = ? ORDER BY ${list(table.keys.slice(1)) || '1'}`,
    put:
      `INSERT INTO ${name} (${list([...keys, ...columns])}) VALUES (${marks(keys.length + columns.length)}) ` +
      `ON CONFLICT ${conflict}`,
    delete: `DELETE FROM ${name} WHERE ${isKey}`,
    clear: `DELETE FROM ${name} WHERE host = ? AND ${first(table)} = ?`,
    ...keySql(table),
  }
}

/** Different keys in order, found by seeking from one to the next; parameters: host, key, number. */
function keySql(table: Table): { firstKeys: string; nextKeys: string } {
  const name = quoted(table.name)
  const key = first(table)
  const from = (comparison: string): string =>
    `WITH RECURSIVE found(key) AS (
      SELECT min(${key}) FROM ${name} WHERE host = ?1 AND ${key} ${comparison} ?2
      UNION ALL
      SELECT (SELECT min(${key}) FROM ${name} WHERE host = ?1 AND ${key} > found.key)
      FROM found WHERE found.key IS NOT NULL
    ) SELECT key FROM found WHERE key IS NOT NULL LIMIT ?3`
  return { firstKeys: from('>='), nextKeys: from('>') }
}

/** The statements of a log. */
export function logSql(
  table: Table,
): Readonly<
  Record<'append' | 'get' | 'moment' | 'remove' | 'clear' | 'expire' | 'firstKeys' | 'nextKeys', string>
> {
  const name = quoted(table.name)
  const key = first(table)
  const columns = columnsOf(table)
  const given = columns.map((_, index) => `?${index + 5}`)
  const latest = `SELECT at FROM ${name} WHERE host = ?2 AND ${key} = ?3 ORDER BY at DESC LIMIT 1`
  return {
    // Parameters: id, host, key, moment, values. The moment is never before that of the key's last entry.
    append:
      `INSERT INTO ${name} (${list(['id', 'host', ...table.keys, 'at', ...columns])}) ` +
      `VALUES (${['?1', '?2', '?3', `max(?4, ifnull((${latest}), ?4))`, ...given].join(', ')})`,
    get: `SELECT ${list(['id', 'at', ...columns])} FROM ${name} WHERE id = ? AND host = ? AND ${key} = ?`,
    moment: `SELECT at FROM ${name} WHERE id = ? AND host = ? AND ${key} = ?`,
    remove: `DELETE FROM ${name} WHERE id = ? AND host = ? AND ${key} = ?`,
    clear: `DELETE FROM ${name} WHERE host = ? AND ${key} = ?`,
    // Parameters: host, moment, at most so many. Goes from key to key, as no index is by time alone.
    expire: `DELETE FROM ${name} WHERE id IN (
      WITH RECURSIVE found(key) AS (
        SELECT min(${key}) FROM ${name} WHERE host = ?1
        UNION ALL
        SELECT (SELECT min(${key}) FROM ${name} WHERE host = ?1 AND ${key} > found.key)
        FROM found WHERE found.key IS NOT NULL
      )
      SELECT entries.id FROM found CROSS JOIN ${name} AS entries
      WHERE entries.host = ?1 AND entries.${key} = found.key AND entries.at < ?2 LIMIT ?3)`,
    ...keySql(table),
  }
}

/** Conditions of a range. Parameters: host, key, a value per column, moments from and to, ids after and before. */
function rangeSql(table: Table, where: readonly string[]): string {
  const { equal, mark } = equalSql(table, where)
  return `FROM ${quoted(table.name)} WHERE ${equal} AND ${mark}at BETWEEN ? AND ? AND ${mark}id > ? AND ${mark}id < ?`
}

/** Where a value alone finds the entry, a `+` keeps SQLite from taking the index of another condition instead. */
function equalSql(table: Table, where: readonly string[]): { equal: string; mark: '' | '+' } {
  const alone = table.layout.filter(({ name }) => table.lookups.includes(name)).map(({ column }) => column)
  const mark = where.some(column => alone.includes(column)) ? '+' : ''
  const columns = ['host', ...table.keys, ...where]
  const equal = columns.map(column => `${alone.includes(column) ? '' : mark}${quoted(column)} = ?`)
  return { equal: equal.join(' AND '), mark }
}

/** Finds entries in order; the last parameter is how many at most. */
export function findSql(table: Table, where: readonly string[], backwards: boolean): string {
  const order = backwards ? 'ORDER BY at DESC, id DESC' : 'ORDER BY at, id'
  return `SELECT ${list(['id', 'at', ...columnsOf(table)])} ${rangeSql(table, where)} ${order} LIMIT ?`
}

/** Counts the entries of a range; the last parameter is how many at most. */
export function countSql(table: Table, where: readonly string[]): string {
  return `SELECT count(*) FROM (SELECT 1 ${rangeSql(table, where)} LIMIT ?)`
}

/** The newest entry with certain values. Parameters: host, key, a value per column. */
export function peekSql(table: Table, where: readonly string[]): string {
  const { equal } = equalSql(table, where)
  const columns = list(['id', 'at', ...columnsOf(table)])
  return `SELECT ${columns} FROM ${quoted(table.name)} WHERE ${equal} ORDER BY at DESC, id DESC LIMIT 1`
}

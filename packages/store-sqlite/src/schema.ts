/** The file's layout and the features' tables: made, checked and migrated by the writer thread. */

import type { DatabaseSync } from 'node:sqlite'
import type { SchemaCall, TableSchema } from './messages.ts'
import { FaultError } from './sqlite-fault.ts'

/** The version of what this file describes: the bookkeeping tables and how tables are named and keyed. */
const layoutVersion = 1

/** Marks the file as a Waxwing store: 'WXWG'. */
const applicationId = 0x57585747

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0])
}

/** Runs `work` in a transaction that is undone when it throws. */
export function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    work()
    db.exec('COMMIT')
  } catch (error) {
    undo(db)
    throw error
  }
}

function undo(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK')
  } catch {
    // Some faults, as a full disk, have already undone the transaction.
  }
}

/**
 * Makes sure the database is a store of this layout, and makes an empty one into it.
 *
 * @throws FaultError before anything is changed
 */
export function prepareFile(db: DatabaseSync, file: string): void {
  const isEmpty = Number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']) === 0
  if (isEmpty) return makeLayout(db)
  if (pragma(db, 'application_id') !== applicationId) {
    throw new FaultError('not-a-store', `${file} is a database of another program`)
  }
  const found = pragma(db, 'user_version')
  if (found > layoutVersion) {
    throw new FaultError(
      'newer',
      `${file} was written by a newer version of Waxwing: its layout is ${found}, this version knows up to ${layoutVersion}`,
    )
  }
}

function makeLayout(db: DatabaseSync): void {
  inTransaction(db, () => {
    db.exec(
      `CREATE TABLE waxwing_schema (feature TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
    )
    db.exec(`PRAGMA application_id = ${applicationId}`)
    db.exec(`PRAGMA user_version = ${layoutVersion}`)
  })
}

/**
 * Brings a feature's tables to the declared version, all or nothing, and checks that they fit.
 *
 * @throws FaultError 'newer' or 'bad-declaration'
 */
export function prepareFeature(db: DatabaseSync, file: string, call: SchemaCall): void {
  inTransaction(db, () => {
    const found = versionOf(db, call.feature)
    if (found !== undefined && found > call.version) {
      throw new FaultError(
        'newer',
        `${file} was written by a newer version of the feature ${call.feature}: its tables are of version ${found}, ` +
          `this version knows up to ${call.version}`,
      )
    }
    if (found !== undefined) migrate(db, call, found)
    for (const table of call.tables) prepareTable(db, file, table)
    db.prepare('INSERT OR REPLACE INTO waxwing_schema (feature, version) VALUES (?, ?)').run(
      call.feature,
      call.version,
    )
  })
}

function versionOf(db: DatabaseSync, feature: string): number | undefined {
  const row = db.prepare('SELECT version FROM waxwing_schema WHERE feature = ?').get(feature)
  return row && Number(row['version'])
}

function migrate(db: DatabaseSync, call: SchemaCall, found: number): void {
  for (const { to, sql } of call.migrations) {
    if (to <= found) continue
    for (const statement of sql) runMigration(db, `${call.feature} to version ${to}`, statement)
  }
}

function runMigration(db: DatabaseSync, what: string, statement: string): void {
  try {
    db.exec(statement)
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new FaultError(
      'bad-declaration',
      `Migrating ${what} failed and was undone: ${said} in: ${statement}`,
    )
  }
}

function prepareTable(db: DatabaseSync, file: string, { name, create, columns }: TableSchema): void {
  for (const statement of create) db.exec(statement)
  const found = db.prepare('SELECT name FROM pragma_table_info(?)').all(name)
  const names = found.map(row => String(row['name']))
  const missing = columns.find(column => !names.includes(column))
  const surplus = names.find(column => !columns.includes(column))
  if (missing === undefined && surplus === undefined) return
  const difference = missing === undefined ? `has a column ${surplus} more` : `lacks the column ${missing}`
  throw new FaultError(
    'bad-declaration',
    `The table ${name} in ${file} ${difference} than its declaration says: a changed declaration needs a migration`,
  )
}

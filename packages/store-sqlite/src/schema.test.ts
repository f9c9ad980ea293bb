import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import {
  column,
  keyed,
  log,
  type Migration,
  type StoreCondition,
  StoreError,
  tableOf,
} from '@waxwing/server/store'
import { sqliteStore } from './index.ts'
import { countSql, findSql, rowSql, schemaOf } from './sql.ts'

const first = { readings: keyed('thing', { value: column.integer() }) }
const second = { readings: keyed('thing', { value: column.real(), unit: column.text().maybe() }) }
const toSecond: Migration = {
  to: 2,
  sql: [
    'CREATE TABLE moved (host TEXT NOT NULL, thing TEXT NOT NULL, value REAL NOT NULL, unit TEXT, PRIMARY KEY (host, thing)) STRICT, WITHOUT ROWID',
    'INSERT INTO moved SELECT host, thing, value / 10.0, NULL FROM sensor_data_readings',
    'DROP TABLE sensor_data_readings',
    'ALTER TABLE moved RENAME TO sensor_data_readings',
  ],
}

async function withFirst(run: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'waxwing-schema-'))
  const file = join(folder, 'store.sqlite')
  const driver = await sqliteStore({ file })
  const { readings } = await driver.open('example.org', 'sensor-data', first)
  await readings.put('thermometer', { value: 215 })
  await driver.close()
  try {
    await run(file)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const isStoreError = (condition: StoreCondition, says: RegExp) => (error: unknown) =>
  error instanceof StoreError && error.condition === condition && says.test(error.message)

test('a migration leads the rows over, once, and for all hosts', () =>
  withFirst(async file => {
    for (const round of [1, 2]) {
      const driver = await sqliteStore({ file })
      const { readings } = await driver.open('example.org', 'sensor-data', second, [toSecond])
      await driver.open('example.net', 'sensor-data', second, [toSecond])
      assert.deepEqual(readings.get('thermometer'), { value: 21.5 }, `round ${round}`)
      await driver.close()
    }
  }))

test('a changed declaration without a migration is refused', () =>
  withFirst(async file => {
    const driver = await sqliteStore({ file })
    const opening = driver.open('example.org', 'sensor-data', second)
    await assert.rejects(
      opening,
      isStoreError('bad-declaration', /sensor_data_readings .* lacks the column unit/),
    )
    const fewer = { readings: keyed('thing', {}) }
    const other = driver.open('example.org', 'sensor-data', fewer)
    await assert.rejects(other, isStoreError('bad-declaration', /has a column value more/))
    await driver.close()
  }))

test('a migration that fails leaves everything as it was', () =>
  withFirst(async file => {
    const driver = await sqliteStore({ file })
    const broken = { to: 2, sql: ['DELETE FROM sensor_data_readings', 'DROP TABLE nothing_there'] }
    const opening = driver.open('example.org', 'sensor-data', second, [broken])
    await assert.rejects(
      opening,
      isStoreError('bad-declaration', /sensor-data to version 2 failed and was undone/),
    )
    const { readings } = await driver.open('example.org', 'sensor-data', first)
    assert.deepEqual(readings.get('thermometer'), { value: 215 })
    await driver.close()
  }))

test('tables of a newer version of a feature are told with both versions', () =>
  withFirst(async file => {
    const newer = await sqliteStore({ file })
    await newer.open('example.org', 'sensor-data', second, [toSecond])
    await newer.close()
    const driver = await sqliteStore({ file })
    const opening = driver.open('example.org', 'sensor-data', first)
    await assert.rejects(
      opening,
      isStoreError('newer', /sensor-data: its tables are of version 2, this .* up to 1/),
    )
    await driver.close()
  }))

test('migrations are numbered without gaps', () =>
  withFirst(async file => {
    const driver = await sqliteStore({ file })
    const opening = driver.open('example.org', 'sensor-data', second, [{ ...toSecond, to: 3 }])
    await assert.rejects(opening, isStoreError('bad-declaration', /must lead to 2, 3 and so on, not to 3/))
    await driver.close()
  }))

test('two features whose tables would share a name are refused', () =>
  withFirst(async file => {
    const driver = await sqliteStore({ file })
    await driver.open('example.org', 'a', { 'b-c': first.readings })
    const opening = driver.open('example.org', 'a-b', { c: first.readings })
    await assert.rejects(opening, isStoreError('bad-declaration', /both have a table a_b_c/))
    await driver.close()
  }))

test('pages and keys are read along an index, without sorting', () => {
  const table = tableOf('archive', 'entries', log('owner', { peer: column.text() }, { indexes: ['peer'] }))
  const db = new DatabaseSync(':memory:')
  for (const sql of schemaOf(table).create) db.exec(sql)
  const planOf = (sql: string) =>
    db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...Array.from({ length: (sql.match(/\?(?!\d)/g) ?? []).length }, () => 0))
      .map(step => String(step['detail']))
      .join('\n')
  for (const backwards of [false, true]) {
    assert.match(
      planOf(findSql(table, [], backwards)),
      /^SEARCH \S+ USING INDEX archive_entries_in_time \(host=\? AND owner=\? AND at>\? AND at<\?\)$/,
    )
    assert.match(
      planOf(findSql(table, ['peer'], backwards)),
      /^SEARCH \S+ USING (COVERING )?INDEX archive_entries_by_peer \(host=\? AND owner=\? AND peer=\? AND at>\? AND at<\?\)$/,
    )
  }
  assert.match(planOf(countSql(table, ['peer'])), /COVERING INDEX archive_entries_by_peer/)
  assert.doesNotMatch(planOf(rowSql(table).nextKeys.replaceAll(/\?\d/g, "''")), /SCAN archive|TEMP/)
  db.close()
})

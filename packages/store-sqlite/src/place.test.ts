import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { column, keyed, type StoreCondition, StoreError } from '@waxwing/server/store'
import { sqliteStore } from './index.ts'

const declared = { rows: keyed('name', { value: column.integer() }) }

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'waxwing-place-'))
  try {
    await run(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const refuses = (file: string, condition: StoreCondition, says: RegExp) =>
  assert.rejects(sqliteStore({ file }), (error: unknown) => {
    assert.ok(error instanceof StoreError)
    assert.equal(error.condition, condition)
    assert.match(error.message, says)
    assert.ok(error.message.includes(file))
    return true
  })

test('the folder and all files are for the owner alone', () =>
  inFolder(async folder => {
    const file = join(folder, 'data', 'deep', 'store.sqlite')
    const driver = await sqliteStore({ file })
    const { rows } = await driver.open('example.org', 'f', declared)
    await rows.put('a', { value: 1 })
    const modeOf = (path: string) => statSync(path).mode & 0o777
    assert.equal(modeOf(join(folder, 'data')), 0o700)
    const names = readdirSync(join(folder, 'data', 'deep'))
    assert.ok(names.includes('store.sqlite-wal'))
    for (const name of names) assert.equal(modeOf(join(folder, 'data', 'deep', name)), 0o600, name)
    await driver.close()
    assert.ok(!readdirSync(join(folder, 'data', 'deep')).includes('store.sqlite-wal'))
  }))

test('a place that cannot be made is told', () =>
  inFolder(async folder => {
    writeFileSync(join(folder, 'file'), '')
    await refuses(join(folder, 'file', 'store.sqlite'), 'unwritable', /cannot be made or written/)
    await refuses(folder, 'unwritable', /cannot be made or written/)
  }))

test('a second server on the same file is refused, in this process and in another', () =>
  inFolder(async folder => {
    const file = join(folder, 'store.sqlite')
    const driver = await sqliteStore({ file })
    await refuses(file, 'in-use', /in use by another running process/)
    const code = `const { sqliteStore } = await import(process.argv[1])
      await sqliteStore({ file: process.argv[2] }).catch(error => console.log(error.condition))`
    const args = ['--input-type=module', '--eval', code, import.meta.resolve('./index.ts'), file]
    assert.equal(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout.trim(), 'in-use')
    const { rows } = await driver.open('example.org', 'f', declared)
    await rows.put('a', { value: 1 })
    await driver.close()
    await (await sqliteStore({ file })).close()
  }))

test('a file that is no database is told and left alone', () =>
  inFolder(async folder => {
    const file = join(folder, 'store.sqlite')
    writeFileSync(file, 'Dear diary, '.repeat(1000))
    await refuses(file, 'not-a-store', /not a database/)
    assert.equal(statSync(file).size, 12_000)
  }))

test('a database of another program is told and left alone', () =>
  inFolder(async folder => {
    const file = join(folder, 'store.sqlite')
    const other = new DatabaseSync(file)
    other.exec('CREATE TABLE notes (text TEXT)')
    await refuses(file, 'not-a-store', /database of another program/)
    assert.deepEqual(other.prepare('SELECT name FROM sqlite_schema').all().length, 1)
    other.close()
  }))

test('a file of a newer layout is told with both versions', () =>
  inFolder(async folder => {
    const file = join(folder, 'store.sqlite')
    await (await sqliteStore({ file })).close()
    const db = new DatabaseSync(file)
    db.exec('PRAGMA user_version = 7')
    db.close()
    await refuses(file, 'newer', /layout is 7, this version knows up to 1/)
  }))

test('when the room is full the whole turn fails, reads show what is durable, and deleting goes on', () =>
  inFolder(async folder => {
    const driver = await sqliteStore({ file: join(folder, 'store.sqlite'), maxBytes: 128 * 1024 })
    const { rows, texts } = await driver.open('example.org', 'f', {
      ...declared,
      texts: keyed('name', { text: column.text() }),
    })
    await rows.put('a', { value: 1 })
    await texts.put('a', { text: 'short' })
    const isFull = (error: unknown) => error instanceof StoreError && error.condition === 'full'
    const turn = [
      rows.put('a', { value: 2 }),
      texts.put('a', { text: 'x'.repeat(200_000) }),
      rows.delete('b'),
    ]
    const reads = [rows.get('a')]
    for (const one of turn) await assert.rejects(one, isFull)
    reads.push(rows.get('a'))
    assert.deepEqual(reads, [{ value: 2 }, { value: 1 }])
    assert.deepEqual(texts.get('a'), { text: 'short' })
    await texts.delete('a')
    await rows.put('a', { value: 3 })
    assert.deepEqual(rows.get('a'), { value: 3 })
    await driver.close()
  }))

test('a turn that fails does not take down the turns it was sent with', () =>
  inFolder(async folder => {
    const driver = await sqliteStore({ file: join(folder, 'store.sqlite'), maxBytes: 128 * 1024 })
    const { texts } = await driver.open('example.org', 'f', { texts: keyed('name', { text: column.text() }) })
    const before = texts.put('before', { text: '1' })
    await Promise.resolve().then(() => {})
    const large = texts.put('large', { text: 'x'.repeat(200_000) })
    await Promise.resolve().then(() => {})
    const after = texts.put('after', { text: '2' })
    const outcomes = await Promise.allSettled([before, large, after])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(await texts.keys(), ['after', 'before'])
    await driver.close()
  }))

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storeContract } from './contract.ts'
import { blobs, column, keyed, log, memoryStore } from './store.ts'

storeContract('memory', async () => ({ driver: memoryStore() }))

test('a snapshot brings everything back as it was', async () => {
  const driver = memoryStore()
  const declared = {
    rows: keyed('name', { value: column.integer() }),
    entries: log('name', {}),
    files: blobs(),
  }
  const { rows, entries, files } = await driver.open('example.org', 'f', declared)
  await rows.put('a', { value: 1 })
  const first = await entries.append('a', {}, 1)
  const before = driver.snapshot()

  await Promise.all([
    rows.put('a', { value: 2 }),
    rows.put('b', { value: 2 }),
    files.put('x', Uint8Array.of(1)),
  ])
  const second = await entries.append('a', {}, 2)
  const later = await driver.open('example.net', 'f', declared)
  await later.rows.put('c', { value: 3 })
  before.restore()

  assert.deepEqual(await rows.keys(), ['a'])
  assert.deepEqual(await rows.get('a'), { value: 1 })
  assert.deepEqual((await entries.page('a', { max: 9 })).entries, [{ id: first, at: 1, value: {} }])
  assert.equal(await files.get('x'), undefined)
  assert.equal(await later.rows.get('c'), undefined)
  assert.ok((await entries.append('a', {}, 3)) > second)
})

test('reads answer at once', async () => {
  const driver = memoryStore()
  const { rows } = await driver.open('example.org', 'f', { rows: keyed('name', { value: column.integer() }) })
  void rows.put('a', { value: 1 })
  assert.deepEqual(rows.get('a'), { value: 1 })
})

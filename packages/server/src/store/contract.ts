/** The tests every store driver must pass; a driver's own test file calls {@link storeContract}. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { column } from './column.ts'
import { logTests } from './contract-log.ts'
import { againstModel } from './contract-model.ts'
import { blobTests, keyedTests, mappedTests } from './contract-rows.ts'
import { account, type ContractPlace, declared, filled, isStoreError, type Scene } from './contract-scene.ts'
import { blobs, keyed, log } from './shape.ts'

export type { ContractPlace } from './contract-scene.ts'

/**
 * Declares the contract's tests for one driver.
 *
 * @param makePlace makes a fresh place for each test
 */
export function storeContract(name: string, makePlace: () => Promise<ContractPlace>): void {
  const scene: Scene = (title, run) => {
    test(title, async () => {
      const place = await makePlace()
      try {
        await run(await place.driver.open('example.org', 'contract-test', declared), place)
      } finally {
        await place.driver.close()
        await place.remove?.()
      }
    })
  }

  describe(`store contract: ${name}`, () => {
    keyedTests(scene)
    mappedTests(scene)
    logTests(scene)
    blobTests(scene)
    driverTests(scene)
    for (let seed = 1; seed <= 12; seed++) {
      scene(`random turns agree with a model (seed ${seed})`, async (_stores, { driver }) => {
        await againstModel(driver, seed)
      })
    }
  })
}

function driverTests(scene: Scene): void {
  scene(
    'hosts and features do not see each other, the same store opened twice does',
    async (stores, { driver }) => {
      const host = await driver.open('example.net', 'contract-test', declared)
      const feature = await driver.open('example.org', 'other', declared)
      const same = await driver.open('example.org', 'contract-test', declared)
      const done = stores.counters.put('a', { value: 1 })
      assert.equal(await host.counters.get('a'), undefined)
      assert.equal(await feature.counters.get('a'), undefined)
      assert.deepEqual(await same.counters.get('a'), { value: 1 })
      await done
      assert.deepEqual(await host.counters.keys(), [])
      assert.deepEqual(await feature.counters.keys(), [])
      assert.deepEqual(await same.counters.keys(), ['a'])
    },
  )

  scene('a declaration no table can be made of is refused', async (_stores, { driver }) => {
    const bad = [
      { a: keyed('host', { value: column.text() }) },
      { a: keyed('key', { key: column.text() }) },
      { a: keyed('key', { 'a"b': column.text() }) },
      { a: log('key', { at: column.time() }) },
      { a: log('key', { blob: column.blob() }, { indexes: ['blob'] }) },
      { 'a"': blobs() },
    ]
    for (const one of bad) {
      await assert.rejects(driver.open('example.org', 'bad', one), isStoreError('bad-declaration'))
    }
  })

  scene('flushed waits for what was written', async ({ counters }, { driver }) => {
    let durable = false
    const done = counters.put('a', { value: 1 }).then(() => {
      durable = true
    })
    await driver.flushed()
    await new Promise(setImmediate)
    assert.ok(durable)
    await done
  })

  scene('a closed driver refuses everything', async ({ counters, items, archive }, { driver }) => {
    const last = counters.put('a', { value: 1 })
    await driver.close()
    await last
    await driver.close()
    const closed = isStoreError('closed')
    await assert.rejects(async () => counters.get('a'), closed)
    await assert.rejects(counters.put('a', { value: 2 }), closed)
    await assert.rejects(async () => items.all('a'), closed)
    await assert.rejects(archive.append('a', { peer: '', body: '' }, 1), closed)
    await assert.rejects(async () => archive.page('a', { max: 1 }), closed)
    await assert.rejects(driver.open('example.org', 'other', declared), closed)
  })

  scene('what was written is there after opening the place again', async (stores, place) => {
    if (!place.reopen) return
    const ids = await filled(stores)
    await stores.archive.remove('romeo', ids.slice(-1))
    const turn = [stores.accounts.put('romeo@example.org', account), stores.items.put('romeo', 'juliet', {})]
    turn.push(stores.files.put('f', Uint8Array.of(1)))
    await place.driver.close()
    await Promise.all(turn)
    const driver = await place.reopen()
    try {
      const again = await driver.open('example.org', 'contract-test', declared)
      assert.deepEqual(await again.accounts.get('romeo@example.org'), account)
      assert.equal((await again.items.all('romeo')).size, 1)
      assert.deepEqual(await again.files.get('f'), Uint8Array.of(1))
      assert.equal(await again.archive.count('romeo'), 9)
      const next = await again.archive.append('romeo', { peer: '', body: '' }, 0)
      assert.ok(ids.every(id => id < next))
      assert.deepEqual((await again.archive.page('romeo', { max: 1, backwards: true })).entries[0]?.at, 1080)
    } finally {
      await driver.close()
    }
  })
}

/** The tests every store driver must pass; a driver's own test file calls {@link storeContract}. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { column } from './column.ts'
import { againstModel } from './contract-model.ts'
import { blobs, key, keyed, log, mapped } from './shape.ts'
import { StoreError } from './store-error.ts'
import type { OpenedStores, StoreDriver } from './stores.ts'

/** A fresh, empty place with a driver on it. */
export interface ContractPlace {
  readonly driver: StoreDriver
  /** Opens the place again after its driver was closed; left out when nothing outlives the driver. */
  readonly reopen?: () => Promise<StoreDriver>
  /** Removes the place. */
  readonly remove?: () => Promise<void>
}

type Name = `${string}@example.org`

const declared = {
  accounts: keyed(key<Name>('jid'), {
    nick: column.text(),
    visits: column.integer(),
    weight: column.real(),
    active: column.bool(),
    salt: column.blob(),
    tags: column.json<readonly string[]>(),
    lastSeen: column.time(),
    note: column.text().maybe(),
  }),
  counters: keyed('name', { value: column.integer() }),
  items: mapped('owner', 'contact', { group: column.text().maybe() }),
  archive: log('owner', { peer: column.text(), body: column.text() }, { indexes: ['peer'] }),
  files: blobs(),
}

type Stores = OpenedStores<typeof declared>

const account = {
  nick: 'Ünï 🐦',
  visits: Number.MAX_SAFE_INTEGER,
  weight: 0.1,
  active: false,
  salt: Uint8Array.of(0, 1, 255),
  tags: ['a', 'b\u0000'],
  lastSeen: 1_790_000_000_000,
}

const isStoreError = (condition: string) => (error: unknown) =>
  error instanceof StoreError && error.condition === condition

/**
 * Declares the contract's tests for one driver.
 *
 * @param makePlace makes a fresh place for each test
 */
export function storeContract(name: string, makePlace: () => Promise<ContractPlace>): void {
  const scene: Scene = (title, run) => {
    void test(title, async () => {
      const place = await makePlace()
      try {
        await run(await place.driver.open('example.org', 'contract-test', declared), place)
      } finally {
        await place.driver.close()
        await place.remove?.()
      }
    })
  }

  void describe(`store contract: ${name}`, () => {
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

type Scene = (title: string, run: (stores: Stores, place: ContractPlace) => Promise<void>) => void

function keyedTests(scene: Scene): void {
  scene('a row comes back as it was put, without what was left out', async ({ accounts }) => {
    await accounts.put('romeo@example.org', { ...account, note: undefined })
    assert.deepEqual(await accounts.get('romeo@example.org'), account)
    await accounts.put('romeo@example.org', { ...account, note: '' })
    assert.deepEqual(await accounts.get('romeo@example.org'), { ...account, note: '' })
    assert.equal(await accounts.get('juliet@example.org'), undefined)
  })

  scene('a read sees the writes asked for before it', async ({ counters }) => {
    const first = counters.put('a', { value: 1 })
    assert.deepEqual(await counters.get('a'), { value: 1 })
    const second = counters.put('a', { value: 2 })
    const third = counters.delete('a')
    assert.equal(await counters.get('a'), undefined)
    const fourth = counters.put('a', { value: 4 })
    assert.deepEqual(await counters.get('a'), { value: 4 })
    await Promise.all([first, second, third, fourth])
    assert.deepEqual(await counters.get('a'), { value: 4 })
    await counters.delete('a')
    assert.equal(await counters.get('a'), undefined)
  })

  scene('what is read is a copy, and what was written may change afterwards', async ({ accounts }) => {
    const salt = Uint8Array.of(1, 2, 3)
    const tags = ['one']
    const done = accounts.put('romeo@example.org', { ...account, salt, tags })
    salt.fill(9)
    tags.push('two')
    const pending = await accounts.get('romeo@example.org')
    pending?.salt.fill(7)
    await done
    const read = await accounts.get('romeo@example.org')
    assert.deepEqual([read?.salt, read?.tags], [Uint8Array.of(1, 2, 3), ['one']])
  })

  scene('an update has nobody between reading and writing', async ({ counters }) => {
    const add = () => counters.update('visits', row => ({ value: (row?.value ?? 0) + 1 }))
    const values = await Promise.all(Array.from({ length: 100 }, add))
    assert.deepEqual(
      values.map(row => row?.value),
      Array.from({ length: 100 }, (_, index) => index + 1),
    )
    assert.equal(await counters.update('visits', () => undefined), undefined)
    assert.equal(await counters.get('visits'), undefined)
  })

  scene('keys come in pages in the order of code points', async ({ counters }) => {
    const names = ['', 'B', 'a', 'é', '\u{ff5e}', '🐦']
    await Promise.all(names.toReversed().map(name => counters.put(name, { value: 0 })))
    assert.deepEqual(await counters.keys(), names)
    assert.deepEqual(await counters.keys(undefined, 2), ['', 'B'])
    assert.deepEqual(await counters.keys('B', 2), ['a', 'é'])
    assert.deepEqual(await counters.keys('🐦'), [])
    const done = counters.delete('a')
    assert.deepEqual(await counters.keys('B', 1), ['é'])
    await done
  })

  scene('a value that does not fit is refused alone', async ({ accounts, counters }) => {
    const good = counters.put('good', { value: 1 })
    const bad = [
      counters.put('half', { value: 0.5 }),
      counters.put('large', { value: 2 ** 53 }),
      counters.put('nul\u0000', { value: 1 }),
      accounts.put('a@example.org', { ...account, nick: '\ud800' }),
      accounts.put('a@example.org', { ...account, weight: Number.NaN }),
    ]
    for (const one of bad) await assert.rejects(one, isStoreError('bad-value'))
    await good
    assert.deepEqual(await counters.keys(), ['good'])
    assert.deepEqual(await accounts.keys(), [])
  })
}

function mappedTests(scene: Scene): void {
  scene('entries of a key are read alone and all together', async ({ items }) => {
    await Promise.all([items.put('romeo', 'juliet', { group: 'love' }), items.put('romeo', 'benvolio', {})])
    assert.deepEqual(
      [...(await items.all('romeo'))],
      [
        ['benvolio', {}],
        ['juliet', { group: 'love' }],
      ],
    )
    assert.deepEqual(await items.get('romeo', 'juliet'), { group: 'love' })
    assert.equal(await items.get('juliet', 'romeo'), undefined)
    assert.equal((await items.all('juliet')).size, 0)
  })

  scene('clearing a key keeps what is put after it in the same turn', async ({ items }) => {
    await items.put('romeo', 'rosaline', {})
    const turn = [
      items.put('romeo', 'tybalt', {}),
      items.clear('romeo'),
      items.put('romeo', 'juliet', { group: 'love' }),
      items.delete('romeo', 'nobody'),
    ]
    const expected = [['juliet', { group: 'love' }]]
    assert.deepEqual([...(await items.all('romeo'))], expected)
    assert.equal(await items.get('romeo', 'rosaline'), undefined)
    await Promise.all(turn)
    assert.deepEqual([...(await items.all('romeo'))], expected)
  })

  scene('only keys that have entries are told', async ({ items }) => {
    await Promise.all(['c', 'a', 'b'].map(owner => items.put(owner, 'x', {})))
    await Promise.all([items.put('a', 'y', {}), items.delete('b', 'x'), items.clear('c')])
    assert.deepEqual(await items.keys(), ['a'])
    assert.deepEqual(await items.keys('a'), [])
  })

  scene('an entry is updated with nobody in between', async ({ items }) => {
    const claim = (group: string) => items.update('thing', 'owner', found => found ?? { group })
    assert.deepEqual(await Promise.all([claim('first'), claim('second')]), [
      { group: 'first' },
      { group: 'first' },
    ])
  })
}

const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`)

async function filled({ archive }: Stores): Promise<readonly number[]> {
  const peers = ['odd', 'even']
  const appended = numbered(0, 9).map((body, i) => {
    return archive.append('romeo', { peer: peers[(i + 1) % 2] ?? '', body }, 1000 + i * 10)
  })
  return Promise.all(appended)
}

function logTests(scene: Scene): void {
  const bodies = (page: { entries: readonly { value: { body: string } }[]; complete: boolean }) => {
    return [page.entries.map(entry => entry.value.body).join(''), page.complete] as const
  }

  scene('entries come back oldest first, with ids that grow', async stores => {
    const ids = await filled(stores)
    const { entries } = await stores.archive.page('romeo', { max: 2 })
    assert.deepEqual(entries, [
      { id: ids[0], at: 1000, value: { peer: 'even', body: '0' } },
      { id: ids[1], at: 1010, value: { peer: 'odd', body: '1' } },
    ])
    assert.deepEqual(
      ids,
      [...ids].sort((a, b) => a - b),
    )
    assert.deepEqual(await stores.archive.get('romeo', ids[1] ?? 0), entries[1])
    assert.equal(await stores.archive.get('juliet', ids[1] ?? 0), undefined)
  })

  scene('pages go forward and backwards and tell when nothing is left', async stores => {
    const { archive } = stores
    const ids = await filled(stores)
    assert.deepEqual(bodies(await archive.page('romeo', { max: 4 })), ['0123', false])
    assert.deepEqual(bodies(await archive.page('romeo', { max: 6, after: ids[3] })), ['456789', true])
    assert.deepEqual(bodies(await archive.page('romeo', { max: 5, after: ids[3] })), ['45678', false])
    assert.deepEqual(bodies(await archive.page('romeo', { max: 3, backwards: true })), ['789', false])
    assert.deepEqual(bodies(await archive.page('romeo', { max: 3, backwards: true, before: ids[3] })), [
      '012',
      true,
    ])
    assert.deepEqual(bodies(await archive.page('romeo', { max: 9, after: ids[1], before: ids[4] })), [
      '23',
      true,
    ])
    assert.deepEqual(bodies(await archive.page('romeo', { max: 0 })), ['', false])
    assert.deepEqual(bodies(await archive.page('juliet', { max: 5 })), ['', true])
  })

  scene('pages are narrowed by time, inclusive, and by indexed columns', async stores => {
    const { archive } = stores
    const ids = await filled(stores)
    assert.deepEqual(bodies(await archive.page('romeo', { max: 9, from: 1020, to: 1050 })), ['2345', true])
    assert.deepEqual(bodies(await archive.page('romeo', { max: 2, from: 1021 })), ['34', false])
    assert.deepEqual(bodies(await archive.page('romeo', { max: 9, where: { peer: 'odd' } })), ['13579', true])
    const narrowed = { where: { peer: 'even' }, from: 1020, after: ids[2], max: 1 } as const
    assert.deepEqual(bodies(await archive.page('romeo', narrowed)), ['4', false])
    assert.deepEqual(bodies(await archive.page('romeo', { ...narrowed, backwards: true })), ['8', false])
    assert.equal(await archive.count('romeo'), 10)
    assert.equal(await archive.count('romeo', { from: 1050, where: { peer: 'odd' } }), 3)
  })

  scene('a page goes on from an entry that is there no more', async stores => {
    const { archive } = stores
    const ids = await filled(stores)
    await archive.remove('romeo', ids.slice(2, 5))
    await archive.remove('romeo', [])
    await archive.remove('juliet', ids)
    assert.deepEqual(bodies(await archive.page('romeo', { max: 2, after: ids[3] })), ['56', false])
    assert.deepEqual(bodies(await archive.page('romeo', { max: 9, before: ids[3] })), ['01', true])
    assert.equal(await archive.get('romeo', ids[3] ?? 0), undefined)
  })

  scene('a page sees appends, removals and clearing of its own turn', async ({ archive }) => {
    const first = archive.append('romeo', { peer: 'p', body: 'a' }, 1)
    assert.deepEqual(bodies(await archive.page('romeo', { max: 5 })), ['a', true])
    const removed = archive.remove('romeo', [await first])
    const second = archive.append('romeo', { peer: 'p', body: 'b' }, 2)
    assert.deepEqual(bodies(await archive.page('romeo', { max: 5 })), ['b', true])
    const cleared = archive.clear('romeo')
    const third = archive.append('romeo', { peer: 'p', body: 'c' }, 3)
    assert.equal(await archive.count('romeo'), 1)
    await Promise.all([removed, second, cleared, third])
    assert.deepEqual(bodies(await archive.page('romeo', { max: 5 })), ['c', true])
  })

  scene('a clock set back does not change the order', async ({ archive }) => {
    const ids = await Promise.all(
      [50, 20, 60].map(at => archive.append('romeo', { peer: 'p', body: `${at}` }, at)),
    )
    const { entries } = await archive.page('romeo', { max: 9 })
    assert.deepEqual(
      entries.map(({ id, at }) => [id, at]),
      ids.map((id, i) => [id, [50, 50, 60][i]]),
    )
    await archive.append('juliet', { peer: 'p', body: '' }, 10)
    assert.equal((await archive.page('juliet', { max: 1 })).entries[0]?.at, 10)
  })

  scene(
    'old entries expire on their own host only, and ids are not given again',
    async (stores, { driver }) => {
      const ids = await filled(stores)
      const other = await driver.open('example.net', 'contract-test', declared)
      await other.archive.append('romeo', { peer: 'p', body: 'x' }, 1000)
      await stores.archive.append('juliet', { peer: 'p', body: 'x' }, 1009)
      assert.equal(await stores.archive.expire(1050), 6)
      assert.deepEqual(bodies(await stores.archive.page('romeo', { max: 9 })), ['56789', true])
      assert.deepEqual(await stores.archive.keys(), ['romeo'])
      assert.equal(await other.archive.count('romeo'), 1)
      await stores.archive.clear('romeo')
      const next = await stores.archive.append('romeo', { peer: 'p', body: 'y' }, 1)
      assert.ok(ids.every(id => id < next))
    },
  )
}

function blobTests(scene: Scene): void {
  scene('bytes come back as copies', async ({ files }) => {
    const bytes = new Uint8Array(70_000).fill(5).subarray(1000, 69_000)
    const done = files.put('a/../b', bytes)
    bytes.fill(0)
    ;(await files.get('a/../b'))?.fill(1)
    await done
    assert.deepEqual(await files.get('a/../b'), new Uint8Array(68_000).fill(5))
    await files.put('empty', new Uint8Array())
    assert.equal((await files.get('empty'))?.length, 0)
    await files.delete('a/../b')
    assert.equal(await files.get('a/../b'), undefined)
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

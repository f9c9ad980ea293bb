/** The store contract for rows by name: keyed and mapped stores, and blobs. */

import assert from 'node:assert/strict'
import { account, isStoreError, type Scene } from './contract-scene.ts'

/** Tests of keyed stores. */
export function keyedTests(scene: Scene): void {
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

/** Tests of mapped stores. */
export function mappedTests(scene: Scene): void {
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

/** Tests of blobs. */
export function blobTests(scene: Scene): void {
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

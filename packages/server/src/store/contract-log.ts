/** The store contract for logs. */

import assert from 'node:assert/strict'
import { declared, filled, type Scene } from './contract-scene.ts'

/** Tests of logs. */
export function logTests(scene: Scene): void {
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

  scene('counting ends where it was told to', async stores => {
    await filled(stores)
    assert.equal(await stores.archive.count('romeo', {}, 4), 4)
    assert.equal(await stores.archive.count('romeo', { where: { peer: 'odd' } }, 100), 5)
    assert.equal(await stores.archive.count('romeo', {}, 0), 0)
  })

  scene('the newest entry with a value is found at once', async stores => {
    const { archive } = stores
    const ids = await filled(stores)
    assert.deepEqual(archive.peek('romeo', { peer: 'even' }), {
      id: ids[8],
      at: 1080,
      value: { peer: 'even', body: '8' },
    })
    assert.equal(archive.peek('romeo', { peer: 'none' }), undefined)
    assert.equal(archive.peek('juliet', { peer: 'even' }), undefined)
  })

  scene('a value that hardly comes twice finds its entries, within their key', async ({ marked }) => {
    const rows = [{ tag: 7 }, {}, { tag: 8 }, { tag: 7 }].map(row => ({ peer: 'a', note: '', ...row }))
    await Promise.all(rows.map((row, i) => marked.append('romeo', row, i)))
    await marked.append('juliet', { peer: 'a', note: '', tag: 7 }, 9)
    const found = async (where: { tag: number; peer?: string }, from = 0): Promise<readonly number[]> =>
      (await marked.page('romeo', { max: 9, where, from })).entries.map(({ at }) => at)
    assert.deepEqual(await found({ tag: 7 }), [0, 3])
    assert.deepEqual(await found({ tag: 7, peer: 'a' }, 1), [3])
    assert.deepEqual(await found({ tag: 7, peer: 'b' }), [])
    assert.equal(await marked.count('romeo', { where: { tag: 7 } }), 2)
    assert.equal(marked.peek('romeo', { tag: 7 })?.at, 3)
    assert.equal(marked.peek('juliet', { tag: 8 }), undefined)
  })

  scene('columns without an index narrow as well, left out or not', async ({ marked }) => {
    const rows = [
      { peer: 'a', mark: 'x', note: '1' },
      { peer: 'a', note: '2' },
      { peer: 'b', mark: 'x', note: '1' },
    ]
    await Promise.all(rows.map((row, i) => marked.append('romeo', row, i)))
    const found = async (where: {
      peer?: string
      mark?: string
      note?: string
    }): Promise<readonly number[]> =>
      (await marked.page('romeo', { max: 9, where })).entries.map(({ at }) => at)
    assert.deepEqual(await found({ peer: 'a', note: '1' }), [0])
    assert.deepEqual(await found({ note: '1' }), [0, 2])
    assert.deepEqual(await found({ mark: 'x' }), [0, 2])
    assert.deepEqual(await found({ peer: 'a', mark: 'x' }), [0])
    assert.equal(marked.peek('romeo', { mark: 'x' })?.at, 2)
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

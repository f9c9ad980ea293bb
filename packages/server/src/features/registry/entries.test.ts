/** Things by what they have: whatever is looked up is what going through all of them finds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BareJid, bareJid, withResource } from '@waxwing/jid'
import type { SearchCondition } from '@waxwing/protocol'
import { SeededRandom } from '@waxwing/testkit'
import { memoryStore } from '../../store/store.ts'
import { Entries } from './entries.ts'
import { disowned, type Entry, thingsShape, type Visibility } from './entry.ts'
import { Postings } from './postings.ts'
import { searchFor } from './search.ts'
import { TagIndex, type Trait } from './tag-index.ts'
import { TagLists } from './tag-list.ts'
import { claimOf, sameTags, type Tags, type TagValue } from './tags.ts'

const rules = { maxConditions: 32, maxPatternSteps: 1_000_000 }
const owners = ['ann', 'bob', 'cat'].map(local => bareJid(local, 'example.org'))

const storeOf = async (driver = memoryStore()) =>
  (await driver.open('example.org', 'registry', { things: thingsShape })).things

function entryOf(
  local: string,
  tags: readonly (readonly [string, TagValue])[],
  more: Partial<Entry> = {},
): Entry {
  const jid = bareJid(local, 'example.org')
  const all = new Map(tags)
  return {
    jid,
    node: undefined,
    address: withResource(jid, 'x'),
    generation: 'nf',
    owner: owners[0],
    selfOwned: false,
    visibility: 'public',
    tags: all,
    claim: claimOf(all),
    keyDigest: undefined,
    since: 0,
    notice: undefined,
    ...more,
  }
}

const any = { nameWildcard: undefined }
const conditions: readonly (readonly SearchCondition[])[] = [
  [{ ...any, kind: 'strEq', name: 'a', value: '1' }],
  [{ ...any, kind: 'numEq', name: 'A', value: 1 }],
  [{ ...any, kind: 'numGt', name: 'B', value: 1 }],
  [{ ...any, kind: 'strNEq', name: 'C', value: '2' }],
  [{ ...any, kind: 'strEq', name: 'NONE', value: '2' }],
  [{ ...any, kind: 'strEq', name: 'KEY', value: '2' }],
  [
    { ...any, kind: 'strEq', name: 'A', value: '1' },
    { ...any, kind: 'numLtEq', name: 'B', value: 2 },
  ],
  [{ kind: 'numEq', name: '*', nameWildcard: '*', value: 2 }],
  [{ ...any, kind: 'numGtEq', name: 'RARE', value: 0 }],
]

/** Everything that was put in, in order, by its place. */
type Reference = Map<string, Entry>

function check(entries: Entries, reference: Reference): void {
  const names = (list: Iterable<Entry>): readonly string[] =>
    [...list].map(({ jid, node }) => `${jid} ${node?.id ?? ''}`)
  const all = [...reference.values()]
  assert.equal(entries.size, all.length)
  for (const one of conditions) {
    const search = searchFor(one, rules)
    const fitting = all.filter(({ visibility, tags }) => visibility === 'public' && search.fits(tags))
    assert.deepEqual(names(entries.found(search)), names(fitting), JSON.stringify(one))
  }
  for (const owner of owners)
    assert.deepEqual(names(entries.ofOwner(owner)), names(all.filter(entry => entry.owner === owner)))
  for (const { jid, node, owner, tags, claim, address } of all) {
    const found = entries.get(jid, node)
    assert.deepEqual([found?.owner, found?.claim, found?.address], [owner, claim, address])
    assert.ok(found && sameTags(found.tags, tags))
    assert.equal(entries.countOf(jid), all.filter(entry => entry.jid === jid).length)
    assert.ok(entries.withClaim(claim).some(entry => entry.jid === jid))
  }
}

function randomEntry(random: SeededRandom): Entry {
  const pick = <T>(list: readonly T[]): T =>
    list[Math.floor(random.fraction() * list.length)] ?? assert.fail()
  const values: readonly TagValue[] = ['1', '2', 1, 2, 3]
  const names = ['A', 'B', 'C', ...(random.fraction() < 0.05 ? ['RARE'] : [])]
  const tags = names.filter(() => random.fraction() < 0.7).map(name => [name, pick(values)] as const)
  const node =
    random.fraction() < 0.5 ? undefined : { id: pick(['n', 'm']), source: undefined, partition: undefined }
  const visibility: Visibility = pick(['public', 'public', 'private', 'removed'])
  return entryOf(`thing-${Math.floor(random.fraction() * 30)}`, tags, {
    node,
    visibility,
    owner: random.fraction() < 0.2 ? undefined : pick(owners),
  })
}

for (const seed of [1, 2, 3])
  test(`what comes, changes and goes is found as if all were gone through (seed ${seed})`, async () => {
    const random = new SeededRandom(seed)
    const driver = memoryStore()
    const entries = await Entries.open(await storeOf(driver))
    const reference: Reference = new Map()
    for (let step = 0; step < 300; step++) {
      const entry = { ...randomEntry(random), since: step }
      const key = `${entry.jid} ${entry.node?.id}`
      if (random.fraction() < 0.3) {
        await entries.remove(entry)
        reference.delete(key)
      } else {
        // What is there keeps its place, and the time it came.
        const put = { ...entry, since: reference.get(key)?.since ?? entry.since }
        await entries.put(put)
        reference.set(key, put)
      }
      if (step % 20 === 0) check(entries, reference)
    }
    check(entries, reference)
    check(await Entries.open(await storeOf(driver)), reference)
  })

test('what was claimed by its tags in words before is so by their digest now', async () => {
  const things = await storeOf()
  const entry = entryOf('old', [['SN', '1']])
  const entries = await Entries.open(things)
  await entries.put({ ...entry, claim: '[["SN","1"]]' })
  const again = await Entries.open(things)
  assert.deepEqual(
    again.withClaim(claimOf(new Map([['SN', '1']]))).map(({ jid }) => jid),
    [entry.jid],
  )
})

test('who hears of changes hears of other owners and other tags, and of nothing else', async () => {
  const heard: BareJid[] = []
  const entries = await Entries.open(await storeOf())
  entries.watch(thing => heard.push(thing))
  const entry = entryOf('a', [['SN', '1']])
  const steps: readonly (readonly [Entry, number])[] = [
    [entry, 1],
    [{ ...entry, notice: 'claimed' }, 1],
    [{ ...entry, tags: new Map([['SN', 1]]) }, 2],
    [{ ...entry, tags: new Map([['SN', 1]]), owner: owners[1] }, 3],
    [disowned(entry), 4],
  ]
  for (const [next, times] of steps) {
    await entries.put(next)
    assert.equal(heard.length, times)
  }
})

test('numbers are in order, once each', () => {
  const postings = new Postings<string>()
  for (const number of [5, 1, 3, 5, 2, 1]) postings.add('k', number)
  assert.deepEqual(postings.of('k'), [1, 2, 3, 5])
  for (const number of [4, 1, 5, 3]) postings.remove('k', number)
  assert.deepEqual(postings.of('k'), [2])
  postings.remove('k', 2)
  assert.ok(postings.isEmpty)
})

/** An index, and the things in it. */
function indexed() {
  const things = new Map<number, Tags>()
  const index = new TagIndex(number => things.get(number))
  return {
    index,
    add: (number: number, tags: Tags): void => {
      things.set(number, tags)
      index.add(number, tags)
    },
    remove: (number: number): void => {
      index.remove(number, things.get(number) ?? new Map())
      things.delete(number)
    },
  }
}

test('private things are not in the index, so that nobody can tell them by time', () => {
  const { index, add, remove } = indexed()
  add(7, new Map([['SN', '1']]))
  assert.deepEqual(index.candidates([{ name: 'SN', value: '1' }]), [7])
  remove(7)
  for (const value of ['1', undefined]) assert.deepEqual(index.candidates([{ name: 'SN', value }]), [])
  assert.deepEqual(index.candidates([]), [])
})

test('the second thing with a tag makes a table of it, with the first in it', () => {
  const { index, add, remove } = indexed()
  for (const number of [3, 1, 2]) add(number, new Map([['SN', number % 2]]))
  assert.deepEqual(index.candidates([{ name: 'SN', value: 1 }]), [1, 3])
  assert.deepEqual(index.candidates([{ name: 'SN', value: 0 }]), [2])
  assert.deepEqual(index.candidates([{ name: 'SN', value: 2 }]), [])
  for (const number of [1, 2, 3]) remove(number)
  assert.ok(index.isEmpty)
})

test('a rare tag is looked up, a frequent one is not put in order', () => {
  const { index, add } = indexed()
  for (let number = 0; number < 100; number++) add(number, new Map([['MODEL', `m${number}`]]))
  add(100, new Map([['RARE', 2]]))
  add(101, new Map([['RARE', 1]]))
  const sizeOf = (...traits: readonly Trait[]): number => index.candidates(traits).length
  assert.deepEqual(index.candidates([{ name: 'RARE', value: undefined }]), [100, 101])
  assert.equal(sizeOf({ name: 'MODEL', value: undefined }), 102)
  assert.equal(sizeOf({ name: 'MODEL', value: 'm3' }, { name: 'MODEL', value: undefined }), 1)
})

test('100,000 names of tags are kept as long as somebody has them, and no longer', () => {
  const lists = new TagLists()
  const { index, add, remove } = indexed()
  const taken = Array.from({ length: 1_563 }, (_, thing) =>
    lists.take(new Map(Array.from({ length: 64 }, (_unused, n) => [`N${thing}.${n}`, n]))),
  )
  for (const [number, tags] of taken.entries()) add(number, tags)
  assert.deepEqual(index.candidates([{ name: 'N1562.63', value: 63 }]), [1_562])
  for (const [number, tags] of taken.entries()) {
    remove(number)
    lists.giveBack(tags)
  }
  assert.ok(index.isEmpty && lists.isEmpty)
})

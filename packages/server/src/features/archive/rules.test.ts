/** The archive's rules on plain data. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import { trait } from '../../router/traits.ts'
import { ArchiveIds } from './archive-ids.ts'
import { isArchived } from './archiving.ts'
import { isListed } from './preferences.ts'
import { reachesTheEnd } from './queries.ts'

const { body, store, noStore, noPermanentStore, noCopy, lasting, talk, room, copy, meaning } = trait

const archived: readonly [type: string | undefined, traits: number, expected: boolean][] = [
  [undefined, body, true],
  ['normal', body, true],
  ['chat', body, true],
  ['strange', body, true],
  ['chat', 0, false],
  ['chat', talk, false],
  ['chat', talk | meaning, false],
  ['chat', lasting, true],
  ['chat', store, true],
  ['headline', body, false],
  ['headline', body | store, true],
  ['groupchat', body, false],
  ['groupchat', body | store, false],
  ['error', body, false],
  ['error', body | store, false],
  ['chat', body | noStore, false],
  ['chat', body | noPermanentStore, false],
  ['chat', body | store | noStore, false],
  ['chat', body | noCopy, true],
  ['chat', body | copy, false],
  ['normal', room | meaning, true],
  ['chat', room | meaning, false],
  ['normal', meaning, false],
]

for (const [type, traits, expected] of archived)
  test(`${type ?? 'typeless'} with traits ${traits} is ${expected ? '' : 'not '}archived (XEP-0313 §6.1.1, XEP-0334 §4)`, () => {
    assert.equal(isArchived(type, traits), expected)
  })

const always = [parseJid('romeo@montague.example'), parseJid('nurse@capulet.example/kitchen')]
const never = [parseJid('tybalt@capulet.example'), parseJid('romeo@montague.example/tomb')]
const listed: readonly [peer: string, expected: boolean | undefined][] = [
  ['romeo@montague.example', true],
  ['romeo@montague.example/orchard', true],
  ['romeo@montague.example/tomb', false],
  ['nurse@capulet.example/kitchen', true],
  ['nurse@capulet.example', undefined],
  ['nurse@capulet.example/bed', undefined],
  ['tybalt@capulet.example/x', false],
  ['benvolio@montague.example', undefined],
]

for (const [peer, expected] of listed)
  test(`${peer} is ${expected === undefined ? 'not listed' : expected ? 'kept' : 'not kept'} (XEP-0441 §2.3.1)`, () => {
    assert.equal(isListed({ rule: 'roster', always, never }, parseJid(peer)), expected)
  })

test('ids sort as they were given, whatever the clock does, and none comes twice (XEP-0313 §6.2)', () => {
  let now = Date.UTC(2011, 2, 1)
  const clock = { wall: () => now, monotonic: () => 0, after: () => ({ cancel() {} }) }
  const ids = new ArchiveIds(clock, { bytes: size => new Uint8Array(size), fraction: () => 0 })
  const given: string[] = []
  for (const step of [0, 1, 5000, -60_000, 60_000_000, 1]) {
    now += step
    for (let n = 0; n < 5_000; n++) given.push(ids.next())
  }
  assert.equal(new Set(given).size, given.length)
  assert.deepEqual([...given].sort(), given)
  assert.equal(ids.newest, given.at(-1))
  now += 60_000_000
  const { newest } = ids
  assert.ok(newest > (given.at(-1) ?? ''))
  assert.ok(newest < ids.next())
  assert.ok(given.every(id => /^[A-Za-z0-9_-]{21}$/.test(id)))
})

const withRomeo = parseJid('romeo@montague.example')
const reaching: readonly [what: string, given: Parameters<typeof reachesTheEnd>, expected: boolean][] = [
  ['everything', [{ ids: [] }, {}], true],
  ['what came since a moment', [{ ids: [], start: 1 }, {}], true],
  ['what came behind an id', [{ ids: [], afterId: 'a' }, {}], true],
  ['the last page', [{ ids: [] }, { before: '' }], true],
  ['a page on the way to the end', [{ ids: [] }, { after: 'a' }], true],
  ['an older page', [{ ids: [] }, { before: 'a' }], false],
  ['one contact', [{ ids: [], with: withRomeo }, {}], false],
  ['up to a moment', [{ ids: [], end: 1 }, {}], false],
  ['up to an id', [{ ids: [], beforeId: 'a' }, {}], false],
  ['certain messages', [{ ids: ['a'] }, {}], false],
]

for (const [what, given, expected] of reaching)
  test(`a query for ${what} ${expected ? 'leads' : 'does not lead'} to the end of the archive`, () => {
    assert.equal(reachesTheEnd(...given), expected)
  })

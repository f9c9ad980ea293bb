/**
 * A registry with many things: `node bench/registry.ts [--things 100000]`. What one of them takes in memory beside the
 * text of its tags, and how long searches take; without network and disk. Each thing has eight tags, half of the things
 * are public. The last lines look for what is nowhere, and for what only private things have: they take the same time.
 */

import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type BareJid, bareJid, withResource } from '@waxwing/jid'
import type { SearchCondition } from '@waxwing/protocol'
import { Entries } from '../packages/server/src/features/registry/entries.ts'
import type { Entry } from '../packages/server/src/features/registry/entry.ts'
import { searchFor } from '../packages/server/src/features/registry/search.ts'
import { claimOf, type TagValue } from '../packages/server/src/features/registry/tags.ts'

const { values } = parseArgs({ options: { things: { type: 'string', default: '100000' } } })
const count = Number(values.things)
const rules = { maxConditions: 32, maxPatternSteps: 500_000 }

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc') as () => void

/** Keeps nothing: what the disk does is measured elsewhere. */
const nowhere = {
  all: () => new Map(),
  get: () => undefined,
  put: async () => {},
  delete: async () => {},
  update: async () => undefined,
  clear: async () => {},
  keys: () => [],
}

function tagsOf(n: number): ReadonlyMap<string, TagValue> {
  return new Map<string, TagValue>([
    ['SN', `${394_872_348_000 + n}`],
    ['MAN', 'example.org'],
    ['MODEL', n % 2 === 0 ? `Meter ${n % 20}` : `Hidden ${n % 20}`],
    ['V', 1 + (n % 10) / 10],
    ['CITY', `City ${n % 500}`],
    ['STREET', `Street ${n % 5_000}`],
    ['LON', -70 - (n % 20_000) / 10_000],
    ['LAT', -33 - (n % 19_997) / 10_000],
  ])
}

function thing(n: number): Entry {
  const jid = bareJid(`meter-${n}`, 'example.org')
  const tags = tagsOf(n)
  return {
    jid,
    node: undefined,
    address: withResource(jid, 'meter'),
    generation: 'nf',
    owner: bareJid(`owner-${n % 1_000}`, 'example.org'),
    selfOwned: false,
    visibility: n % 2 === 0 ? 'public' : 'private',
    tags,
    claim: claimOf(tags),
    keyDigest: undefined,
    since: n,
    notice: undefined,
  }
}

function heap(): number {
  collect()
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
}

/** The tags alone, as plain lists of values. */
function tagsAlone(): number {
  const before = heap()
  const all = Array.from({ length: count }, (_, n) => [...tagsOf(n).values()])
  const bytes = (heap() - before) / all.length
  return bytes
}

const eq = (name: string, value: string): SearchCondition => ({
  kind: 'strEq',
  name,
  value,
  nameWildcard: undefined,
})
const range = (name: string, min: number, max: number): SearchCondition => ({
  kind: 'numRange',
  name,
  min,
  max,
  minIncluded: true,
  maxIncluded: true,
  nameWildcard: undefined,
})

const searches: readonly (readonly [what: string, conditions: readonly SearchCondition[]])[] = [
  ['one thing by its serial number', [eq('SN', `${394_872_348_000 + count / 2}`)]],
  ['a street', [eq('STREET', 'Street 42')]],
  ['a model in a place', [eq('MODEL', 'Meter 2'), range('LON', -70.1, -70), range('LAT', -33.1, -33)]],
  ['a place alone', [range('LON', -70.1, -70), range('LAT', -33.1, -33)]],
  ['a model of private things', [eq('MODEL', 'Hidden 3')]],
  ['a model of nothing', [eq('MODEL', 'Hidden 99')]],
]

const alone = tagsAlone()
const before = heap()
const since = performance.now()
const entries = await Entries.open(nowhere)
for (let n = 0; n < count; n++) await entries.put(thing(n))
const seconds = (performance.now() - since) / 1000
const each = (heap() - before) / count
console.log(
  `${count} things in ${seconds.toFixed(1)} s, ${Math.round(each)} bytes each, of which their tags ${Math.round(alone)}`,
)

for (const [what, conditions] of searches) {
  const runs = 20
  let found = 0
  const begun = performance.now()
  for (let run = 0; run < runs; run++) {
    found = 0
    for (const _ of entries.found(searchFor(conditions, rules))) found++
  }
  console.log(`${what}: ${found} found in ${((performance.now() - begun) / runs).toFixed(3)} ms`)
}

/** Kept until here, so that it is there when it is counted. */
export const owned: number = entries.ofOwner(bareJid('owner-1', 'example.org') satisfies BareJid).length

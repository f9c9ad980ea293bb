/** Pages of an archive over the embedded store: whichever way one goes, nothing is missed and nothing comes twice. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type BareJid, parseBareJid, parseFullJid } from '@waxwing/jid'
import { memoryStore, type StoreDriver } from '@waxwing/server/store'
import { sqliteStore } from '@waxwing/store-sqlite'
import { Archive, archiveShape } from '../packages/server/src/features/archive/archive.ts'
import { ArchiveIds } from '../packages/server/src/features/archive/archive-ids.ts'
import type { Conditions } from '../packages/server/src/features/archive/conditions.ts'
import { ArchivePages } from '../packages/server/src/features/archive/pages.ts'
import { Stanza } from '../packages/server/src/router/stanza.ts'

const owner = parseBareJid('juliet@capulet.example')
const peers = [
  'romeo@montague.example/orchard',
  'romeo@montague.example/tomb',
  'nurse@capulet.example/kitchen',
]
const start = Date.UTC(2011, 2, 1)

interface Kept {
  readonly id: string
  readonly peer: string
  readonly at: number
}

/** An archive of 120 messages in pairs of the same moment, another one between them, and what is in it. */
async function filled(driver: StoreDriver): Promise<{ pages: ArchivePages; kept: readonly Kept[] }> {
  const { messages } = await driver.open('capulet.example', 'archive', { messages: archiveShape })
  let now = start
  const clock = { wall: () => now, monotonic: () => now, after: () => ({ cancel() {} }) }
  let drawn = 0
  const random = { bytes: (size: number) => new Uint8Array(size).fill(drawn++), fraction: () => 0 }
  const log = { error: assert.fail, warn() {}, info() {}, debug() {} }
  const archive = new Archive(messages, new ArchiveIds(clock, random), clock, log)
  const add = (to: BareJid, peer: string, n: number): string => {
    const from = parseFullJid(peer)
    const payload = `<body>${n}</body><origin-id xmlns='urn:xmpp:sid:0' id='${n}'/>`
    return archive.add(to, 'received', from, Stanza.composed({ kind: 'message', from, to }, payload), true)
  }
  const kept: Kept[] = []
  for (let n = 0; n < 120; n++) {
    now = start + (n >> 1) * 1_000
    const peer = peers[n % 3] ?? ''
    kept.push({ id: add(owner, peer, n), peer, at: now })
    add(parseBareJid('paris@capulet.example'), peer, n)
    if (n % 50 === 0) await driver.flushed()
  }
  await driver.flushed()
  assert.equal(add(owner, peers[0] ?? '', 117), kept[117]?.id, 'what is sent again is known')
  await driver.flushed()
  return { pages: new ArchivePages(messages, { pageSize: 50, maxPage: 50, maxPageBytes: 1e6 }), kept }
}

/** All ids a client learns by asking for one page after the other. */
async function walked(
  pages: ArchivePages,
  conditions: Conditions,
  way: 'forwards' | 'backwards',
  max: number,
): Promise<readonly string[]> {
  const ids: string[] = []
  for (let edge = ''; ; ) {
    const turn = way === 'forwards' ? { after: edge || undefined } : { before: edge }
    const page = await pages.find(owner, conditions, { max, ...turn })
    const found = page.entries.map(({ value }) => value.uid)
    if (way === 'forwards') ids.push(...found)
    else ids.unshift(...found)
    if (page.isComplete) return ids
    edge = (way === 'forwards' ? found.at(-1) : found[0]) ?? assert.fail('an empty page that is not the last')
  }
}

async function pagesAgree(driver: StoreDriver): Promise<void> {
  const { pages, kept } = await filled(driver)
  const idAt = (n: number): string => kept[n]?.id ?? ''
  const after = (n: number) => (one: Kept) => kept.indexOf(one) > n
  const cases: readonly [conditions: Conditions, wanted: (one: Kept) => boolean][] = [
    [{ ids: [] }, () => true],
    [{ ids: [], with: parseBareJid('romeo@montague.example') }, ({ peer }) => peer.startsWith('romeo')],
    [{ ids: [], with: parseFullJid(peers[1] ?? '') }, ({ peer }) => peer === peers[1]],
    [
      { ids: [], start: start + 20_000, end: start + 30_000 },
      ({ at }) => at >= start + 20_000 && at <= start + 30_000,
    ],
    [{ ids: [], afterId: idAt(40), beforeId: idAt(61) }, one => after(40)(one) && !after(60)(one)],
    [
      { ids: [], afterId: idAt(10), with: parseFullJid(peers[2] ?? ''), end: start + 40_000 },
      one => after(10)(one) && one.peer === peers[2] && one.at <= start + 40_000,
    ],
  ]
  for (const [conditions, wanted] of cases) {
    const expected = kept.filter(wanted).map(({ id }) => id)
    for (const max of [1, 7, 50])
      for (const way of ['forwards', 'backwards'] as const)
        assert.deepEqual(await walked(pages, conditions, way, max), expected, `${way} by ${max}`)
    const { count } = await pages.find(owner, conditions, { max: 0 })
    assert.equal(count, expected.length)
  }
  const chosen = await pages.find(owner, { ids: [idAt(99), idAt(3)] }, {})
  assert.deepEqual(
    chosen.entries.map(({ value }) => value.uid),
    [idAt(3), idAt(99)],
  )
  const ends = await pages.ends(owner)
  assert.deepEqual(
    ends?.map(({ value }) => value.uid),
    [idAt(0), idAt(119)],
  )
}

test('pages in the embedded store (XEP-0313 §4.3)', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waxwing-archive-'))
  const driver = await sqliteStore({ file: join(folder, 'store.sqlite') })
  try {
    await pagesAgree(driver)
  } finally {
    await driver.close()
    await rm(folder, { recursive: true })
  }
})

test('pages in memory (XEP-0313 §4.3)', async () => {
  const driver = memoryStore()
  await pagesAgree(driver)
  await driver.close()
})

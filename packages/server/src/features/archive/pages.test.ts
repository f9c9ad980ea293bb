/** Pages of an archive, asked on the wire and walked in both stores: nothing is missed, nothing comes twice. XEP-0059. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type BareJid, parseBareJid, parseFullJid } from '@waxwing/jid'
import { sqliteStore } from '@waxwing/store-sqlite'
import { scene } from '@waxwing/testkit'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'
import { Stanza } from '../../router/stanza.ts'
import { memoryStore, type StoreDriver } from '../../store/store.ts'
import { Archive, archiveShape } from './archive.ts'
import { ArchiveIds } from './archive-ids.ts'
import { ask, bodies, finOf, form, mam, page, talked } from './archive-kit.test.ts'
import type { Conditions } from './conditions.ts'
import { ArchivePages } from './pages.ts'

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
    for (const [index, id] of expected.entries()) {
      const page = await pages.find(owner, conditions, { max: 1, index })
      assert.deepEqual([page.entries[0]?.value.uid, page.index], [id, index])
    }
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

test('a flipped page has the same messages, the newest first (XEP-0313 §4.3.4)', async () => {
  await using host = await scene()
  const { juliet, ids } = await talked(host)
  const flipped = await ask(juliet, `${page('<max>3</max><before/>')}<flip-page/>`)
  assert.deepEqual(bodies(flipped), ['9', '8', '7'])
  assert.deepEqual([finOf(flipped)['first'], finOf(flipped)['last']], [ids[7], ids[9]])
  const forwards = await ask(juliet, `${page(`<max>2</max><after>${ids[1]}</after>`)}<flip-page/>`)
  assert.deepEqual(bodies(forwards), ['3', '2'])
})

test('conditions narrow by moment, id and contact, all together (XEP-0313 §4.1)', async () => {
  await using host = await scene()
  const { romeo, juliet, ids } = await talked(host)
  const at = (second: number): string => `2011-03-01T12:00:0${second}Z`
  const [, one = '', , three = '', , , , seven = ''] = ids
  const cases: readonly [fields: Record<string, string | readonly string[]>, expected: string][] = [
    [{ start: at(8) }, '89'],
    [{ end: at(1) }, '01'],
    [{ start: at(2), end: at(4) }, '234'],
    [{ start: '2011-03-01T13:00:07+01:00' }, '789'],
    [{ start: at(5), end: at(3) }, ''],
    [{ 'after-id': seven }, '89'],
    [{ 'before-id': one }, '0'],
    [{ 'after-id': one, 'before-id': seven, start: at(4) }, '456'],
    [{ with: romeoJid }, '0123456789'],
    [{ with: `${romeoJid}/orchard` }, '02468'],
    [{ with: 'nurse@montague.example' }, ''],
    [{ with: `${romeoJid}/orchard`, 'after-id': three }, '468'],
    [{ ids: [seven, one] }, '17'],
    [{ ids: [seven, one], start: at(5) }, '7'],
    [{ ids: [seven, one], with: `${romeoJid}/tomb` }, ''],
    [{ 'include-groupchat': 'true', 'before-id': one }, '0'],
    [{ with: [], start: '', ids: [], 'before-id': one }, '0'],
  ]
  for (const [fields, expected] of cases)
    assert.equal(bodies(await ask(juliet, form(fields))).join(''), expected, JSON.stringify(fields))
  assert.equal(bodies(await ask(romeo, form({ with: julietJid }))).length, 10)
  const paged = await ask(juliet, form({ with: `${romeoJid}/orchard` }) + page('<max>2</max><before/>'))
  assert.deepEqual(bodies(paged), ['6', '8'])
  const chosen = await ask(juliet, form({ ids: [one, three, seven] }) + page('<max>2</max><before/>'))
  assert.deepEqual(
    [bodies(chosen), finOf(chosen)['complete'], finOf(chosen)['count']],
    [['3', '7'], undefined, '3'],
  )
})

test('the count alone can be asked for (XEP-0059 §2.7)', async () => {
  await using host = await scene()
  const { juliet } = await talked(host)
  const all = await ask(juliet, page('<max>0</max>'))
  assert.deepEqual([bodies(all), finOf(all)['count']], [[], '10'])
  const some = await ask(juliet, form({ start: '2011-03-01T12:00:08Z' }) + page('<max>0</max>'))
  assert.equal(finOf(some)['count'], '2')
})

test('ids that are not in the archive are item-not-found, those of others too (XEP-0313 §4.1.3, §4.3.2)', async () => {
  await using host = await scene()
  const { romeo, ids } = await talked(host)
  const [foreign = ''] = ids
  const asked = [
    page('<after>nobody</after>'),
    page(`<before>${foreign}</before>`),
    form({ 'after-id': foreign }),
    form({ 'before-id': 'nobody' }),
    form({ ids: ['nobody'] }),
  ]
  for (const inside of asked) {
    await romeo.sends(`<iq type='set' id='q'><query xmlns='${mam}'>${inside}</query></iq>`)
    await romeo.receivesError('iq', 'q', 'cancel', 'item-not-found')
  }
})

/** Of ten messages: what is asked for, what comes, and where the answer says it is. */
const places: readonly [asked: string, bodies: string, index: string | undefined, isLast: boolean][] = [
  ['<max>4</max>', '0123', '0', false],
  ['<max>4</max><after>3</after>', '4567', '4', false],
  ['<max>4</max><after>7</after>', '89', '8', true],
  ['<max>4</max><before/>', '6789', '6', false],
  ['<max>4</max><before>2</before>', '01', '0', true],
  ['<index>0</index><max>3</max>', '012', '0', false],
  ['<index>4</index><max>3</max>', '456', '4', false],
  ['<index>7</index><max>3</max>', '789', '7', true],
  ['<index>9</index>', '9', '9', true],
  ['<index>10</index>', '', undefined, true],
  ['<index>4000000000</index>', '', undefined, true],
  ['<after>9</after>', '', undefined, true],
]

for (const [asked, expected, index, isLast] of places)
  test(`${asked} gives "${expected}" of ten, and their place (XEP-0313 §4.3, XEP-0059 §2.2, §2.3, §2.5, §2.6)`, async () => {
    await using host = await scene()
    const { juliet, ids } = await talked(host)
    const named = asked.replace(/(after|before)>(\d)</, (_, way, n) => `${way}>${ids[Number(n)]}<`)
    const answer = await ask(juliet, page(named))
    assert.equal(bodies(answer).join(''), expected)
    const { index: told, count, complete } = finOf(answer)
    assert.deepEqual([told, count, complete], [index, '10', isLast ? 'true' : undefined])
  })

test('places count among what a query selects (XEP-0059 §2.6)', async () => {
  await using host = await scene()
  const { juliet, ids } = await talked(host)
  const chosen = [ids[7], ids[2], ids[5]].map(id => id ?? '')
  for (const conditions of [
    form({ ids: chosen }),
    form({ 'after-id': ids[1] ?? '', 'before-id': ids[5] ?? '' }),
  ]) {
    const answer = await ask(juliet, conditions + page('<index>1</index><max>1</max>'))
    const { index, count, complete } = finOf(answer)
    assert.deepEqual([index, count, complete], ['1', '3', undefined])
    assert.deepEqual(bodies(answer), conditions.includes("'ids'") ? ['5'] : ['3'])
  }
})

test('among more than five hundred messages places are feature-not-implemented, and numbers are left out (XEP-0059 §2.6)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<message to='${julietJid}'><body>b</body></message>`.repeat(501))
  await juliet.forgets()
  const { count, index } = finOf(await ask(juliet, page('<max>1</max>')))
  assert.deepEqual([count, index], [undefined, undefined])
  await juliet.sends(`<iq type='set' id='q'><query xmlns='${mam}'>${page('<index>0</index>')}</query></iq>`)
  await juliet.receivesError('iq', 'q', 'cancel', 'feature-not-implemented')
})

const refused: readonly [what: string, query: string, type: string, condition: string][] = [
  ['a form of something else', "<x xmlns='jabber:x:data' type='submit'/>", 'modify', 'bad-request'],
  ['a field nobody knows', form({ '{urn:x}text': 'love' }), 'cancel', 'feature-not-implemented'],
  ['a moment that is none', form({ start: 'yesterday' }), 'modify', 'bad-request'],
  ['an address that is none', form({ with: 'a@@b' }), 'modify', 'bad-request'],
  ['a page by place and by id', page('<index>3</index><before/>'), 'modify', 'bad-request'],
  ['a page of minus one', page('<max>-1</max>'), 'modify', 'bad-request'],
  [
    'more ids than fit a page',
    form({ ids: Array.from({ length: 251 }, (_, n) => `${n}`) }),
    'modify',
    'policy-violation',
  ],
]

for (const [what, inside, type, condition] of refused)
  test(`${what} is refused with ${condition} (XEP-0313 §4.1, XEP-0059 §2.6)`, async () => {
    await using host = await scene()
    const { romeo } = await pair(host)
    await romeo.sends(`<iq type='set' id='q'><query xmlns='${mam}'>${inside}</query></iq>`)
    await romeo.receivesError('iq', 'q', type, condition)
  })

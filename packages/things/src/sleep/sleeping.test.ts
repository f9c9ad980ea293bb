/** Things that sleep, in a whole server: docs/sleeping-things.md. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sqliteHistory } from '@waxwing/client-node'
import { CLIENT_NS, Later } from '@waxwing/protocol'
import { world } from '@waxwing/testkit'
import { el, toElement } from '@waxwing/xml'
import {
  type KeeperOptions,
  keeper,
  type LaterOutcome,
  lastKnown,
  outcomes,
  type ReadOptions,
  read,
  setLater,
  sleepOf,
  UnreachableError,
} from '../index.ts'
import { annJid, keeperJid, kept, lines, meterJid, stage, wakes } from './sleeping-kit.test.ts'

test('a thing that sleeps says until when, and its keeper tells its last values as what they are', async () => {
  await using it = await world()
  const { meter, keeps, ann } = await stage(it)
  const at = new Date(it.host.clock.wall())
  await it.waitsFor(meter.sleep.sleep({ for: '6h' }))
  await it.host.advance(1_000)
  const nap = await it.waitsFor(sleepOf(ann, meterJid))
  assert.deepEqual(keeps.things, [meterJid])
  assert.ok(nap?.until && nap.since >= at)
  assert.deepEqual(
    [nap.keeper, Math.round((nap.until.getTime() - nap.since.getTime()) / 3_600_000)],
    [keeperJid, 6],
  )
  const told = [
    'Serial 4711 identity automaticReadout',
    'Temperature 21.5 historical automaticReadout',
    'Level 5 historical automaticReadout',
    'Old 3.1 historical warning',
  ]
  assert.deepEqual(await kept(it, ann), told)
  assert.deepEqual(await kept(it, ann, { fields: ['Old'] }), told.slice(3))
  const inKelvin = { fields: ['Temperature'], units: { Temperature: 'K' } }
  const { value: one } = await it.waitsFor(lastKnown(ann, meterJid, inKelvin).next())
  assert.ok(one?.kind === 'quantity')
  assert.deepEqual([one.text, one.node, one.time.instant], ['294.65', undefined, nap.since])
})

test('who comes later learns it from the server (XEP-0012 §4), and nothing is momentary that nobody measured', async () => {
  await using it = await world()
  const { meter } = await stage(it)
  await it.waitsFor(meter.sleep.sleep())
  const late = await it.joins(`${annJid}/tablet`)
  const nap = await it.waitsFor(sleepOf(late, meterJid))
  assert.deepEqual([nap?.keeper, nap?.until], [keeperJid, undefined])
  assert.equal((await kept(it, late)).length, 4)
  const asked = async (types: ReadOptions['types']): Promise<number> =>
    (await it.waitsFor(lines(read(late, keeperJid, { nodes: [meterJid], ...(types ? { types } : {}) }))))
      .length
  assert.deepEqual(
    [await asked(undefined), await asked(['identity']), await asked(['historical'])],
    [0, 1, 3],
  )
})

test('the keeper tells each what the thing itself would have told them, and nobody else anything', async () => {
  await using it = await world()
  const { meter, ann } = await stage(it, {
    mayRead: ({ from }) => (from.startsWith('bob@') ? { fields: ['Temperature'] } : 'all'),
  })
  const bob = await it.joins('bob@montague.example/b')
  const eve = await it.joins('eve@montague.example/e')
  await it.waitsFor(bob.roster.request(meterJid))
  for (const one of [bob, eve]) await it.waitsFor(one.roster.request(keeperJid))
  await it.host.advance(1_000)
  await it.waitsFor(meter.sleep.sleep())
  assert.equal((await kept(it, ann)).length, 4)
  assert.deepEqual(await kept(it, bob), ['Temperature 21.5 historical automaticReadout'])
  await assert.rejects(kept(it, eve, { keeper: keeperJid }), /no such node/)
  await assert.rejects(kept(it, eve), UnreachableError)
  assert.equal(await it.waitsFor(sleepOf(eve, meterJid)), undefined)
})

test('a thing that has woken does not sleep, and leaves newer values when it does', async () => {
  await using it = await world()
  const { meter, keeps, ann } = await stage(it)
  await it.waitsFor(meter.sleep.sleep())
  const again = await wakes(it)
  assert.equal(await it.waitsFor(sleepOf(ann, meterJid)), undefined)
  await assert.rejects(kept(it, ann), UnreachableError)
  again.state.level = 9
  await it.waitsFor(again.sleep.sleep({ stay: true, until: new Date(it.host.clock.wall() + 1_000) }))
  assert.deepEqual(await kept(it, ann, { fields: ['Level'] }), ['Level 9 historical automaticReadout'])
  again.client.presence.set({})
  await it.host.advance(100)
  assert.deepEqual([await it.waitsFor(sleepOf(ann, meterJid)), keeps.things.length], [undefined, 1])
})

test('what was left outlives the keeper where it has a store, the newest alone', async () => {
  await using it = await world()
  const store = sqliteHistory(':memory:')
  const { meter, keeps, ann } = await stage(it, {}, { store })
  await it.waitsFor(meter.sleep.sleep({ stay: true }))
  meter.client.presence.set({})
  meter.state.level = 9
  await it.host.advance(100)
  await it.waitsFor(meter.sleep.sleep())
  keeps.close()
  const house = await it.joins(`${keeperJid}/house`)
  const again = keeper(house, { store })
  assert.deepEqual(again.things, [])
  assert.deepEqual(await kept(it, ann, { fields: ['Level', 'Old'] }), [
    'Level 9 historical automaticReadout',
    'Old 3.1 historical warning',
  ])
  const unknown = read(ann, keeperJid, { nodes: ['nobody@montague.example'], types: 'all' })
  await assert.rejects(it.waitsFor(lines(unknown)), /no such node/)
})

/** What has become of orders so far. */
function fates(orders: readonly { readonly outcome: Promise<LaterOutcome> }[]): (string | undefined)[] {
  const known: (string | undefined)[] = orders.map(() => undefined)
  for (const [index, { outcome }] of orders.entries())
    void outcome.then(
      ({ is, why }) => void (known[index] = why === '' ? is : `${is}: ${why}`),
      () => {},
    )
  return known
}

test('settings wait for a thing to wake, the newest of a key counts, and the sender hears what became of each', async () => {
  await using it = await world()
  const { meter, ann } = await stage(it)
  assert.equal((await it.waitsFor(setLater(ann, meterJid, { Level: 6 }).outcome)).is, 'done')
  await it.waitsFor(meter.sleep.sleep())
  const orders = [
    setLater(ann, meterJid, { Level: 1 }),
    setLater(ann, meterJid, { Level: 2 }, { within: '2h' }),
    setLater(ann, meterJid, { Level: 3 }),
    setLater(ann, meterJid, { Level: 4 }, { key: 'another', within: '10min' }),
    setLater(ann, meterJid, { Level: 11 }, { key: 'too much' }),
    setLater(ann, meterJid, { Level: 5 }, { key: 'last' }),
    setLater(ann, meterJid, { Colour: 'red' }),
    setLater(ann, meterJid, { Level: 5 }, { nodes: ['n1'] }),
  ]
  const known = fates(orders)
  await it.host.advance(3_600_000)
  assert.deepEqual(known.filter(Boolean), ['expired'])
  const again = await wakes(it)
  await it.waitsFor(again.sleep.woken())
  await it.host.advance(1_000)
  assert.deepEqual(known, [
    'replaced',
    'replaced',
    'done',
    'expired',
    'refused: Level: Expected a value from 0 to 10.',
    'done',
    'refused: Colour: There is no such parameter.',
    'refused: There is no such node',
  ])
  assert.deepEqual(again.state.written, [3, 5])
})

test('each sender has keys of its own; who may not set hears so, and strangers hear nothing', async () => {
  await using it = await world()
  const { meter, ann } = await stage(it)
  const bob = await it.joins('bob@montague.example/b')
  const eve = await it.joins('eve@montague.example/e')
  await it.waitsFor(bob.roster.request(meterJid))
  await it.waitsFor(meter.sleep.sleep())
  const known = fates([ann, bob, eve].map(one => setLater(one, meterJid, { Level: 7 }, { key: 'k' })))
  const { state } = await wakes(it)
  await it.host.advance(60_000)
  assert.deepEqual([state.written, known], [[7], ['done', 'refused: Access denied.', undefined]])
})

test('strangers take the room of nobody else, however much they send', async () => {
  await using it = await world()
  const { ann, meter } = await stage(it)
  const eve = await it.joins('eve@montague.example/e')
  const order = toElement(Later, {
    id: 'x',
    key: 'k',
    until: new Date(it.host.clock.wall() + 60_000),
    nodes: [],
    settings: [{ name: 'Level', text: '1' }],
  })
  for (let n = 0; n < 1_001; n++) eve.raw.send(el(CLIENT_NS, 'message', { to: meterJid }, order))
  const known = fates([setLater(ann, meterJid, { Level: 7 })])
  await it.host.advance(60_000)
  assert.deepEqual([meter.state.written, known], [[7], ['done']])
})

test('who was away hears it later, and what cannot be kept comes back', async () => {
  await using it = await world()
  const { meter, ann } = await stage(it)
  await it.waitsFor(meter.sleep.sleep())
  const { id, outcome } = setLater(ann, meterJid, { Level: 8 })
  await it.host.advance(1_000)
  const gone = assert.rejects(outcome, /closed before it was known/)
  await it.waitsFor(ann.close())
  await gone
  await wakes(it)
  const later = await it.prepares(`${annJid}/phone`)
  const heard: LaterOutcome[] = []
  outcomes(later, one => heard.push(one))
  await it.waitsFor(later.open())
  await it.host.advance(1_000)
  assert.deepEqual(heard, [{ id, thing: meterJid, is: 'done', why: '' }])
  const nowhere = await it.waitsFor(setLater(later, 'nobody@montague.example', { Level: 1 }).outcome)
  assert.match(`${nowhere.is}: ${nowhere.why}`, /^refused: nobody@montague\.example cannot be reached/)
  assert.throws(() => setLater(later, meterJid, {}), TypeError)
  assert.throws(() => setLater(later, meterJid, { Level: 1 }, { within: 'soon' }), TypeError)
})

const refusing: readonly (readonly [why: string, options: KeeperOptions, text: RegExp])[] = [
  ['is not welcome', { mayLeave: () => false }, /not kept here/],
  ['has more values than are kept', { limits: { values: 3 } }, /more than is kept/],
  ['has more readers than are kept', { limits: { readers: 0 } }, /more than is kept/],
  ['has longer values than are kept', { limits: { characters: 300 } }, /more than is kept/],
  ['comes when the keeper is full', { limits: { things: 0 } }, /more than is kept/],
]

for (const [why, options, text] of refusing)
  test(`a thing that ${why} sleeps all the same, and says that nobody has its values`, async () => {
    await using it = await world()
    const { meter, keeps, ann } = await stage(it, {}, options)
    await it.waitsFor(meter.sleep.sleep())
    await it.host.advance(1_000)
    const nap = await it.waitsFor(sleepOf(ann, meterJid))
    assert.ok(nap && nap.keeper === undefined)
    assert.deepEqual(keeps.things, [])
    assert.match(String(it.faults.splice(0)[0]), text)
  })

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concentratorFormat, type Generation, generations, type SourceEvent } from '@waxwing/protocol'
import { parseElement, readWire } from '@waxwing/xml'
import { string } from '../index.ts'
import { settled } from '../stations.test.ts'
import { asked, gatewayJid, outcomeOf, type Plant, plant } from './plant.test.ts'

const src = 'MeteringTopology'

function subscribe(
  it: Plant,
  generation: Generation,
  attributes: Record<string, string | number | boolean> = {},
): Promise<string> {
  const life = generation === 'sn' || generation === 'xep' ? {} : { ttl: 3600 }
  const question = asked(generation, 'subscribe', { src, ...life, ...attributes })
  return outcomeOf(it.client.ask('set', gatewayJid, question))
}

function eventsIn(it: Plant, generation: Generation): readonly SourceEvent[] {
  const { event } = concentratorFormat(generation)
  return it.client.received
    .filter(text => /^<node(Added|Updated|StatusChanged|Removed|Moved)/.test(text))
    .map(text => readWire(event, parseElement(text)))
}

const short = (events: readonly SourceEvent[]): string =>
  events.map(({ kind, id }) => `${kind} ${id}`).join(', ')

for (const generation of generations)
  test(`everything that happens in a source is told, in ${generation} (XEP-0326 §3.8)`, async () => {
    const it = plant()
    assert.equal(await subscribe(it, generation), 'OK')
    assert.equal(it.gateway.sourceSubscriptions, 1)
    const bus = it.source.node('bus-1')
    const added = bus?.add({ id: 'm9', localId: '9', type: 'Meter' })
    added?.move('up')
    added?.move('down')
    added?.report('Error', 'It does not answer.', { eventId: 'silent' })
    added?.sign()
    added?.update({ id: 'm10' })
    added?.remove()
    await it.town.clock.advance(10)
    const events = eventsIn(it, generation)
    assert.equal(
      short(events),
      'nodeAdded m9, nodeMovedUp m9, nodeMovedDown m9, nodeStatusChanged m9, nodeStatusChanged m9, nodeUpdated m10, nodeRemoved m10',
    )
    assert.ok(events.every(({ source }) => source === src))
    const [first, , , broken, signed, renamed] = events
    assert.equal(first?.kind === 'nodeAdded' && first.afterId, generation === 'sn' ? undefined : 'm3')
    assert.equal(first?.kind === 'nodeAdded' && first.parentId, 'bus-1')
    assert.equal(broken?.kind === 'nodeStatusChanged' && broken.state, 'ErrorUnsigned')
    assert.equal(signed?.kind === 'nodeStatusChanged' && signed.state, 'ErrorSigned')
    assert.equal(renamed?.kind === 'nodeUpdated' && renamed.oldId, 'm9')
    const hasTime = generation !== 'sn' && generation !== 'xep'
    assert.equal(first?.at !== undefined, hasTime)
  })

test('parameters and messages come along if they were asked for, in the language asked for (XEP-0326 §3.2.4)', async () => {
  const it = plant()
  await subscribe(it, 'nf', { parameters: true, messages: true, 'xml:lang': 'de' })
  it.source.node('m1')?.touch()
  it.source.node('m1')?.report('Warning', 'The clock is off.')
  await it.town.clock.advance(10)
  const [updated, changed] = eventsIn(it, 'nf')
  assert.equal(updated?.kind === 'nodeUpdated' && updated.displayName, 'Zähler m1')
  assert.equal(updated?.kind === 'nodeUpdated' && updated.parameters.length, 3)
  assert.equal(changed?.kind === 'nodeStatusChanged' && changed.messages[0]?.text, 'The clock is off.')
})

test('kinds of events are added, and taken away one by one (XEP-0326 §3.2.4, §3.2.5)', async () => {
  const it = plant()
  const all = {
    nodeUpdated: false,
    nodeStatusChanged: false,
    nodeRemoved: false,
    nodeMovedUp: false,
    nodeMovedDown: false,
  }
  const unsubscribe = (flags: Record<string, boolean>): Promise<string> =>
    outcomeOf(it.client.ask('set', gatewayJid, asked('xep', 'unsubscribe', { src, ...flags })))
  // What was not subscribed to need not be ended.
  assert.equal(await unsubscribe({}), 'OK')
  await subscribe(it, 'xep', all)
  await subscribe(it, 'xep', { ...all, nodeAdded: false, nodeUpdated: true })
  assert.equal(it.gateway.sourceSubscriptions, 1)
  const happen = async (): Promise<string> => {
    it.client.received.length = 0
    const node = it.source.node('bus-2')?.add({ id: 'new' })
    node?.touch()
    node?.remove()
    await it.town.clock.advance(10)
    return short(eventsIn(it, 'xep'))
  }
  assert.equal(await happen(), 'nodeAdded new, nodeUpdated new')
  await unsubscribe({ ...all, nodeAdded: true })
  assert.equal(await happen(), 'nodeUpdated new')
  await unsubscribe({})
  assert.deepEqual([await happen(), it.gateway.sourceSubscriptions], ['', 0])
})

for (const generation of ['xep', 'nf'] as const)
  test(`what was missed is told first, with its time, in ${generation} (XEP-0326 §3.2.6)`, async () => {
    const it = plant()
    await it.town.clock.advance(1000)
    const since = new Date(it.town.clock.wall()).toISOString()
    it.source.node('m1')?.touch()
    await it.town.clock.advance(5000)
    it.source.node('m1')?.update({ id: 'm11' })
    await it.town.clock.advance(5000)
    assert.equal(await subscribe(it, generation, { getEventsSince: since }), 'OK')
    it.source.node('m2')?.touch()
    await it.town.clock.advance(10)
    const told = short(eventsIn(it, generation))
    assert.equal(told, 'nodeUpdated m1, nodeUpdated m11, nodeUpdated m2')
    const delays = it.client.received.filter(text => text.startsWith('<delay'))
    assert.equal(delays.length, generation === 'xep' ? 2 : 0)
    if (generation === 'xep') assert.match(delays[0] ?? '', /stamp="2024-06-01T12:00:01Z"/)
    else assert.equal(eventsIn(it, 'nf')[1]?.at?.text, '2024-06-01T12:00:06Z')
  })

test('what is longer ago than is remembered is not implemented, and nothing is subscribed to (XEP-0326 §3.2.7)', async () => {
  const it = plant({ limits: { sourceEvents: 10 } })
  const begin = new Date(it.town.clock.wall()).toISOString()
  assert.equal(await subscribe(it, 'xep', { getEventsSince: '2001-01-01T00:00:00' }), 'NotImplemented')
  for (let n = 0; n < 30; n++) {
    await it.town.clock.advance(1000)
    it.source.node('m1')?.touch()
  }
  assert.equal(await subscribe(it, 'nf', { getEventsSince: begin }), 'feature-not-implemented')
  assert.equal(it.gateway.sourceSubscriptions, 0)
  const recent = new Date(it.town.clock.wall() - 5000).toISOString()
  assert.equal(await subscribe(it, 'nf', { getEventsSince: recent }), 'OK')
  await it.town.clock.advance(10)
  assert.equal(eventsIn(it, 'nf').length, 6)
})

test('in the short family a subscription ends unless it is renewed, and never lasts too long', async () => {
  const it = plant({ limits: { subscriptionMs: 10_000 } })
  for (const ttl of [0]) assert.equal(await subscribe(it, 'nf', { ttl }), 'bad-request')
  const without = asked('nf', 'subscribe', { src })
  assert.equal(await outcomeOf(it.client.ask('set', gatewayJid, without)), 'bad-request')
  await subscribe(it, 'nf', { ttl: 4 })
  await it.town.clock.advance(3000)
  await subscribe(it, 'nf', { ttl: 4 })
  await it.town.clock.advance(3000)
  assert.equal(it.gateway.sourceSubscriptions, 1)
  await it.town.clock.advance(1001)
  assert.equal(it.gateway.sourceSubscriptions, 0)
  await subscribe(it, 'nf', { ttl: 1_000_000 })
  await it.town.clock.advance(10_001)
  assert.equal(it.gateway.sourceSubscriptions, 0)
})

test('a subscription ends with the presence of its holder, and when what is told comes back', async () => {
  const it = plant()
  await subscribe(it, 'xep')
  it.device.sees(it.client.address, false)
  assert.equal(it.gateway.sourceSubscriptions, 0)
  await subscribe(it, 'xep')
  it.client.say(gatewayJid, asked('xep', 'nodeRemoved', { id: 'm1', src }), 'error')
  await settled()
  assert.equal(it.gateway.sourceSubscriptions, 0)
})

test('of what is too large for a message less is told', async () => {
  const it = plant({ limits: { answerSize: 1000 } })
  await subscribe(it, 'nf', { parameters: true, messages: true })
  it.source.node('m1')?.update({ parameters: { Text: string({ read: () => '"'.repeat(200) }) } })
  for (const letter of ['a', 'b', 'c']) it.source.node('m2')?.report('Warning', letter.repeat(400))
  await it.town.clock.advance(10)
  const [updated, ...changed] = eventsIn(it, 'nf')
  assert.deepEqual(updated?.kind === 'nodeUpdated' && updated.parameters, [])
  assert.deepEqual(
    changed.map(one => one.kind === 'nodeStatusChanged' && one.messages.map(({ text }) => text[0]).join('')),
    ['a', 'ab', 'bc'],
  )
})

test('what is removed is told with everything below it, as far as it was seen', async () => {
  const it = plant({ maySee: ({ node }) => node?.id !== 'm2' })
  await subscribe(it, 'nf')
  it.source.node('m1')?.add({ id: 'below' })
  it.source.node('bus-1')?.remove()
  await it.town.clock.advance(10)
  const told = 'nodeAdded below, nodeRemoved m3, nodeRemoved below, nodeRemoved m1, nodeRemoved bus-1'
  assert.equal(short(eventsIn(it, 'nf')), told)
})

test('who cannot be seen to go is subscribed for a time', async () => {
  const it = plant({ limits: { subscriptionMs: 10_000 } })
  await subscribe(it, 'xep')
  it.device.sees(it.client.address, false)
  await subscribe(it, 'xep')
  await it.town.clock.advance(9000)
  assert.equal(it.gateway.sourceSubscriptions, 1)
  await it.town.clock.advance(1001)
  assert.equal(it.gateway.sourceSubscriptions, 0)
})

test('what waits is told once when it is asked for again, and no longer counts as waiting', async () => {
  let gate = Promise.withResolvers<void>()
  const it = plant({
    limits: { waitingEvents: 8 },
    maySee: async ({ node }) => {
      if (node) await gate.promise
      return true
    },
  })
  await subscribe(it, 'nf')
  await it.town.clock.advance(1000)
  for (let round = 0; round < 5; round++) {
    const since = new Date(it.town.clock.wall()).toISOString()
    for (const id of ['m1', 'm2', 'm3']) it.source.node(id)?.touch()
    assert.equal(await subscribe(it, 'nf', { getEventsSince: since }), 'OK')
    gate.resolve()
    await it.town.clock.advance(1000)
    gate = Promise.withResolvers()
    assert.equal(short(eventsIn(it, 'nf')), 'nodeUpdated m1, nodeUpdated m2, nodeUpdated m3')
    it.client.received.length = 0
  }
  assert.equal(it.gateway.sourceSubscriptions, 1)
})

test('of nodes that somebody may not see they are not told, nor behind which of them a node stands', async () => {
  const it = plant({ maySee: ({ node }) => !node?.id.startsWith('hidden') })
  await subscribe(it, 'nf')
  const bus = it.source.node('bus-1')
  const hidden = bus?.add({ id: 'hidden', childrenOrdered: true })
  hidden?.add({ id: 'below' })
  hidden?.report('Error', 'It burns.')
  bus?.add({ id: 'm9' })
  hidden?.remove()
  await it.town.clock.advance(10)
  const events = eventsIn(it, 'nf')
  assert.equal(short(events), 'nodeAdded m9')
  assert.equal(events[0]?.kind === 'nodeAdded' && events[0].afterId, undefined)
})

test('subscriptions are bounded for each client and in all', async () => {
  const it = plant({ limits: { sourceSubscriptions: 2, allSourceSubscriptions: 3 } })
  for (const id of ['A', 'B', 'C', 'D']) it.gateway.source(id)
  const other = it.town.station('client@example.org/other')
  const ask = (who: typeof other, source: string): Promise<string> =>
    outcomeOf(who.ask('set', gatewayJid, asked('nf', 'subscribe', { src: source, ttl: 60 })))
  assert.equal(await ask(it.client, 'A'), 'OK')
  assert.equal(await ask(it.client, 'B'), 'OK')
  assert.equal(await ask(it.client, 'C'), 'resource-constraint')
  // To renew is always possible.
  assert.equal(await ask(it.client, 'A'), 'OK')
  assert.equal(await ask(other, 'C'), 'OK')
  assert.equal(await ask(other, 'D'), 'resource-constraint')
})

test('a subscriber for whom too much waits is told nothing more', async () => {
  const it = plant({ limits: { waitingEvents: 5 } })
  await subscribe(it, 'nf')
  for (let n = 0; n < 20; n++) it.source.node('m1')?.touch()
  await it.town.clock.advance(100)
  assert.equal(it.gateway.sourceSubscriptions, 0)
})

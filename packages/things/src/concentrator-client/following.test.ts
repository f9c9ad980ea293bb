import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concentratorNs } from '@waxwing/protocol'
import { gatewayJid, type Plant, plant } from '../concentrator/plant.test.ts'
import {
  type ConcentratorClientOptions,
  concentrator,
  type FollowOptions,
  type SourceNews,
} from '../index.ts'
import { settled } from '../stations.test.ts'

const source = 'MeteringTopology'

interface Follower extends Plant {
  /** What was heard, in order. */
  readonly heard: SourceNews[]
  /** Leaves the loop. */
  leave(): Promise<void>
  /** What was heard since it was looked at last, in short. */
  news(): Promise<string>
  /** The client loses its connection, something happens, and it comes back. */
  away(happens: () => void): Promise<void>
}

async function follower(
  it: Plant,
  generation: ConcentratorClientOptions['generation'] & string,
  options: Partial<FollowOptions> = {},
): Promise<Follower> {
  const feed = await concentrator(it.client, gatewayJid, { generation }).subscribe({ source, ...options })
  const heard: SourceNews[] = []
  void (async () => {
    for await (const one of feed) heard.push(one)
  })()
  let looked = 0
  return {
    ...it,
    heard,
    leave: async () => {
      await feed.return?.()
      await settled()
    },
    news: async () => {
      await it.town.clock.advance(10)
      const since = heard.slice(looked)
      looked = heard.length
      return since.map(one => (one.kind === 'gap' ? 'gap' : `${one.kind} ${one.id}`)).join(', ')
    },
    away: async happens => {
      it.client.lose()
      it.device.sees(it.client.address, false)
      await it.town.clock.advance(1000)
      happens()
      await it.town.clock.advance(1000)
      it.device.sees(it.client.address, true)
      it.client.regain()
      await settled()
    },
  }
}

test('what happens is heard with its time, until the loop is left', async () => {
  const it = await follower(plant(), 'nf')
  await it.town.clock.advance(1000)
  it.source.node('m1')?.touch()
  it.source.node('bus-1')?.add({ id: 'm9' })
  assert.equal(await it.news(), 'nodeUpdated m1, nodeAdded m9')
  const [first] = it.heard
  assert.equal(first?.kind !== 'gap' && first?.at?.text, '2024-06-01T12:00:01Z')
  await it.leave()
  assert.equal(it.gateway.sourceSubscriptions, 0)
})

test('kinds that are not wanted are not heard, and who leaves leaves the others alone', async () => {
  const base = plant()
  const gw = concentrator(base.client, gatewayJid, { generation: 'nf' })
  const removed = await gw.subscribe({ source, kinds: ['nodeRemoved'] })
  const updated = await gw.subscribe({ source, kinds: ['nodeUpdated'] })
  base.source.node('m1')?.touch()
  base.source.node('m1')?.remove()
  await base.town.clock.advance(10)
  const kindOf = async (feed: typeof removed): Promise<unknown> => (await feed.next()).value?.kind
  assert.deepEqual([await kindOf(removed), await kindOf(updated)], ['nodeRemoved', 'nodeUpdated'])
  await removed.return?.()
  await settled()
  assert.equal(base.gateway.sourceSubscriptions, 1)
  await updated.return?.()
  await settled()
  assert.equal(base.gateway.sourceSubscriptions, 0)
})

test('what happened since a moment comes first, in either family', async () => {
  for (const generation of ['xep', 'nf'] as const) {
    const base = plant()
    await base.town.clock.advance(1000)
    const since = new Date(base.town.clock.wall())
    base.source.node('m1')?.touch()
    await base.town.clock.advance(1000)
    const it = await follower(base, generation, { since })
    it.source.node('m2')?.touch()
    assert.equal(await it.news(), 'nodeUpdated m1, nodeUpdated m2')
    const [first] = it.heard
    assert.equal(first?.kind !== 'gap' && first?.at?.text, '2024-06-01T12:00:01Z')
  }
})

test('over a lost connection nothing is missed and nothing heard twice', async () => {
  const it = await follower(plant(), 'nf')
  await it.town.clock.advance(1000)
  const bus = it.source.node('bus-1')
  bus?.children[2]?.move('up')
  bus?.children[1]?.move('up')
  it.source.node('m4')?.touch()
  assert.equal(await it.news(), 'nodeMovedUp m3, nodeMovedUp m3, nodeUpdated m4')
  await it.away(() => it.source.node('m5')?.touch())
  assert.equal(await it.news(), 'nodeUpdated m5')
  it.source.node('m5')?.touch()
  it.source.node('m5')?.touch()
  assert.equal(await it.news(), 'nodeUpdated m5, nodeUpdated m5')
  assert.equal(it.gateway.sourceSubscriptions, 1)
})

test('where it cannot be known what was missed there is a gap', async () => {
  // Nothing was heard before, so that nobody knows the time of the concentrator.
  const early = await follower(plant(), 'nf')
  await early.away(() => early.source.node('m5')?.touch())
  assert.equal(await early.news(), 'gap')
  // The long family tells no times.
  const long = await follower(plant(), 'xep')
  long.source.node('m1')?.touch()
  assert.equal(await long.news(), 'nodeUpdated m1')
  await long.away(() => long.source.node('m5')?.touch())
  assert.equal(await long.news(), 'gap')
  long.source.node('m1')?.touch()
  assert.equal(await long.news(), 'nodeUpdated m1')
  // It remembers less than that.
  const much = await follower(plant({ limits: { sourceEvents: 2 } }), 'nf')
  much.source.node('m1')?.touch()
  assert.equal(await much.news(), 'nodeUpdated m1')
  await much.away(() => {
    for (let n = 0; n < 9; n++) much.source.node('m5')?.touch()
  })
  assert.equal(await much.news(), 'gap')
  much.source.node('m1')?.touch()
  assert.equal(await much.news(), 'nodeUpdated m1')
})

for (const generation of ['xep', 'nf'] as const)
  test(`a subscription is renewed before it ends, and what happens is heard once, in ${generation}`, async () => {
    const base = plant({ limits: { subscriptionMs: 10_000 } })
    // Who does not see us gives us a time, too.
    base.device.sees(base.client.address, false)
    const it = await follower(base, generation, { ttl: 10 })
    for (let n = 0; n < 20; n++) {
      await it.town.clock.advance(1990)
      it.source.node('m1')?.touch()
      assert.equal(await it.news(), 'nodeUpdated m1')
    }
    assert.equal(it.gateway.sourceSubscriptions, 1)
    await it.leave()
    assert.equal(it.town.clock.pending, 0)
  })

test('a concentrator that goes and comes back is subscribed to again; in vain it is tried later', async () => {
  const it = await follower(plant(), 'nf')
  await it.town.clock.advance(1000)
  it.source.node('m1')?.touch()
  assert.equal(await it.news(), 'nodeUpdated m1')
  it.town.leave(it.device)
  it.device.sees(it.client.address, false)
  await it.town.clock.advance(5000)
  it.source.node('m2')?.touch()
  // It is there, and cannot be reached yet.
  it.client.sees(it.device.address, true)
  await settled()
  it.town.stations.set(it.device.address, it.device)
  assert.equal(await it.news(), '')
  await it.town.clock.advance(30_000)
  assert.equal(await it.news(), 'nodeUpdated m2')
})

test('a message may carry several events; one that cannot be read is a gap (XEP-0326 §3.8)', async () => {
  for (const generation of ['xep', 'nf'] as const) {
    const it = await follower(plant(), generation)
    const [id, src] = generation === 'xep' ? ['nodeId', 'sourceId'] : ['id', 'src']
    const ns = concentratorNs(generation)
    const removed = (which: string): string =>
      `<nodeRemoved xmlns='${ns}' ${id}='${which}' ${src}='${source}'/>`
    const elsewhere = `<nodeRemoved xmlns='${ns}' ${id}='x' ${src}='Elsewhere'/>`
    const broken = `<nodeStatusChanged xmlns='${ns}' ${id}='m1'/>`
    it.device.say(it.client.jid, removed('m1') + elsewhere + removed('m2') + broken + removed('m3'))
    assert.equal(await it.news(), 'nodeRemoved m1, nodeRemoved m2, gap, nodeRemoved m3')
    if (generation === 'nf') {
      it.device.say(it.client.jid, removed('m5').replace(ns, concentratorNs('ieee')))
      assert.equal(await it.news(), 'nodeRemoved m5')
    }
    // Nobody else tells us anything.
    const stranger = it.town.station('stranger@example.org/x')
    stranger.say(it.client.jid, removed('m4'))
    assert.equal(await it.news(), '')
  }
})

test('what cannot be subscribed to is told at once, and nothing is left behind', async () => {
  const it = plant()
  const gw = concentrator(it.client, gatewayJid, { generation: 'nf' })
  await assert.rejects(gw.subscribe({ source: 'Nowhere' }), { condition: 'item-not-found' })
  await assert.rejects(gw.subscribe({ source, ttl: 0 }), { condition: 'bad-request' })
  const stop = AbortSignal.abort(new Error('enough'))
  await assert.rejects(gw.subscribe({ source, signal: stop }), /enough/)
  assert.deepEqual([it.gateway.sourceSubscriptions, it.town.clock.pending], [0, 0])
})

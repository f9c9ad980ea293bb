/** Things, their owners and the registry of a whole server: XEP-0347. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from '@waxwing/client'
import { StanzaError } from '@waxwing/protocol'
import {
  claim,
  describeThing,
  disown,
  type FoundThing,
  type Ownership,
  owned,
  quantity,
  read,
  remove,
  search,
  type Thing,
  type ThingOptions,
  thing,
} from '@waxwing/things'
import { type World, world } from './world.ts'

interface Stage {
  readonly it: World
  readonly device: Client
  readonly lamp: Thing
  readonly owner: Client
  readonly events: string[]
}

const meta = { SN: '4711', MAN: 'example.org', MODEL: 'Lamp', V: 1.5 }

async function stage(it: World, options: Partial<ThingOptions> = {}): Promise<Stage> {
  const device = await it.joins('lamp@montague.example/l')
  const events: string[] = []
  const lamp = thing(device, {
    fields: { Power: quantity('W', { read: () => 7 }) },
    registry: 'auto',
    meta,
    onClaimed: ({ owner, node, isPublic }: Ownership) =>
      events.push(`claimed by ${owner} ${node?.id ?? ''} ${isPublic ? 'public' : 'private'}`),
    onDisowned: () => events.push('disowned'),
    onRemoved: () => events.push('removed'),
    ...options,
  })
  await it.host.turns.settle()
  return { it, device, lamp, owner: await it.joins('owner@montague.example/phone'), events }
}

async function gathered<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

async function all(it: World, found: AsyncIterable<FoundThing>): Promise<readonly FoundThing[]> {
  return it.waitsFor(gathered(found))
}

function linkOf(lamp: Thing): string {
  return lamp.claimUri ?? assert.fail('The thing has no claim link')
}

test('a thing finds the registry, and whoever has its link becomes its owner (XEP-0347 §3.5, §3.9)', async () => {
  await using it = await world()
  const { lamp, owner, events } = await stage(it)
  const link = linkOf(lamp)
  assert.match(
    link,
    /^iotdisco:SN=4711;MAN=example\.org;MODEL=Lamp;#V=1\.5;KEY=[0-9a-f]{64};R=registry\.montague\.example$/,
  )
  assert.deepEqual(await it.waitsFor(claim(owner, link)), {
    jid: 'lamp@montague.example',
    node: undefined,
    isPublic: false,
  })
  await it.host.turns.settle()
  assert.deepEqual(events, ['claimed by owner@montague.example  private'])
  assert.equal(lamp.owner, 'owner@montague.example')
  assert.equal(lamp.claimUri, undefined)
})

test('the owner reads the thing without further ado', async () => {
  await using it = await world()
  const { lamp, owner } = await stage(it)
  const stranger = await it.joins('stranger@montague.example/x')
  await it.waitsFor(claim(owner, lamp.registration?.claimUri(undefined, 'xmpp') ?? ''))
  const readings = await it.waitsFor(gathered(read(owner, 'lamp@montague.example/l')))
  assert.equal(readings.length, 1)
  await assert.rejects(it.waitsFor(gathered(read(stranger, 'lamp@montague.example/l'))))
})

test('whoever gives a thing away does not see it any more (XEP-0347 §3.17)', async () => {
  await using it = await world()
  const { device, lamp, owner } = await stage(it)
  device.roster.onRequest(request => (request.jid === lamp.owner ? request.accept() : request.decline()))
  await it.waitsFor(claim(owner, linkOf(lamp)))
  assert.equal(await it.waitsFor(owner.roster.request(device.account)), 'accepted')
  assert.equal(device.roster.get(owner.account)?.seesUs, true)
  await it.waitsFor(disown(owner, device.account))
  await it.host.turns.settle()
  assert.equal(device.roster.get(owner.account)?.seesUs, false)
  assert.deepEqual(owner.presence.allOf(device.account), [])
  await assert.rejects(it.waitsFor(gathered(read(owner, device.jid))), /does not let us read it/)
})

test('who gives away a node behind a thing goes on seeing the thing', async () => {
  await using it = await world()
  const nodes = [{ id: 'bulb', fields: {}, meta: { SN: '4712' } }]
  const { device, lamp, owner } = await stage(it, { nodes })
  device.roster.onRequest(request => request.accept())
  const bulb = lamp.registration?.claimUri({ id: 'bulb', source: undefined, partition: undefined })
  await it.waitsFor(claim(owner, bulb ?? ''))
  await it.waitsFor(owner.roster.request(device.account))
  await it.waitsFor(disown(owner, device.account, { node: 'bulb' }))
  await it.host.turns.settle()
  assert.equal(device.roster.get(owner.account)?.seesUs, true)
})

test('only public things are found, the own ones are listed all the same (XEP-0347 §3.15)', async () => {
  await using it = await world()
  const { lamp, owner } = await stage(it)
  const other = await it.joins('other@montague.example/x')
  const link = linkOf(lamp)
  await it.waitsFor(claim(owner, link))
  assert.deepEqual(await all(it, search(other, { MODEL: 'Lamp' })), [])
  assert.deepEqual(
    (await all(it, owned(owner))).map(({ jid, meta: of }) => [jid, of]),
    [['lamp@montague.example', meta]],
  )
  await it.waitsFor(claim(owner, link, { isPublic: true }))
  await it.waitsFor(describeThing(owner, 'lamp@montague.example', { ROOM: 'Hall' }))
  const found = await all(
    it,
    search(other, { V: { min: 1, below: 2 }, ROOM: { matches: 'H[a-z]+' }, SN: { like: '4*' } }),
  )
  assert.deepEqual(found, [
    { jid: 'lamp@montague.example', node: undefined, owner: undefined, meta: { ...meta, ROOM: 'Hall' } },
  ])
  assert.deepEqual(await all(it, search(other, { V: { above: 2 } })), [])
})

test('a disowned thing has a new link at once (XEP-0347 §3.17)', async () => {
  await using it = await world()
  const { lamp, owner, events } = await stage(it)
  const link = linkOf(lamp)
  await it.waitsFor(claim(owner, link))
  await it.waitsFor(disown(owner, 'lamp@montague.example'))
  await it.host.turns.settle()
  assert.deepEqual(events.slice(1), ['disowned'])
  assert.notEqual(linkOf(lamp), link)
  const heir = await it.joins('heir@montague.example/x')
  await assert.rejects(it.waitsFor(claim(heir, link)), isNotFound)
  await it.waitsFor(claim(heir, linkOf(lamp)))
})

test('a thing with a label keeps its key', async () => {
  await using it = await world()
  const { lamp, owner } = await stage(it, { key: 'c0ffee00c0ffee00c0ffee00c0ffee00' })
  const link = linkOf(lamp)
  await it.waitsFor(claim(owner, link))
  await it.waitsFor(disown(owner, 'lamp@montague.example'))
  await it.host.turns.settle()
  assert.equal(linkOf(lamp), link)
})

test('a removed thing hears of it and tells nothing more (XEP-0347 §3.10)', async () => {
  await using it = await world()
  const { lamp, owner, events } = await stage(it)
  await it.waitsFor(claim(owner, linkOf(lamp), { isPublic: true }))
  await it.waitsFor(lamp.registration?.update({ ROOM: 'Hall' }) ?? assert.fail())
  await it.waitsFor(remove(owner, 'lamp@montague.example'))
  await it.host.turns.settle()
  assert.deepEqual(events.slice(1), ['removed'])
  await it.waitsFor(lamp.registration?.update({ ROOM: 'Attic' }) ?? assert.fail())
  assert.deepEqual((await all(it, owned(owner)))[0]?.meta['ROOM'], 'Hall')
})

test('a thing that starts again hears whose it is, and a claim while it was away', async () => {
  await using it = await world()
  const { device, lamp, owner } = await stage(it)
  const link = linkOf(lamp)
  lamp.close()
  await it.waitsFor(device.close())
  await it.waitsFor(claim(owner, link))
  const { lamp: again, events } = await stage(it)
  assert.equal(again.owner, 'owner@montague.example')
  assert.equal(events.length, 1)
})

test('nodes are claimed each by itself (XEP-0347 §3.8)', async () => {
  await using it = await world()
  const node = { id: 'n1', source: 'plant', fields: {}, meta: { SN: '1' } }
  const { lamp, owner, events } = await stage(it, { nodes: [node, { id: 'n2', fields: {} }] })
  const link = lamp.registration?.claimUri({ id: 'n1', source: 'plant' }) ?? assert.fail()
  assert.equal(lamp.registration?.claimUri({ id: 'n2' }), undefined)
  const claimed = await it.waitsFor(claim(owner, link))
  assert.deepEqual(claimed.node, { id: 'n1', source: 'plant', partition: undefined })
  await it.host.turns.settle()
  assert.deepEqual(events, ['claimed by owner@montague.example n1 private'])
  assert.equal(lamp.owner, undefined)
})

test('a self-owned thing is found at once (XEP-0347 §3.7)', async () => {
  await using it = await world()
  const { lamp, owner } = await stage(it, { selfOwned: true })
  assert.equal(lamp.claimUri, undefined)
  assert.equal((await all(it, search(owner, { MODEL: 'Lamp' }))).length, 1)
  await it.waitsFor(lamp.registration?.unregister() ?? assert.fail())
  assert.equal((await all(it, search(owner, { MODEL: 'Lamp' }))).length, 0)
})

test('nobody but the registry says whose a thing is (XEP-0347 §6)', async () => {
  await using it = await world()
  const { lamp } = await stage(it)
  const thief = await it.host.online('thief@montague.example/x')
  const text = `<claimed xmlns='urn:nf:iot:disco:1.0' jid='thief@montague.example'/>`
  await thief.sends(`<iq type='set' to='lamp@montague.example/l' id='c'>${text}</iq>`)
  await it.host.turns.settle()
  await thief.receivesError('iq', 'c', 'cancel', 'not-allowed')
  assert.equal(lamp.owner, undefined)
})

test('a node that is refused is told of, and stands in nobody’s way', async () => {
  await using it = await world()
  const bad = { id: 'n1', fields: {}, meta: { SN: '1' }, key: 'short' }
  const good = { id: 'n2', fields: {}, meta: { SN: '2' } }
  const { lamp } = await stage(it, { nodes: [bad, good] })
  assert.equal(lamp.registration?.claimUri({ id: 'n1' }), undefined)
  assert.ok(lamp.registration?.claimUri({ id: 'n2' }))
  assert.match(String(it.faults.splice(0)), /KEY must have 16 characters/)
})

test('a thing that cannot register tries again', async () => {
  await using it = await world({ settings: { registry: { maxThings: 1 } } })
  const first = await it.joins('first@montague.example/x')
  const lone = thing(first, { registry: 'auto', meta: { SN: '1' } })
  await it.host.turns.settle()
  const { lamp } = await stage(it)
  assert.match(String(it.faults.splice(0)), /The registry is full/)
  await it.waitsFor(lone.registration?.unregister() ?? assert.fail())
  await it.host.advance(60_000)
  assert.ok(lamp.claimUri)
})

test('where there is no registry one is told', async () => {
  await using it = await world({ settings: { registry: { enabled: false } } })
  const owner = await it.joins('owner@montague.example/phone')
  await assert.rejects(it.waitsFor(claim(owner, 'iotdisco:SN=1;KEY=2')), /has no registry/)
  await assert.rejects(it.waitsFor(claim(owner, 'iotdisco:SN=1;KEY=2;R=montague.example')), /is no registry/)
})

function isNotFound(error: unknown): boolean {
  return error instanceof StanzaError && error.condition === 'item-not-found'
}

/** What a thing leaves before it sleeps: docs/sleeping-things.md. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sqliteHistory } from '@waxwing/client-node'
import { world } from '@waxwing/testkit'
import { int, lastKnown, quantity, string, type ThingOptions } from '../index.ts'
import { annJid, keeperJid, kept, meterJid, stage, wakes } from './sleeping-kit.test.ts'

test('many values and readers arrive whole, in stanzas of a size that every server takes', async () => {
  await using it = await world()
  const fields = Object.fromEntries(
    Array.from({ length: 300 }, (_, n) => [`A name of some length ${n}`, int({ read: () => n })]),
  )
  const { meter, ann } = await stage(it, { fields })
  await it.waitsFor(meter.sleep.sleep())
  const sizes = [...it.host.transcript().matchAll(/<leave .*?<\/leave>/gs)].map(([{ length }]) => length)
  assert.ok(sizes.length > 2 && Math.max(...sizes) < 10_000, sizes.join())
  const all = await kept(it, ann)
  assert.deepEqual(
    [all.length, all.at(-1)],
    [300, 'A name of some length 299 299 historical automaticReadout'],
  )
})

const withNodes: Partial<ThingOptions> = {
  nodes: [
    {
      id: 'probe',
      fields: { Salt: quantity('g/l', { read: () => 3 }), Secret: string({ read: () => 'x' }) },
    },
    { id: 'pump', fields: { Speed: int({ read: () => 9 }) } },
  ],
}

test('the nodes of a thing are left as well, for each who might read them', async () => {
  await using it = await world()
  const { meter, ann } = await stage(it, {
    ...withNodes,
    mayRead: ({ from, nodes }) => {
      if (!from.startsWith(annJid)) return 'none'
      return nodes.length === 0 ? { fields: ['Serial'] } : { nodes: nodes.slice(0, 1), fields: ['Salt'] }
    },
  })
  await it.waitsFor(meter.sleep.sleep({ for: '6h' }))
  await it.host.advance(1_000)
  assert.deepEqual(await kept(it, ann), ['Serial 4711 identity automaticReadout'])
  assert.deepEqual(await kept(it, ann, { nodes: ['probe'] }), ['Salt 3 historical automaticReadout'])
  for (const id of ['pump', 'nothing'])
    await assert.rejects(kept(it, ann, { nodes: [id] }), { code: 'item-not-found' })
  const { value: reading } = await it.waitsFor(lastKnown(ann, meterJid, { nodes: [{ id: 'probe' }] }).next())
  assert.deepEqual(reading?.node, { id: 'probe', partition: undefined })
})

test('who may read everything hears everything, of the nodes as well', async () => {
  await using it = await world()
  const { meter, ann } = await stage(it, withNodes)
  await it.waitsFor(meter.sleep.sleep({ for: '6h' }))
  await it.host.advance(1_000)
  assert.equal((await kept(it, ann)).length, 4)
  assert.equal((await kept(it, ann, { nodes: ['probe', 'pump'] })).length, 3)
})

test('what was left is forgotten for good when the thing wishes so', async () => {
  await using it = await world()
  const store = sqliteHistory(':memory:')
  const { meter, keeps, ann } = await stage(it, withNodes, { store })
  await it.waitsFor(meter.sleep.sleep({ for: '6h' }))
  await it.host.advance(1_000)
  assert.equal((await kept(it, ann)).length, 4)
  const awake = await wakes(it, withNodes)
  await it.host.advance(1_000)
  await it.waitsFor(awake.sleep.forget())
  await it.waitsFor(awake.client.close())
  await it.host.advance(1_000)
  for (const asked of [{}, { nodes: ['probe'] }])
    await assert.rejects(kept(it, ann, { ...asked, keeper: keeperJid }), { code: 'item-not-found' })
  assert.deepEqual(
    [keeps.things, store.read(JSON.stringify(['left', meterJid]), { from: 0, to: 9, limit: 9 })],
    [[], []],
  )
  await store.close()
})

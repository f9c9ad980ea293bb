/** Things that sleep, in a whole server: docs/sleeping-things.md. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from '@waxwing/client'
import { asleepIn, asleepStatus, Later, Leaving } from '@waxwing/protocol'
import { type World, world } from '@waxwing/testkit'
import { parseElement, readWire, toElement, WireError, writeWire, xml } from '@waxwing/xml'
import {
  int,
  type Keeper,
  type KeeperOptions,
  keeper,
  type LaterOutcome,
  lastKnown,
  outcomes,
  quantity,
  type ReadOptions,
  read,
  sample,
  setLater,
  type Sleeper,
  type SleeperOptions,
  sleeper,
  sleepOf,
  string,
  type Thing,
  type ThingOptions,
  thing,
  UnreachableError,
} from '../index.ts'

const meterJid = 'meter@montague.example'
const keeperJid = 'keeper@montague.example'
const annJid = 'ann@montague.example'

interface Meter {
  readonly client: Client
  readonly served: Thing
  readonly sleep: Sleeper
  readonly state: { level: number; readonly written: number[] }
}

/** The meter awakes: it connects, and takes what waited before its presence is shown. */
async function wakes(
  it: World,
  options: Partial<ThingOptions> = {},
  { keeper: place = keeperJid }: SleeperOptions = {},
): Promise<Meter> {
  const client = await it.joins(`${meterJid}/m`, { presence: false })
  client.roster.onRequest(request => request.accept())
  const state: Meter['state'] = { level: 5, written: [] }
  const served = thing(client, {
    fields: {
      Temperature: quantity('°C', { precision: 1, read: () => 21.5 }),
      Level: int({
        min: 0,
        max: 10,
        read: () => state.level,
        write: value => void state.written.push((state.level = value)),
      }),
      Serial: string({ categories: ['identity'], read: () => '4711' }),
      Old: quantity('V', { read: () => sample(3.1, { time: new Date(0), quality: ['warning'] }) }),
    },
    mayControl: ({ from }) => (from.startsWith(`${annJid}/`) ? 'all' : 'none'),
    ...options,
  })
  const sleep = sleeper(client, served, { keeper: place })
  client.presence.set({})
  await it.host.advance(100)
  return { client, served, sleep, state }
}

interface Stage {
  readonly meter: Meter
  readonly keeps: Keeper
  readonly ann: Client
}

async function stage(
  it: World,
  options: Partial<ThingOptions> = {},
  keeping: KeeperOptions = {},
): Promise<Stage> {
  const house = await it.joins(`${keeperJid}/house`)
  house.roster.onRequest(request => request.accept())
  const keeps = keeper(house, keeping)
  const meter = await wakes(it, options)
  await it.waitsFor(meter.client.roster.request(keeperJid))
  const ann = await it.joins(`${annJid}/phone`)
  await it.waitsFor(ann.roster.request(meterJid))
  await it.waitsFor(ann.roster.request(keeperJid))
  await it.host.advance(1_000)
  return { meter, keeps, ann }
}

async function lines(readings: ReturnType<typeof read>): Promise<readonly string[]> {
  const all: string[] = []
  for await (const one of readings) {
    if (one.kind === 'error') all.push(`! ${one.text}`)
    else all.push([one.name, one.text, one.categories.join('+'), one.quality.join('+')].join(' '))
  }
  return all
}

const kept = (it: World, client: Client, options: object = {}): Promise<readonly string[]> =>
  it.waitsFor(lines(lastKnown(client, meterJid, options)))

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
  for await (const one of lastKnown(ann, meterJid, { fields: ['Temperature'], units: { Temperature: 'K' } })) {
    assert.equal(one.kind === 'quantity' && one.text, '294.65')
    assert.deepEqual([one.node, one.time.instant], [undefined, nap.since])
    break
  }
})

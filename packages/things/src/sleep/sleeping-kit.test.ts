/** A meter that sleeps, its keeper, and Ann who would like to know, in a whole server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client } from '@waxwing/client'
import { type World, world } from '@waxwing/testkit'
import {
  int,
  type KeeperOptions,
  keeper,
  lastKnown,
  quantity,
  read,
  type SleeperOptions,
  sample,
  sleeper,
  string,
  type ThingOptions,
  thing,
} from '../index.ts'

export const meterJid = 'meter@montague.example'
export const keeperJid = 'keeper@montague.example'
export const annJid = 'ann@montague.example'

/** The meter awakes: it connects, and takes what waited before its presence is shown. */
export async function wakes(
  it: World,
  options: Partial<ThingOptions> = {},
  { keeper: place = keeperJid }: SleeperOptions = {},
) {
  const client = await it.joins(`${meterJid}/m`, { presence: false })
  client.roster.onRequest(request => request.accept())
  const state = { level: 5, written: new Array<number>() }
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
  return { client, sleep, state }
}

export async function stage(it: World, options: Partial<ThingOptions> = {}, keeping: KeeperOptions = {}) {
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

export async function lines(readings: ReturnType<typeof read>): Promise<readonly string[]> {
  const all: string[] = []
  for await (const one of readings) {
    if (one.kind === 'error') all.push(`! ${one.text}`)
    else all.push([one.name, one.text, one.categories.join('+'), one.quality.join('+')].join(' '))
  }
  return all
}

export const kept = (it: World, client: Client, options: object = {}): Promise<readonly string[]> =>
  it.waitsFor(lines(lastKnown(client, meterJid, options)))

test('a keeper, a meter and somebody who reads it know each other', async () => {
  await using it = await world()
  const { meter, keeps, ann } = await stage(it)
  assert.deepEqual([keeps.things, (await it.waitsFor(lines(read(ann, meterJid)))).length], [[], 3])
  assert.equal(meter.state.level, 5)
})

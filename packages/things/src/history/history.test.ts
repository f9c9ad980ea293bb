/** Things that remember, and those who ask them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sqliteHistory } from '@waxwing/client-node'
import { type HistoryPeriod, quantityValue } from '@waxwing/protocol'
import {
  bool,
  type HistoryOfOptions,
  type HistoryRow,
  type HistoryStore,
  history,
  int,
  memoryHistory,
  quantity,
  read,
  type ThingOptions,
  thing,
} from '../index.ts'
import { settled, Town } from '../stations.test.ts'
import type { policyOf } from './history-policy.ts'

const folder = mkdtempSync(join(tmpdir(), 'waxwing-history-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function row(at: number, text = String(at)): HistoryRow {
  return { at, value: quantityValue(text, '°C'), quality: ['automaticReadout'], aggregate: undefined }
}

const thingJid = 'device@example.org/amr'
const start = Date.parse('2024-06-01T12:00:00Z')
const minute = 60_000
const hour = 60 * minute

function scene(
  options: Partial<ThingOptions> = {},
  keep: Parameters<typeof policyOf>[0] = '30d',
  every = 'PT1M',
) {
  const town = new Town()
  const device = town.station(thingJid)
  const client = town.station('client@example.org/app')
  device.contacts.add('client@example.org')
  town.introduce()
  const state = { celsius: 20, energy: 0, door: false }
  const served = thing(device, {
    fields: {
      Temperature: quantity('°C', { precision: 1, read: () => state.celsius, history: keep, every }),
      Energy: int({ read: () => state.energy, history: '1y', every: '1h' }),
      Door: bool({ read: () => state.door, history: '1d' }),
      Plain: quantity('V', { read: () => 1 }),
    },
    ...options,
  })
  return { town, device, client, served, state }
}

type Scene = ReturnType<typeof scene>

/** In short: name, time since the start in minutes, value. */
async function told(
  { client, town }: Scene,
  options: HistoryOfOptions & { readonly ms?: number } = {},
): Promise<readonly string[]> {
  const { ms = 1_000, ...asked } = options
  const reading = (async () => {
    const lines: string[] = []
    for await (const one of history(client, thingJid, asked)) {
      if (one.kind === 'error') lines.push(`! ${one.text}`)
      else lines.push(`${one.name} ${(Number(one.time.instant) - start) / minute} ${one.text}`)
    }
    return lines
  })()
  reading.catch(() => {})
  await town.clock.advance(ms)
  return reading
}

test('a thing keeps its values by the clock, and tells them for a window (XEP-0323 §3.5)', async () => {
  const it = scene()
  for (it.state.celsius = 20; it.state.celsius < 25; it.state.celsius++) await it.town.clock.advance(minute)
  const expected = [1, 2, 3, 4, 5].map(at => `Temperature ${at} ${19 + at}.0`)
  assert.deepEqual(await told(it, { fields: ['Temperature'], generation: 'nf' }), expected)
  assert.deepEqual(await told(it, { fields: ['Temperature'], generation: 'xep' }), expected)
  const window = { from: new Date(start + 2 * minute), to: new Date(start + 3 * minute) }
  assert.deepEqual(await told(it, { fields: ['Temperature'], ...window }), expected.slice(1, 3))
  assert.deepEqual(await told(it, { fields: ['Temperature'], last: '2min' }), expected.slice(3))
  assert.deepEqual(await told(it, { fields: ['Plain'] }), [])
})

test('what is not kept by the clock is kept when the thing says that it changed', async () => {
  const it = scene()
  await it.town.clock.advance(minute)
  it.state.door = true
  it.served.changed('Door')
  await it.town.clock.advance(minute)
  it.state.door = false
  it.served.changed()
  assert.deepEqual(await told(it, { fields: ['Door'] }), ['Door 1 true', 'Door 2 false'])
})

test('periods are computed from what is kept, whole ones only (XEP-0323 §3.5)', async () => {
  const it = scene()
  for (const celsius of [10, 20, 30]) {
    it.state.celsius = celsius
    it.state.energy += 5
    await it.town.clock.advance(hour)
  }
  // The value of the full hour belongs to the hour it begins.
  const hours = await told(it, {
    every: 'hour',
    fields: ['Temperature', 'Temperature, Min', 'Temperature, Max'],
  })
  assert.deepEqual(hours, [
    'Temperature 0 10.00',
    'Temperature 60 19.83',
    'Temperature 120 29.83',
    'Temperature, Min 0 10.0',
    'Temperature, Min 60 10.0',
    'Temperature, Min 120 20.0',
    'Temperature, Max 0 10.0',
    'Temperature, Max 60 20.0',
    'Temperature, Max 120 30.0',
  ])
  assert.deepEqual(await told(it, { every: 'hour', fields: ['Energy'] }), [
    'Energy 60 5',
    'Energy 120 10',
    'Energy 180 15',
  ])
  assert.deepEqual(await told(it, { every: 'day', fields: ['Temperature'] }), [])
  const late = { from: new Date(start + 30 * minute), to: new Date(start + 60 * minute) }
  assert.deepEqual(await told(it, { every: 'hour', fields: ['Temperature'], ...late }), [
    'Temperature 60 19.83',
  ])
  assert.equal((await told(it, { every: 'minute', fields: ['Temperature'] })).length, 180)
})

test('readings of the past say what they are', async () => {
  const it = scene()
  await it.town.clock.advance(2 * hour)
  const about = async (every: HistoryPeriod, name: string): Promise<unknown> => {
    const found: unknown[] = []
    const reading = (async () => {
      for await (const one of history(it.client, thingJid, { every, fields: [name] }))
        if (one.kind !== 'error') found.push([one.categories, one.periods, one.quality])
    })()
    await it.town.clock.advance(1_000)
    await reading
    return found[0]
  }
  assert.deepEqual(await about('minute', 'Temperature'), [['historical'], ['minute'], ['automaticReadout']])
  assert.deepEqual(await about('hour', 'Temperature'), [
    ['computed', 'historical'],
    ['hour'],
    ['automaticReadout'],
  ])
  assert.deepEqual(await about('hour', 'Temperature, Max'), [
    ['peak', 'historical'],
    ['hour'],
    ['automaticReadout'],
  ])
})

const thinned = {
  keep: '10d',
  thin: [
    { after: '2h', per: 'hour' },
    { after: '2d', per: 'day' },
  ],
} as const

test('history becomes coarser with age and is forgotten in the end; nothing is told twice', async () => {
  const it = scene({}, thinned, '30min')
  for (let hours = 0; hours < 12 * 24; hours++) {
    it.state.celsius = hours % 24
    await it.town.clock.advance(hour)
  }
  const names = ['Temperature', 'Temperature, Min', 'Temperature, Max']
  const lines = (await told(it, { fields: names, ms: 60_000, generation: 'nf' })).map(line => line.split(' '))
  const values = lines.filter(([name]) => name === 'Temperature').map(([, at]) => Number(at))
  assert.deepEqual(
    values,
    values.toSorted((a, b) => a - b),
  )
  assert.equal(new Set(values).size, values.length)
  const ages = values.map(at => 12 * 24 * 60 - at)
  assert.ok(Math.max(...ages) <= 11 * 24 * 60, 'the oldest day is gone')
  const between = (young: number, old: number): number =>
    ages.filter(age => age > young * 60 && age <= old * 60).length
  assert.ok(between(0, 2) >= 4, 'the last two hours have everything')
  assert.equal(between(4, 30), 26, 'then every hour')
  assert.equal(between(3 * 24 + 12, 6 * 24 + 12), 3, 'then every day')
  const days = lines.filter(([, name, at]) => name === 'Max' && Number(at) < -12 * 60 + 7 * 24 * 60)
  assert.ok(days.length > 0)
  for (const [, , , text] of days) assert.equal(text, '23.0')
})

test('a value that comes late joins its period', async () => {
  const store = memoryHistory()
  const it = scene({ history: store }, thinned)
  await it.town.clock.advance(5 * hour)
  await store.write([
    {
      do: 'add',
      series: '["Temperature","all"]',
      rows: [{ ...row(start + 5 * minute, '99.0'), quality: ['warning'] }],
    },
  ])
  await it.town.clock.advance(2 * minute)
  const [first] = await told(it, { fields: ['Temperature, Max'] })
  assert.equal(first, 'Temperature, Max 0 99.0')
})

test('no series grows beyond its rows', async () => {
  const it = scene({}, { keep: '1y', rows: 10 })
  await it.town.clock.advance(30 * minute)
  const lines = await told(it, { fields: ['Temperature'] })
  assert.deepEqual([lines.length, lines.at(-1)], [10, 'Temperature 30 20.0'])
})

test('a store that fails is reported, and the thing goes on and tries again', async () => {
  const kept = memoryHistory()
  let isBroken = true
  const store: HistoryStore = {
    read: (series, range) => kept.read(series, range),
    write(changes) {
      if (isBroken) throw new Error('The disk is full')
      return kept.write(changes)
    },
  }
  const it = scene({ history: store })
  await it.town.clock.advance(3 * minute)
  assert.equal(it.town.faults.length, 3)
  isBroken = false
  await it.town.clock.advance(minute)
  assert.equal((await told(it, { fields: ['Temperature'] })).length, 4)
})

test('a closed thing takes nothing more, and one that begins again goes on with its store', async () => {
  const store = sqliteHistory(join(folder, 'again.sqlite'))
  const it = scene({ history: store })
  await it.town.clock.advance(2 * minute)
  await it.served[Symbol.asyncDispose]()
  await it.town.clock.advance(2 * minute)
  thing(it.device, {
    history: store,
    fields: { Temperature: quantity('°C', { precision: 1, read: () => 5, history: '30d', every: 'PT1M' }) },
  })
  await it.town.clock.advance(minute)
  assert.deepEqual(await told(it), ['Temperature 1 20.0', 'Temperature 2 20.0', 'Temperature 5 5.0'])
  await store.close()
})

test('nodes have histories of their own', async () => {
  const fields = (celsius: number): ThingOptions['fields'] => ({
    Temperature: quantity('°C', { read: () => celsius, history: '1d', every: '1min' }),
  })
  const nodes = [1, 2].map(n => ({ id: `n${n}`, source: 'bus', fields: fields(n) ?? {} }))
  const it = scene({ nodes })
  await it.town.clock.advance(minute)
  assert.deepEqual(await told(it, { nodes: [{ id: 'n2', source: 'bus' }] }), ['Temperature 1 2'])
})

test('a long readout waits for its line, and one that is cancelled reads no further (XEP-0323 §3.9)', async () => {
  const kept = memoryHistory()
  let reads = 0
  const store: HistoryStore = {
    write: changes => kept.write(changes),
    read(series, range) {
      if (range.limit > 1) reads++
      return kept.read(series, range)
    },
  }
  const rows = Array.from({ length: 50_000 }, (_, index) => row(start - 50_000_000 + index * 1_000))
  await kept.write([{ do: 'add', series: '["Temperature","all"]', rows }])
  const it = scene({ history: store })
  const home = it.town.station('example.org')
  const answers: (() => void)[] = []
  home.script(() => new Promise<string>(resolve => answers.push(() => resolve(''))))
  const heard: number[] = []
  const controller = new AbortController()
  const reading = (async () => {
    const options = { fields: ['Temperature'], signal: controller.signal, generation: 'nf' } as const
    for await (const one of read(it.client, thingJid, { types: ['historical'], ...options }))
      if (one.kind !== 'error') heard.push(one.value as number)
  })()
  reading.catch(() => {})
  await it.town.clock.advance(1_000)
  const before = heard.length
  assert.ok(before > 500 && before < 10_000, String(before))
  await it.town.clock.advance(1_000)
  assert.equal(heard.length, before)
  answers.shift()?.()
  await it.town.clock.advance(1_000)
  assert.ok(heard.length > before)
  const sofar = reads
  controller.abort()
  answers.shift()?.()
  await it.town.clock.advance(1_000)
  await settled()
  assert.ok(reads <= sofar + 1, 'no further page is read')
  assert.equal(it.served.running, 0)
})

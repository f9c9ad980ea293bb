/** Spans, periods, and the stores that history lies in. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sqliteHistory } from '@waxwing/client-node'
import { intValue, quantityValue } from '@waxwing/protocol'
import type { Element } from '@waxwing/xml'
import {
  type HistoryOfOptions,
  type HistoryRow,
  type HistoryStore,
  history,
  memoryHistory,
} from '../index.ts'
import { Town } from '../stations.test.ts'
import { beginningOf, endOf, type Period, spanMs } from './history-periods.ts'
import { policyOf } from './history-policy.ts'

const folder = mkdtempSync(join(tmpdir(), 'waxwing-history-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const spans: readonly (readonly [text: string, ms: number])[] = [
  ['30d', 30 * 86_400_000],
  ['1.5h', 5_400_000],
  ['15min', 900_000],
  ['250ms', 250],
  ['2w', 14 * 86_400_000],
  ['1y', 365.25 * 86_400_000],
  ['PT1M', 60_000],
  ['P1M', 30.4375 * 86_400_000],
  ['P1DT12H', 36 * 3_600_000],
]

test('spans of time are read as people and XML write them', () => {
  for (const [text, ms] of spans) assert.equal(spanMs(text), ms, text)
  for (const text of ['', '30', 'd', '0d', '-P1D', 'PT0S', '1 fortnight', 'P', '1m'])
    assert.throws(() => spanMs(text), TypeError, text)
})

test('history that becomes coarser does so step by step', () => {
  const thin = (...steps: readonly (readonly [string, Period])[]): unknown =>
    policyOf({ keep: '1y', thin: steps.map(([after, per]) => ({ after, per })) }, '1min', true)
  assert.ok(thin(['1d', 'hour'], ['30d', 'day']))
  assert.throws(() => thin(['30d', 'hour'], ['1d', 'day']), /later and coarser/)
  assert.throws(() => thin(['1d', 'day'], ['30d', 'hour']), /later and coarser/)
  assert.throws(() => policyOf('long', undefined, true), /long is no span/)
})

const beginnings: readonly (readonly [
  period: Period,
  at: string,
  zone: number,
  begins: string,
  ends: string,
])[] = [
  ['second', '2024-05-15T13:14:15.678Z', 0, '2024-05-15T13:14:15Z', '2024-05-15T13:14:16Z'],
  ['minute', '2024-05-15T13:14:15Z', 0, '2024-05-15T13:14Z', '2024-05-15T13:15Z'],
  ['hour', '2024-05-15T13:14:15Z', 0, '2024-05-15T13:00Z', '2024-05-15T14:00Z'],
  ['hour', '2024-05-15T13:14:15Z', 330, '2024-05-15T12:30Z', '2024-05-15T13:30Z'],
  ['day', '2024-05-15T13:14:15Z', 0, '2024-05-15T00:00Z', '2024-05-16T00:00Z'],
  ['day', '2024-05-15T23:14:15Z', 60, '2024-05-15T23:00Z', '2024-05-16T23:00Z'],
  // A Wednesday.
  ['week', '2024-05-15T13:14:15Z', 0, '2024-05-13T00:00Z', '2024-05-20T00:00Z'],
  ['month', '2024-02-29T13:14:15Z', 0, '2024-02-01T00:00Z', '2024-03-01T00:00Z'],
  ['quarter', '2024-05-15T13:14:15Z', 0, '2024-04-01T00:00Z', '2024-07-01T00:00Z'],
  ['year', '2024-05-15T13:14:15Z', -60, '2024-01-01T01:00Z', '2025-01-01T01:00Z'],
  ['day', '1969-12-31T12:00Z', 0, '1969-12-31T00:00Z', '1970-01-01T00:00Z'],
]

for (const [period, at, zone, begins, ends] of beginnings)
  test(`the ${period} around ${at} (${zone} minutes east) begins at ${begins}`, () => {
    assert.equal(beginningOf(period, Date.parse(at), zone), Date.parse(begins))
    assert.equal(endOf(period, Date.parse(at), zone), Date.parse(ends))
    assert.equal(beginningOf(period, Date.parse(begins), zone), Date.parse(begins))
  })

function row(at: number, text = String(at)): HistoryRow {
  return { at, value: quantityValue(text, '°C'), quality: ['automaticReadout'], aggregate: undefined }
}

const stores: readonly (readonly [name: string, make: () => HistoryStore])[] = [
  ['in memory', memoryHistory],
  ['in SQLite', () => sqliteHistory(':memory:')],
]
for (const [name, make] of stores) {
  const times = async (store: HistoryStore, from = 0, to = 100, limit = 100): Promise<readonly number[]> =>
    (await store.read('a', { from, to, limit })).map(({ at }) => at)

  test(`a store ${name} gives rows in order of time, both ends included, series apart`, async () => {
    const store = make()
    await store.write([
      { do: 'add', series: 'a', rows: [row(3), row(1), row(2)] },
      { do: 'add', series: 'b', rows: [row(2, '7.50')] },
    ])
    await store.write([{ do: 'add', series: 'a', rows: [row(2, '2.5'), row(4)] }])
    assert.deepEqual(await times(store), [1, 2, 3, 4])
    assert.deepEqual(await times(store, 2, 3), [2, 3])
    assert.deepEqual(await times(store, 1, 4, 2), [1, 2])
    assert.deepEqual(await store.read('b', { from: 0, to: 9, limit: 9 }), [row(2, '7.50')])
    assert.deepEqual((await store.read('a', { from: 2, to: 2, limit: 9 }))[0]?.value.text, '2.5')
    assert.deepEqual(await store.read('c', { from: 0, to: 9, limit: 9 }), [])
  })

  test(`a store ${name} drops the old, and the oldest beyond its bounds`, async () => {
    const store = make()
    await store.write([{ do: 'add', series: 'a', rows: [1, 2, 3, 4, 5, 6].map(at => row(at)) }])
    await store.write([{ do: 'drop', series: 'a', before: 3 }])
    assert.deepEqual(await times(store), [3, 4, 5, 6])
    await store.write([{ do: 'trim', series: 'a', rows: 3, bytes: 10_000 }])
    assert.deepEqual(await times(store), [4, 5, 6])
    await store.write([{ do: 'trim', series: 'a', rows: 3, bytes: 120 }])
    assert.deepEqual(await times(store), [5, 6])
    await store.write([{ do: 'trim', series: 'a', rows: 3, bytes: 1 }])
    assert.deepEqual(await times(store), [])
  })

  test(`a store ${name} keeps every kind of value and what periods stand for`, async () => {
    const store = make()
    const aggregate = { min: '1.0', max: '3', mean: '2.00', count: 3 }
    const rows: readonly HistoryRow[] = [
      { at: 1, value: intValue(7), quality: [] },
      {
        at: 2,
        value: { kind: 'enum', text: 'On', value: 'On', dataType: 'Mode' },
        quality: ['missing', 'signed'],
      },
      { at: 3, value: quantityValue('2.00'), quality: [], aggregate },
      { at: 4, value: { kind: 'long', text: '9007199254740993', value: 9007199254740993n }, quality: [] },
    ]
    await store.write([{ do: 'add', series: 'a', rows }])
    const read = await store.read('a', { from: 0, to: 9, limit: 9 })
    assert.deepEqual(
      read.map(({ at, value, quality, aggregate: of }) => [at, value, quality, of && { ...of }]),
      rows.map(({ at, value, quality, aggregate: of }) => [at, value, quality, of]),
    )
  })
}

test('a file is read by this user alone, and keeps what it was given', async () => {
  const path = join(folder, 'meter.sqlite')
  {
    await using store = sqliteHistory(path)
    await store.write([{ do: 'add', series: 'a', rows: [row(1), row(2)] }])
    const broken: HistoryRow = { ...row(3), at: 0.5 }
    for (const durable of [false, true])
      await assert.rejects(
        store.write(
          [
            { do: 'drop', series: 'a', before: 9 },
            { do: 'add', series: 'a', rows: [broken] },
          ],
          { durable },
        ),
      )
    await store.write([{ do: 'add', series: 'a', rows: [row(3)] }], { durable: true })
    await store.write([{ do: 'add', series: 'a', rows: [row(4)] }])
  }
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600)
  await using again = sqliteHistory(path)
  assert.equal(again.read('a', { from: 0, to: 9, limit: 9 }).length, 4)
})

/** Asks a thing that answers by hand. */
async function asked(
  answer: (payload: Element) => string,
  options: HistoryOfOptions,
): Promise<readonly string[]> {
  const town = new Town()
  const device = town.station('device@example.org/amr')
  const client = town.station('client@example.org/app')
  town.introduce()
  device.script((_, payload) => answer(payload))
  const lines: string[] = []
  for await (const one of history(client, device.jid, options)) lines.push(`${one.time.text} ${one.text}`)
  return lines
}

test('a long time is read piece by piece', async () => {
  const windows: string[] = []
  const answer = ({ attrs }: Element): string => {
    windows.push([attrs.get('from'), attrs.get('to')].join(' … '))
    return `<resp xmlns="urn:nf:iot:sd:1.0" id="${attrs.get('id') ?? ''}"/>`
  }
  assert.deepEqual(await asked(answer, { last: '5d', slice: '2d', generation: 'nf' }), [])
  assert.deepEqual(windows, [
    '2024-05-27T12:00:00Z … 2024-05-29T11:59:59.999Z',
    '2024-05-29T12:00:00Z … 2024-05-31T11:59:59.999Z',
    '2024-05-31T12:00:00Z … 2024-06-01T12:00:00Z',
  ])
})

test('what a thing tells beyond the periods asked for is left out', async () => {
  const xep = 'urn:xmpp:iot:sensordata'
  const answer = ({ attrs }: Element): string =>
    `<fields xmlns="${xep}" seqnr="${attrs.get('seqnr') ?? ''}" done="true"><node nodeId="device"><timestamp value="2024-06-01T11:00:00Z"><numeric name="a" historicalHour="true" value="1" unit=""/><numeric name="a" historicalDay="true" value="2" unit=""/><numeric name="a" momentary="true" value="3" unit=""/></timestamp></node></fields>`
  assert.deepEqual(await asked(answer, { every: 'hour', generation: 'xep' }), ['2024-06-01T11:00:00Z 1'])
})

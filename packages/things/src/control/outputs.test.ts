/** What is checked before anything is done, what is done at once, how often, and what is remembered of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generations, type ValueKind } from '@waxwing/protocol'
import {
  bool,
  ControlError,
  check,
  date,
  dateTime,
  duration,
  group,
  int,
  long,
  parameters,
  quantity,
  set,
  type Thing,
  type ThingOptions,
  thing,
  time,
  WriteError,
} from '../index.ts'
import { type Station, Town } from '../stations.test.ts'
import { type Bound, boundsOf } from './bounds.ts'

const device = 'plant@example.org/amr'
const nowhere = { write: () => {} }

interface Scene {
  readonly town: Town
  readonly station: Station
  readonly client: Station
  readonly served: Thing
}

function scene(options: ThingOptions): Scene {
  const town = new Town()
  const [station, client] = [town.station(device), town.station('ann@example.org/phone')]
  station.contacts.add('ann@example.org')
  town.introduce()
  return { town, station, client, served: thing(station, { mayControl: () => 'all', ...options }) }
}

async function refusal(doing: Promise<unknown>): Promise<ControlError> {
  const error: unknown = await doing.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ControlError, String(error))
  return error
}

const faultsOf = async (doing: Promise<unknown>): Promise<readonly string[]> =>
  (await refusal(doing)).faults.map(({ name, text }) => `${name}: ${text}`)

/** Bounds, what lies within, and what does not. */
const bounded: readonly (readonly [kind: ValueKind, min: Bound, max: Bound, yes: string, no: string])[] = [
  ['int', -5, 5, '-5 0 5', '-6 6'],
  ['quantity', 0.1, '0.3', '0.1 0.2 0.3 3e-1', '0.09999999999999999 0.30000000000000004 NaN INF -INF'],
  [
    'long',
    9007199254740993n,
    '9223372036854775806',
    '9007199254740993 9223372036854775806',
    '9007199254740992 9223372036854775807',
  ],
  [
    'date',
    { year: 2024, month: 2, day: 29 },
    '2024-12-31',
    '2024-02-29 2024-12-31Z',
    '2024-02-28 2025-01-01 -0001-01-01',
  ],
  [
    'date',
    '2024-01-01Z',
    '2024-01-02Z',
    '2024-01-01 2024-01-01Z 2024-01-02+01:00',
    '2024-01-01+01:00 2024-01-02-01:00',
  ],
  [
    'time',
    { hour: 8, minute: 0, second: 0, millisecond: 0 },
    '17:30:00',
    '08:00:00 17:30:00.000 12:00:00Z',
    '07:59:59.999 17:30:00.00000000001 24:00:00',
  ],
  ['time', '08:00:00Z', '09:00:00Z', '10:00:00+02:00', '08:30:00+02:00'],
  [
    'dateTime',
    new Date('2024-01-01T00:00:00Z'),
    '2024-12-31T23:59:59.5Z',
    '2024-01-01T00:00:00Z 2024-01-01T01:00:00+01:00 2024-12-31T23:59:59.5Z',
    '2023-12-31T23:59:59.99999Z 2024-01-01T00:59:59+01:00 2024-12-31T23:59:59.50001Z',
  ],
  [
    'duration',
    'PT1M',
    'P1D',
    'PT60S P0Y1D PT24H PT1M0.000000000000001S',
    'PT59.999999999999999999999S P1DT0.1S -PT5M P1M',
  ],
  // A month has 28 to 31 days: what may be either is neither.
  ['duration', 'P1M', 'P2M', 'P31D P1M P59D', 'P28D P30D P60D'],
  ['duration', '-P1Y', 'P0D', '-P365D -P1M PT0S', '-P366D PT0.1S -P1YT1S'],
]
for (const [kind, min, max, yes, no] of bounded)
  test(`bounds of ${kind} lose no digit, with ${no} beyond (XEP-0122 §3.2.3)`, () => {
    const fields = { v: fieldOf(kind, min, max) }
    const parameter = fields.v.parameter ?? assert.fail()
    const takes = (text: string): boolean => {
      try {
        parameter.read(parameter.kind, text)
        return true
      } catch {
        return false
      }
    }
    assert.deepEqual(
      yes.split(' ').filter(text => !takes(text)),
      [],
    )
    assert.deepEqual(no.split(' ').filter(takes), [])
  })

function fieldOf(kind: ValueKind, min: Bound, max: Bound) {
  const about = { min, max, read: () => undefined, ...nowhere }
  // The table has bounds of all types in one column.
  const make = { int, long, date, time, dateTime, duration }[kind as 'int'] as unknown
  return kind === 'quantity' ? quantity('', about as never) : (make as typeof int)(about as never)
}

test('bounds that are none are found when the thing is made', () => {
  for (const [kind, bound] of [
    ['int', 'x'],
    ['date', '2024-02-30'],
    ['dateTime', '2024-01-01T00:00:00'],
    ['duration', '1h'],
    ['time', new Date()],
  ] as const)
    assert.throws(() => boundsOf(kind, { min: bound }), kind)
})

for (const generation of generations)
  test(`bounds of days, times and spans stand in the form and hold when it is set, in ${generation} (XEP-0325 §3.3.1)`, async () => {
    const set_: string[] = []
    const write = (value: unknown): void => void set_.push(JSON.stringify(value))
    const { client } = scene({
      fields: {
        Day: date({ min: '2024-01-01', read: () => '2024-06-01', write }),
        Alarm: time({ max: '09:00:00', read: () => '07:00:00', write }),
        Pause: duration({ min: 'PT1M', max: 'PT1H', read: () => 'PT5M', write }),
      },
    })
    assert.deepEqual(
      (await parameters(client, device, { generation })).map(({ name, min, max }) => [name, min, max]),
      [
        ['Day', '2024-01-01', undefined],
        ['Alarm', undefined, '09:00:00'],
        ['Pause', 'PT1M', 'PT1H'],
      ],
    )
    const wrong = { Day: '2023-12-31', Alarm: '09:00:01', Pause: 'PT2H' }
    assert.deepEqual(await faultsOf(set(client, device, wrong, { generation })), [
      'Day: Expected a value of at least 2024-01-01.',
      'Alarm: Expected a value of at most 09:00:00.',
      'Pause: Expected a value from PT1M to PT1H.',
    ])
    assert.deepEqual(set_, [])
    await set(client, device, { Pause: 'PT59M' }, { generation })
    assert.equal(set_.length, 1)
  })

interface Spot extends Scene {
  readonly turns: unknown[]
  readonly at: { pan: number | undefined; tilt: number }
}

function spot(): Spot {
  const turns: unknown[] = []
  const at: Spot['at'] = { pan: 10, tilt: 0 }
  const it = scene({
    fields: {
      On: bool({ read: () => true, write: on => void turns.push(on) }),
      ...group(
        'direction',
        {
          Pan: quantity('°', { min: -180, max: 180, read: () => at.pan }),
          Tilt: quantity('°', { min: -90, max: 90, read: () => at.tilt }),
        },
        {
          check: ({ Pan, Tilt }) =>
            Math.abs(Pan) + Math.abs(Tilt) > 200 ? { Tilt: 'It would hit the wall.' } : undefined,
          write(values) {
            if (values.Pan === 13) throw new WriteError('The motor is stuck.')
            turns.push({ ...values })
            Object.assign(at, { pan: values.Pan, tilt: values.Tilt })
          },
        },
      ),
    },
  })
  return { ...it, turns, at }
}

for (const generation of generations)
  test(`a group is set in one call, with what stays as it is, in ${generation} (XEP-0325 §5.4)`, async () => {
    const { client, turns } = spot()
    const groups = (await parameters(client, device, { generation })).map(({ group }) => group)
    assert.deepEqual(groups, [undefined, 'direction', 'direction'])
    await set(client, device, { Tilt: 5, On: false, Pan: 20 }, { generation })
    await set(client, device, { Tilt: 6 }, { generation })
    assert.deepEqual(turns.splice(0), [{ Pan: 20, Tilt: 5 }, false, { Pan: 20, Tilt: 6 }])
    // Who comes after another leaves what that one has set.
    await Promise.all([{ Pan: 30 }, { Tilt: 7 }].map(some => set(client, device, some, { generation })))
    assert.deepEqual(turns, [
      { Pan: 30, Tilt: 6 },
      { Pan: 30, Tilt: 7 },
    ])
  })

test('a group is checked as a whole, before anything is done (XEP-0325 §3.4.3)', async () => {
  const { client, turns, at, served } = spot()
  const far = { On: false, Pan: 170, Tilt: 80 }
  assert.deepEqual(await faultsOf(set(client, device, far)), ['Tilt: It would hit the wall.'])
  // The fault lies with what stays as it is: it is told of what would be set.
  at.tilt = 85
  assert.deepEqual(await faultsOf(set(client, device, { Pan: 170 })), ['Pan: It would hit the wall.'])
  assert.deepEqual(await check(client, device, far), [{ name: 'Tilt', text: 'It would hit the wall.' }])
  at.pan = undefined
  assert.deepEqual(await faultsOf(set(client, device, { Tilt: 1 })), [
    'Pan: It must be set along: it has no value now.',
  ])
  assert.deepEqual(turns, [])
  assert.deepEqual(await faultsOf(set(client, device, { On: false, Pan: 13, Tilt: 1 })), [
    'Pan: The motor is stuck.',
    'Tilt: The motor is stuck.',
  ])
  assert.deepEqual(
    served.log.map(({ name, error }) => [name, error === undefined]),
    [
      ['On', true],
      ['Pan', false],
      ['Tilt', false],
    ],
  )
})

for (const generation of generations)
  test(`a parameter is set no more often than it says, whoever does it, in ${generation}`, async () => {
    const done: unknown[] = []
    const { client, town } = scene({
      fields: {
        Relay: bool({ atMost: { times: 2, per: '10s' }, read: () => true, write: on => void done.push(on) }),
        Free: int({ read: () => 0, write: n => void done.push(n) }),
      },
    })
    const other = town.station('bob@example.org/tv')
    await set(client, device, { Relay: true }, { generation, kinds: {} })
    await town.clock.advance(5_000)
    await set(other, device, { Relay: false }, { generation, kinds: {} })
    const error = await refusal(set(other, device, { Free: 1, Relay: true }, { generation, kinds: {} }))
    assert.deepEqual(error.faults, [{ name: 'Relay', text: 'It may be set 2 times in 10s at most.' }])
    // The answers of `sn` have no word for it.
    if (generation !== 'sn')
      assert.deepEqual([error.condition, error.retryable], ['resource-constraint', true])
    await town.clock.advance(5_000)
    await set(client, device, { Relay: true }, { generation, kinds: {} })
    assert.deepEqual(done, [true, false, true])
  })

test('nothing is done on any node when one cannot (XEP-0325 §3.4.2, §3.4.3), and the form holds what all have (§3.4.4)', async () => {
  const done: string[] = []
  const write = (id: string) => (value: unknown) => void done.push(`${id}=${String(value)}`)
  const digital = (id: string) => ({ id, fields: { Output: bool({ read: () => false, write: write(id) }) } })
  const { client } = scene({
    nodes: [
      digital('D1'),
      digital('D2'),
      {
        id: 'A1',
        fields: {
          Output: int({ read: () => 0, write: write('A1') }),
          Level: int({ read: () => 0, ...nowhere }),
        },
      },
    ],
  })
  await set(client, device, { Output: true }, { nodes: ['D1', 'D2'] })
  assert.deepEqual(done.splice(0), ['D1=true', 'D2=true'])
  const nodes = ['D1', 'A1']
  const all = set(client, device, { Output: true }, { nodes, kinds: {} })
  assert.deepEqual(await faultsOf(all), ['Output: Invalid parameter type.'])
  assert.deepEqual([done, await parameters(client, device, { nodes })], [[], []])
  const unknown = await refusal(set(client, device, { Output: true }, { nodes: ['x'], kinds: {} }))
  assert.equal(unknown.condition, 'item-not-found')
})

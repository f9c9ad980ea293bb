/** Plans of simulations: what a file may say, and what is told of mistakes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommandError } from '../explain.ts'
import { readPlan } from './plan.ts'
import { usualPlan } from './usual-plan.ts'

const read = (plan: unknown, count?: number): ReturnType<typeof readPlan> =>
  readPlan(JSON.stringify(plan), 'building.json', count, undefined)

test('a file says kinds, fields, signals and faults; times are milliseconds', () => {
  const { seed, kinds } = read({
    seed: 7,
    things: [
      {
        name: 'boiler',
        count: 20,
        fields: {
          Temperature: { unit: '°C', precision: 2, signal: [{ mean: 60 }, { walk: 2, over: '6h' }] },
          Return: { unit: '°C', signal: [{ follows: 'Temperature', factor: 0.8, lag: '5m' }] },
          Burning: { kind: 'boolean', category: 'status', signal: [{ steps: [0, 1], every: '20m' }] },
        },
        faults: { silent: 0.01, spell: '10m' },
      },
    ],
  })
  assert.equal(seed, 7)
  const [boiler] = kinds
  assert.deepEqual([boiler?.name, boiler?.count], ['boiler', 20])
  assert.deepEqual(boiler?.faults, { silent: 0.01, slow: 0, wrong: 0, clock: 0, cut: 0, spellMs: 600_000 })
  assert.deepEqual(
    boiler?.fields.map(({ name, kind, unit, precision, category, signal }) => [
      name,
      kind,
      unit,
      precision,
      category,
      signal,
    ]),
    [
      [
        'Temperature',
        'quantity',
        '°C',
        2,
        'momentary',
        [
          { kind: 'mean', value: 60, spread: 0 },
          { kind: 'walk', size: 2, overMs: 21_600_000 },
        ],
      ],
      [
        'Return',
        'quantity',
        '°C',
        1,
        'momentary',
        [{ kind: 'follows', name: 'Temperature', factor: 0.8, lagMs: 300_000 }],
      ],
      ['Burning', 'boolean', '', 1, 'status', [{ kind: 'steps', values: [0, 1], everyMs: 1_200_000 }]],
    ],
  )
})

for (const [count, wanted] of [
  [10, [6, 3, 1]],
  [1_000, [600, 300, 100]],
  [10_001, [6001, 3000, 1000]],
  [1, [1, 0, 0]],
] as const)
  test(`of ${count} things each kind has its share`, () => {
    const { kinds } = readPlan(usualPlan, 'usual', count, 9)
    assert.deepEqual(
      kinds.map(kind => kind.count),
      wanted,
    )
  })

const field = (one: object): object => ({ things: [{ name: 'a', fields: { T: { signal: [], ...one } } }] })
const signal = (...parts: readonly object[]): object => field({ signal: parts })

const mistakes: readonly (readonly [plan: unknown, sentence: string])[] = [
  [[], 'building.json: the file is an object: { … }.'],
  [{}, 'building.json: things is a list: [ … ].'],
  [{ things: [] }, 'building.json: things of each kind need a name of their own.'],
  [
    { things: [{ name: 'a' }, { name: 'a' }] },
    'building.json: things of each kind need a name of their own.',
  ],
  [{ things: [{ name: 'A b' }] }, 'building.json: things[0].name is a word of small letters.'],
  [
    { things: [{ name: 'a', number: 3 }] },
    'building.json: things[0] has no "number"; it has name, count, fields, faults.',
  ],
  [{ things: [{ name: 'a', count: -1 }] }, 'building.json: things[0].count is a number from 0 to 100000.'],
  [
    {
      things: [
        { name: 'a', count: 60_000 },
        { name: 'b', count: 60_000 },
      ],
    },
    'building.json: these are 120000 things, more than 100000.',
  ],
  [
    { things: [{ name: 'a', faults: { silent: 2 } }] },
    'building.json: things[0].faults.silent is a number from 0 to 1.',
  ],
  [field({ kind: 'word' }), 'building.json: things[0].fields.T.kind is one of quantity, int, boolean.'],
  [
    signal({ jump: 3 }),
    'building.json: things[0].fields.T.signal[0] begins with mean, day, walk, noise, steps, spikes, grows or follows.',
  ],
  [
    signal({ walk: 1, over: 'long' }),
    'building.json: things[0].fields.T.signal[0].over is a time, as in "90s", "6h" or "1d".',
  ],
  [signal({ follows: 'U' }), 'building.json: things[0].fields.T follows U, which is not there.'],
]
for (const [plan, sentence] of mistakes)
  test(sentence, () => {
    assert.throws(() => read(plan), new CommandError(sentence))
  })

test('a file may be TOML', () => {
  const text = `
    seed = 7
    [[things]]
    name = "boiler"
    count = 2
    faults = { silent = 0.01, spell = "10m" }
    [things.fields.Temperature]
    unit = "°C"
    signal = [{ mean = 60, spread = 4 }, { day = 3, peak = "6h" }]`
  const signal = [
    { mean: 60, spread: 4 },
    { day: 3, peak: '6h' },
  ]
  const faults = { silent: 0.01, spell: '10m' }
  const same = {
    seed: 7,
    things: [{ name: 'boiler', count: 2, faults, fields: { Temperature: { unit: '°C', signal } } }],
  }
  assert.deepEqual(readPlan(text, 'building.toml', undefined, undefined), read(same))
  assert.throws(
    () => readPlan('seed = ', 'building.toml', undefined, undefined),
    /building\.toml:1: not valid TOML/,
  )
})

test('what is no JSON is said so', () => {
  assert.throws(
    () => readPlan('seed = 7', 'a.json', undefined, undefined),
    /^CommandError: a\.json is no JSON: /,
  )
})

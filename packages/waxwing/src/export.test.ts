// Readings for people and other programs: charts, CSV, OpenMetrics.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  booleanValue,
  enumValue,
  intValue,
  type NodeRef,
  quantityValue,
  type SensorValue,
  stringValue,
  timestampOf,
} from '@waxwing/protocol'
import { type FieldReading, QuantityReading } from '@waxwing/things'
import { chart } from './chart.ts'
import { csvHead, inJson, printable, toCsv } from './export-text.ts'
import { openMetrics, type ReadThing } from './openmetrics.ts'
import { charts, told } from './telling.ts'

const at = new Date('2026-11-01T00:00:00Z')

function reading(name: string, value: SensorValue, node?: NodeRef, time = at): FieldReading {
  const nothing = {
    periods: [],
    localization: undefined,
    writable: undefined,
    annotation: undefined,
  } as const
  const about = {
    name,
    node,
    time: timestampOf(time),
    categories: ['momentary'] as const,
    quality: ['automaticReadout'] as const,
    generation: 'nf' as const,
    ...nothing,
  }
  return value.kind === 'quantity' ? new QuantityReading(value, value.unit, about) : { ...value, ...about }
}

test('CSV has a head, and quotes what RFC 4180 wants quoted', () => {
  assert.equal(csvHead, 'time,node,name,value,unit,quality')
  assert.equal(
    toCsv(reading('Temperature', quantityValue('-23.40', '°C'))),
    '2026-11-01T00:00:00Z,,Temperature,-23.40,°C,automaticReadout',
  )
  assert.equal(
    toCsv(reading('Name, "long"', stringValue('two\nlines'), { id: 'n1' })),
    '2026-11-01T00:00:00Z,n1,"Name, ""long""","two\nlines",,automaticReadout',
  )
})

test('a text of a thing is no formula in a spreadsheet, and steers no terminal', () => {
  for (const text of ['=HYPERLINK("x")', '+1', '-1+1', '@SUM(A1)'])
    assert.match(toCsv(reading('Name', stringValue(text))), /,Name,"?'[=+\-@]/)
  // Where cells are separated by something else, they begin elsewhere.
  for (const text of ['a;=1', 'a\t=1', 'a\n@SUM(A1)', '\n=1', 'a; +1', '＝1'])
    assert.match(toCsv(reading(text, intValue(1))), /'\s*[=+\-@＝]/, text)
  assert.match(toCsv(reading('Name', stringValue('2024-01-01; a=b'))), /,2024-01-01; a=b,/)
  assert.equal(printable('\u001b[2Jx\u0007\u009b'), '␛[2Jx␇�')
  assert.ok(!printable('a\u202eb').includes('\u202e'))
  const json = inJson({ name: 'a\u009b2Jb\u202ec\u007f' })
  assert.equal(json, '{"name":"a\\u009b2Jb\\u202ec\\u007f"}')
  assert.deepEqual(JSON.parse(json), { name: 'a\u009b2Jb\u202ec\u007f' })
})

test('a chart has a column for each span of time, and axes', () => {
  const points = Array.from({ length: 20 }, (_, i) => [at.getTime() + i * 3_600_000, i] as const)
  assert.deepEqual(chart({ name: 'Level', unit: '%', points }, { width: 24, height: 4 }), [
    'Level (%): 20 values, 0 … 19',
    '19 ┤               ▁▃▅▆█',
    '   │          ▁▃▅▆██████',
    '   │     ▁▃▄▆███████████',
    ' 0 ┤▁▃▄▆████████████████',
    '   └────────────────────',
    '    2026-11-01T00:00Z',
  ])
})

test('charts never grow wider than the terminal, whatever the numbers are', () => {
  for (const width of [20, 40, 80, 200])
    for (const scale of [1e-9, 1, 123456.789, 1e12]) {
      const points = [0, 1, 2, 3].map(i => [at.getTime() + i * 60_000, i * scale - scale] as const)
      const [, ...picture] = chart({ name: 'x', unit: undefined, points }, { width, height: 5 })
      for (const line of picture) assert.ok(line.length <= Math.max(width, 32), `${width}: ${line}`)
    }
  assert.deepEqual(chart({ name: 'x', unit: undefined, points: [] }, { width: 80, height: 5 }), [
    'x: no numbers',
  ])
  const flat = chart({ name: 'x', unit: undefined, points: [[at.getTime(), 5]] }, { width: 40, height: 5 })
  assert.match(flat.join('\n'), /[▁▂▃▄▅▆▇█]/)
})

test('readings are told in one way at a time', async () => {
  async function* nothing(): AsyncGenerator<never> {}
  await assert.rejects(told('a@b', nothing(), { csv: true, chart: true }), /Choose one of --json, --csv and/)
})

test('every field that is a number has a chart of its own', () => {
  const lines = charts(
    [
      reading('a', quantityValue('1', 'V')),
      reading('a', quantityValue('2', 'V'), undefined, new Date(at.getTime() + 60_000)),
      reading('Open', booleanValue(true), { id: 'door' }),
      reading('Mode', enumValue('Eco', 'Mode')),
      { kind: 'error', node: undefined, time: timestampOf(at), text: 'Cut.', generation: 'nf' },
    ],
    { width: 60, height: 5 },
  )
  assert.equal(lines[0], 'a (V): 2 values, 1 … 2')
  assert.ok(lines.includes('door, Open: 1 values, 1 … 1'))
  assert.deepEqual(lines.slice(-2), ['Mode: no numbers', '! Cut.'])
})

interface Sample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  readonly at: number | undefined
}

interface Parsed {
  readonly type: string
  readonly unit: string | undefined
  readonly help: string | undefined
  readonly samples: readonly Sample[]
}

const nameForm = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const sampleForm =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? ([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)(?: ([+-]?\d+(?:\.\d*)?))?$/

/** Reads the text by the letter: families unbroken, metadata before samples, no sample twice, an end. @throws AssertionError */
function parsed(text: string): ReadonlyMap<string, Parsed> {
  assert.ok(text.endsWith('\n# EOF\n') || text === '# EOF\n', 'it has an end')
  const families = new Map<string, { type: string; unit?: string; help?: string; samples: Sample[] }>()
  const seen = new Set<string>()
  let current = ''
  for (const line of text.split('\n').slice(0, -2)) {
    const [, keyword, name = '', rest = ''] = /^# (TYPE|UNIT|HELP) (\S+) (.*)$/.exec(line) ?? []
    if (keyword !== undefined) {
      assert.match(name, nameForm)
      if (name !== current) {
        assert.ok(!families.has(name), `${name} is told in one piece`)
        assert.equal(keyword, 'TYPE')
        families.set(name, { type: rest, samples: [] })
        current = name
        continue
      }
      const family = families.get(name)
      assert.ok(family && family.samples.length === 0, 'metadata comes first')
      if (keyword === 'UNIT') {
        assert.ok(name.endsWith(`_${rest}`), `${name} ends with its unit`)
        family.unit = rest
      } else family.help = rest
      continue
    }
    const [, sample = '', labels = '', value = '', time] =
      sampleForm.exec(line) ?? assert.fail(`no sample: ${line}`)
    const family = families.get(current)
    assert.ok(family && sample === (family.type === 'info' ? `${current}_info` : current), line)
    const pairs = [...labels.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)]
    const map = new Map(pairs.map(([, label = '', told = '']) => [label, unescaped(told)]))
    assert.equal(map.size, pairs.length, 'no label twice')
    const key = `${sample} ${JSON.stringify([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)))}`
    assert.ok(!seen.has(key), `told twice: ${key}`)
    seen.add(key)
    const number = /Inf|NaN/.test(value) ? Number(value.replace('Inf', 'Infinity')) : Number(value)
    family.samples.push({
      name: sample,
      labels: map,
      value: number,
      at: time === undefined ? undefined : Number(time),
    })
  }
  return new Map(
    [...families].map(([name, { type, unit, help, samples }]) => [name, { type, unit, help, samples }]),
  )
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))
}

const jid = 'meter@example.org'

function thing(...readings: readonly FieldReading[]): ReadThing {
  return { jid, isUp: true, readings, tookS: 0.25 }
}

test('numbers that no monitoring can read, and so none of the others, are told as what they are', () => {
  const number = (text: string, unit?: string): string | undefined =>
    / (\S+) 1793491200$/m.exec(openMetrics([thing(reading('A', quantityValue(text, unit)))]))?.[1]
  assert.deepEqual(
    ['1e999999', '-1e999999', '1e-999999', 'INF', '-INF', '+1.50'].map(text => number(text)),
    ['+Inf', '-Inf', '0', '+Inf', '-Inf', '+1.50'],
  )
  const zeros = '0'.repeat(390)
  assert.deepEqual(
    [
      number(`${zeros}1.5${zeros}`),
      number(`${zeros}1.5${zeros}`, 'furlongs'),
      number('1e999999', 'furlongs'),
    ],
    ['1.5', '1.5', '+Inf'],
  )
})

test('OpenMetrics has names, units, help, labels, times, and an end', () => {
  const text = openMetrics([
    thing(
      reading('Temperature', quantityValue('23.40', '°C')),
      reading('Temperature', quantityValue('300', 'K'), { id: 'n', source: 's' }),
    ),
  ])
  assert.equal(
    text,
    [
      '# TYPE thing_up gauge',
      '# HELP thing_up Whether the thing could be read.',
      'thing_up{thing="meter@example.org"} 1',
      '# TYPE thing_readout_seconds gauge',
      '# UNIT thing_readout_seconds seconds',
      '# HELP thing_readout_seconds How long reading the thing took.',
      'thing_readout_seconds{thing="meter@example.org"} 0.250',
      '# TYPE thing_temperature_celsius gauge',
      '# UNIT thing_temperature_celsius celsius',
      '# HELP thing_temperature_celsius Temperature as the thing tells it.',
      'thing_temperature_celsius{thing="meter@example.org",field="Temperature"} 23.40 1793491200',
      'thing_temperature_celsius{thing="meter@example.org",node="n",source="s",field="Temperature"} 26.85 1793491200',
      '# EOF',
      '',
    ].join('\n'),
  )
  parsed(text)
})

const named: readonly (readonly [field: string, value: SensorValue, family: string, told: number])[] = [
  ['Energy', quantityValue('1.5', 'kWh'), 'thing_energy_joules', 5_400_000],
  ['Humidity', quantityValue('45', '%RH'), 'thing_humidity_ratio', 0.45],
  ['PM2.5', quantityValue('12', 'µg/m³'), 'thing_pm2_5_microg_per_m3', 12],
  ['fooBar Größe', intValue(7), 'thing_foo_bar_grosse', 7],
  ['Count', intValue(7), 'thing_count_value', 7],
  ['Load', quantityValue('0.5'), 'thing_load', 0.5],
  ['Open', booleanValue(true), 'thing_open', 1],
  ['温度', quantityValue('INF', 'V'), 'thing_field_volts', Number.POSITIVE_INFINITY],
  ['Bad', quantityValue('NaN', 'V'), 'thing_bad_volts', Number.NaN],
  ['Gone', quantityValue('-INF', 'widgets'), 'thing_gone_widgets', Number.NEGATIVE_INFINITY],
  ['Mode', enumValue('Eco', 'Mode'), 'thing_mode_text', 1],
]

for (const [field, value, family, told] of named)
  test(`${field} as ${value.kind} becomes ${family}`, () => {
    const found = parsed(openMetrics([thing(reading(field, value))])).get(family)
    assert.equal(found?.samples[0]?.value, told)
    assert.equal(found.samples[0]?.labels.get('field'), field)
  })

test('what things say is escaped, and cannot add lines or labels', () => {
  const nasty = 'a"} 1\nthing_up{thing="other"} 0\\'
  const text = openMetrics([thing(reading(nasty, stringValue(nasty), { id: nasty }))])
  const families = parsed(text)
  assert.equal(families.get('thing_up')?.samples.length, 1)
  const [info] = [...families.values()].filter(({ type }) => type === 'info')
  assert.deepEqual(
    ['field', 'node', 'value'].map(label => info?.samples[0]?.labels.get(label)),
    [nasty, nasty, nasty],
  )
})

test('fields of one name and different kinds or units stay apart, and nothing is told twice', () => {
  const later = new Date(at.getTime() + 1_000)
  const text = openMetrics([
    thing(
      reading('x', quantityValue('1', 'V')),
      reading('x', quantityValue('2', 'V'), undefined, later),
      reading('X', quantityValue('3', 'V')),
      reading('x', intValue(4)),
      reading('x', stringValue('5')),
      reading('x Text', intValue(6)),
    ),
  ])
  const families = parsed(text)
  assert.deepEqual(
    families.get('thing_x_volts')?.samples.map(({ value }) => value),
    [2, 3],
  )
  assert.deepEqual(
    families.get('thing_x')?.samples.map(({ value }) => value),
    [4],
  )
  assert.equal(families.get('thing_x_text')?.type, 'info')
  assert.deepEqual(
    families.get('thing_x_text_other')?.samples.map(({ value }) => value),
    [6],
  )
})

test('a thing that is down is told as such', () => {
  const families = parsed(openMetrics([{ jid, isUp: false, readings: [], tookS: 30 }]))
  assert.equal(families.get('thing_up')?.samples[0]?.value, 0)
})

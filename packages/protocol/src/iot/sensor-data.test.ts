import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import {
  type Element,
  elementsOf,
  parseElement,
  readWire,
  sameElement,
  toElement,
  type Wire,
  WireError,
  withoutIndentation,
  writeElement,
  xml,
} from '@waxwing/xml'
import {
  booleanValue,
  dateTimeValue,
  dateValue,
  durationValue,
  enumValue,
  type Generation,
  generations,
  intValue,
  longValue,
  parseTimestamp,
  quantityValue,
  type ReadoutReport,
  type ReadoutRequest,
  type SensorDataFormat,
  type SensorField,
  SensorReport,
  type SensorValue,
  sensorData,
  stringValue,
  timeValue,
} from './index.ts'

const folder = resolve(import.meta.dirname, '../../../../vectors/sensor-data')

function vectors(name: string): Element[] {
  return elementsOf(withoutIndentation(parseElement(readFileSync(resolve(folder, `${name}.xml`)))))
}

function field(name: string, value: SensorValue, rest: Partial<SensorField>): SensorField {
  return {
    name,
    value,
    categories: [],
    periods: [],
    quality: [],
    localization: undefined,
    writable: undefined,
    annotation: undefined,
    ...rest,
  }
}

const noTokens = { service: [], device: [], user: [] }
const meter = { id: 'meter', source: 'bus', partition: 'east' }
const device01 = { id: 'Device01', source: undefined, partition: undefined }

/** The conversation of the vectors in the model. */
function conversation(generation: Generation): { requests: ReadoutRequest[]; reports: ReadoutReport[] } {
  const nothing = { from: undefined, to: undefined, when: undefined, tokens: noTokens }
  const requests: ReadoutRequest[] = [
    {
      generation,
      id: '1',
      nodes: [],
      fields: [],
      categories: ['momentary'],
      periods: [],
      all: false,
      ...nothing,
    },
    {
      generation,
      id: '2',
      nodes: [meter, device01],
      fields: ['Temperature', 'Temperature, Max'],
      categories: ['peak', 'identity', 'historical'],
      periods: sensorData(generation).family === 'long' ? ['hour', 'day'] : [],
      all: false,
      from: parseTimestamp('2013-03-07T00:00:00'),
      to: parseTimestamp('2013-03-08T00:00:00Z'),
      when: parseTimestamp('2013-03-09T12:00:00+02:00'),
      tokens: { service: ['s1'], device: ['d1', 'd2'], user: ['u1'] },
    },
    {
      generation,
      id: '3',
      nodes: [],
      fields: [],
      categories: ['historical'],
      periods: [],
      all: true,
      ...nothing,
    },
  ]
  const more: SensorField[] = [
    field('Temperature', quantityValue('23.40', '°C'), {
      categories: ['momentary'],
      quality: ['automaticReadout'],
      localization: { namespace: 'Thermometer', steps: '1' },
      writable: false,
    }),
    field('Ratio', quantityValue('-1.5E-3'), {
      categories: ['computed'],
      quality: ['automaticEstimate', 'warning'],
    }),
    field('Output', booleanValue(true), {
      categories: ['status'],
      quality: ['manualReadout'],
      writable: true,
    }),
    field('Mode', enumValue('Idle', 'OperatingMode'), {
      categories: ['status'],
      quality: ['automaticReadout'],
    }),
    field('Serial', stringValue('A < B'), { categories: ['identity'], quality: ['automaticReadout'] }),
    field('Started', dateTimeValue('2013-03-01T08:00:00'), {
      categories: ['status'],
      quality: ['timeOffset'],
    }),
    field('Uptime', durationValue('P6DT8H24M30S'), { categories: ['status'], quality: ['automaticReadout'] }),
  ]
  const history = field('Temperature', quantityValue('24.5', '°C'), {
    categories: ['historical'],
    periods: ['hour', 'day'],
    quality: ['signed', 'invoiced', 'endOfSeries', 'powerFailure', 'invoiceConfirmed'],
  })
  const ofMeter: SensorField[] = [
    field('Count', intValue(-7), { categories: ['momentary'], quality: ['inProgress'] }),
    field('Total', longValue(9007199254740993n), {
      categories: ['momentary'],
      quality: ['missing', 'error'],
    }),
    field('Calibrated', dateValue('2012-12-31Z'), { categories: ['status'], quality: ['manualEstimate'] }),
    field('Wakes', timeValue('06:30:00'), { categories: ['status'], quality: ['automaticReadout'] }),
  ]
  const reports: ReadoutReport[] = [
    { kind: 'accepted', generation, id: '1', queued: false },
    { kind: 'accepted', generation, id: '2', queued: true },
    { kind: 'started', generation, id: '2' },
    {
      kind: 'data',
      generation,
      id: '2',
      last: false,
      skipped: 0,
      parts: [
        { kind: 'fields', node: device01, time: parseTimestamp('2013-03-07T16:24:30Z'), fields: more },
        { kind: 'fields', node: device01, time: parseTimestamp('2013-03-07T16:00:00Z'), fields: [history] },
        { kind: 'fields', node: meter, time: parseTimestamp('2013-03-07T16:24:31'), fields: ofMeter },
      ],
    },
    {
      kind: 'data',
      generation,
      id: '2',
      last: true,
      skipped: 0,
      parts: [
        { kind: 'error', node: meter, time: parseTimestamp('2013-03-07T16:24:32Z'), text: 'No answer.' },
      ],
    },
    { kind: 'done', generation, id: '3' },
  ]
  if (sensorData(generation).family === 'long') reports.push({ kind: 'cancelled', generation, id: '2' })
  if (generation === 'sn') reports.push({ kind: 'rejected', generation, id: '4', texts: ['Access denied.'] })
  return { requests, reports }
}

/** What `sn` makes of a field. */
function inSn(original: SensorField): SensorField {
  const { value, quality } = original
  const kept = quality.filter(word => word !== 'inProgress')
  const base = { ...original, quality: kept, writable: undefined }
  if (value.kind === 'int') return { ...base, value: quantityValue(value.text) }
  const asText = value.kind === 'long' || value.kind === 'date' || value.kind === 'time'
  return asText ? { ...base, value: stringValue(value.text) } : base
}

function asRead(report: ReadoutReport): ReadoutReport {
  if (report.kind !== 'data' || report.generation !== 'sn') return report
  const parts = report.parts.map(part =>
    part.kind === 'fields' ? { ...part, fields: part.fields.map(inSn) } : part,
  )
  return { ...report, parts }
}

function assertWrites<T>(wire: Wire<T>, value: T, expected: Element): void {
  const written = toElement(wire, value)
  assert.ok(sameElement(written, expected), `${writeElement(written)}\nis not\n${writeElement(expected)}`)
}

for (const generation of generations) {
  const format: SensorDataFormat = sensorData(generation)
  test(`${generation} reads and writes the readout of its golden file (XEP-0323 §3)`, () => {
    const elements = vectors(generation)
    const { requests, reports } = conversation(generation)
    const asked = elements.filter(({ name }) => name === 'req')
    assert.deepEqual(
      asked.map(element => readWire(format.request, element)),
      requests,
    )
    requests.forEach((request, i) => assertWrites(format.request, request, asked[i] ?? assert.fail()))
    const told = elements.filter(({ name }) => name !== 'req' && name !== 'cancel')
    assert.deepEqual(
      told.map(element => readWire(format.report, element)),
      reports.map(asRead),
    )
    reports.forEach((report, i) => {
      assertWrites(format.report, report, told[i] ?? assert.fail())
      assertWrites(SensorReport, report, told[i] ?? assert.fail())
      assert.deepEqual(readWire(SensorReport, told[i] ?? assert.fail()), asRead(report))
    })
    const cancel = elements.find(({ name }) => name === 'cancel') ?? assert.fail()
    assert.deepEqual(readWire(format.cancel, cancel), { generation, id: '2' })
    assertWrites(format.cancel, { generation, id: '2' }, cancel)
  })
}

test('the exchange that courses show is read: 23.4 °C and a load level of 75 %', () => {
  const [request, accepted, fields] = vectors('course')
  const format = sensorData('xep')
  assert.deepEqual(readWire(format.request, request ?? assert.fail()).categories, ['momentary'])
  assert.equal(readWire(format.report, accepted ?? assert.fail()).kind, 'accepted')
  const data = readWire(format.report, fields ?? assert.fail())
  assert.ok(data.kind === 'data' && data.last)
  const [part] = data.parts
  assert.ok(part?.kind === 'fields')
  assert.equal(part.time.instant?.toISOString(), '2013-03-07T16:24:30.000Z')
  assert.deepEqual(
    part.fields.map(({ name, value }) => [name, value.text, value.kind === 'quantity' && value.unit]),
    [
      ['Temperature', '23.4', '°C'],
      ['load level', '75', '%'],
    ],
  )
})

function report(generation: Generation, element: Element): Extract<ReadoutReport, { kind: 'data' }> {
  const read = readWire(sensorData(generation).report, element)
  assert.ok(read.kind === 'data')
  return read
}

function fieldsOf(data: Extract<ReadoutReport, { kind: 'data' }>): readonly SensorField[] {
  return data.parts.flatMap(part => (part.kind === 'fields' ? part.fields : []))
}

test('what nobody understands among the values is counted and skipped, and the rest is read', () => {
  const data = report(
    'nf',
    xml`<resp xmlns="urn:nf:iot:sd:1.0" id="1"><ts v="2024-01-01T00:00:00Z">
      <q n="a" m="1" v=" 1.50 " u="V" colour="red"/><vector n="b" v="1,2"/><q n="c" v="many"/><q v="1"/><i n="d" v="2147483648"/>
      <e n="e" v="On"/><t n="f" v="25:00:00"/><s n="g" v=""/><q n="h" v="INF"/></ts>
      <ts v="yesterday"><s n="i" v="x"/><err>kept</err></ts></resp>`,
  )
  assert.deepEqual(
    fieldsOf(data).map(({ name, value }) => [name, value.text]),
    [
      ['a', '1.50'],
      ['g', ''],
      ['h', 'INF'],
    ],
  )
  assert.deepEqual(fieldsOf(data)[0]?.categories, ['momentary'])
  assert.equal(data.skipped, 7)
  assert.deepEqual(
    data.parts.filter(part => part.kind === 'error').map(part => [part.text, part.time.text]),
    [['kept', '']],
  )
})

test('identification is read as identity, as the examples have it (XEP-0323 §3.5)', () => {
  const data = report(
    'xep',
    xml`<fields xmlns="urn:xmpp:iot:sensordata" seqnr="4"><node nodeId="Device01"><timestamp value="2013-03-07T19:00:00">
      <string name="Device ID" identification="true" value="Device01"/></timestamp></node></fields>`,
  )
  assert.deepEqual(fieldsOf(data)[0]?.categories, ['identity'])
  assert.equal(data.last, false)
})

test('fields and errors stay in their order in the short family and take turns in the long one', () => {
  const element = xml`<resp xmlns="urn:ieee:iot:sd:1.0" id="7"><nd id="n"><ts v="2024-01-01T00:00:00Z">
    <b n="a" v="1"/><err>one</err><err>two</err><b n="b" v="0"/></ts></nd></resp>`
  const data = report('ieee', element)
  assert.deepEqual(
    data.parts.map(part => part.kind),
    ['fields', 'error', 'error', 'fields'],
  )
  const pieces = sensorData('xep').pieces(data)
  assert.deepEqual(
    pieces.map(piece => [toElement(sensorData('xep').report, piece).name, piece.last]),
    [
      ['fields', false],
      ['failure', false],
      ['fields', true],
    ],
  )
  assert.deepEqual(
    pieces.flatMap(piece => piece.parts),
    data.parts,
  )
  assert.throws(() => toElement(sensorData('xep').report, data), TypeError)
})

test('an annotation is kept as it came and goes on in the namespace of another generation', () => {
  const element = xml`<resp xmlns="urn:nf:iot:sd:1.0" id="7"><ts v="2024-01-01T00:00:00Z"><q n="a" v="1">
    <x note="n"><p xmlns="urn:example:p">text</p></x></q></ts></resp>`
  const data = report('nf', element)
  assert.equal(
    writeElement(fieldsOf(data)[0]?.annotation ?? assert.fail()),
    '<x xmlns="urn:nf:iot:sd:1.0" note="n"><p xmlns="urn:example:p">text</p></x>',
  )
  assert.ok(sameElement(toElement(sensorData('nf').report, data), element))
  const other = toElement(sensorData('nfi').report, data)
  assert.deepEqual(fieldsOf(report('nfi', other))[0]?.annotation?.ns, 'urn:nfi:iot:sd:1.0')
})

test('a request that holds too much, or what is no time, is refused', () => {
  const { request } = sensorData('nf')
  const refused = [
    xml`<req xmlns="urn:nf:iot:sd:1.0" m="true"/>`,
    xml`<req xmlns="urn:nf:iot:sd:1.0" id="${'1'.repeat(257)}"/>`,
    xml`<req xmlns="urn:nf:iot:sd:1.0" id="1" from="today"/>`,
    xml`<req xmlns="urn:nf:iot:sd:1.0" id="1" st="${'t'.repeat(3000)}" ut="${'u'.repeat(3000)}"/>`,
    xml`<req xmlns="urn:nf:iot:sd:1.0" id="1"><nd src="s"/></req>`,
    xml`<req xmlns="urn:nf:iot:sd:1.0" id="1">${Array.from({ length: 1001 }, () => xml`<f xmlns="urn:nf:iot:sd:1.0" n="x"/>`)}</req>`,
  ]
  for (const element of refused) assert.throws(() => readWire(request, element), WireError)
})

test('more values than one stanza may hold are counted, not kept', () => {
  const items = Array.from({ length: 10_005 }, () => '<b n="b" v="1"/>').join('')
  const element = parseElement(
    `<resp xmlns="urn:nf:iot:sd:1.0" id="1"><ts v="2024-01-01T00:00:00Z">${items}</ts></resp>`,
  )
  const data = report('nf', element)
  assert.equal(fieldsOf(data).length, 10_000)
  assert.equal(data.skipped, 5)
})

test('a value whose text is none of its type is not written', () => {
  const bad: ReadoutReport = {
    kind: 'data',
    generation: 'nf',
    id: '1',
    last: true,
    skipped: 0,
    parts: [
      {
        kind: 'fields',
        node: undefined,
        time: parseTimestamp('2024-01-01T00:00:00Z'),
        fields: [field('a', { kind: 'quantity', value: 1, text: 'one', unit: undefined }, {})],
      },
    ],
  }
  for (const generation of generations) {
    assert.throws(() => toElement(sensorData(generation).report, { ...bad, generation }))
  }
})

test('a kind of report that a generation has no word for is not written', () => {
  assert.throws(
    () => toElement(sensorData('nf').report, { kind: 'cancelled', generation: 'nf', id: '1' }),
    TypeError,
  )
})

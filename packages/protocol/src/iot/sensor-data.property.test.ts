import assert from 'node:assert/strict'
import { test } from 'node:test'
import { el, parseElement, readWire, type Wire, writeWire } from '@waxwing/xml'
import * as fc from 'fast-check'
import {
  booleanValue,
  dateTimeValue,
  dateValue,
  durationValue,
  enumValue,
  fieldCategories,
  fieldQualities,
  type Generation,
  generations,
  historyPeriods,
  intValue,
  longValue,
  type NodeRef,
  quantityValue,
  type ReadoutData,
  type ReadoutPart,
  type ReadoutRequest,
  type SensorField,
  type SensorValue,
  sensorData,
  stringValue,
  timestampOf,
  timeValue,
} from './index.ts'

const runs = { numRuns: 150 }

/** A record with the prototype that object literals have. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true })
}

const text = fc.string({ unit: fc.constantFrom(...Array.from('aZ0 °Ω<>&"\'\t\n,|=😀')), maxLength: 12 })
const name = text.filter(word => word !== '')
const instant = fc.date({ min: new Date('1970-01-01Z'), max: new Date('2100-01-01Z'), noInvalidDate: true })
const time = instant.map(timestampOf)

const value: fc.Arbitrary<SensorValue> = fc.oneof(
  fc.boolean().map(booleanValue),
  instant.map(date => dateValue(`${date.toISOString().slice(0, 10)}+01:00`)),
  instant.map(date => dateTimeValue(date)),
  instant.map(date => dateTimeValue(date.toISOString().slice(0, 19))),
  fc.nat(100_000).map(seconds => durationValue(`-P2Y1DT${seconds}.50S`)),
  fc.tuple(text, name).map(([word, type]) => enumValue(word, type)),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map(intValue),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(longValue),
  fc
    .tuple(fc.double(), fc.option(name, { nil: undefined }))
    .map(([number, unit]) => quantityValue(number, unit)),
  fc.nat(10_000).map(n => quantityValue(`${n}.500`, 'kWh')),
  text.map(stringValue),
  instant.map(date => timeValue(date.toISOString().slice(11, 19))),
)

const annotation = text.map(note =>
  el('urn:nf:iot:sd:1.0', 'x', { note }, el('urn:example:p', 'p', {}, note)),
)

const field: fc.Arbitrary<SensorField> = record({
  name,
  value,
  categories: fc.subarray([...fieldCategories]),
  periods: fc.subarray([...historyPeriods]),
  quality: fc.subarray([...fieldQualities]),
  localization: fc.constantFrom(undefined, { namespace: 'Names', steps: '1,2|Other|seed' }),
  writable: fc.constantFrom(undefined, true, false),
  annotation: fc.option(annotation, { nil: undefined }),
}).map(made => ({ ...made, periods: made.categories.includes('historical') ? made.periods : [] }))

const node: fc.Arbitrary<NodeRef | undefined> = fc.option(
  record({
    id: name,
    source: fc.option(name, { nil: undefined }),
    partition: fc.option(name, { nil: undefined }),
  }),
  { nil: undefined },
)

const part: fc.Arbitrary<ReadoutPart> = fc.oneof(
  record({
    kind: fc.constant('fields' as const),
    node,
    time,
    fields: fc.array(field, { minLength: 1, maxLength: 4 }),
  }),
  record({ kind: fc.constant('error' as const), node, time, text: text.map(words => words.trim()) }),
)

function dataOf(generation: Generation): fc.Arbitrary<ReadoutData> {
  return record({
    kind: fc.constant('data' as const),
    generation: fc.constant(generation),
    id: fc.nat(2 ** 31 - 1).map(String),
    parts: fc.array(part, { maxLength: 6 }),
    last: fc.boolean(),
    skipped: fc.constant(0),
  })
}

function overTheWire<T>(wire: Wire<T>, sent: T): T {
  return readWire(wire, parseElement(writeWire(wire, sent)))
}

function sendAll(generation: Generation, data: ReadoutData): ReadoutData {
  const format = sensorData(generation)
  const received = format.pieces({ ...data, generation }).map(piece => overTheWire(format.report, piece))
  const parts: ReadoutPart[] = []
  received.forEach((report, i) => {
    assert.ok(report.kind === 'data')
    assert.equal(report.last, data.last && i === received.length - 1)
    parts.push(...report.parts)
  })
  return { ...data, generation, parts }
}

/** One entry for each field and error, since neighbours of one node and time may be read as one part. */
function flat(data: ReadoutData): unknown[] {
  return data.parts.flatMap((entry): unknown[] =>
    entry.kind === 'error'
      ? [entry]
      : entry.fields.map(one => ({ node: entry.node, time: entry.time, field: one })),
  )
}

/** What a generation cannot say of a field. */
function lossy(generation: Generation, original: SensorField): SensorField {
  if (generation === 'ieee' || generation === 'nf' || generation === 'nfi') {
    const { annotation: x } = original
    return { ...original, annotation: x && { ...x, ns: sensorData(generation).ns } }
  }
  const isHistorical = original.categories.includes('historical')
  const long: SensorField = {
    ...original,
    annotation: undefined,
    periods: isHistorical && original.periods.length === 0 ? ['other'] : original.periods,
  }
  return generation === 'xep' ? long : inSn(long)
}

function inSn(original: SensorField): SensorField {
  const { value: was } = original
  const base = {
    ...original,
    writable: undefined,
    quality: original.quality.filter(word => word !== 'inProgress'),
  }
  const isExact = was.kind === 'long' && Number.isSafeInteger(Number(was.value))
  if (was.kind === 'int' || isExact) return { ...base, value: quantityValue(was.text) }
  const asText = was.kind === 'long' || was.kind === 'date' || was.kind === 'time'
  return asText ? { ...base, value: stringValue(was.text) } : base
}

function expected(generation: Generation, data: ReadoutData): ReadoutData {
  const parts = data.parts.map(entry =>
    entry.kind === 'error' ? entry : { ...entry, fields: entry.fields.map(one => lossy(generation, one)) },
  )
  return { ...data, parts }
}

for (const generation of generations) {
  test(`data survives ${generation} except for what it has no words for`, () => {
    fc.assert(
      fc.property(dataOf(generation), data => {
        assert.deepEqual(flat(sendAll(generation, data)), flat(expected(generation, data)))
      }),
      runs,
    )
  })
}

test('data of the long family survives a way through the short one', () => {
  fc.assert(
    fc.property(dataOf('xep'), fc.constantFrom<Generation>('ieee', 'nf', 'nfi'), (data, between) => {
      const once = sendAll('xep', data)
      const back = sendAll('xep', sendAll(between, once))
      assert.deepEqual(flat(back), flat(once))
    }),
    runs,
  )
})

const request: fc.Arbitrary<ReadoutRequest> = record({
  generation: fc.constantFrom(...generations),
  id: fc.nat(2 ** 31 - 1).map(String),
  nodes: fc.array(node, { maxLength: 3 }).map(nodes => nodes.filter(one => one !== undefined)),
  fields: fc.array(text, { maxLength: 3 }),
  categories: fc.subarray([...fieldCategories]),
  periods: fc.subarray([...historyPeriods]),
  all: fc.boolean(),
  from: fc.option(time, { nil: undefined }),
  to: fc.option(time, { nil: undefined }),
  when: fc.option(time, { nil: undefined }),
  tokens: fc.constantFrom(
    { service: [], device: [], user: [] },
    { service: ['a', 'b'], device: ['c'], user: [] },
  ),
})

test('a request survives every generation except for distances of history in the short family', () => {
  fc.assert(
    fc.property(request, asked => {
      const format = sensorData(asked.generation)
      const isHistorical = asked.categories.includes('historical')
      const periods = isHistorical && format.family === 'long' ? asked.periods : []
      const sent = { ...asked, periods: isHistorical ? asked.periods : [] }
      assert.deepEqual(overTheWire(format.request, sent), { ...asked, periods })
    }),
    runs,
  )
})

test('whatever attributes a value has, reading ends with a field or a count', () => {
  const attribute = fc.tuple(fc.constantFrom('n', 'v', 'u', 't', 'm', 'h', 'loc', 'lns', 'ctr', 'ar'), text)
  const child = fc
    .tuple(
      fc.constantFrom(...'b d dt dr e i l q s t err x zz'.split(' ')),
      fc.array(attribute, { maxLength: 5 }),
    )
    .map(([tag, attributes]) => el('urn:nf:iot:sd:1.0', tag, Object.fromEntries(attributes)))
  fc.assert(
    fc.property(fc.array(child, { maxLength: 8 }), children => {
      const ts = el('urn:nf:iot:sd:1.0', 'ts', { v: '2024-01-01T00:00:00Z' }, ...children)
      const read = readWire(sensorData('nf').report, el('urn:nf:iot:sd:1.0', 'resp', { id: '1' }, ts))
      assert.ok(read.kind === 'data')
      assert.equal(flat(read).length + read.skipped, children.length)
      assert.deepEqual(flat(sendAll('nf', read)), flat(read))
    }),
    runs,
  )
})

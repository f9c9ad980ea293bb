/** What our things write fits the published XML schemas of sensor data and control, as libxml2 reads them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import {
  booleanValue,
  type ControlParameter,
  control,
  controlKinds,
  controlNs,
  dateTimeValue,
  dateValue,
  durationValue,
  type EventGeneration,
  enumValue,
  events,
  eventsNs,
  type Generation,
  intValue,
  longValue,
  quantityValue,
  type SensorField,
  sensorData,
  sensorDataNs,
  stringValue,
  timestampOf,
  timeValue,
} from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { missing } from './peers.ts'

const specs = process.env['WAXWING_SPECS']
const schemas = resolve(specs ?? '', '..', 'iot-schemas')
const absent =
  specs !== undefined && existsSync(schemas)
    ? false
    : 'the schemas are not here; set WAXWING_SPECS to the folder of the specifications beside them'
const skip = absent || missing('xmllint')

/** Which schema holds a generation's format; the later ones have none of their own. */
const files: Readonly<Partial<Record<Generation, readonly [sensorData: string, control: string]>>> = {
  sn: ['xep-sn/xep-0323-v0.1-sn.xsd', 'xep-sn/xep-0325-v0.1-sn-control.xsd'],
  xep: ['xep/xep-0323-sensordata.xsd', 'xep/xep-0325-control.xsd'],
  ieee: ['ieee/SensorData.xsd', 'ieee/Control.xsd'],
}

const values = [
  booleanValue(true),
  dateValue('2026-11-21'),
  dateTimeValue('2026-11-21T12:00:00Z'),
  durationValue('PT1H'),
  enumValue('idle', 'States'),
  intValue(-5),
  longValue(9_007_199_254_740_993n),
  quantityValue('23.40', '°C'),
  stringValue('a <b>'),
  timeValue('12:30:00'),
]

const fields: readonly SensorField[] = values.map(value => ({
  name: value.kind,
  value,
  categories: ['momentary', 'status'],
  periods: [],
  quality: ['automaticReadout'],
  writable: true,
}))

const tokens = { service: ['s'], device: ['d'], user: [] }
const nodes = [{ id: 'n1', source: 'plant' }]

function sensorStanzas(generation: Generation): readonly string[] {
  const format = sensorData(generation)
  const { request, report, cancel } = format
  const time = timestampOf(new Date('2026-11-21T12:00:00Z'))
  const data = {
    kind: 'data',
    generation,
    id: '17',
    parts: [
      { kind: 'fields', node: { id: 'n1' }, time, fields },
      { kind: 'error', node: { id: 'n2' }, time, text: 'The wire is cut' },
    ],
    last: true,
    skipped: 0,
  } as const
  const question = {
    generation,
    id: '17',
    nodes,
    fields: ['Temperature'],
    categories: ['momentary', 'peak', 'identity'],
    periods: [],
    all: false,
    from: time,
    to: time,
    tokens,
  } as const
  return [
    writeWire(request, question),
    // In `sn` nothing could be cancelled when its schema was written.
    ...(generation === 'sn' ? [] : [writeWire(cancel, { generation, id: '17' })]),
    writeWire(report, { kind: 'accepted', generation, id: '17', queued: true }),
    ...format.pieces(data).map(piece => writeWire(report, piece)),
  ]
}

const texts: Readonly<Record<(typeof controlKinds)[number], string>> = {
  boolean: 'true',
  color: '3399FF',
  date: '2026-11-21',
  dateTime: '2026-11-21T12:00:00',
  double: '8.192',
  duration: 'PT3M30S',
  enum: 'auto',
  int: '50000',
  long: '500000000000000',
  string: 'a <b>',
  time: '08:00:00',
}

function controlStanzas(generation: Generation): readonly string[] {
  const { set, answer, getForm, form } = control(generation)
  const parameters = controlKinds.map(
    (kind): ControlParameter => ({ name: kind, kind, text: texts[kind], dataType: 'Modes' }),
  )
  const formSet = { generation, nodes: [], tokens, parameters: [], form: { type: 'submit' } } as const
  const stanzas = [
    writeWire(set, { generation, nodes, tokens, parameters }),
    writeWire(set, formSet),
    writeWire(answer, { generation, nodes, parameters: ['int'], outcome: 'OK', faults: [] }),
    writeWire(getForm, { generation, nodes, tokens }),
  ]
  // Elsewhere the form itself is the answer.
  if (generation !== 'sn') return stanzas
  return [...stanzas, writeWire(form, { generation, outcome: 'OK', form: { type: 'form' } })]
}

function eventStanzas(generation: EventGeneration): readonly string[] {
  const { subscribe, unsubscribe } = events(generation)
  const asked = {
    generation,
    id: '17',
    nodes,
    fields: [
      { name: 'Temperature', known: 20.5, up: 1, down: 0.5 },
      { name: 'Door', by: 1 },
    ],
    categories: ['momentary', 'historical'],
    periods: [],
    all: false,
    maxAge: { isNegative: false, years: 0, months: 1, days: 0, hours: 0, minutes: 0, seconds: 0 },
    minIntervalMs: 100,
    maxIntervalMs: 60_000,
    tokens,
    now: true,
  } as const
  return [writeWire(subscribe, asked), writeWire(unsubscribe, { generation, id: '17' })]
}

/** Forms are somebody else's schema: anything will do. */
const anyForm = `<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='jabber:x:data'>
  <xs:element name='x'><xs:complexType><xs:sequence>
    <xs:any minOccurs='0' maxOccurs='unbounded' processContents='lax'/>
  </xs:sequence><xs:anyAttribute processContents='lax'/></xs:complexType></xs:element>
</xs:schema>`

/**
 * Patterns of XML Schema are anchored by themselves: `^` and `$` would stand for these characters. And the schema of
 * IEEE 1451.99 would allow one parameter in a command, while its text sets several.
 */
function mended(schema: string): string {
  return schema
    .replace("<xs:choice minOccurs='0'>", "<xs:choice minOccurs='0' maxOccurs='unbounded'>")
    .replaceAll(/(<xs:pattern value=['"])\^([^'"]*)\$/g, '$1$2')
}

/** A schema: its namespace and file. */
type Schema = readonly [ns: string, file: string]

/** @param schemasOf the stanzas' schema behind those it refers to */
function validate(schemasOf: readonly Schema[], stanzas: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'waxwing-xsd-'))
  try {
    writeFileSync(join(folder, 'form.xsd'), anyForm)
    const imports = schemasOf.map(([ns, file], index) => {
      writeFileSync(join(folder, `${index}.xsd`), mended(readFileSync(join(schemas, file), 'utf8')))
      return `<xs:import namespace='${ns}' schemaLocation='${index}.xsd'/>`
    })
    const all = `<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>
      <xs:import namespace='jabber:x:data' schemaLocation='form.xsd'/>${imports.join('')}</xs:schema>`
    writeFileSync(join(folder, 'all.xsd'), all)
    for (const stanza of stanzas) {
      const options = { input: stanza, encoding: 'utf8' } as const
      const { status, stderr } = spawnSync(
        'xmllint',
        ['--noout', '--schema', join(folder, 'all.xsd'), '-'],
        options,
      )
      assert.equal(status, 0, `${stanza}\n${stderr}`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

for (const generation of ['sn', 'xep', 'ieee'] as const) {
  const [sensorSchema = '', controlSchema = ''] = files[generation] ?? []
  test(`sensor data in ${generation} fits its schema`, { skip }, () => {
    validate([[sensorDataNs(generation), sensorSchema]], sensorStanzas(generation))
  })
  test(`control in ${generation} fits its schema`, { skip }, () => {
    validate([[controlNs(generation), controlSchema]], controlStanzas(generation))
  })
}

const eventFiles = { xep: 'proto-xep/inbox-iot-events.xsd', ieee: 'ieee/EventSubscription.xsd' } as const
for (const generation of ['xep', 'ieee'] as const)
  test(`subscriptions in ${generation} fit their schema`, { skip }, () => {
    const [sensorSchema = ''] = files[generation] ?? []
    const own = [eventsNs(generation), eventFiles[generation]] as const
    validate([[sensorDataNs(generation), sensorSchema], own], eventStanzas(generation))
  })

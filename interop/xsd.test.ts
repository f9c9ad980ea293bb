/** What our things write fits the published XML schemas of sensor data and control, as libxml2 reads them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import {
  askedVerbs,
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
  numberOperators,
  ownerNs,
  type ProvenGeneration,
  provisioning,
  provisioningNs,
  provisioningOwner,
  provisioningServices,
  provisioningTokens,
  quantityValue,
  type RegistryGeneration,
  type RuleOrigin,
  registry,
  registryNs,
  type SearchCondition,
  type SensorField,
  type ServiceGeneration,
  sensorData,
  sensorDataNs,
  stringValue,
  textOperators,
  timestampOf,
  timeValue,
  tokensNs,
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

function serviceStanzas(generation: ServiceGeneration): readonly string[] {
  const format = provisioningServices(generation)
  const user = { serviceToken: 's', userToken: 'u' }
  const credentials = [
    { type: 'jid', value: 'ann@example.org' },
    { type: 'ip4', value: '10.0.0.1' },
    { type: 'x509Certificate', value: 'AAEC' },
    { type: 'longitude', value: '12.5' },
    { type: 'protocol', value: 'HTTPS' },
  ]
  return [
    writeWire(format.canAccess, { serviceToken: 's', credentials }),
    writeWire(format.accessAnswer, { result: true, userToken: 'u' }),
    writeWire(format.userLoggedIn, { ...user, userName: 'Kermit' }),
    writeWire(format.hasPrivilege, { ...user, privilege: 'Sensors.View' }),
    writeWire(format.privilegeAnswer, true),
    writeWire(format.downloadPrivileges, user),
    writeWire(format.privileges, [{ effect: 'include', privilege: 'Sensors' }]),
  ]
}

function provisioningStanzas(generation: ServiceGeneration | 'ieee'): readonly string[] {
  const format = provisioning(generation)
  const jid = parseJid('ann@example.org')
  const asked = {
    generation,
    jid,
    nodes,
    fields: ['Temperature'],
    categories: ['momentary', 'historical'],
    periods: [],
    all: false,
  } as const
  const set = { generation, jid, nodes, parameters: ['Output'] }
  return [
    writeWire(format.isFriend, { generation, jid }),
    writeWire(format.friendAnswer, { generation, jid, result: true, secondaryTrust: false }),
    writeWire(format.friend, { generation, jid }),
    writeWire(format.unfriend, { generation, jid }),
    writeWire(format.canRead, { ...asked, tokens }),
    writeWire(format.readAnswer, { ...asked, result: true }),
    writeWire(format.canControl, { ...set, tokens }),
    writeWire(format.controlAnswer, { ...set, result: false }),
    writeWire(format.clearCache, { generation }),
    ...(generation === 'ieee'
      ? []
      : [writeWire(format.cacheCleared, { generation }), ...serviceStanzas(generation)]),
  ]
}

function tokenStanzas(generation: ProvenGeneration): readonly string[] {
  const format = provisioningTokens(generation)
  const data = new Uint8Array([1, 2, 3])
  return [
    writeWire(format.getToken, data),
    writeWire(format.puzzle, { number: 1, data }),
    writeWire(format.solution, { number: 1, data }),
    writeWire(format.token, 'provisioning.example.org:abc'),
    writeWire(format.challenge, { token: 'abc', data }),
    writeWire(format.challengeAnswer, data),
    ...(generation === 'xep'
      ? []
      : [writeWire(format.getCertificate, 'abc'), writeWire(format.certificate, data)]),
  ]
}

const provisioningFiles = {
  sn: 'xep-sn/xep-0324-v0.1-sn-provisioning.xsd',
  xep: 'xep/xep-0324-provisioning.xsd',
  ieee: 'ieee/ProvisioningDevice.xsd',
} as const
for (const generation of ['sn', 'xep', 'ieee'] as const)
  test(`provisioning in ${generation} fits its schema`, { skip }, () => {
    const [sensorSchema = ''] = files[generation] ?? []
    const own = [provisioningNs(generation), provisioningFiles[generation]] as const
    validate([[sensorDataNs(generation), sensorSchema], own], provisioningStanzas(generation))
  })

test('tokens fit their schemas', { skip }, () => {
  const own = [provisioningNs('xep'), provisioningFiles.xep] as const
  validate([[sensorDataNs('xep'), 'xep/xep-0323-sensordata.xsd'], own], tokenStanzas('xep'))
  validate([[tokensNs('ieee'), 'ieee/ProvisioningTokens.xsd']], tokenStanzas('ieee'))
})

function ownerStanzas(): readonly string[] {
  const { questions, answers, clearCache, deleteRules } = provisioningOwner('ieee')
  const [thing, caller] = [parseJid('lamp@example.org'), parseJid('ann@example.org')]
  const about = { generation: 'ieee', key: 'K', thing, caller } as const
  const named = { ...about, nodes, names: ['Output'], categories: ['momentary'], all: false, tokens } as const
  const said = { ...about, nodes, result: true, partial: { names: ['Output'], categories: [] } } as const
  const origins: readonly RuleOrigin[] = [
    ...(['caller', 'domain', 'everyone'] as const).map(kind => ({ kind })),
    ...(['service', 'device', 'user'] as const).map(kind => ({ kind, token: 'T' })),
  ]
  return [
    ...askedVerbs.map(verb => writeWire(questions[verb], named)),
    ...origins.flatMap(origin => [
      writeWire(answers.read, { ...said, origin }),
      writeWire(answers.control, { ...said, origin }),
      ...('token' in origin ? [] : [writeWire(answers.befriend, { ...said, origin })]),
    ]),
    writeWire(clearCache, { thing }),
    writeWire(deleteRules, { thing, node: { id: 'n1', source: 'plant', partition: 'p' } }),
  ]
}

test('questions to owners and their answers fit their schema', { skip }, () => {
  const sensors = [sensorDataNs('ieee'), 'ieee/SensorData.xsd'] as const
  validate([sensors, [ownerNs('ieee'), 'ieee/ProvisioningOwner.xsd']], ownerStanzas())
})

function registryStanzas(generation: RegistryGeneration): readonly string[] {
  const format = registry(generation)
  const jid = parseJid('lamp@example.org')
  const node = { id: 'n1', source: 'plant', partition: 'p' }
  const tags = [
    { kind: 'str', name: 'SN', value: '4711' },
    { kind: 'num', name: 'V', value: 1.5 },
  ] as const
  const text = { name: 'SN', value: 'a' }
  const range = { name: 'SN', minIncluded: true, maxIncluded: false }
  const conditions: readonly SearchCondition[] = [
    // The schema of XEP-0347 knows no regular expressions.
    ...textOperators
      .filter(kind => generation !== 'xep' || kind !== 'strRegEx')
      .map((kind): SearchCondition => ({ kind, ...text })),
    ...numberOperators.map((kind): SearchCondition => ({ kind, name: 'V', value: -1.5 })),
    { kind: 'strMask', ...text, wildcard: '*' },
    { kind: 'strRange', ...range, min: 'a', max: 'b' },
    { kind: 'strNRange', ...range, min: 'a', max: 'b' },
    { kind: 'numRange', ...range, min: 1, max: 2 },
    { kind: 'numNRange', ...range, min: 1, max: 2 },
  ]
  return [
    writeWire(format.register, { node, selfOwned: true, tags }),
    writeWire(format.register, { selfOwned: false, tags }),
    writeWire(format.claim, { isPublic: false, tags }),
    writeWire(format.update, { jid, node, tags }),
    writeWire(format.unregister, {}),
    writeWire(format.remove, { jid, node }),
    writeWire(format.disown, { jid }),
    writeWire(format.claimed, { jid, node, isPublic: true }),
    writeWire(format.removed, { node }),
    writeWire(format.disowned, {}),
    writeWire(format.search, { offset: 20, maxCount: 10, conditions }),
    writeWire(format.found, {
      more: true,
      things: [
        { jid, node, tags },
        { jid, owner: jid, tags: [] },
      ],
    }),
  ]
}

const registryFiles = { xep: 'xep/xep-0347-discovery.xsd', ieee: 'ieee/Discovery.xsd' } as const
for (const generation of ['xep', 'ieee'] as const)
  test(`what is said with registries in ${generation} fits its schema`, { skip }, () => {
    validate([[registryNs(generation), registryFiles[generation]]], registryStanzas(generation))
  })

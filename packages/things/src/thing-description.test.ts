import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseXmppUri } from '@waxwing/jid'
import {
  bool,
  color,
  type DescribeOptions,
  date,
  dateTime,
  describe,
  duration,
  enumeration,
  int,
  long,
  quantity,
  string,
  type ThingOptions,
  thing,
  time,
} from './index.ts'
import { Town } from './stations.test.ts'

const thingJid = 'device@example.org/amr'

/** Describes a thing, as JSON gives it. */
async function described(
  options: ThingOptions,
  asked: DescribeOptions = {},
): Promise<Record<string, unknown>> {
  const town = new Town()
  const device = town.station(thingJid)
  const client = town.station('client@example.org/app')
  device.contacts.add('client@example.org')
  town.introduce()
  thing(device, options)
  const describing = describe(client, 'device@example.org', asked)
  describing.catch(() => {})
  await town.clock.advance(100)
  const parsed: unknown = JSON.parse(JSON.stringify(await describing))
  return record(parsed)
}

function record(value: unknown, what = 'an object'): Record<string, unknown> {
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), what)
  return value as Record<string, unknown>
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

const operations = {
  properties: ['readproperty', 'writeproperty', 'observeproperty', 'unobserveproperty'],
  actions: ['invokeaction', 'queryaction', 'cancelaction'],
  events: ['subscribeevent', 'unsubscribeevent'],
} as const

const schemaTypes = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']
const schemes = ['nosec', 'auto', 'combo', 'basic', 'digest', 'apikey', 'bearer', 'psk', 'oauth2']

/** What TD 1.1 demands of a schema (§5.3.2). */
function checkSchema(schema: Record<string, unknown>): void {
  if (schema['type'] !== undefined) assert.ok(schemaTypes.some(one => one === schema['type']))
  if (schema['unit'] !== undefined) assert.equal(typeof schema['unit'], 'string')
  if (schema['enum'] !== undefined) {
    const values = list(schema['enum'])
    assert.ok(values.length > 0 && new Set(values).size === values.length)
  }
  for (const word of ['minimum', 'maximum'])
    if (schema[word] !== undefined)
      assert.ok(Number.isFinite(schema[word]) && ['number', 'integer'].some(one => one === schema['type']))
  for (const word of ['readOnly', 'writeOnly'])
    if (schema[word] !== undefined) assert.equal(typeof schema[word], 'boolean')
  assert.ok(schema['readOnly'] !== true || schema['writeOnly'] !== true)
  for (const one of Object.values(record(schema['properties'] ?? {}))) checkSchema(record(one))
}

/** What TD 1.1 demands of a description (§5.2, §5.3, §8.1): mandatory members, and what they may hold. */
function check(td: Record<string, unknown>): void {
  const contexts = list(td['@context'])
  assert.equal(contexts[0], 'https://www.w3.org/2022/wot/td/v1.1', 'the context comes first (§5.3.1.1)')
  for (const one of contexts.slice(1)) assert.ok(typeof one === 'string' || record(one))
  const prefixes = Object.keys(record(contexts[1] ?? {}))
  assert.equal(typeof td['title'], 'string')
  assert.ok(URL.canParse(String(td['id'])), 'the id is a URI')
  const definitions = record(td['securityDefinitions'])
  assert.ok(Object.keys(definitions).length > 0)
  for (const one of Object.values(definitions)) assert.ok(schemes.includes(String(record(one)['scheme'])))
  const security = list(td['security'])
  assert.ok(security.length > 0)
  for (const name of security) assert.ok(Object.hasOwn(definitions, String(name)), 'security is defined')
  for (const [kind, allowed] of Object.entries(operations))
    for (const [name, given] of Object.entries(record(td[kind] ?? {}))) {
      const affordance = record(given)
      checkAffordance(`${kind} ${name}`, affordance, allowed, prefixes)
      if (kind === 'properties') checkProperty(affordance)
      else for (const word of ['input', 'data', 'subscription']) checkSchema(record(affordance[word] ?? {}))
      for (const word of ['safe', 'idempotent'])
        if (kind === 'actions') assert.equal(typeof affordance[word], 'boolean')
    }
}

function opsOf(affordance: Record<string, unknown>): readonly string[] {
  return list(affordance['forms']).flatMap(form => list(record(form)['op']).map(String))
}

function checkAffordance(
  what: string,
  affordance: Record<string, unknown>,
  allowed: readonly string[],
  prefixes: readonly string[],
): void {
  const forms = list(affordance['forms'])
  assert.ok(forms.length > 0, `${what} has a form`)
  for (const one of forms) {
    const form = record(one)
    assert.doesNotThrow(() => parseXmppUri(String(form['href'])), `${what} leads somewhere`)
    assert.match(String(form['contentType']), /^\w+\/[\w.+-]+$/)
    assert.equal(typeof form['subprotocol'], 'string')
    assert.notEqual(form['subprotocol'], '')
    for (const member of Object.keys(form).filter(key => key.includes(':')))
      assert.ok(prefixes.includes(member.split(':')[0] ?? ''), `${member} has its context`)
  }
  for (const op of opsOf(affordance)) assert.ok(allowed.includes(op), `${what}: ${op}`)
}

function checkProperty(property: Record<string, unknown>): void {
  checkSchema(property)
  assert.equal(typeof property['observable'], 'boolean')
  const ops = opsOf(property)
  assert.equal(ops.includes('readproperty'), property['writeOnly'] !== true)
  assert.equal(ops.includes('writeproperty'), property['readOnly'] !== true)
  assert.equal(ops.includes('observeproperty'), property['observable'])
}

const fields: ThingOptions['fields'] = {
  Temperature: quantity('°C', { read: () => 21.5 }),
  Setpoint: quantity('°C', {
    read: () => 20,
    write: () => undefined,
    min: 5,
    max: 30,
    label: 'Wanted temperature',
    description: 'What the room shall be heated to.',
  }),
  Mode: enumeration('Mode', {
    read: () => 'Eco',
    write: () => undefined,
    options: { Eco: 'Saving', Full: 'All' },
  }),
  Light: color({ read: () => 'ff8800', write: () => undefined }),
  On: bool({ read: () => true, write: () => undefined }),
  Serial: string({ read: () => 'A1', categories: ['identity'] }),
  Count: int({ read: () => 1 }),
  Total: long({ read: () => 1n }),
  Day: date({ read: () => '2024-02-29' }),
  At: dateTime({ read: () => '2024-02-29T00:00:00Z' }),
  For: duration({ read: () => 'PT5M' }),
  Time: time({ read: () => '06:30:00' }),
  Hidden: quantity('V', { read: () => undefined, write: () => undefined }),
}

test('every thing has a description that keeps the rules (TD 1.1 §5.3)', async () => {
  const td = await described({ fields, mayControl: () => 'all' })
  check(td)
  const properties = record(td['properties'])
  assert.deepEqual(Object.keys(properties), Object.keys(fields))
  assert.deepEqual(properties['Setpoint'], {
    type: 'number',
    title: 'Wanted temperature',
    description: 'What the room shall be heated to.',
    minimum: 5,
    maximum: 30,
    unit: '°C',
    readOnly: false,
    observable: true,
    forms: [
      ['urn:nf:iot:sd:1.0', 'readproperty'],
      ['urn:nf:iot:ctr:1.0', 'writeproperty'],
      ['urn:nf:iot:events:1.0', ['observeproperty', 'unobserveproperty']],
    ].map(([subprotocol, op]) => ({
      href: 'xmpp:device@example.org',
      contentType: 'application/xml',
      subprotocol,
      op,
      'xmpp:name': 'Setpoint',
    })),
  })
  assert.deepEqual(record(properties['Mode'])['enum'], ['Eco', 'Full'])
  assert.match(String(record(properties['Light'])['pattern']), /0-9A-Fa-f/)
  assert.deepEqual(
    [record(properties['Serial'])['readOnly'], record(properties['Serial'])['observable']],
    [true, false],
  )
  assert.deepEqual(
    [record(properties['Hidden'])['writeOnly'], opsOf(record(properties['Hidden']))],
    [true, ['writeproperty']],
  )
  const { type, format } = record(properties['For'])
  assert.deepEqual([type, format], ['string', 'duration'])
  const input = record(record(record(td['actions'])['set'])['input'])
  assert.deepEqual(Object.keys(record(input['properties'])), ['Setpoint', 'Mode', 'Light', 'On', 'Hidden'])
  assert.ok(record(td['events'])['Temperature'])
  assert.deepEqual([td['id'], td['title']], ['xmpp:device@example.org', 'device'])
})

test('who may not set anything sees what can be read; old things have no events', async () => {
  const td = await described({ fields, generations: ['sn'] })
  check(td)
  assert.deepEqual([td['actions'], td['events']], [{}, {}])
  for (const property of Object.values(record(td['properties'])))
    assert.equal(record(property)['readOnly'], true)
})

test('a node is a thing of its own, by the address of the one before it', async () => {
  const nodes = [
    { id: 'boiler 1', source: 'bus', fields: { Temperature: quantity('°C', { read: () => 60 }) } },
  ]
  const td = await described({ nodes }, { node: { id: 'boiler 1', source: 'bus' }, title: 'Boiler' })
  check(td)
  assert.deepEqual([td['id'], td['title']], ['xmpp:device@example.org#boiler%201/bus', 'Boiler'])
  const [form] = list(record(record(td['properties'])['Temperature'])['forms'])
  assert.deepEqual(record(form)['xmpp:node'], { id: 'boiler 1', source: 'bus' })
})

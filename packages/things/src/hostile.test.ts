/** Broken and hostile requests for sensor data, events and control: the error that answers them, and that nothing happens. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlNs, DYNAMIC_FORMS_NS, eventsNs, sensorDataNs } from '@waxwing/protocol'
import { el, writeElement } from '@waxwing/xml'
import * as fc from 'fast-check'
import { bool, color, date, int, long, quantity, string, type Thing, thing } from './index.ts'
import { type Station, Town } from './stations.test.ts'

const device = 'plant@example.org/x'

interface Scene {
  readonly town: Town
  readonly client: Station
  readonly served: Thing
  /** What was read and written. */
  readonly done: string[]
}

function scene(): Scene {
  const town = new Town()
  const station = town.station(device)
  const client = town.station('mallory@example.org/y')
  station.contacts.add('mallory@example.org')
  town.introduce()
  const done: string[] = []
  const noted = <T>(name: string, value: T): { read(): T; write(value: unknown): void } => ({
    read: () => {
      done.push(`read ${name}`)
      return value
    },
    write: value => void done.push(`${name} = ${String(value)}`),
  })
  const fields = {
    On: bool(noted('On', true)),
    Level: int({ min: 0, max: 100, ...noted('Level', 1) }),
    Count: long({ min: 0, ...noted('Count', 1n) }),
    Power: quantity('W', { max: 20, ...noted('Power', 1) }),
    Colour: color(noted('Colour', '3399FF')),
    Day: date({ read: () => '2026-11-21', write: () => void done.push('Day') }),
    Mode: string({ options: ['auto', 'off'], ...noted('Mode', 'off') }),
  }
  const served = thing(station, { mayControl: () => 'all', fields, nodes: [{ id: 'n1', fields }] })
  return { town, client, served, done }
}

type Row = readonly [what: string, payload: string, condition: string]

function refuses(about: string, type: 'get' | 'set', rows: readonly Row[]): void {
  for (const [what, payload, condition] of rows)
    test(`${about}: ${what} is refused with ${condition}, and nothing happens`, async () => {
      const { client, served, done, town } = scene()
      await assert.rejects(client.ask(type, device, payload, 'i'), { condition })
      await town.clock.advance(120_000)
      assert.deepEqual([done, client.received, town.faults], [[], [], []])
      assert.deepEqual([served.running, served.queued, served.subscriptions], [0, 0, 0])
      assert.equal(town.clock.pending, 0)
    })
}

const req = (attributes: string, inside = ''): string =>
  `<req xmlns="${sensorDataNs('xep')}" ${attributes}>${inside}</req>`
const shortReq = (attributes: string, inside = ''): string =>
  `<req xmlns="${sensorDataNs('nf')}" ${attributes}>${inside}</req>`
const long1001 = (one: string): string => one.repeat(1_001)

refuses('sensor data', 'get', [
  ['a request without a number', req('momentary="true"'), 'bad-request'],
  ['a request without an id', shortReq('m="true"'), 'bad-request'],
  ['a time that is none', shortReq('id="1" h="true" from="yesterday"'), 'bad-request'],
  ['a day in no calendar', shortReq('id="1" h="true" from="2026-02-30T00:00:00Z"'), 'bad-request'],
  [
    'a window that ends before it begins',
    req('seqnr="1" historical="true" from="2024-06-01T00:00:00Z" to="2024-05-01T00:00:00Z"'),
    'bad-request',
  ],
  ['a time in eight days', req('seqnr="1" momentary="true" when="2024-06-09T13:00:00Z"'), 'bad-request'],
  ['a thousand years ahead', shortReq('id="1" m="true" when="3024-06-01T00:00:00Z"'), 'bad-request'],
  ['a node nobody knows', req('seqnr="1" momentary="true"', '<node nodeId="x"/>'), 'item-not-found'],
  ['a node without an id', shortReq('id="1" m="true"', '<nd/>'), 'bad-request'],
  ['a node named as an inherited one', shortReq('id="1" m="true"', '<nd id="__proto__"/>'), 'item-not-found'],
  ['a known node and another', shortReq('id="1" m="true"', '<nd id="n1"/><nd id="x"/>'), 'item-not-found'],
  ['1,001 nodes', shortReq('id="1" m="true"', long1001('<nd id="n1"/>')), 'bad-request'],
  ['1,001 fields', req('seqnr="1" momentary="true"', long1001('<field name="On"/>')), 'bad-request'],
  ['tokens beyond measure', shortReq(`id="1" m="true" st="${'t'.repeat(5_000)}"`), 'bad-request'],
])

const sub = (attributes: string, inside = ''): string =>
  `<subscribe xmlns="${eventsNs('nf')}" ${attributes}>${inside}</subscribe>`
const field = (attributes: string): string => sub('id="1" m="true"', `<f n="Level" ${attributes}/>`)

refuses('events', 'set', [
  ['a subscription without an id', sub('m="true"'), 'bad-request'],
  ['a threshold of nothing', field('by="0"'), 'bad-request'],
  ['a threshold below nothing', field('up="-1"'), 'bad-request'],
  ['a threshold without end', field('dn="INF"'), 'bad-request'],
  ['a threshold that is no number', field('by="NaN"'), 'bad-request'],
  ['a threshold in words', field('by="much"'), 'bad-request'],
  ['a known value that is no number', field('v="x" by="1"'), 'bad-request'],
  ['a shortest interval above the longest', sub('id="1" minInt="PT2S" maxInt="PT1S"'), 'bad-request'],
  ['events that follow too fast', sub('id="1" minInt="PT0.01S"'), 'bad-request'],
  ['an interval that is none', sub('id="1" maxInt="soon"'), 'bad-request'],
  ['an interval below nothing', sub('id="1" maxInt="-PT1S"'), 'bad-request'],
  ['an event every millisecond', sub('id="1" maxInt="PT0.001S"'), 'bad-request'],
  ['an interval of nothing', sub('id="1" maxInt="PT0S"'), 'bad-request'],
  ['a node nobody knows', sub('id="1"', '<nd id="x"/>'), 'item-not-found'],
  ['1,001 fields', sub('id="1"', long1001('<f n="On"/>')), 'bad-request'],
])

const set = (inside: string, attributes = ''): string =>
  `<set xmlns="${controlNs('xep')}" ${attributes}>${inside}</set>`
const form = (inside: string, type = 'submit'): string =>
  set(`<x xmlns="jabber:x:data" type="${type}">${inside}</x>`)
const entry = (name: string, value: string): string => `<field var="${name}"><value>${value}</value></field>`

refuses('control', 'set', [
  ['a number above its bounds', set('<int name="Level" value="101"/>'), 'bad-request'],
  ['a number below its bounds', set('<int name="Level" value="-1"/>'), 'bad-request'],
  ['a number of more than 32 bits', set('<int name="Level" value="4294967296"/>'), 'bad-request'],
  ['a number of more than 64 bits', set('<long name="Count" value="9223372036854775808"/>'), 'bad-request'],
  ['a number in words', set('<int name="Level" value="ten"/>'), 'bad-request'],
  ['a number that is none, where there are bounds', set('<double name="Power" value="NaN"/>'), 'bad-request'],
  ['a number without end', set('<double name="Power" value="INF"/>'), 'bad-request'],
  ['no value', set('<int name="Level"/>'), 'bad-request'],
  ['a command in the words of another generation', set('<i n="Level" v="1"/>'), 'bad-request'],
  ['an empty value', set('<int name="Level" value=""/>'), 'bad-request'],
  ['a switch in words', set('<boolean name="On" value="yes"/>'), 'bad-request'],
  ['a colour of seven digits', set('<color name="Colour" value="1234567"/>'), 'bad-request'],
  ['a day in no calendar', set('<date name="Day" value="2026-02-30"/>'), 'bad-request'],
  ['a word that is none of those', set('<string name="Mode" value="fast"/>'), 'bad-request'],
  ['an inherited word', set('<string name="Mode" value="constructor"/>'), 'bad-request'],
  ['another type', set('<boolean name="Level" value="true"/>'), 'bad-request'],
  [
    'one wrong value among right ones',
    set('<boolean name="On" value="true"/><int name="Level" value="500"/>'),
    'bad-request',
  ],
  ['a parameter nobody knows', set('<int name="Speed" value="1"/>'), 'item-not-found'],
  ['an inherited parameter', set('<int name="__proto__" value="1"/>'), 'item-not-found'],
  ['another inherited parameter', set('<string name="constructor" value="x"/>'), 'item-not-found'],
  ['a parameter without a name', set('<int value="1"/>'), 'bad-request'],
  ['a name without end', set(`<int name="${'n'.repeat(2_000)}" value="1"/>`), 'bad-request'],
  ['a node nobody knows', set('<node nodeId="x"/><boolean name="On" value="true"/>'), 'item-not-found'],
  [
    'a known node and another',
    set('<node nodeId="n1"/><node nodeId="x"/><boolean name="On" value="true"/>'),
    'item-not-found',
  ],
  ['a node without an id', set('<node/><boolean name="On" value="true"/>'), 'bad-request'],
  ['1,001 parameters', set(long1001('<boolean name="On" value="true"/>')), 'bad-request'],
  ['1,001 nodes', set(long1001('<node nodeId="n1"/>')), 'bad-request'],
  [
    'tokens beyond measure',
    set('<boolean name="On" value="true"/>', `userToken="${'t'.repeat(5_000)}"`),
    'bad-request',
  ],
  ['a form that was not filled in', form(entry('Level', '1'), 'form'), 'bad-request'],
  ['a form that was given up', form('', 'cancel'), 'bad-request'],
  ['a form with a wrong value', form(entry('On', '1') + entry('Level', '500')), 'bad-request'],
  ['a form with a field nobody knows', form(entry('Speed', '1')), 'item-not-found'],
  [
    'values beside a form',
    `<set xmlns="${controlNs('xep')}"><boolean name="On" value="true"/><x xmlns="jabber:x:data" type="submit">${entry('Level', '1')}</x></set>`,
    'bad-request',
  ],
])

test('a field nobody knows is no fault: nothing is told of it (XEP-0323 §3.7)', async () => {
  const { client, done } = scene()
  const answer = await client.ask(
    'get',
    device,
    shortReq('id="1" m="true"', '<f n="__proto__"/><f n="toString"/>'),
  )
  assert.doesNotMatch(answer, /<(q|s|b|i|l|err)[ >]/)
  assert.deepEqual(done, [])
})

test('a readout is cancelled while it waits for its time, while it waits for its turn, and while it runs (XEP-0323 §3.9)', async () => {
  const town = new Town()
  const station = town.station(device)
  const client = town.station('owner@example.org/y')
  station.contacts.add('owner@example.org')
  town.introduce()
  const slow = quantity('s', { read: () => new Promise<number>(() => {}) })
  const served = thing(station, { fields: { Slow: slow }, limits: { running: 1 } })
  const begin = (id: number, more = ''): Promise<string> =>
    client.ask('get', device, req(`seqnr="${id}" momentary="true" ${more}`))
  await begin(1)
  await begin(2)
  await begin(3, 'when="2024-06-02T12:00:00Z"')
  assert.deepEqual([served.running, served.queued], [1, 2])
  for (const [id, running, queued] of [
    [3, 1, 1],
    [2, 1, 0],
    [1, 0, 0],
    [1, 0, 0],
  ]) {
    await client.ask('get', device, `<cancel xmlns="${sensorDataNs('xep')}" seqnr="${id}"/>`)
    assert.deepEqual([served.running, served.queued], [running, queued])
  }
  await town.clock.advance(48 * 3_600_000)
  assert.deepEqual(
    client.received.filter(text => /fields|failure/.test(text)),
    [],
  )
})

test('a command that comes twice is done once; another one of the same id is another one', async () => {
  const { client, done, town } = scene()
  const switched = (on: boolean): string => set(`<boolean name="On" value="${on}"/>`)
  const first = await client.ask('set', device, switched(true), 'a')
  assert.equal(await client.ask('set', device, switched(true), 'a'), first)
  const written = (): readonly string[] => done.filter(one => one.includes('='))
  assert.deepEqual(written(), ['On = true'])
  await client.ask('set', device, switched(false), 'a')
  assert.deepEqual(written(), ['On = true', 'On = false'])
  await client.ask('set', device, switched(true), 'b')
  await town.clock.advance(61_000)
  await client.ask('set', device, switched(true), 'b')
  assert.deepEqual(written().slice(2), ['On = true', 'On = true'])
})

test('what was set lately is remembered, in bounds', async () => {
  const town = new Town()
  const station = town.station(device)
  const served = thing(station, {
    fields: { Level: int({ read: () => 0, write: level => assert.ok(level < 4) }) },
    limits: { logged: 3 },
  })
  const own = town.station('plant@example.org/phone')
  for (const level of [1, 2, 3, 4])
    await own.ask('set', device, set(`<int name="Level" value="${level}"/>`)).catch(() => {})
  assert.deepEqual(
    served.log.map(({ from, value, error }) => [from, value, error === undefined]),
    [
      [own.jid, '2', true],
      [own.jid, '3', true],
      [own.jid, '4', false],
    ],
  )
})

test('subscriptions of those who went away make room for those who are there', async () => {
  const town = new Town()
  const station = town.station(device)
  station.contacts.add('owner@example.org')
  const served = thing(station, {
    fields: { On: bool({ read: () => true }) },
    limits: { allSubscriptions: 2 },
  })
  const come = async (resource: string): Promise<Station> => {
    const client = town.station(`owner@example.org/${resource}`)
    town.introduce()
    await client.ask('set', device, sub('id="1" m="true"'))
    return client
  }
  const first = await come('a')
  await come('b')
  await assert.rejects(come('c'), { condition: 'resource-constraint' })
  town.leave(first)
  assert.equal(served.subscriptions, 2)
  await come('d')
  assert.equal(served.subscriptions, 2)
  await assert.rejects(come('e'), { condition: 'resource-constraint' })
})

const words = fc.oneof(
  fc.constantFrom('On', 'Level', 'Mode', 'Day', '__proto__', 'constructor', 'FORM_TYPE', 'xdd session', ''),
  fc.string({ maxLength: 20 }),
)
const entered = fc.array(
  fc.tuple(words, fc.oneof(words, fc.constantFrom('1', '-0', 'NaN', '1e999', 'P1Y'))),
  {
    maxLength: 8,
  },
)

test('a form that is sent back with anything in it is judged, and nothing is set (XEP-0336 §3.2)', async () => {
  const { client, done, town } = scene()
  const form = await client.ask('get', device, `<getForm xmlns="${controlNs('nf')}"/>`)
  const session = /<value>([0-9a-f]{32})</.exec(form)?.[1] ?? assert.fail(form)
  await fc.assert(
    fc.asyncProperty(entered, async values => {
      const fields = [['xdd session', session] as const, ...values].map(([name, value]) =>
        el('jabber:x:data', 'field', { var: clean(name) }, el('jabber:x:data', 'value', {}, clean(value))),
      )
      const filled = el('jabber:x:data', 'x', { type: 'submit' }, ...fields)
      const judged = await client.ask('set', device, writeElement(el(DYNAMIC_FORMS_NS, 'submit', {}, filled)))
      assert.match(judged, /^<x [^>]*type="form"/)
    }),
    { numRuns: 100 },
  )
  assert.deepEqual([done.filter(one => one.includes('=')), town.faults], [[], []])
})

/** What XML can hold. */
function clean(text: string): string {
  return text.replaceAll(/[^\x20-\ud7ff]/g, '')
}

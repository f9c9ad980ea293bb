import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseElement, readWire, WireError, writeWire } from '@waxwing/xml'
import { type EventGeneration, type EventSubscription, events, eventsNs } from './index.ts'

const subscription = (generation: EventGeneration): EventSubscription => ({
  generation,
  id: '5',
  nodes: [{ id: 'n1', source: undefined, partition: undefined }],
  fields: [
    { name: 'Temperature', known: 20.5, by: undefined, up: 1, down: 0.5 },
    { name: 'Door', known: undefined, by: 1, up: undefined, down: undefined },
  ],
  categories: ['momentary', 'historical'],
  periods: [],
  all: false,
  maxAge: { isNegative: false, years: 0, months: 1, days: 0, hours: 0, minutes: 0, seconds: 0 },
  minIntervalMs: 100,
  maxIntervalMs: 60_000,
  tokens: { service: [], device: ['d'], user: [] },
  now: true,
})

test('a subscription in the long family', () => {
  assert.equal(
    writeWire(events('xep').subscribe, subscription('xep')),
    '<subscribe xmlns="urn:xmpp:iot:events" seqnr="5" momentary="true" historical="true" maxAge="P1M" minInterval="PT0.1S" maxInterval="PT60S" deviceToken="d" req="true"><node nodeId="n1"/><field name="Temperature" currentValue="20.5" changedUp="1" changedDown="0.5"/><field name="Door" changedBy="1"/></subscribe>',
  )
})

test('a subscription in the short family', () => {
  assert.equal(
    writeWire(events('nf').subscribe, subscription('nf')),
    '<subscribe xmlns="urn:nf:iot:events:1.0" id="5" m="true" h="true" maxAge="P1M" minInt="PT0.1S" maxInt="PT60S" dt="d" req="true"><nd id="n1"/><f n="Temperature" v="20.5" up="1" dn="0.5"/><f n="Door" by="1"/></subscribe>',
  )
})

for (const generation of ['xep', 'ieee', 'nf', 'nfi'] as const)
  test(`what is written reads back in ${generation}`, () => {
    const { subscribe, unsubscribe } = events(generation)
    const value = subscription(generation)
    assert.deepEqual(readWire(subscribe, parseElement(writeWire(subscribe, value))), value)
    const end = { generation, id: '5' }
    assert.deepEqual(readWire(unsubscribe, parseElement(writeWire(unsubscribe, end))), end)
  })

const refused: readonly [what: string, attributes: string, field: string][] = [
  ['a threshold of zero', '', 'by="0"'],
  ['a negative threshold', '', 'up="-1"'],
  ['an endless threshold', '', 'dn="INF"'],
  ['a least interval that is the longer', 'minInt="PT2S" maxInt="PT1S"', ''],
  ['an interval in months', 'minInt="P1M"', ''],
]
for (const [what, attributes, field] of refused)
  test(`${what} is refused`, () => {
    const text = `<subscribe xmlns="${eventsNs('nf')}" id="1" ${attributes}><f n="x" ${field}/></subscribe>`
    assert.throws(() => readWire(events('nf').subscribe, parseElement(text)), WireError)
  })

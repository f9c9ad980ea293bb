import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import {
  booleanValue,
  type EventGeneration,
  enumValue,
  eventsNs,
  intValue,
  quantityValue,
  type SensorValue,
  stanzaError,
  stringValue,
  timeValue,
} from '@waxwing/protocol'
import {
  bool,
  quantity,
  type Reading,
  sample,
  type Thing,
  type ThingOptions,
  thing,
  type WatchOptions,
  watch,
} from '../index.ts'
import { type Station, settled, Town } from '../stations.test.ts'
import { isTriggered, type Known } from './event-triggers.ts'

const thingJid = 'sensor@example.org/amr'
const clientJid = 'client@example.org/app'

interface Scene {
  readonly town: Town
  readonly device: Station
  readonly client: Station
  readonly served: Thing
  readonly state: { temperature: number; door: boolean }
}

function scene(options: Partial<ThingOptions> = {}): Scene {
  const town = new Town()
  const device = town.station(thingJid)
  const client = town.station(clientJid)
  device.contacts.add('client@example.org')
  town.introduce()
  const state = { temperature: 20, door: false }
  const served = thing(device, {
    fields: {
      Temperature: quantity('°C', { read: () => state.temperature }),
      Door: bool({ read: () => state.door }),
    },
    ...options,
  })
  return { town, device, client, served, state }
}

interface Watching {
  /** What was told since the last call, in short. */
  readonly told: () => Promise<readonly string[]>
  readonly stop: () => Promise<void>
}

async function watching({ client, town }: Scene, options: WatchOptions = {}): Promise<Watching> {
  const heard: Reading[] = []
  const controller = new AbortController()
  const reading = (async () => {
    for await (const one of watch(client, thingJid, {
      generation: 'nf',
      ...options,
      signal: controller.signal,
    }))
      heard.push(one)
  })()
  reading.catch(() => {})
  await town.clock.advance(10)
  return {
    told: async () => {
      await settled()
      return heard.splice(0).map(one => (one.kind === 'error' ? `! ${one.text}` : `${one.name} ${one.text}`))
    },
    stop: async () => {
      controller.abort()
      await settled()
      await reading.catch(() => {})
    },
  }
}

const triggers: readonly [
  what: string,
  known: Known | undefined,
  now: SensorValue,
  by: object,
  told: boolean,
][] = [
  ['what is not known', undefined, intValue(1), {}, true],
  ['no change', intValue(1), intValue(1), {}, false],
  ['any change', intValue(1), intValue(2), {}, true],
  ['a change that is too small', quantityValue(20, 'C'), quantityValue(20.4, 'C'), { by: 0.5 }, false],
  [
    'a change that is large enough, down',
    quantityValue(20, 'C'),
    quantityValue(19.5, 'C'),
    { by: 0.5 },
    true,
  ],
  ['up when up is wanted', intValue(1), intValue(3), { up: 2 }, true],
  ['down when up is wanted', intValue(3), intValue(1), { up: 2 }, false],
  ['down when down is wanted', intValue(3), intValue(1), { down: 2 }, true],
  ['up and down of different sizes', intValue(3), intValue(4), { up: 1, down: 5 }, true],
  ['another unit', quantityValue(20, 'C'), quantityValue(20, 'F'), { by: 100 }, true],
  ['a switch', booleanValue(false), booleanValue(true), { up: 1 }, true],
  ['a switch the other way', booleanValue(true), booleanValue(false), { up: 1 }, false],
  ['a text moves by one', stringValue('a'), stringValue('b'), { by: 1 }, true],
  ['a text in the order of letters', enumValue('b', 'T'), enumValue('a', 'T'), { down: 1 }, true],
  ['a time in seconds', timeValue('12:00:00'), timeValue('12:00:30'), { by: 31 }, false],
  ['what stays no number', quantityValue('NaN', 'C'), quantityValue('NaN', 'C'), {}, false],
  ['a number after what was none', quantityValue('NaN', 'C'), quantityValue(20, 'C'), { by: 100 }, true],
  ['what is no number any more', quantityValue(20, 'C'), quantityValue('NaN', 'C'), { up: 100 }, true],
  ['what stays without end', quantityValue('INF', 'C'), quantityValue('INF', 'C'), {}, false],
  ['another way to write the same number', quantityValue('20', 'C'), quantityValue('20.0', 'C'), {}, false],
  ['a known number', 20, quantityValue(20.4, 'C'), { by: 0.5 }, false],
  ['a known number left behind', 20, quantityValue(20.6, 'C'), { by: 0.5 }, true],
]
for (const [what, known, now, by, told] of triggers)
  test(`${what} is ${told ? '' : 'not '}worth an event`, () => {
    assert.equal(isTriggered(by, known, now), told)
  })

for (const generation of ['xep', 'ieee', 'nf', 'nfi'] satisfies EventGeneration[])
  test(`changes are told as they come, the values of now first, in ${generation}`, async () => {
    const it = scene()
    const { told, stop } = await watching(it, { generation })
    assert.deepEqual(await told(), ['Temperature 20', 'Door false'])
    it.state.temperature = 21
    it.served.changed('Temperature')
    await it.town.clock.advance(10)
    assert.deepEqual(await told(), ['Temperature 21', 'Door false'])
    await stop()
    await it.town.clock.advance(10)
    assert.equal(it.served.subscriptions, 0)
  })

test('a thing that does not say what changes is looked at', async () => {
  const it = scene()
  const { told } = await watching(it, { fields: ['Temperature'], now: false })
  it.state.temperature = 21
  await it.town.clock.advance(1_100)
  assert.deepEqual(await told(), ['Temperature 21'])
  await it.town.clock.advance(5_000)
  assert.deepEqual(await told(), [])
})

test('small changes are gathered until they are large enough', async () => {
  const it = scene()
  const { told } = await watching(it, { fields: { Temperature: { by: 0.5 } }, now: false })
  for (const value of [20.2, 20.4]) {
    it.state.temperature = value
    await it.town.clock.advance(1_100)
  }
  assert.deepEqual(await told(), [])
  it.state.temperature = 20.6
  await it.town.clock.advance(1_100)
  assert.deepEqual(await told(), ['Temperature 20.6'])
})

test('events keep their distance, and the newest value is told in the end', async () => {
  const it = scene()
  const { told } = await watching(it, { fields: ['Temperature'], minIntervalMs: 5_000 })
  assert.deepEqual(await told(), ['Temperature 20'])
  for (const value of [21, 22, 23]) {
    it.state.temperature = value
    it.served.changed()
    await it.town.clock.advance(1_000)
  }
  assert.deepEqual(await told(), [])
  await it.town.clock.advance(3_000)
  assert.deepEqual(await told(), ['Temperature 23'])
})

test('without a change something comes after the longest interval', async () => {
  const it = scene()
  const { told } = await watching(it, { fields: ['Temperature'], maxIntervalMs: 60_000, now: false })
  await it.town.clock.advance(59_000)
  assert.deepEqual(await told(), [])
  await it.town.clock.advance(1_100)
  assert.deepEqual(await told(), ['Temperature 20'])
})

test('who is away is told when they are back', async () => {
  const it = scene()
  const { told } = await watching(it, { fields: ['Temperature'], now: false })
  it.device.sees(parseJid(clientJid), false)
  it.state.temperature = 25
  await it.town.clock.advance(5_000)
  assert.deepEqual(await told(), [])
  it.device.sees(parseJid(clientJid), true)
  await it.town.clock.advance(10)
  assert.deepEqual(await told(), ['Temperature 25'])
})

test('who may not read any more is told so, once', async () => {
  let mayRead = true
  const it = scene({ mayRead: () => (mayRead ? 'all' : 'none') })
  const { told } = await watching(it, { fields: ['Temperature'], now: false })
  mayRead = false
  it.state.temperature = 25
  await it.town.clock.advance(1_100)
  assert.deepEqual(await told(), ['! Access denied.'])
  assert.equal(it.served.subscriptions, 0)
})

test('who may not read cannot subscribe, nor faster than the thing allows', async () => {
  const stranger = scene({ mayRead: () => 'none' })
  await assert.rejects(watch(stranger.client, thingJid, { generation: 'nf' }).next(), /does not let us read/)
  const it = scene()
  await assert.rejects(watch(it.client, thingJid, { generation: 'nf', minIntervalMs: 1 }).next(), /so fast/)
})

test('a new subscription takes the place of the old one for the same nodes, and their number is bounded', async () => {
  const it = scene({
    limits: { subscriptions: 2 },
    nodes: ['a', 'b', 'c'].map(id => ({ id, fields: { Open: bool({ read: () => true }) } })),
  })
  const subscribe = (id: string, node: string): Promise<string> =>
    it.client.ask(
      'set',
      thingJid,
      `<subscribe xmlns="${eventsNs('nf')}" id="${id}"><nd id="${node}"/></subscribe>`,
    )
  for (const [id, node] of [
    ['1', 'a'],
    ['2', 'a'],
    ['3', 'b'],
  ] as const)
    await subscribe(id, node)
  assert.equal(it.served.subscriptions, 2)
  await assert.rejects(subscribe('4', 'c'), /resource-constraint|too many/)
})

test('a thing that was started anew is subscribed to again', async () => {
  const it = scene()
  const { told } = await watching(it, { fields: ['Temperature'] })
  assert.deepEqual(await told(), ['Temperature 20'])
  it.served.close()
  thing(it.device, { fields: { Temperature: quantity('°C', { read: () => 30 }) } })
  it.client.sees(parseJid(thingJid), false)
  it.client.sees(parseJid(thingJid), true)
  await it.town.clock.advance(20)
  assert.deepEqual(await told(), ['Temperature 30'])
})

test('a thing that fell silent is asked again', async () => {
  const it = scene()
  const { told } = await watching(it, { fields: ['Temperature'], maxIntervalMs: 10_000, timeoutMs: 5_000 })
  await told()
  it.served.close()
  thing(it.device, { fields: { Temperature: quantity('°C', { read: () => 30 }) } })
  await it.town.clock.advance(15_100)
  assert.deepEqual(await told(), ['Temperature 30'])
})

test('who had lost the connection subscribes anew when it is back', async () => {
  const it = scene()
  const { told, stop } = await watching(it, { fields: ['Temperature'] })
  assert.deepEqual(await told(), ['Temperature 20'])
  it.client.lose()
  it.device.sees(parseJid(clientJid), false)
  it.state.temperature = 21
  it.client.regain()
  await it.town.clock.advance(20)
  assert.deepEqual(await told(), ['Temperature 21'])
  assert.equal(it.served.subscriptions, 1)
  await stop()
})

test('a thing that comes back while its old session is asked is asked at once', async () => {
  const it = scene()
  const { told } = await watching(it, { fields: ['Temperature'] })
  await told()
  const asked: string[] = []
  it.device.script((_, { attrs }) => {
    const id = attrs.get('id') ?? ''
    if (asked.push(id) > 1) return `<accepted xmlns="urn:nf:iot:sd:1.0" id="${id}"/>`
    it.client.sees(parseJid(thingJid), true)
    throw stanzaError('service-unavailable')
  })
  it.client.lose()
  it.client.regain()
  await it.town.clock.advance(20)
  assert.equal(asked.length, 2)
})

test('an event brings the past along as far as it was asked for (events, maximum age)', async () => {
  const hour = 3_600_000
  const it = scene({
    fields: {
      Temperature: quantity('°C', {
        read: () => 20,
        history: ({ from }) =>
          [1, 2, 3, 4]
            .map(ago => sample(20 - ago, { time: new Date(Date.parse('2024-06-01T12:00:00Z') - ago * hour) }))
            .filter(({ time }) => time && from && time >= from),
      }),
    },
  })
  const wanted = { fields: ['Temperature'], types: ['momentary', 'historical'] } as const
  const maxAge = { isNegative: false, years: 0, months: 0, days: 0, hours: 2, minutes: 30, seconds: 0 }
  const aged = await watching(it, { ...wanted, maxAge })
  assert.deepEqual(await aged.told(), ['Temperature 20', 'Temperature 19', 'Temperature 18'])
  await aged.stop()
  // Without an age there is no past, however much was asked for.
  assert.deepEqual(await (await watching(it, wanted)).told(), ['Temperature 20'])
})

test('an age beyond all calendars is that of everything there is, and no fault', async () => {
  const past = [sample(7, { time: new Date('1999-01-01T00:00:00Z') })]
  const it = scene({ fields: { Temperature: quantity('°C', { read: () => 20, history: () => past }) } })
  const none = { isNegative: false, years: 0, months: 0, days: 0, hours: 0, minutes: 0, seconds: 0 }
  for (const maxAge of [
    { ...none, years: 999_999_999 },
    { ...none, days: 999_999_999 },
    { ...none, years: 9_999 },
  ]) {
    const { told, stop } = await watching(it, {
      fields: ['Temperature'],
      types: ['momentary', 'historical'],
      maxAge,
    })
    assert.deepEqual(await told(), ['Temperature 20', 'Temperature 7'])
    await stop()
  }
})

test('unsubscribing from what is not there is no fault', async () => {
  const it = scene()
  await it.client.ask('set', thingJid, `<unsubscribe xmlns="${eventsNs('nf')}" id="9"/>`)
})

test('what a thing sends beyond the subscription is left out', async () => {
  const it = scene()
  const resp = (id: string): string =>
    `<resp xmlns="urn:nf:iot:sd:1.0" id="${id}"><ts v="2024-06-01T12:00:00Z"><q n="Temperature" m="true" v="1"/><q n="Temperature" p="true" v="2"/><q n="Pressure" m="true" v="3"/><q n="Temperature" v="4"/></ts></resp>`
  it.device.script((_, payload) => resp(payload.attrs.get('id') ?? ''))
  const { told } = await watching(it, { fields: { Temperature: {} } })
  assert.deepEqual(await told(), ['Temperature 1', 'Temperature 4'])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DisconnectedError, OverflowError } from '@waxwing/client'
import { generations, sensorDataNs, stanzaError } from '@waxwing/protocol'
import { parseElement } from '@waxwing/xml'
import {
  bool,
  enumeration,
  FieldError,
  NotAuthorizedError,
  NotSupportedError,
  optional,
  quantity,
  ReadError,
  type Reading,
  type ReadOptions,
  ReadoutOverflowError,
  ReadoutTimeoutError,
  RefusedError,
  read,
  sample,
  snapshot,
  string,
  type ThingOptions,
  thing,
  UnreachableError,
} from '../index.ts'
import { type Station, settled, Town } from '../stations.test.ts'

const thingJid = 'device@example.org/amr'
const xep = 'urn:xmpp:iot:sensordata'
const nf = 'urn:nf:iot:sd:1.0'

interface Pair {
  readonly town: Town
  readonly device: Station
  readonly client: Station
}

function pair(): Pair {
  const town = new Town()
  const device = town.station(thingJid)
  const client = town.station('client@example.org/app')
  device.contacts.add('client@example.org')
  town.introduce()
  return { town, device, client }
}

function withThing(options: ThingOptions): Pair {
  const both = pair()
  thing(both.device, options)
  return both
}

/** A thing whose every answer is written by hand. */
function scripted(answer: (payload: string, id: string) => string | Promise<string>, ns = nf): Pair {
  const both = pair()
  both.device.features.add(ns)
  both.device.script((_, payload) => {
    const id = payload.attrs.get('id') ?? payload.attrs.get('seqnr') ?? ''
    return answer(payload.name, id)
  })
  return both
}

interface Outcome {
  readonly readings: readonly Reading[]
  readonly error: unknown
}

/** Reads to the end, whatever it is, while time passes. */
async function readAll({ client }: Pair, options: ReadOptions = {}, jid = thingJid): Promise<Outcome> {
  const readings: Reading[] = []
  try {
    for await (const reading of read(client, jid, options)) readings.push(reading)
    return { readings, error: undefined }
  } catch (error) {
    return { readings, error }
  }
}

async function readInTime(both: Pair, options: ReadOptions = {}, ms = 10): Promise<Outcome> {
  const reading = readAll(both, options)
  await both.town.clock.advance(ms)
  return reading
}

function texts({ readings }: Outcome): string[] {
  return readings.map(reading =>
    reading.kind === 'error' ? reading.text : `${reading.name}=${reading.text}`,
  )
}

/** A message with one boolean field. */
function data(id: string, name: string, more = false): string {
  return `<resp xmlns="${nf}" id="${id}"${more ? ' more="true"' : ''}><ts v="2024-01-01T00:00:00Z"><b n="${name}" v="1"/></ts></resp>`
}

for (const generation of generations) {
  test(`a thing is read in ${generation}, both sides together`, async () => {
    const both = withThing({
      fields: {
        Temperature: quantity('°C', { precision: 2, read: () => 23.4, writable: false }),
        Broken: bool({ read: () => Promise.reject(new ReadError('No answer.')) }),
        Mode: enumeration('Mode', { read: () => 'Idle', categories: ['status'] }),
      },
      nodes: [
        { id: 'meter', source: 'bus', fields: { Energy: quantity('kWh', { read: async () => 12345.678 }) } },
      ],
    })
    const outcome = await readInTime(both, { generation })
    assert.equal(outcome.error, undefined)
    const [temperature, broken] = outcome.readings
    assert.equal(outcome.readings.length, 2)
    assert.ok(temperature?.kind === 'quantity')
    assert.deepEqual(
      [temperature.name, temperature.value, temperature.text, temperature.unit, temperature.node],
      ['Temperature', 23.4, '23.40', '°C', undefined],
    )
    assert.deepEqual(temperature.categories, ['momentary'])
    assert.equal(temperature.writable, generation === 'sn' ? undefined : false)
    assert.equal(temperature.time.instant?.toISOString(), '2024-06-01T12:00:00.000Z')
    assert.equal(temperature.generation, generation)
    assert.ok(broken?.kind === 'error' && broken.text === 'Broken: No answer.' && broken.node === undefined)
    const ofNode = await readInTime(both, { generation, nodes: [{ id: 'meter', source: 'bus' }] })
    assert.deepEqual(texts(ofNode), ['Energy=12345.678'])
    assert.deepEqual(ofNode.readings[0]?.node, { id: 'meter', source: 'bus', partition: undefined })
    assert.equal(both.town.clock.pending, 0)
  })
}

test('a readout of 3,000 values of the past arrives whole and in order, in both families', async () => {
  const past = Array.from({ length: 3000 }, (_, i) =>
    sample(i, { time: new Date(Date.UTC(2024, 0, 1, 0, i)) }),
  )
  const both = withThing({
    fields: { T: quantity('K', { read: () => 0, period: 'minute', history: () => past }) },
  })
  for (const generation of ['nf', 'xep'] as const) {
    const outcome = await readInTime(both, { generation, types: ['historical'] })
    assert.deepEqual(
      outcome.readings.map(reading => reading.kind === 'quantity' && reading.value),
      past.map(({ value }) => value),
    )
    const first = outcome.readings[0]
    assert.ok(first?.kind === 'quantity')
    assert.deepEqual(first.periods, ['minute'])
  }
})

test('the generation is the first of the order that the thing announces', async () => {
  const both = withThing({ fields: { a: bool({ read: () => true }) } })
  const generationsOf = async (options: ReadOptions): Promise<unknown> =>
    (await readInTime(both, options)).readings[0]?.generation
  assert.equal(await generationsOf({}), 'nf')
  assert.equal(await generationsOf({ order: ['sn', 'nf'] }), 'sn')
  for (const one of generations) if (one !== 'xep') both.device.features.delete(sensorDataNs(one))
  assert.equal(await generationsOf({}), 'xep')
  both.device.features.clear()
  assert.ok((await readInTime(both)).error instanceof NotSupportedError)
})

test('a bare address is read at its available resource; without one the thing is unreachable', async () => {
  const both = withThing({ fields: { a: bool({ read: () => true }) } })
  const reading = readAll(both, {}, 'device@example.org')
  await both.town.clock.advance(10)
  assert.deepEqual(texts(await reading), ['a=true'])
  assert.ok((await readAll(both, {}, 'nobody@example.org')).error instanceof UnreachableError)
  assert.ok((await readAll(both, {}, 'nobody@example.org/x')).error instanceof UnreachableError)
})

test('refusals have types: not authorized, unreachable, refused', async () => {
  const cases = [
    ['forbidden', NotAuthorizedError],
    ['subscription-required', NotAuthorizedError],
    ['service-unavailable', UnreachableError],
    ['item-not-found', RefusedError],
    ['resource-constraint', RefusedError],
    ['feature-not-implemented', NotSupportedError],
  ] as const
  for (const [condition, type] of cases) {
    const both = scripted(() => {
      throw stanzaError(condition, 'because')
    })
    const { error } = await readInTime(both)
    assert.ok(error instanceof type, `${condition} ${String(error)}`)
    assert.match(error.message, /because/)
    assert.equal(both.town.clock.pending, 0)
  }
  const rejected = scripted(
    (_, id) => `<rejected xmlns="urn:xmpp:sn" seqnr="${id}"><error>Not now.</error></rejected>`,
    'urn:xmpp:sn',
  )
  const { error } = await readInTime(rejected)
  assert.ok(error instanceof RefusedError && /Not now\./.test(error.message))
})

test('a readout ends by done, by a last part, by a last failure, and by a separate done (XEP-0323 §3.2)', async () => {
  const time = '2024-01-01T00:00:00'
  const fields = (id: string, attributes = ''): string =>
    `<fields xmlns="${xep}" seqnr="${id}"${attributes}><node nodeId="n"><timestamp value="${time}"><boolean name="a" value="1"/></timestamp></node></fields>`
  const failure = (id: string, attributes = ''): string =>
    `<failure xmlns="${xep}" seqnr="${id}"${attributes}><error nodeId="n" timestamp="${time}">Timeout.</error></failure>`
  const endings: readonly [(id: string) => readonly string[], readonly string[]][] = [
    [id => [fields(id, ' done="true"')], ['a=true']],
    [id => [fields(id), failure(id, ' done="1"')], ['a=true', 'Timeout.']],
    [id => [fields(id), failure(id), `<done xmlns="${xep}" seqnr="${id}"/>`], ['a=true', 'Timeout.']],
    [
      id => [`<started xmlns="${xep}" seqnr="${id}"/>`, fields(id), fields(id, ' done="true"')],
      ['a=true', 'a=true'],
    ],
  ]
  for (const [messages, expected] of endings) {
    const both = scripted((_, id) => {
      for (const message of messages(id)) both.device.say(both.client.jid, message)
      return `<accepted xmlns="${xep}" seqnr="${id}"/>`
    }, xep)
    const outcome = await readInTime(both)
    assert.deepEqual([texts(outcome), outcome.error], [expected, undefined])
    assert.equal(both.town.clock.pending, 0)
  }
})

test('data that comes before the answer, or in another generation, is taken', async () => {
  const both = scripted(async (_, id) => {
    both.device.say(both.client.jid, data(id, 'a', true))
    await settled()
    both.device.say(both.client.jid, data(id, 'b').replace(nf, 'urn:nfi:iot:sd:1.0'))
    return `<accepted xmlns="urn:ieee:iot:sd:1.0" id="${id}"/>`
  }, 'urn:ieee:iot:sd:1.0')
  assert.deepEqual(texts(await readInTime(both)), ['a=true', 'b=true'])
})

test('readouts are never mixed: another sender, another id, and what is late are not heard', async () => {
  const ids: string[] = []
  const both = scripted((_, id) => {
    ids.push(id)
    return `<accepted xmlns="${nf}" id="${id}"/>`
  })
  const stranger = both.town.station('mallory@example.org/x')
  const reading = readAll(both)
  await settled()
  const [id = ''] = ids
  stranger.say(both.client.jid, data(id, 'spoofed'))
  both.device.say(both.client.jid, data('other', 'stray'))
  both.device.say(both.client.jid, data(id, 'bounced'), 'error')
  both.device.say(both.client.jid, data(id, 'mine'))
  both.device.say(both.client.jid, data(id, 'late'))
  await settled()
  assert.deepEqual(texts(await reading), ['mine=true'])
  assert.equal(both.client.received.length, 5)
})

test('what a thing sends beyond the request is left out (XEP-0323 §3.7)', async () => {
  const both = scripted(
    (_, id) => `<resp xmlns="${nf}" id="${id}">
      <ts v="2024-01-01T00:00:00Z"><b n="a" m="1" v="1"/><b n="b" m="1" v="1"/><b n="a" p="1" v="0"/></ts>
      <ts v="2023-01-01T00:00:00Z"><b n="a" m="1" v="0"/></ts><ts v="2022-01-01T00:00:00"><b n="a" v="0"/></ts></resp>`,
  )
  const outcome = await readInTime(both, {
    fields: ['a'],
    from: '2023-06-01T00:00:00Z',
    to: new Date('2024-01-01T00:00:00Z'),
  })
  assert.deepEqual(texts(outcome), ['a=true', 'a=false'])
})

test('silence ends the readout, tells how much came, and cancels (XEP-0323 §3.9)', async () => {
  const asked: string[] = []
  const both = scripted((name, id) => {
    asked.push(name)
    if (name === 'cancel') return ''
    both.device.say(both.client.jid, data(id, 'a', true))
    return `<accepted xmlns="${nf}" id="${id}"/>`
  })
  const reading = readAll(both, { timeoutMs: 5000 })
  await both.town.clock.advance(4999)
  assert.deepEqual(asked, ['req'])
  await both.town.clock.advance(1)
  const { error, readings } = await reading
  assert.ok(error instanceof ReadoutTimeoutError && error.received === 1 && readings.length === 1)
  await settled()
  assert.deepEqual(asked, ['req', 'cancel'])
  assert.equal(both.town.clock.pending, 0)
})

test('patience with a scheduled readout begins at its time', async () => {
  const both = withThing({ fields: { a: bool({ read: () => true }) } })
  const reading = readAll(both, { when: '2024-06-01T14:00:00Z', timeoutMs: 1000 })
  await both.town.clock.advance(7_199_000)
  await both.town.clock.advance(1000)
  assert.deepEqual(texts(await reading), ['a=true'])
})

test('leaving the loop cancels, with a get in the long family and a set in the short one', async () => {
  for (const [ns, verb] of [
    [xep, 'get'],
    [nf, 'set'],
  ] as const) {
    const asked: string[] = []
    const both = pair()
    both.device.features.add(ns)
    both.device.script((type, { name, attrs }) => {
      asked.push(`${type} ${name}`)
      if (name === 'cancel') return ''
      const id = attrs.get('id') ?? attrs.get('seqnr') ?? ''
      both.device.say(both.client.jid, data(id, 'a', true))
      return ns === nf ? `<accepted xmlns="${ns}" id="${id}"/>` : `<accepted xmlns="${ns}" seqnr="${id}"/>`
    })
    for await (const reading of read(both.client, thingJid)) {
      assert.equal(reading.kind, 'boolean')
      break
    }
    await settled()
    assert.deepEqual(asked, ['get req', `${verb} cancel`])
    assert.equal(both.town.clock.pending, 0)
  }
})

test('a signal ends the readout with its reason and cancels', async () => {
  const asked: string[] = []
  const both = scripted((name, id) => {
    asked.push(name)
    return name === 'cancel' ? '' : `<accepted xmlns="${nf}" id="${id}"/>`
  })
  const controller = new AbortController()
  const reading = readAll(both, { signal: controller.signal })
  await settled()
  const reason = new Error('enough')
  controller.abort(reason)
  assert.equal((await reading).error, reason)
  await settled()
  assert.deepEqual(asked, ['req', 'cancel'])
  assert.equal((await readAll(both, { signal: controller.signal })).error, reason)
})

test('a thing that goes away, and a connection that is lost, end the readout', async () => {
  const answer = (name: string, id: string): string =>
    name === 'cancel' ? '' : `<accepted xmlns="${nf}" id="${id}"/>`
  const gone = scripted(answer)
  const reading = readAll(gone)
  await settled()
  gone.town.leave(gone.device)
  assert.ok((await reading).error instanceof UnreachableError)
  const lost = scripted(answer)
  const other = readAll(lost)
  await settled()
  lost.client.lose()
  assert.ok((await other).error instanceof DisconnectedError)
  assert.equal(gone.town.clock.pending + lost.town.clock.pending, 0)
})

test('more readings than wanted, or than a slow loop takes, end the readout', async () => {
  const both = withThing({
    fields: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, bool({ read: () => true })])),
  })
  const many = await readInTime(both, { maxReadings: 5 })
  assert.ok(many.error instanceof ReadoutOverflowError)
  assert.equal(many.readings.length, 5)
  const slow = await readInTime(both, { maxWaiting: 5 })
  assert.ok(slow.error instanceof OverflowError)
})

test('ids are whole numbers of 31 bits in the long family (XEP-0323 §9)', async () => {
  const ids: string[] = []
  const both = scripted((_, id) => {
    ids.push(id)
    return `<done xmlns="${xep}" seqnr="${id}"/>`
  }, xep)
  for (let i = 0; i < 20; i++) await readInTime(both)
  for (const id of ids) assert.ok(/^[0-9]+$/.test(id) && Number(id) < 2 ** 31)
  assert.equal(new Set(ids).size, ids.length)
})

test('a snapshot gives what was declared, with types and units', async () => {
  const both = withThing({
    fields: {
      Temperature: quantity('°C', { precision: 1, read: () => 23.4 }),
      Serial: string({ read: () => 'A1', categories: ['identity'] }),
      Mode: enumeration('Mode', { read: () => 'Idle' }),
    },
  })
  const take = async <T>(taking: Promise<T>): Promise<T> => {
    // Handled at once, so that it may fail while time passes.
    taking.catch(() => {})
    await both.town.clock.advance(10)
    return taking
  }
  const { Temperature, load, Serial } = await take(
    snapshot(both.client, thingJid, {
      Temperature: quantity('°C'),
      load: optional(quantity('%')),
      Serial: string(),
      Mode: enumeration('Mode'),
    }),
  )
  const celsius: number = Temperature.value
  const serial: string = Serial.value
  assert.deepEqual([celsius, load, serial], [23.4, undefined, 'A1'])
  for (const shape of [
    { None: bool() },
    { Temperature: quantity('V') },
    { Serial: bool() },
    { Mode: enumeration('Other') },
  ]) {
    await assert.rejects(take(snapshot(both.client, thingJid, shape)), FieldError)
  }
})

test('requests are written as their options say', async () => {
  const asked: string[] = []
  const both = pair()
  both.device.features.add(nf)
  both.device.script((_, payload) => {
    const attrs = new Map(payload.attrs)
    attrs.delete('id')
    asked.push(`${[...attrs].map(([key, value]) => `${key}=${value}`).join(' ')} ${payload.children.length}`)
    return `<resp xmlns="${nf}" id="${payload.attrs.get('id') ?? ''}"/>`
  })
  await readInTime(both)
  await readInTime(both, { types: 'all', nodes: ['a', { id: 'b', source: 's' }], fields: ['x'] })
  await readInTime(both, {
    types: ['peak'],
    periods: ['hour'],
    from: '2024-01-01T00:00:00',
    tokens: { user: ['t', 'u'] },
  })
  assert.deepEqual(asked, ['m=true 0', 'all=true 3', 'p=true h=true from=2024-01-01T00:00:00 ut=t u 0'])
  assert.ok((await readAll(both, { from: 'yesterday' })).error instanceof Error)
  assert.equal(parseElement(data('1', 'a')).name, 'resp')
})

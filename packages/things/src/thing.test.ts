import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generations, StanzaError, sensorDataNs } from '@waxwing/protocol'
import { parseElement } from '@waxwing/xml'
import {
  bool,
  date,
  dateTime,
  duration,
  enumeration,
  int,
  long,
  quantity,
  ReadError,
  sample,
  string,
  type ThingOptions,
  thing,
  time,
} from './index.ts'
import { Town } from './stations.test.ts'
import { assertXml, clientJid, refused, scene, temperature, thingJid } from './thing-kit.test.ts'

test('a momentary readout is accepted and follows in a message (XEP-0323 §3.1)', async () => {
  const { town, client, device } = scene({ fields: { Temperature: temperature } })
  const answer = await client.ask(
    'get',
    thingJid,
    '<req xmlns="urn:xmpp:iot:sensordata" seqnr="1" momentary="true"/>',
  )
  assertXml(answer, '<accepted xmlns="urn:xmpp:iot:sensordata" seqnr="1"/>')
  assert.deepEqual(client.received, [])
  await town.clock.advance(1)
  assert.equal(client.received.length, 1)
  assertXml(
    client.received[0],
    `<fields xmlns="urn:xmpp:iot:sensordata" seqnr="1" done="true"><node nodeId="device"><timestamp value="2024-06-01T12:00:00Z">
      <numeric name="Temperature" momentary="true" automaticReadout="true" value="23.4" unit="°C"/></timestamp></node></fields>`,
  )
  for (const ns of generations.map(sensorDataNs)) assert.ok(device.features.has(ns))
})

test('in the short family values at hand are the answer itself (IEEE 1451.99)', async () => {
  const { client } = scene({ fields: { Temperature: temperature } })
  for (const ns of ['urn:ieee:iot:sd:1.0', 'urn:nf:iot:sd:1.0', 'urn:nfi:iot:sd:1.0']) {
    for (const type of ['get', 'set'] as const) {
      assertXml(
        await client.ask(type, thingJid, `<req xmlns="${ns}" id="x" m="true"/>`),
        `<resp xmlns="${ns}" id="x"><ts v="2024-06-01T12:00:00Z"><q n="Temperature" m="true" ar="true" v="23.4" u="°C"/></ts></resp>`,
      )
    }
  }
  assert.deepEqual(client.received, [])
})

test('every type of value has its declaration', async () => {
  const { client } = scene({
    fields: {
      a: bool({ read: () => true, writable: true }),
      b: int({ read: () => 7, categories: ['status'] }),
      c: long({ read: () => 9007199254740993n }),
      d: string({ read: () => 'text', localization: { namespace: 'N', steps: '1' } }),
      e: enumeration('Mode', { read: () => 'Idle' }),
      f: date({ read: () => ({ year: 2024, month: 2, day: 29 }) }),
      g: dateTime({ read: () => new Date('2024-01-02T03:04:05Z') }),
      h: duration({ read: () => 'PT5M' }),
      i: time({ read: () => '06:30:00' }),
      j: quantity('V', { read: () => '1.50' }),
      k: quantity('V', {
        precision: 2,
        read: async () => sample(1, { quality: ['manualReadout', 'warning'] }),
      }),
      l: quantity('V', { read: () => undefined }),
    },
  })
  assertXml(
    await client.ask('get', thingJid, '<req xmlns="urn:nf:iot:sd:1.0" id="1" all="true"/>'),
    `<resp xmlns="urn:nf:iot:sd:1.0" id="1"><ts v="2024-06-01T12:00:00Z">
      <b n="a" m="true" ar="true" ctr="true" v="true"/><i n="b" s="true" ar="true" v="7"/>
      <l n="c" m="true" ar="true" v="9007199254740993"/><s n="d" m="true" ar="true" lns="N" loc="1" v="text"/>
      <e n="e" m="true" ar="true" v="Idle" t="Mode"/><d n="f" m="true" ar="true" v="2024-02-29"/>
      <dt n="g" m="true" ar="true" v="2024-01-02T03:04:05Z"/><dr n="h" m="true" ar="true" v="PT5M"/>
      <t n="i" m="true" ar="true" v="06:30:00"/><q n="j" m="true" ar="true" v="1.50" u="V"/>
      <q n="k" m="true" mr="true" w="true" v="1.00" u="V"/></ts></resp>`,
  )
})

test('only fields asked for, by name and by category, are read (XEP-0323 §3.7)', async () => {
  const { client } = scene({
    fields: {
      Energy: quantity('MWh', { read: () => 1 }),
      Power: quantity('W', { read: () => 2 }),
      Serial: string({ categories: ['identity'], read: () => 'A1' }),
    },
  })
  const names = async (attributes: string, children = ''): Promise<string[]> => {
    const answer = await client.ask(
      'get',
      thingJid,
      `<req xmlns="urn:nf:iot:sd:1.0" id="1" ${attributes}>${children}</req>`,
    )
    return [...answer.matchAll(/n="([^"]*)"/g)].map(([, name = '']) => name)
  }
  assert.deepEqual(await names('m="true"'), ['Energy', 'Power'])
  assert.deepEqual(await names('i="true"'), ['Serial'])
  assert.deepEqual(await names(''), ['Energy', 'Power', 'Serial'])
  assert.deepEqual(await names('h="true"'), [])
  assert.deepEqual(await names('all="true"', '<f n="Power"/><f n="power"/><f n="None"/>'), ['Power'])
})

test('nodes are read by their address, and each says where it comes from (XEP-0323 §3.6)', async () => {
  const read = (value: number): ThingOptions['fields'] & object => ({
    T: quantity('K', { read: () => value }),
  })
  const { client } = scene({
    nodes: [
      { id: 'n1', source: 'bus', fields: read(1) },
      { id: 'n2', source: 'bus', partition: 'p', fields: read(2) },
    ],
  })
  assertXml(
    await client.ask(
      'get',
      thingJid,
      '<req xmlns="urn:nf:iot:sd:1.0" id="1"><nd id="n2"/><nd id="n1" src="bus"/></req>',
    ),
    `<resp xmlns="urn:nf:iot:sd:1.0" id="1">
      <nd id="n2" src="bus" pt="p"><ts v="2024-06-01T12:00:00Z"><q n="T" m="true" ar="true" v="2" u="K"/></ts></nd>
      <nd id="n1" src="bus"><ts v="2024-06-01T12:00:00Z"><q n="T" m="true" ar="true" v="1" u="K"/></ts></nd></resp>`,
  )
  const asking = (children: string): Promise<string> =>
    client.ask('get', thingJid, `<req xmlns="urn:nf:iot:sd:1.0" id="1">${children}</req>`)
  assert.equal(await refused(asking('')), 'bad-request')
  assert.equal(await refused(asking('<nd id="n1" src="other"/>')), 'item-not-found')
  assert.equal(await refused(asking('<nd id="n3"/>')), 'item-not-found')
  assert.equal(await refused(asking('<nd/>')), 'bad-request')
})

test('the own account and contacts that see us may read, others are refused (XEP-0323 §3.3)', async () => {
  const { town, device, client } = scene({ fields: { Temperature: temperature } })
  const request = '<req xmlns="urn:nf:iot:sd:1.0" id="1" m="true"/>'
  assert.match(await client.ask('get', thingJid, request), /23\.4/)
  assert.match(await town.station('device@example.org/phone').ask('get', thingJid, request), /23\.4/)
  const stranger = town.station('stranger@example.org/x')
  assert.equal(await refused(stranger.ask('get', thingJid, request)), 'forbidden')
  device.contacts.clear()
  assert.equal(await refused(client.ask('get', thingJid, request)), 'forbidden')
  const sn = '<req xmlns="urn:xmpp:sn" seqnr="9" momentary="true"/>'
  const error: unknown = await client.ask('get', thingJid, sn).catch((reason: unknown) => reason)
  assert.ok(error instanceof StanzaError && error.condition === 'forbidden')
  assert.equal(error.app?.name, 'rejected')
})

test('a partly allowed readout gives the part that is allowed (XEP-0324 §3.4)', async () => {
  const { client } = scene({
    fields: { a: quantity('', { read: () => 1 }), b: quantity('', { read: () => 2 }) },
    nodes: [{ id: 'n', fields: { a: quantity('', { read: () => 3 }) } }],
    mayRead: async ({ tokens }) =>
      tokens.user.includes('t') ? { fields: ['a'], nodes: [undefined], categories: ['momentary'] } : 'none',
  })
  const ask = (attributes: string, children = ''): Promise<string> =>
    client.ask('get', thingJid, `<req xmlns="urn:nf:iot:sd:1.0" id="1" ${attributes}>${children}</req>`)
  assert.deepEqual(
    [...(await ask('ut="t" all="true"')).matchAll(/n="(.)"/g)].map(([, name]) => name),
    ['a'],
  )
  assert.equal(await refused(ask('all="true"')), 'forbidden')
  assert.equal(await refused(ask('ut="t" h="true"')), 'forbidden')
  assert.equal(await refused(ask('ut="t"', '<f n="b"/>')), 'forbidden')
  assert.equal(await refused(ask('ut="t"', '<nd id="n"/>')), 'forbidden')
})

test('a guard that throws lets nobody read', async () => {
  const { client } = scene({
    fields: { Temperature: temperature },
    mayRead: () => {
      throw new Error('broken')
    },
  })
  const request = '<req xmlns="urn:nf:iot:sd:1.0" id="1"/>'
  assert.equal(await refused(client.ask('get', thingJid, request)), 'internal-server-error')
  assert.equal(await refused(client.ask('get', thingJid, request)), 'internal-server-error')
})

test('a window that ends before it begins, and a time too far ahead, are refused', async () => {
  const { client } = scene({ fields: { Temperature: temperature } })
  const ask = (attributes: string): Promise<string> =>
    client.ask('get', thingJid, `<req xmlns="urn:nf:iot:sd:1.0" id="1" ${attributes}/>`)
  assert.equal(await refused(ask('from="2024-06-02T00:00:00Z" to="2024-06-01T00:00:00Z"')), 'bad-request')
  assert.equal(await refused(ask('when="2024-06-08T12:00:01Z"')), 'bad-request')
  assert.equal(await refused(ask('when="noon"')), 'bad-request')
  assert.match(await ask('when="2024-05-01T00:00:00Z"'), /23\.4/)
  assert.doesNotMatch(await ask('to="2024-06-01T00:00:00Z"'), /23\.4/)
  assert.match(await ask('from="2024-06-01T12:00:00Z" to="2024-06-01T12:00:00"'), /23\.4/)
})

test('history is read for its window and its distance (XEP-0323 §3.5)', async () => {
  const hours = Array.from({ length: 5 }, (_, i) =>
    sample(20 + i, { time: new Date(Date.UTC(2024, 5, 1, 6 + i)) }),
  )
  const { town, client } = scene({
    fields: { T: quantity('K', { read: () => 30, period: 'hour', history: () => hours }) },
  })
  assertXml(
    await client.ask(
      'get',
      thingJid,
      '<req xmlns="urn:nf:iot:sd:1.0" id="1" h="true" from="2024-06-01T07:00:00Z" to="2024-06-01T08:00:00Z"/>',
    ),
    `<resp xmlns="urn:nf:iot:sd:1.0" id="1">
      <ts v="2024-06-01T07:00:00Z"><q n="T" h="true" ar="true" v="21" u="K"><x xmlns:p="urn:xmpp:iot:sensordata" p:historicalHour="true"/></q></ts>
      <ts v="2024-06-01T08:00:00Z"><q n="T" h="true" ar="true" v="22" u="K"><x xmlns:p="urn:xmpp:iot:sensordata" p:historicalHour="true"/></q></ts></resp>`,
  )
  const asked = async (attribute: string): Promise<number> => {
    client.received.length = 0
    await client.ask('get', thingJid, `<req xmlns="urn:xmpp:iot:sensordata" seqnr="1" ${attribute}="true"/>`)
    await town.clock.advance(1)
    return client.received.join().split('<numeric ').length - 1
  }
  assert.equal(await asked('historicalHour'), 5)
  assert.equal(await asked('historicalDay'), 0)
  assert.equal(await asked('all'), 6)
})

test('what fails is told beside what does not, and only in words meant for others', async () => {
  const { town, client } = scene({
    fields: {
      a: quantity('V', {
        read: () => {
          throw new ReadError('No answer from the meter.')
        },
      }),
      b: quantity('V', { read: () => Promise.reject(new Error('secret')) }),
      c: quantity('V', { read: () => 1 }),
      d: string({ read: () => '\u0000' }),
      e: quantity('V', { read: () => 'not a number' }),
    },
  })
  const answer = await client.ask('get', thingJid, '<req xmlns="urn:nf:iot:sd:1.0" id="1"/>')
  assertXml(
    answer,
    `<resp xmlns="urn:nf:iot:sd:1.0" id="1"><ts v="2024-06-01T12:00:00Z"><err>a: No answer from the meter.</err>
      <err>b: Reading failed.</err><q n="c" m="true" ar="true" v="1" u="V"/>
      <err>A value was left out: The value cannot be sent.</err><err>e: Reading failed.</err></ts></resp>`,
  )
  assert.equal(town.faults.length, 2)
  await client.ask('get', thingJid, '<req xmlns="urn:xmpp:iot:sensordata" seqnr="2"/>')
  await town.clock.advance(1)
  assert.deepEqual(
    client.received.map(text => `${parseElement(text).name} ${parseElement(text).attrs.get('done') ?? ''}`),
    ['failure ', 'fields ', 'failure true'],
  )
})

test('a closed thing answers and announces nothing', async () => {
  const town = new Town()
  const device = town.station(thingJid)
  const client = town.station(clientJid)
  device.contacts.add('client@example.org')
  const options = { fields: { Temperature: temperature }, generations: ['nf'] } as const
  const served = thing(device, options)
  assert.throws(() => thing(device, options), TypeError)
  assert.deepEqual([...device.features].sort(), ['urn:nf:iot:events:1.0', 'urn:nf:iot:sd:1.0'])
  const request = '<req xmlns="urn:nf:iot:sd:1.0" id="1"/>'
  assert.equal(
    await refused(client.ask('get', thingJid, request.replace('nf', 'ieee'))),
    'service-unavailable',
  )
  assert.match(await client.ask('get', thingJid, request), /23\.4/)
  served.close()
  assert.deepEqual([...device.features], [])
  assert.equal(await refused(client.ask('get', thingJid, request)), 'service-unavailable')
})

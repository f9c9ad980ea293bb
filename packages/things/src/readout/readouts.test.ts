/** Readouts that last: slow, shared, long, of later, cancelled, and too many. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseElement } from '@waxwing/xml'
import { bool, quantity, sample, thing } from '../index.ts'
import { settled, Town } from '../stations.test.ts'
import { assertXml, clientJid, pending, refused, scene, temperature, thingJid } from '../thing-kit.test.ts'

test('a slow value does not hold what is there, and a hanging one ends in an error', async () => {
  const slow = pending<number>()
  const { town, client } = scene({
    fields: {
      a: quantity('V', { read: () => 1 }),
      b: quantity('V', { read: () => slow.promise }),
      c: quantity('V', { read: () => pending<number>().promise }),
    },
  })
  const asking = client.ask('get', thingJid, '<req xmlns="urn:nf:iot:sd:1.0" id="1"/>')
  await town.clock.advance(100)
  assertXml(await asking, '<accepted xmlns="urn:nf:iot:sd:1.0" id="1"/>')
  await town.clock.advance(1)
  assert.match(client.received[0] ?? '', /^<resp [^>]*more="true".*n="a"/)
  slow.resolve(2)
  await town.clock.advance(100)
  assert.match(client.received[1] ?? '', /more="true".*n="b"/)
  await town.clock.advance(30_000)
  assert.match(client.received[2] ?? '', /^<resp (?!.*more).*<err>c: Timeout\.<\/err>/)
  assert.equal(client.received.length, 3)
  assert.equal(town.clock.pending, 0)
})

test('concurrent readouts share one physical read, each with its own id', async () => {
  let reads = 0
  const value = pending<number>()
  const { town, client } = scene({
    fields: {
      a: quantity('V', {
        read: () => {
          reads++
          return value.promise
        },
      }),
    },
  })
  const asking = [1, 2, 3].map(id =>
    client.ask('get', thingJid, `<req xmlns="urn:nf:iot:sd:1.0" id="${id}"/>`),
  )
  await settled()
  value.resolve(5)
  const answers = await Promise.all(asking)
  assert.deepEqual(
    answers.map(answer => parseElement(answer).attrs.get('id')),
    ['1', '2', '3'],
  )
  assert.equal(reads, 1)
  await client.ask('get', thingJid, '<req xmlns="urn:nf:iot:sd:1.0" id="4"/>')
  assert.equal(reads, 2)
  assert.equal(town.faults.length, 0)
})

test('a long readout is split below 8 KiB and 200 fields, its end marked once', async () => {
  const samples = Array.from({ length: 1000 }, (_, i) =>
    sample(i, { time: new Date(Date.UTC(2024, 0, 1, 0, i)) }),
  )
  const many = Object.fromEntries(
    Array.from({ length: 450 }, (_, i) => [`f${i}`, bool({ read: () => true })]),
  )
  const { town, client } = scene({
    fields: { T: quantity('K', { read: () => 1, history: () => samples }), ...many },
  })
  assertXml(
    await client.ask('get', thingJid, '<req xmlns="urn:nf:iot:sd:1.0" id="1" all="true"/>'),
    '<accepted xmlns="urn:nf:iot:sd:1.0" id="1"/>',
  )
  await town.clock.advance(1)
  const sizes = client.received.map(text => Buffer.byteLength(text))
  assert.ok(Math.max(...sizes) <= 8192, String(sizes))
  const counts = client.received.map(text => text.split(/<[bq] /).length - 1)
  assert.ok(Math.max(...counts) <= 200)
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    1451,
  )
  assert.deepEqual(
    client.received.map(text => text.includes('more="true"')),
    client.received.map((_, i) => i < client.received.length - 1),
  )
  const full = sizes.slice(0, -1).filter((size, i) => size < 7500 && (counts[i] ?? 0) < 200)
  assert.ok(full.length <= 1, `reports are filled: ${sizes.join()}`)
})

test('a readout gives no more fields than its limit, and says so', async () => {
  const { town, client } = scene({
    limits: { readoutFields: 10 },
    fields: {
      T: quantity('K', {
        read: () => 1,
        *history() {
          for (let i = 0; ; i++) yield sample(i, { time: new Date(Date.UTC(2024, 0, 1, i)) })
        },
      }),
    },
  })
  const answer = await client.ask('get', thingJid, '<req xmlns="urn:nf:iot:sd:1.0" id="1" all="true"/>')
  assert.equal(answer.split('<q ').length - 1, 10)
  assert.match(answer, /There is more than one readout gives/)
  assert.equal(town.clock.pending, 0)
})

test('a readout of later is queued, started and done (XEP-0323 §3.5)', async () => {
  const { town, client } = scene({ fields: { Temperature: temperature } })
  assertXml(
    await client.ask(
      'get',
      thingJid,
      '<req xmlns="urn:xmpp:iot:sensordata" seqnr="4" all="true" when="2024-06-01T13:00:00"/>',
    ),
    '<accepted xmlns="urn:xmpp:iot:sensordata" seqnr="4" queued="true"/>',
  )
  await town.clock.advance(3_599_000)
  assert.deepEqual(client.received, [])
  await town.clock.advance(1000)
  assert.deepEqual(
    client.received.map(text => parseElement(text).name),
    ['started', 'fields'],
  )
  assert.match(client.received[1] ?? '', /2024-06-01T13:00:00Z/)
})

test('a cancelled readout sends nothing any more, by either verb (XEP-0323 §3.9)', async () => {
  const { town, client } = scene({
    fields: { Temperature: temperature, b: quantity('', { read: () => pending<number>().promise }) },
  })
  const later = 'when="2024-06-01T13:00:00Z"'
  await client.ask('get', thingJid, `<req xmlns="urn:xmpp:iot:sensordata" seqnr="8" ${later}/>`)
  assertXml(
    await client.ask('get', thingJid, '<cancel xmlns="urn:xmpp:iot:sensordata" seqnr="8"/>'),
    '<cancelled xmlns="urn:xmpp:iot:sensordata" seqnr="8"/>',
  )
  await client.ask('get', thingJid, `<req xmlns="urn:nf:iot:sd:1.0" id="8" ${later}/>`)
  assert.equal(await client.ask('set', thingJid, '<cancel xmlns="urn:nf:iot:sd:1.0" id="8"/>'), '')
  const asking = client.ask('get', thingJid, '<req xmlns="urn:nf:iot:sd:1.0" id="9"/>')
  await settled()
  assert.equal(await client.ask('get', thingJid, '<cancel xmlns="urn:nf:iot:sd:1.0" id="9"/>'), '')
  assertXml(await asking, '<accepted xmlns="urn:nf:iot:sd:1.0" id="9"/>')
  assert.equal(await client.ask('set', thingJid, '<cancel xmlns="urn:nf:iot:sd:1.0" id="unknown"/>'), '')
  await town.clock.advance(4_000_000)
  assert.deepEqual(client.received, [])
})

test('an id that is still in use is refused, and free again afterwards', async () => {
  const { town, client } = scene({ fields: { Temperature: temperature } })
  const request = '<req xmlns="urn:nf:iot:sd:1.0" id="1" when="2024-06-01T12:00:10Z"/>'
  await client.ask('get', thingJid, request)
  assert.equal(await refused(client.ask('get', thingJid, request)), 'bad-request')
  const other = town.station('client@example.org/other')
  assert.match(await other.ask('get', thingJid, request), /accepted/)
  await town.clock.advance(20_000)
  assert.match(await client.ask('get', thingJid, request), /23\.4/)
})

test('four readouts of a client run, sixteen wait, more are refused', async () => {
  const value = pending<number>()
  const town = new Town()
  const device = town.station(thingJid)
  const client = town.station(clientJid)
  device.contacts.add('client@example.org')
  town.introduce()
  const served = thing(device, { fields: { a: quantity('V', { read: () => value.promise }) } })
  const ask = (id: number): Promise<string> =>
    client.ask('get', thingJid, `<req xmlns="urn:nf:iot:sd:1.0" id="${id}"/>`)
  const asking = Array.from({ length: 20 }, (_, id) => ask(id))
  await town.clock.advance(100)
  assert.deepEqual([served.running, served.queued], [4, 16])
  assert.equal(await refused(ask(20)), 'resource-constraint')
  const answers = await Promise.all(asking)
  assert.equal(answers.filter(answer => answer.includes('queued="true"')).length, 16)
  value.resolve(1)
  await town.clock.advance(10)
  assert.deepEqual([served.running, served.queued], [0, 0])
  assert.equal(client.received.filter(text => text.startsWith('<started')).length, 16)
  assert.equal(client.received.filter(text => text.startsWith('<resp')).length, 20)
  assert.equal(town.clock.pending, 0)
})

test('who goes away gets nothing more, and what bounces ends its readouts', async () => {
  const { town, device, client } = scene({ fields: { Temperature: temperature } })
  const later = '<req xmlns="urn:nf:iot:sd:1.0" id="1" when="2024-06-01T13:00:00Z"/>'
  await client.ask('get', thingJid, later)
  device.sees(client.address, false)
  await town.clock.advance(4_000_000)
  assert.deepEqual(client.received, [])
  await client.ask('get', thingJid, later.replace('13:00', '14:00'))
  client.say(thingJid, '<started xmlns="urn:nf:iot:sd:1.0" id="0"/>', 'error')
  await town.clock.advance(10_000_000)
  assert.deepEqual(client.received, [])
})

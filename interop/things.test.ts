/** Things over foreign programs: slixmpp's sensor data (XEP-0323) in both directions, and ours through foreign servers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { type Client, connect } from '@waxwing/client-node'
import {
  adHoc,
  bool,
  ControlError,
  enumeration,
  int,
  quantity,
  type Reading,
  read,
  sample,
  set,
  string,
  type Thing,
  thing,
} from '@waxwing/things'
import { type AnyServer, type StartServer, startEjabberd, startProsody } from './foreign-server.ts'
import { missing, type Peer, runScript, runSteps } from './peers.ts'
import { domain, password, startTestServer } from './server.ts'

function login(server: AnyServer, name: string): Promise<Client> {
  return connect({
    jid: `${name}@${domain}`,
    password,
    host: '127.0.0.1',
    port: server.port,
    security: 'starttls',
    tls: { trust: server.certificateFile },
    reconnect: false,
  })
}

const hours = [
  ['2013-03-07T13:00:00Z', '20.1'],
  ['2013-03-07T14:00:00Z', '21.5'],
  ['2013-03-07T15:00:00Z', '22.6'],
] as const

/** The same meter as the Python script's. */
function meter(client: Client): Thing {
  return thing(client, {
    fields: {
      Temperature: quantity('°C', {
        read: () => 23.4,
        period: 'hour',
        history: ({ from, to }) =>
          hours
            .map(([time, value]) => sample(Number(value), { time: new Date(time) }))
            .filter(({ time }) => time && !(from && time < from) && !(to && time > to)),
      }),
      'load level': quantity('%', { read: () => 75 }),
      'Door open': bool({ read: () => false }),
      State: enumeration('States', { read: () => 'idle' }),
      // Takes its time, so that a readout of it can be cancelled.
      Slow: quantity('s', { read: () => setTimeout(3_000, 3), categories: ['computed'] }),
      Name: string({ read: () => 'Meter <1> & more' }),
    },
  })
}

async function collect(readings: AsyncIterable<Reading>): Promise<readonly Reading[]> {
  const found: Reading[] = []
  for await (const reading of readings) found.push(reading)
  return found
}

/** Name, kind and text of each field. */
function told(readings: readonly Reading[]): readonly (readonly string[])[] {
  return readings.map(reading =>
    reading.kind === 'error' ? ['error', reading.text] : [reading.name, reading.kind, textOf(reading)],
  )
}

function textOf(reading: Exclude<Reading, { kind: 'error' }>): string {
  return reading.kind === 'quantity' ? `${reading.text} ${reading.unit}` : reading.text
}

const momentary = [
  ['Door open', 'boolean', 'false'],
  ['Name', 'string', 'Meter <1> & more'],
  ['State', 'enum', 'idle'],
  ['Temperature', 'quantity', '23.4 °C'],
  ['load level', 'quantity', '75 %'],
]

const sorted = (rows: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  rows.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))

const startOurs: StartServer = async (t, accounts) => {
  const server = await startTestServer(t)
  await server.addAccounts(...accounts)
  return server
}

/** What a peer's script reads from its environment. */
function environmentOf({ port, certificateFile }: AnyServer): Readonly<Record<string, string>> {
  return {
    PEER_HOST: '127.0.0.1',
    PEER_PORT: String(port),
    PEER_CERTIFICATE: certificateFile,
    PEER_DOMAIN: domain,
    PEER_PASSWORD: password,
  }
}

/** Ours, and one that knows nothing of things. */
const streets: readonly (readonly [name: string, start: StartServer, needs: readonly Peer[]])[] = [
  ['our server', startOurs, []],
  ['Prosody', startProsody, ['prosody', 'openssl']],
]
for (const [name, start, needs] of streets) {
  const skip = missing('slixmpp', ...needs)

  test(`we read a thing made with slixmpp through ${name} (XEP-0323)`, { skip }, async t => {
    const server = await start(t, ['thing', 'reader'])
    await using device = runScript('slixmpp_thing.py', environmentOf(server))
    const [, jid = ''] = await device.line(/^ready (.*)$/)
    await using client = await login(server, 'reader')

    await t.test('all momentary fields, in the namespace it shows', async () => {
      const readings = await collect(read(client, jid))
      assert.deepEqual(sorted(told(readings)), momentary)
      assert.ok(readings.every(reading => reading.generation === 'xep'))
    })

    await t.test('one field by its name', async () => {
      const readings = await collect(read(client, jid, { fields: ['load level'] }))
      assert.deepEqual(told(readings), [['load level', 'quantity', '75 %']])
    })

    await t.test('the past, with the decimals as they were sent', async () => {
      const past = { fields: ['Temperature'], types: ['historical'], from: '2013-03-07T13:30:00' } as const
      const readings = await collect(read(client, jid, past))
      assert.deepEqual(told(readings), [
        ['Temperature', 'quantity', '21.50 °C'],
        ['Temperature', 'quantity', '22.6 °C'],
      ])
    })

    await t.test('a field it does not have is refused', async () => {
      await assert.rejects(collect(read(client, jid, { fields: ['Pressure'] })), /refuses the readout/)
    })
  })

  test(`slixmpp reads a thing of ours through ${name} (XEP-0323)`, { skip }, async t => {
    const server = await start(t, ['thing', 'reader'])
    await using client = await login(server, 'thing')
    client.roster.onRequest(request => request.accept())
    using ours = meter(client)
    assert.equal(ours.running, 0)
    await runSteps(t, 'slixmpp_reader.py', { ...environmentOf(server), PEER_THING: client.jid }, [
      'is let in by the thing',
      'sees that the thing has sensor data',
      'reads all momentary fields',
      'reads one field by its name',
      'reads the past',
      'cancels a readout that takes long',
      'the whole script',
    ])
  })

  test(`we control a thing made with slixmpp through ${name} (XEP-0325)`, { skip }, async t => {
    const server = await start(t, ['thing', 'reader'])
    await using device = runScript('slixmpp_actuator.py', environmentOf(server))
    const [, jid = ''] = await device.line(/^ready (.*)$/)
    await using client = await login(server, 'reader')
    await t.test('with types taken from the values, since it shows no form', async () => {
      await set(client, jid, { Output: true, Level: 40 })
      await device.line(/^set Output true$/)
      await device.line(/^set Level 40$/)
    })
    await t.test('what it does not have is refused', async () => {
      await assert.rejects(set(client, jid, { Colour: 'red' }), ControlError)
    })
  })

  test(`slixmpp controls a thing of ours through ${name} (XEP-0325, XEP-0050)`, { skip }, async t => {
    const server = await start(t, ['thing', 'reader'])
    await using client = await login(server, 'thing')
    const done: string[] = []
    using ours = thing(client, {
      mayRead: () => 'all',
      mayControl: () => 'all',
      onControl: ({ name, value }) => done.push(`${name}=${value}`),
      fields: {
        Level: int({ min: 0, max: 100, read: () => 0, write: () => {} }),
        Output: bool({ read: () => false, write: () => {} }),
      },
    })
    adHoc(client, ours)
    await runSteps(t, 'slixmpp_controller.py', { ...environmentOf(server), PEER_THING: client.jid }, [
      'sets parameters and hears that they are set',
      'sets a parameter by a message that nobody answers',
      'finds the commands of the thing',
      'reads its values as a form',
      'fills in its settings, and sets what it changed',
      'the whole script',
    ])
    assert.deepEqual(done, ['Level=40', 'Output=true', 'Level=7', 'Level=70'])
  })
}

const servers: readonly (readonly [name: string, start: StartServer, needs: readonly Peer[]])[] = [
  ['Prosody', startProsody, ['prosody', 'openssl']],
  ['ejabberd', startEjabberd, ['ejabberd', 'openssl']],
]
for (const [name, start, needs] of servers) {
  test(`we read and set a thing of ours through ${name}`, { skip: missing(...needs) }, async t => {
    const server = await start(t, ['thing', 'reader'])
    await using device = await login(server, 'thing')
    await using reader = await login(server, 'reader')
    device.roster.onRequest(request => request.accept())
    using ours = meter(device)
    assert.equal(await reader.roster.request(`thing@${domain}`), 'accepted')
    for (const generation of ['nf', 'ieee', 'xep'] as const) {
      const readings = await collect(read(reader, device.jid, { generation }))
      assert.deepEqual(sorted(told(readings)), momentary)
    }
    assert.equal(ours.running, 0)
    ours.close()
    const levels: number[] = []
    using lamp = thing(device, {
      mayControl: () => 'all',
      fields: { Level: int({ min: 0, max: 100, read: () => 0, write: level => void levels.push(level) }) },
    })
    for (const generation of ['nf', 'ieee', 'xep', 'sn'] as const) {
      await set(reader, device.jid, { Level: 40 }, { generation })
      await assert.rejects(set(reader, device.jid, { Level: 400 }, { generation }), ControlError)
    }
    assert.deepEqual([levels, lamp.log.length], [[40, 40, 40, 40], 4])
  })
}

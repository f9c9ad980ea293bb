/** `waxwing history | read --csv … | metrics` as processes, against a server and a thing. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Client, connect } from '@waxwing/client-node'
import { type ListeningServer, listening } from '@waxwing/testkit'
import { enumeration, keeper, quantity, sample, sleeper, type Thing, thing } from '@waxwing/things'
import { waxwing } from './program.ts'
import { Sandbox } from './testing/sandbox.ts'

const sandbox = new Sandbox()
const pem = join(sandbox.folder, 'server.pem')
const as = ['--as', 'you@localhost', '--password', 'secret', '--host', '127.0.0.1', '--trust', pem]
let server: ListeningServer
let you: Client
let meter: Client
let sensors: Thing
let reads = 0

async function logIn(name: string): Promise<Client> {
  await server.account(name, 'secret')
  const [jid, port] = [`${name}@localhost`, server.port('client')]
  return connect({ jid, password: 'secret', host: '127.0.0.1', port, tls: { trust: server.certificate } })
}

before(async () => {
  server = await listening()
  writeFileSync(pem, server.certificate)
  as.push('--port', String(server.port('client')))
  you = await logIn('you')
  meter = await logIn('meter')
  meter.roster.onRequest(request => request.accept())
  sensors = thing(meter, {
    fields: {
      Temperature: quantity('°C', {
        precision: 1,
        read: () => ++reads && 21.5,
        period: 'hour',
        history: () =>
          [20, 21.5, 23].map((celsius, hour) =>
            sample(celsius, { time: new Date(Date.UTC(2024, 0, 1, hour)) }),
          ),
      }),
      Mode: enumeration('Mode', { read: () => 'Eco, low' }),
    },
  })
  const { out, err } = await sandbox.run('read', 'meter@localhost', '--ask', '--csv', '--unit', 'K', ...as)
  assert.match(out, /^[^,]+Z,,Temperature,294\.65,K,automaticReadout$/m, err)
  assert.match(out, /^[^,]+Z,,Mode,"Eco, low",,automaticReadout$/m)
})

after(async () => {
  await you?.close()
  await meter?.close()
  await server?.[Symbol.asyncDispose]()
  await sandbox[Symbol.asyncDispose]()
})

test('history is told as CSV in another unit, and drawn', async () => {
  const history = (...words: readonly string[]): ReturnType<Sandbox['run']> =>
    sandbox.run('history', 'meter@localhost', ...words, ...as)
  const [csv, chart, wrong] = await Promise.all([
    history('--csv', '--every', 'hour', '--to', '2024-01-01T00:30:00Z', '--unit', 'V', '--unit', '°F'),
    history('--chart', '--from', '2024-01-01T00:00:00Z'),
    history('--last', 'ages'),
  ])
  assert.deepEqual(csv.out.split('\n'), [
    'time,node,name,value,unit,quality',
    '2024-01-01T00:00:00Z,,Temperature,68,°F,automaticReadout',
  ])
  assert.match(chart.out, /^Temperature \(°C\): 3 values, 20 … 23$/m)
  assert.match(chart.out, /2024-01-01T00:00Z +2024-01-01T02:00Z/)
  assert.match(wrong.err, /ages is no span of time/)
  assert.deepEqual([csv.code, chart.code, wrong.code], [0, 0, 1])
})

test('a period that is none is explained before anybody is asked', async () => {
  const blink = waxwing().parseAsync(['history', 'meter@localhost', '--every', 'blink'], { from: 'user' })
  await assert.rejects(blink, /--every blink: give one of second, minute/)
})

test('metrics are served as OpenMetrics, and things are not read more often than said', async () => {
  const listen = ['--listen', '127.0.0.1:0', '--every', '3600']
  await using child = sandbox.begin('metrics', 'meter@localhost', 'gone@localhost', ...listen, ...as)
  const [, address = ''] = await child.line(/at (http:\S+)\/metrics$/)
  const before = reads
  const [one, two] = await Promise.all([fetch(`${address}/metrics`), fetch(`${address}/metrics`)])
  assert.equal(one.headers.get('content-type'), 'application/openmetrics-text; version=1.0.0; charset=utf-8')
  const text = await one.text()
  assert.equal(await two.text(), text)
  assert.match(text, /^thing_up\{thing="meter@localhost"\} 1$/m)
  assert.match(text, /^thing_up\{thing="gone@localhost"\} 0$/m)
  assert.match(text, /^thing_temperature_celsius\{thing="meter@localhost",field="Temperature"\} 21\.5 \d+/m)
  assert.match(text, /# EOF\n$/)
  assert.equal(reads, before + 1)
  assert.equal(await (await fetch(`${address}/metrics`)).text(), text)
  assert.equal(reads, before + 1)
  assert.equal((await fetch(`${address}/other`)).status, 404)
  assert.equal((await fetch(`${address}/metrics`, { method: 'POST', body: 'x' })).status, 405)
  // A page of the web that leads its own name here reads nothing.
  const misled = get(`${address}/metrics`, { headers: { host: 'evil.example:9400' } })
  const [refusal] = (await once(misled, 'response')) as [IncomingMessage]
  refusal.resume()
  assert.equal(refusal.statusCode, 421)
  const { code } = await child.end('SIGTERM')
  assert.equal(code, 0)
})

test('describe tells what there is, also as a Thing Description', async () => {
  const [table, { out, code }] = await Promise.all([
    sandbox.run('describe', 'meter@localhost', ...as),
    sandbox.run('describe', 'meter@localhost', '--td', '--title', 'Meter', ...as),
  ])
  assert.deepEqual(table.out.split('\n'), [
    'Temperature  number  °C  read, watch',
    'Mode         string      read, watch',
  ])
  const td = JSON.parse(out) as { title: string; properties: Record<string, { unit?: string }> }
  assert.deepEqual([code, td.title, td.properties['Temperature']?.unit], [0, 'Meter', '°C'])
})

test('of a thing that sleeps read tells the last values', async () => {
  you.roster.onRequest(request => request.accept())
  keeper(you)
  await meter.roster.request('you@localhost')
  await sleeper(meter, sensors, { keeper: 'you@localhost' }).sleep({ until: new Date(Date.UTC(2100, 0)) })
  const { out, err, code } = await sandbox.run('read', 'meter@localhost', '--field', 'Temperature', ...as)
  assert.equal(
    err,
    'meter@localhost sleeps until 2100-01-01T00:00:00.000Z; you@localhost knows its last values.\n',
  )
  assert.match(out, /^Temperature +21\.5 °C +\d{4}-/)
  assert.equal(code, 0)
})

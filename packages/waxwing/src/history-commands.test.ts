/** `waxwing history | read --csv … | metrics` as processes, against a server and a thing. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Client } from '@waxwing/client-node'
import { enumeration, quantity, sample, thing } from '@waxwing/things'
import { passwordOf, Sandbox, type Served } from './testing/sandbox.ts'

const sandbox = new Sandbox()
const as = ['--as', 'you@localhost', '--password', passwordOf('you')]
let served: Served
let meter: Client
let reads = 0

before(async () => {
  served = await sandbox.serve()
  await sandbox.addAccounts('you', 'meter')
  meter = await sandbox.logIn('meter', served)
  meter.roster.onRequest(request => request.accept())
  thing(meter, {
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
  const { code, err } = await sandbox.run('read', 'meter@localhost', '--ask', ...as)
  assert.equal(code, 0, err)
})

after(async () => {
  await meter?.close()
  await sandbox[Symbol.asyncDispose]()
})

test('history is told as a table, as CSV, as JSON, and in another unit', async () => {
  const history = (...words: readonly string[]): ReturnType<Sandbox['run']> =>
    sandbox.run('history', 'meter@localhost', ...words, ...as)
  const table = await history('--from', '2024-01-01T01:00:00Z')
  assert.deepEqual(table.out.split('\n'), [
    'Temperature  21.5 °C  2024-01-01T01:00:00Z',
    'Temperature  23.0 °C  2024-01-01T02:00:00Z',
  ])
  const csv = await history('--csv', '--to', '2024-01-01T00:30:00Z', '--unit', 'V', '--unit', '°F')
  assert.deepEqual(csv.out.split('\n'), [
    'time,node,name,value,unit,quality',
    '2024-01-01T00:00:00Z,,Temperature,68,°F,automaticReadout',
  ])
  const json = await history('--ndjson', '--every', 'hour', '--field', 'Temperature')
  assert.equal(json.out.split('\n').length, 3)
  assert.equal((JSON.parse(json.out.split('\n')[2] ?? '') as { value: number }).value, 23)
})

test('history is drawn', async () => {
  const { out, code } = await sandbox.run('history', 'meter@localhost', '--chart', ...as)
  assert.equal(code, 0)
  assert.match(out, /^Temperature \(°C\): 3 values, 20 … 23$/m)
  assert.match(out, /2024-01-01T00:00Z +2024-01-01T02:00Z/)
})

test('a span, a period or a choice that makes no sense is explained', async () => {
  const wrong: readonly (readonly [words: readonly string[], sentence: RegExp])[] = [
    [['--last', 'ages'], /ages is no span of time/],
    [['--every', 'blink'], /--every blink: give one of second, minute/],
    [['--csv', '--chart'], /Choose one of --json, --csv and --chart/],
  ]
  for (const [words, sentence] of wrong) {
    const { err, code } = await sandbox.run('history', 'meter@localhost', ...words, ...as)
    assert.match(err, sentence)
    assert.equal(code, 1)
  }
})

test('read tells values of now as CSV, too', async () => {
  const { out } = await sandbox.run('read', 'meter@localhost', '--csv', '--unit', 'K', ...as)
  assert.match(out, /^[^,]+Z,,Temperature,294\.65,K,automaticReadout$/m)
  assert.match(out, /^[^,]+Z,,Mode,"Eco, low",,automaticReadout$/m)
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
  const { code } = await child.end('SIGTERM')
  assert.equal(code, 0)
})

test('describe tells what there is, also as a Thing Description', async () => {
  const table = await sandbox.run('describe', 'meter@localhost', ...as)
  assert.deepEqual(table.out.split('\n'), [
    'Temperature  number  °C  read, watch',
    'Mode         string      read, watch',
  ])
  const { out, code } = await sandbox.run('describe', 'meter@localhost', '--td', '--title', 'Meter', ...as)
  const td = JSON.parse(out) as { title: string; properties: Record<string, { unit?: string }> }
  assert.deepEqual([code, td.title, td.properties['Temperature']?.unit], [0, 'Meter', '°C'])
})

/** Field databases of concentrators. XEP-0326 §3.9 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import {
  ConcentratorError,
  concentrator,
  NotSupportedError,
  type Permission,
  quantity,
  Sample,
} from '../index.ts'
import {
  asked,
  during,
  gatewayJid,
  gathered,
  nodesIn,
  outcomeOf,
  plant,
  store,
  submitted,
} from './plant.test.ts'

const src = 'MeteringTopology'
const noon = new Date('2024-06-01T12:00:00Z')
const eleven = new Date('2024-06-01T11:00:00Z')

for (const generation of ['sn', 'xep'] as const)
  test(`a database is listed, asked for its form and read, in ${generation} (XEP-0326 §3.9)`, async () => {
    const it = store()
    const gw = concentrator(it.client, gatewayJid, { generation, lang: 'de', source: src })
    assert.deepEqual(await gw.databases(), [{ id: 'Local', name: 'Eigene Datenbank' }])
    const local = gw.database('Local')
    const inputs = await local.inputs()
    assert.deepEqual(
      inputs.map(({ name }) => name),
      ['from', 'to', 'rows', 'fields'],
    )
    const values = await during(it.town, gathered(local.read(['m1', 'm2'], { rows: 2 })))
    assert.deepEqual(
      values.map(
        one =>
          one.kind === 'quantity' &&
          `${one.node?.id} ${one.name} ${one.text} ${one.unit} ${one.periods.join(' ')}`,
      ),
      ['m1 Energy 0 kWh hour', 'm1 Energy 1 kWh hour', 'm2 Energy 0 kWh hour', 'm2 Energy 1 kWh hour'],
    )
    assert.deepEqual(it.town.faults, [])
  })

test('who asks in a newer namespace first asks databases in an older one; only those have them', async () => {
  const it = store()
  assert.equal((await concentrator(it.client, gatewayJid).databases()).length, 1)
  const short = concentrator(it.client, gatewayJid, { generation: 'nf' })
  await assert.rejects(short.databases(), NotSupportedError)
})

test('nothing that was left is read when the loop is left, and nothing is sent (XEP-0326 §3.9.5)', async () => {
  const it = store()
  const reading = concentrator(it.client, gatewayJid, { source: src })
    .database('Local')
    .read(['m1'], { rows: 100_000 })
  for (let n = 0; n < 3; n++) await during(it.town, reading.next())
  await reading.return()
  await it.town.clock.advance(1000)
  const [told, heard] = [it.told.length, it.client.received.length]
  assert.ok(told < 5_000, `${told} were read`)
  await it.town.clock.advance(60_000)
  assert.deepEqual([it.told.length, it.client.received.length, it.gateway.running], [told, heard, 0])
})

test('who goes away is told nothing more', async () => {
  const it = store()
  const nodes = nodesIn('xep', ['m1'])
  const form = submitted({ rows: '100000' })
  const question = asked('xep', 'startDatabaseReadout', { databaseId: 'Local', seqnr: 1 }, nodes + form)
  assert.equal(await outcomeOf(it.client.ask('set', gatewayJid, question)), 'OK')
  await it.town.clock.advance(5)
  assert.equal(it.gateway.running, 1)
  it.town.leave(it.client)
  await it.town.clock.advance(1000)
  const told = it.told.length
  await it.town.clock.advance(10_000)
  assert.deepEqual([it.told.length, it.gateway.running], [told, 0])
})

const rights: readonly [what: string, permission: Permission, told: readonly string[] | string][] = [
  ['nothing', 'none', 'InsufficientPrivileges'],
  ['one node', { nodes: [{ id: 'm2', source: src }] }, ['m2 A', 'm2 B']],
  ['one field', { fields: ['B'] }, ['m1 B', 'm2 B']],
  ['what is of the past', { categories: ['historical'] }, ['m1 A', 'm2 A']],
  ['everything', 'all', ['m1 A', 'm1 B', 'm2 A', 'm2 B']],
]
for (const [what, permission, told] of rights)
  test(`of a database is told what may be read: ${what}`, async () => {
    const it = plant({ mayRead: () => permission })
    it.gateway.database('Local', {
      *read({ nodes }) {
        for (const node of nodes) {
          yield { node, name: 'A', time: noon, value: 'a' }
          yield { node, name: 'B', time: noon, value: true, categories: ['computed'] }
        }
      },
    })
    const local = concentrator(it.client, gatewayJid, { source: src }).database('Local')
    const reading = during(it.town, gathered(local.read(['m1', 'm2'])))
    if (typeof told === 'string') return assert.rejects(reading, { code: 'forbidden' })
    assert.deepEqual(
      (await reading).map(one => (one.kind === 'error' ? one.text : `${one.node?.id} ${one.name}`)),
      told,
    )
  })

test('where somebody sees no database there are none, whatever is asked', async () => {
  const it = plant()
  const ask = async (): Promise<readonly string[]> => {
    const all = ['getDatabases', 'getDatabaseReadoutParameters', 'getCapabilities'].map(name =>
      it.client.ask('get', gatewayJid, asked('xep', name, { databaseId: 'Secret' })),
    )
    return Promise.all(all)
  }
  const before = await ask()
  it.gateway.database('Secret', { read: () => [], maySee: () => false })
  it.gateway.database('Broken', {
    read: () => [],
    maySee: () => {
      throw new Error('The directory is away')
    },
  })
  assert.deepEqual(await ask(), before)
  assert.ok(it.town.faults.length > 0)
})

test('a database hidden from somebody is not there for them, in every answer', async () => {
  const it = plant()
  it.gateway.database('Secret', {
    read: () => [],
    maySee: ({ from }) => from === parseJid('gateway@example.org/y'),
  })
  it.gateway.database('Open', { read: () => [] })
  const answers = ['getDatabaseReadoutParameters', 'startDatabaseReadout'].flatMap(name =>
    ['Secret', 'Nothing'].map(databaseId =>
      it.client.ask(
        name === 'startDatabaseReadout' ? 'set' : 'get',
        gatewayJid,
        asked(
          'xep',
          name,
          { databaseId, ...(name === 'startDatabaseReadout' ? { seqnr: 1 } : {}) },
          nodesIn('xep', ['m1']),
        ),
      ),
    ),
  )
  const [a, b, c, d] = await Promise.all(answers)
  assert.deepEqual([a, c], [b, d])
  assert.match(a ?? '', /NotFound/)
  assert.deepEqual(await concentrator(it.client, gatewayJid).databases(), [{ id: 'Open', name: 'Open' }])
})

test('the past that fields remember is a database by itself (XEP-0326 §3.9.2)', async () => {
  const it = plant()
  it.source.node('m1')?.update({
    fields: {
      Temperature: quantity('°C', {
        read: () => 1,
        *history() {
          for (const hour of [8, 9, 10, 11]) yield sampleAt(hour)
        },
      }),
      Humidity: quantity('%', {
        read: () => 1,
        *history() {
          yield sampleAt(10)
        },
      }),
    },
  })
  it.gateway.database('Past')
  const past = concentrator(it.client, gatewayJid, { source: src }).database('Past')
  const wanted = { from: new Date('2024-06-01T09:30:00Z'), fields: 'Temperature\nNothing' }
  const values = await during(it.town, gathered(past.read(['m1'], wanted)))
  assert.deepEqual(
    values.map(one => one.kind === 'quantity' && `${one.name} ${one.text}`),
    ['Temperature 10', 'Temperature 11'],
  )
  const late = past.read(['m1'], { from: noon, to: eleven })
  await assert.rejects(during(it.town, gathered(late)), (error: unknown) => {
    assert.ok(error instanceof ConcentratorError)
    assert.deepEqual(
      error.faults.map(({ name }) => name),
      ['to'],
    )
    return true
  })
  const form = await it.client.ask(
    'get',
    gatewayJid,
    asked('xep', 'getDatabaseReadoutParameters', { databaseId: 'Past' }),
  )
  assert.match(form, /var="fields" type="text-multi"/)
})

function sampleAt(hour: number): Sample<number> {
  return new Sample(hour, new Date(Date.UTC(2024, 5, 1, hour)))
}

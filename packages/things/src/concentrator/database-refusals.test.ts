/** Databases that are asked for what cannot be, or that fail. XEP-0326 §3.9.4 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concentrator, type DatabaseValue, ReadError, type Thing } from '../index.ts'
import { settled } from '../stations.test.ts'
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

/** Impossible questions: what is answered, and nothing is read. */
const impossible: readonly [
  what: string,
  attributes: Record<string, string | number>,
  inside: string,
  outcome: string,
][] = [
  ['no nodes', {}, submitted({}), 'OtherError'],
  ['no such node', {}, nodesIn('xep', ['x']) + submitted({}), 'NotFound'],
  ['a hidden node', {}, nodesIn('xep', ['m1', 'm5']) + submitted({}), 'NotFound'],
  [
    'too many nodes',
    {},
    nodesIn(
      'xep',
      Array.from({ length: 101 }, () => 'm1'),
    ),
    'OtherError',
  ],
  ['__proto__ for a database', { databaseId: '__proto__' }, nodesIn('xep', ['m1']), 'NotFound'],
  ['a parameter nobody knows', {}, nodesIn('xep', ['m1']) + submitted({ x: '1' }), 'FormError'],
  ['__proto__ for a parameter', {}, nodesIn('xep', ['m1']) + submitted({ __proto: '1' }), 'FormError'],
  ['a number out of range', {}, nodesIn('xep', ['m1']) + submitted({ rows: '100001' }), 'FormError'],
  ['a number that is none', {}, nodesIn('xep', ['m1']) + submitted({ rows: '1e99' }), 'FormError'],
  ['no time', {}, nodesIn('xep', ['m1']) + submitted({ from: '2024-13-01T00:00:00Z' }), 'FormError'],
  [
    'the end before the beginning',
    {},
    nodesIn('xep', ['m1']) + submitted({ to: '2001-01-01T00:00:00Z' }),
    'FormError',
  ],
  [
    'a form that is too large',
    {},
    nodesIn('xep', ['m1']) + submitted({ fields: 'x'.repeat(40_000) }),
    'OtherError',
  ],
  ['a parameter twice', {}, nodesIn('xep', ['m1']) + twice(), 'FormError'],
]
for (const [what, attributes, inside, outcome] of impossible)
  test(`a database is not read with ${what}`, async () => {
    const it = store({ maySee: ({ node }) => node?.id !== 'm5' })
    const question = asked(
      'xep',
      'startDatabaseReadout',
      { databaseId: 'Local', seqnr: 1, ...attributes },
      inside,
    )
    assert.equal(await outcomeOf(it.client.ask('set', gatewayJid, question)), outcome)
    await it.town.clock.advance(1000)
    assert.deepEqual([it.told, it.gateway.running, it.gateway.queued, it.town.faults], [[], 0, 0, []])
  })

function twice(): string {
  return "<x xmlns='jabber:x:data' type='submit'><field var='rows'><value>1</value></field><field var='rows'><value>2</value></field></x>"
}

test('many readouts of databases wait or are refused; an id that runs is refused', async () => {
  const it = plant({ limits: { running: 2, queued: 3 } })
  const stop = new Set<() => void>()
  it.gateway.database('Slow', {
    async *read({ signal }): AsyncGenerator<DatabaseValue> {
      yield* []
      await new Promise<void>(resolve => {
        stop.add(resolve)
        signal.addEventListener('abort', () => resolve())
      })
    },
  })
  const ask = (seqnr: number): Promise<string> =>
    outcomeOf(
      it.client.ask(
        'set',
        gatewayJid,
        asked('xep', 'startDatabaseReadout', { databaseId: 'Slow', seqnr }, nodesIn('xep', ['m1'])),
      ),
    )
  assert.deepEqual([await ask(1), await ask(1)], ['OK', 'OtherError'])
  await it.town.clock.advance(1)
  const answers: string[] = []
  for (let n = 2; n < 8; n++) {
    answers.push(await ask(n))
    await it.town.clock.advance(1)
  }
  assert.deepEqual(answers, ['OK', 'OK', 'OK', 'OK', 'Locked', 'Locked'])
  assert.deepEqual([it.gateway.running, it.gateway.queued, stop.size], [2, 3, 2])
  it.gateway.close()
  await settled()
  assert.equal(it.gateway.running, 0)
})

const broken: readonly [what: string, read: () => Iterable<DatabaseValue>, told: string, faults: number][] = [
  [
    'fails and says why',
    () => {
      throw new ReadError('The disk is full.')
    },
    'Local: The disk is full.',
    0,
  ],
  [
    'fails',
    () => {
      throw new Error('/etc/passwd')
    },
    'Local: Reading failed.',
    1,
  ],
  [
    'has no time',
    () => [{ node: { id: 'm1' }, name: 'A', time: new Date(Number.NaN), value: 1 }],
    'Local: Reading failed.',
    1,
  ],
  [
    'has no number',
    () => [{ node: { id: 'm1' }, name: 'A', time: noon, value: 'warm', unit: '°C' }],
    'Local: Reading failed.',
    1,
  ],
  [
    'cannot be written',
    () => [{ node: { id: 'm1' }, name: 'A', time: noon, value: '\u0001' }],
    'A value was left out',
    0,
  ],
]
for (const [what, read, told, faults] of broken)
  test(`a database that ${what} ends its readout with an error`, async () => {
    const it = plant()
    it.gateway.database('Local', { read })
    const local = concentrator(it.client, gatewayJid, { source: src }).database('Local')
    const [error, ...others] = await during(it.town, gathered(local.read(['m1'])))
    assert.ok(error?.kind === 'error' && error.text.startsWith(told), JSON.stringify(error))
    assert.deepEqual([others.length, it.town.faults.length], [0, faults])
  })

test('a thing without databases says so; a database alone makes it a concentrator', async () => {
  const it = plant()
  const ask = (name: string): Promise<string> =>
    outcomeOf(it.client.ask('get', gatewayJid, asked('xep', name)))
  assert.equal(await ask('getDatabases'), 'NotImplemented')
  const capabilities = async (gateway: Thing): Promise<boolean> => {
    assert.ok(gateway)
    return (await concentrator(it.client, gatewayJid, { generation: 'xep' }).capabilities()).has(
      'startDatabaseReadout',
    )
  }
  assert.equal(await capabilities(it.gateway), false)
  it.gateway.database('Local', { read: () => [] })
  assert.equal(await capabilities(it.gateway), true)
  assert.throws(() => it.gateway.database('Local', { read: () => [] }), TypeError)
})

test('one value of a hundred thousand nodes is found without the others', async () => {
  const it = plant()
  it.gateway.source('Many', { lazy: { node: ({ id }) => ({ id }), children: () => [] } })
  it.gateway.database('Local', {
    *read() {
      for (let n = 0; n < 100_000; n++) yield { node: { id: `n${n}` }, name: 'A', time: noon, value: n }
    },
  })
  const local = concentrator(it.client, gatewayJid, { source: 'Many' }).database('Local')
  const values = await during(it.town, gathered(local.read(['n99999'])))
  assert.deepEqual(
    values.map(one => one.kind === 'quantity' && one.text),
    ['99999'],
  )
})

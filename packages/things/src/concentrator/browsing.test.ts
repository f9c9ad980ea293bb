import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concentratorFormat, concentratorNs, generations, iqTypeOf } from '@waxwing/protocol'
import { type LazyNodeOptions, type LazyNodes, read, set, watch } from '../index.ts'
import {
  asked,
  during,
  gathered,
  gatewayJid,
  idsIn,
  nodesIn,
  outcomeOf,
  plant,
  submitted,
  wholeOf,
} from './plant.test.ts'

const src = 'MeteringTopology'

for (const generation of generations) {
  test(`every kind of list is given, in ${generation} (XEP-0326 §3.3)`, async () => {
    const { client } = plant()
    const ids = async (name: string, attributes: Record<string, string>, inside = ''): Promise<string> => {
      const answer = await client.ask('get', gatewayJid, asked(generation, name, attributes, inside))
      return idsIn(answer).join(' ')
    }
    assert.equal(await ids('getChildNodes', { id: 'bus-2', src }), 'm4 m5 m6')
    assert.equal(await ids('getNodes', {}, nodesIn(generation, ['m6', 'bus-1'])), 'm6 bus-1')
    assert.equal(await ids('getAncestors', { id: 'm5', src }), 'm5 bus-2')
    assert.equal(await ids('getAllNodes', { src }), 'bus-1 m1 m2 m3 bus-2 m4 m5 m6')
    if (generation !== 'sn') {
      const bus = '<onlyIfDerivedFrom>Bus</onlyIfDerivedFrom>'
      assert.equal(await ids('getAllNodes', { src }, bus), 'bus-1 bus-2')
    }
  })

  test(`nodes are read, set and followed like things, in ${generation}`, async () => {
    const { client, town, writes } = plant()
    const nodes = [{ id: 'm5', source: src }]
    const reading = gathered(read(client, gatewayJid, { generation, nodes, fields: ['Power'] }))
    const [one, ...others] = await during(town, reading)
    assert.deepEqual(others, [])
    assert.equal(one?.kind === 'quantity' && `${one.node?.id} ${one.text} ${one.unit}`, 'm5 5.0 kW')
    await set(client, gatewayJid, { On: false }, { generation, nodes })
    assert.deepEqual(writes, ['m5.On=false'])
    if (generation === 'sn') return
    const changes = watch(client, gatewayJid, { generation, nodes, fields: ['On'] })
    const next = async (): Promise<unknown> => {
      const { value } = await during(town, changes.next())
      return value?.kind === 'boolean' && value.value
    }
    assert.equal(await next(), false)
    await set(client, gatewayJid, { On: true }, { generation, nodes })
    assert.equal(await next(), true)
    await changes.return()
  })
}

test('a node tells its parameters with their types, and texts in the language asked for (XEP-0326 §5.1, §6.1)', async () => {
  const { client } = plant()
  const attributes = { id: 'm1', src, parameters: true, 'xml:lang': 'de-AT' }
  const answer = await client.ask('get', gatewayJid, asked('nf', 'getNode', attributes))
  assert.match(answer, /^<nodeInfo xmlns="urn:nf:iot:concentrator:1.0" id="m1" src="MeteringTopology"/)
  assert.match(answer, /displayName="Zähler m1" nodeType="Meter" state="None" hasChildren="false"/)
  assert.match(answer, /isReadable="true" isControllable="true" parentId="bus-1"/)
  assert.match(
    answer,
    /<int id="Address" name="Bus address" value="17"\/><string id="Place" name="Place" value="Room m1"\/>/,
  )
})

test('what may not be done is not among the capabilities (XEP-0326 §3.1)', async () => {
  const { client } = plant({ mayManage: ({ operation }) => operation !== 'destroyNode' })
  const answer = await client.ask('get', gatewayJid, asked('nf', 'getCapabilities'))
  assert.ok(answer.includes('<value>createNewNode</value>'))
  assert.ok(!answer.includes('destroyNode') && !answer.includes('getIndices') && !answer.includes('Sniffer'))
})

test('what nobody does is not implemented, in every generation (XEP-0326 §5.4)', async () => {
  const { client } = plant()
  const databases = client.ask('get', gatewayJid, asked('xep', 'getDatabases'))
  assert.equal(
    await databases,
    `<getDatabasesResponse xmlns="${concentratorNs('xep')}" result="NotImplemented"/>`,
  )
  const sniffer = client.ask('set', gatewayJid, asked('ieee', 'registerSniffer', { id: 'm1', src }))
  assert.equal(await outcomeOf(sniffer), 'feature-not-implemented')
})

/** Questions about a node, as far as they need more than its address. */
const aboutNode: Readonly<Record<string, (generation: 'xep' | 'nf', id: string) => string>> = {
  createNewNode: (generation, id) =>
    asked(generation, 'createNewNode', { id, src, type: 'Meter' }, submitted({ a: '1' })),
  getParametersForNewNode: (generation, id) =>
    asked(generation, 'getParametersForNewNode', { id, src, type: 'Meter' }),
  setNodeParametersAfterEdit: (generation, id) =>
    asked(generation, 'setNodeParametersAfterEdit', { id, src }, submitted({ Address: '1' })),
}
const withCommand: ReadonlySet<string> = new Set([
  'getCommandParameters',
  'executeNodeCommand',
  'executeNodeQuery',
  'abortNodeQuery',
  'getCommonCommandParameters',
  'executeCommonNodeCommand',
  'executeCommonNodeQuery',
  'abortCommonNodeQuery',
])
const aboutSource: ReadonlySet<string> = new Set([
  'getChildDataSources',
  'getAllNodes',
  'getRootNodes',
  'getIndices',
  'getAllIndexValues',
  'getNodesFromIndex',
  'subscribe',
  'unsubscribe',
])

function questionAbout(generation: 'xep' | 'nf', operation: string, id: string): string | undefined {
  if (aboutSource.has(operation) || /^get(All|Root)DataSources|Capabilities|Database|Indices/.test(operation))
    return undefined
  if (operation === 'registerSniffer' || operation === 'unregisterSniffer') return undefined
  const own = aboutNode[operation]?.(generation, id)
  if (own !== undefined) return own
  const more = withCommand.has(operation) ? { command: 'reset', queryId: 'q' } : {}
  if (!/(Nodes(Up|Down)?|Common\w+)$/.test(operation) || operation === 'getChildNodes')
    return asked(generation, operation, { id, src, ...more })
  const inside = operation.startsWith('setCommon') ? submitted({ Address: '1' }) : ''
  return asked(generation, operation, more, nodesIn(generation, ['m1', id]) + inside)
}

for (const generation of ['xep', 'nf'] as const)
  test(`what somebody may not see is exactly as if it were not there, in ${generation}`, async () => {
    const { client, gateway, source, writes, device } = plant({
      maySee: ({ node }) => node?.id !== 'secret' && node?.id !== 'bus-2',
    })
    source.add({ id: 'secret', destroy: () => assert.fail('it was destroyed') })
    const questions = concentratorFormat(generation).operations.flatMap(operation => {
      const hidden = questionAbout(generation, operation, 'secret')
      return hidden === undefined ? [] : [[operation, hidden] as const]
    })
    assert.ok(questions.length >= 28, String(questions.length))
    for (const [operation, question] of questions) {
      const ask = (text: string): Promise<string> => client.ask(iqTypeOf(operation), gatewayJid, text)
      const hidden = await wholeOf(ask(question))
      assert.equal(hidden, await wholeOf(ask(question.replace("'secret'", "'absent'"))), operation)
      // Below a hidden node everything is hidden.
      assert.equal(hidden, await wholeOf(ask(question.replace("'secret'", "'m4'"))), operation)
    }
    const all = await client.ask('get', gatewayJid, asked(generation, 'getAllNodes', { src }))
    assert.deepEqual(idsIn(all), ['bus-1', 'm1', 'm2', 'm3'])
    for (const id of ['secret', 'absent']) {
      const reading = read(client, gatewayJid, { generation, nodes: [{ id, source: src }] }).next()
      await assert.rejects(reading, /There is no such node/)
    }
    assert.deepEqual([writes, gateway.queries, device.town.faults], [[], 0, []])
  })

test('a source that is hidden is as if it were not there, and so is everything in it', async () => {
  const { client, gateway } = plant({ maySee: ({ source }) => source !== 'Vault' })
  const vault = gateway.source('Vault')
  vault.add({ id: 'gold' })
  gateway.source('Cellar', { parent: vault }).add({ id: 'wine' })
  for (const generation of ['xep', 'nf'] as const) {
    const ask = (name: string, attributes: Record<string, string>): Promise<string> =>
      wholeOf(client.ask(iqTypeOf('subscribe'), gatewayJid, asked(generation, name, attributes)))
    const get = (name: string, attributes: Record<string, string>): Promise<string> =>
      wholeOf(client.ask('get', gatewayJid, asked(generation, name, attributes)))
    for (const hidden of ['Vault', 'Cellar']) {
      assert.equal(await get('getRootNodes', { src: hidden }), await get('getRootNodes', { src: 'Absent' }))
      assert.equal(await get('getAllNodes', { src: hidden }), await get('getAllNodes', { src: 'Absent' }))
      const life = { ttl: '60' }
      assert.equal(
        await ask('subscribe', { src: hidden, ...life }),
        await ask('subscribe', { src: 'Absent', ...life }),
      )
    }
    assert.doesNotMatch(await get('getAllDataSources', {}), /Vault|Cellar/)
    assert.doesNotMatch(await get('containsNode', { id: 'gold' }), /true/)
  }
})

test('strangers see nothing, and contacts change nothing, unless the thing says so', async () => {
  const { client, town, writes } = plant({ mayManage: undefined as never })
  const stranger = town.station('stranger@example.org/y')
  for (const generation of ['xep', 'nf'] as const) {
    const sources = await stranger.ask('get', gatewayJid, asked(generation, 'getAllDataSources'))
    assert.ok(!sources.includes(src))
    const node = stranger.ask('get', gatewayJid, asked(generation, 'getNode', { id: 'm1', src }))
    assert.equal(await outcomeOf(node), generation === 'xep' ? 'NotFound' : 'item-not-found')
    const form = submitted({ Address: '1' })
    const edit = asked(generation, 'setNodeParametersAfterEdit', { id: 'm1', src }, form)
    const refusal = await outcomeOf(client.ask('set', gatewayJid, edit))
    assert.equal(refusal, generation === 'xep' ? 'InsufficientPrivileges' : 'forbidden')
  }
  assert.deepEqual(writes, [])
})

/** A tree without end: ten children below each node, looked up. */
function endless(lookedUp: string[]): LazyNodes {
  const nodeOf = (id: string): LazyNodeOptions => {
    const parent = id.includes('.') ? { id: id.slice(0, id.lastIndexOf('.')) } : undefined
    return { id, type: 'Cell', parent, hasChildren: true }
  }
  return {
    node: ({ id }) => (/^\d(\.\d)*$/.test(id) ? nodeOf(id) : undefined),
    *children(parent, { after, max }) {
      const begin = after ? Number(after.id.slice(-1)) + 1 : 0
      for (let n = begin; n < Math.min(10, begin + max); n++) {
        lookedUp.push(`${n}`)
        yield nodeOf(parent ? `${parent.id}.${n}` : `${n}`)
      }
    },
  }
}

const page = (inside: string): string => `<set xmlns='http://jabber.org/protocol/rsm'>${inside}</set>`

test('of a tree that is looked up no more is looked up than a page has', async () => {
  const { client, gateway } = plant()
  const lookedUp: string[] = []
  gateway.source('Cells', { lazy: endless(lookedUp) })
  const ask = (inside: string): Promise<string> =>
    client.ask('get', gatewayJid, asked('nf', 'getChildNodes', { id: '3', src: 'Cells' }, inside))
  const first = await ask(page('<max>4</max>'))
  assert.deepEqual(idsIn(first), ['3.0', '3.1', '3.2', '3.3'])
  // One more, to know whether it is the last page.
  assert.equal(lookedUp.length, 5)
  const seen: string[] = []
  let last = ''
  for (let pages = 0; pages < 3; pages++) {
    const answer = await ask(page(`<max>4</max>${last === '' ? '' : `<after>${last}</after>`}`))
    seen.push(...idsIn(answer))
    last = /<last>([^<]*)</.exec(answer)?.[1] ?? ''
    assert.equal(/<count>(\d+)</.exec(answer)?.[1], pages === 2 ? '10' : undefined)
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 10 }, (_, n) => `3.${n}`),
  )
})

test('pages go on where they were when nodes come and go', async () => {
  const { client, source } = plant()
  const bus = source.node('bus-1')
  const ask = (inside: string): Promise<string> =>
    client.ask('get', gatewayJid, asked('nf', 'getChildNodes', { id: 'bus-1', src }, page(inside)))
  const first = await ask('<max>2</max>')
  const last = /<last>([^<]*)</.exec(first)?.[1] ?? ''
  bus?.children[0]?.remove()
  assert.deepEqual(idsIn(await ask(`<max>2</max><after>${last}</after>`)), ['m3'])
  source.node('m2')?.remove()
  assert.deepEqual(idsIn(await ask(`<max>2</max><after>${last}</after>`)), [])
})

const limits = { nodes: 10, page: 20, depth: 8, formFields: 5, formSize: 100, answerSize: 4000 }

/** Broken and hostile questions: what is answered in either family; nothing happens. */
const hostile: readonly [
  what: string,
  name: string,
  attributes: Record<string, string>,
  inside: string,
  long: string,
  short: string,
][] = [
  ['a node nobody knows', 'getNode', { id: 'x', src }, '', 'NotFound', 'item-not-found'],
  ['a source nobody knows', 'getNode', { id: 'm1', src: 'x' }, '', 'NotFound', 'item-not-found'],
  [
    'a partition where there are none',
    'getNode',
    { id: 'm1', src, pt: 'p' },
    '',
    'NotFound',
    'item-not-found',
  ],
  ['__proto__ for a node', 'getNode', { id: '__proto__', src }, '', 'NotFound', 'item-not-found'],
  ['__proto__ for a source', 'getRootNodes', { src: '__proto__' }, '', 'NotFound', 'item-not-found'],
  [
    'constructor for a type',
    'getParametersForNewNode',
    { id: 'bus-1', src, type: 'constructor' },
    '',
    'NotFound',
    'item-not-found',
  ],
  [
    '__proto__ for a type',
    'getParametersForNewNode',
    { id: 'bus-1', src, type: '__proto__' },
    '',
    'NotFound',
    'item-not-found',
  ],
  [
    'toString for a command',
    'getCommandParameters',
    { id: 'm1', src, command: 'toString' },
    '',
    'NotFound',
    'item-not-found',
  ],
  ['an id that is empty', 'getNode', { id: '', src }, '', 'NotFound', 'item-not-found'],
  ['an id of many characters', 'getNode', { id: 'x'.repeat(1024), src }, '', 'NotFound', 'item-not-found'],
  ['a tree without end', 'getAllNodes', { src: 'Cells' }, '', 'OtherError', 'resource-constraint'],
  [
    'a line upwards without end',
    'getAncestors',
    { id: 'loop', src: 'Loop' },
    '',
    'OtherError',
    'resource-constraint',
  ],
  [
    'a page that is no place',
    'getChildNodes',
    { id: 'bus-1', src },
    page('<after>%</after>'),
    'NotFound',
    'item-not-found',
  ],
  [
    'a page of a strange place',
    'getChildNodes',
    { id: '1', src: 'Cells' },
    page('<after>0.%E0%A4%A</after>'),
    'NotFound',
    'item-not-found',
  ],
  [
    'pages from the end',
    'getRootNodes',
    { src },
    page('<before/>'),
    'NotImplemented',
    'feature-not-implemented',
  ],
  [
    'many nodes with much to say',
    'getChildNodes',
    { id: 'wide', src: 'Wide', parameters: 'true' },
    '',
    'OtherError',
    'resource-constraint',
  ],
]

/** A node that is its own parent. */
const loop: LazyNodes = {
  node: ({ id }) => (id === 'loop' ? { id, parent: { id } } : undefined),
  children: () => [],
}

/** Children that say much. */
const wide: LazyNodes = {
  node: ({ id }) => ({ id, hasChildren: true }),
  children: (_, { max }) =>
    Array.from({ length: Math.min(max, 15) }, (_, n) => ({ id: `w${n}`, name: 'x'.repeat(500) })),
}

for (const [what, name, attributes, inside, long, short] of hostile)
  test(`${what}: ${short}`, async () => {
    const { client, gateway, town, writes } = plant({ limits })
    gateway.source('Cells', { lazy: endless([]) })
    gateway.source('Loop', { lazy: loop })
    gateway.source('Wide', { lazy: wide })
    for (const [generation, expected] of [
      ['xep', long],
      ['nf', short],
    ] as const) {
      const question = client.ask('get', gatewayJid, asked(generation, name, attributes, inside))
      assert.equal(await outcomeOf(question), expected)
    }
    assert.deepEqual([town.faults, writes], [[], []])
  })

test('thousands of nodes in one request are too many, and none of them is looked at', async () => {
  let looked = 0
  const { client } = plant({
    limits,
    maySee: () => {
      looked++
      return true
    },
  })
  const many = Array.from({ length: 4000 }, (_, n) => `m${n}`)
  for (const name of ['getNodes', 'containsNodes', 'getCommonNodeCommands', 'getCommonNodeParametersForEdit'])
    for (const generation of ['xep', 'nf'] as const) {
      const asking = client.ask('get', gatewayJid, asked(generation, name, {}, nodesIn(generation, many)))
      assert.equal(await outcomeOf(asking), generation === 'xep' ? 'OtherError' : 'resource-constraint')
    }
  assert.equal(looked, 0)
})

test('a page is cut where the answer would become too large', async () => {
  const { client, gateway } = plant({ limits })
  gateway.source('Wide', { lazy: wide })
  const question = asked('nf', 'getChildNodes', { id: 'wide', src: 'Wide' }, page('<max>15</max>'))
  const answer = await client.ask('get', gatewayJid, question)
  assert.equal(idsIn(answer).length, 4)
  assert.match(answer, /<last>/)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concentratorFormat, concentratorNs, generations, iqTypeOf } from '@waxwing/protocol'
import { type LazyNodeOptions, type LazyNodes, read, set, watch } from '../index.ts'
import {
  asked,
  during,
  gatewayJid,
  gathered,
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
  // What nobody knows, and what comes by the wrong kind of question.
  for (const generation of ['sn', 'xep'] as const)
    for (const [type, name] of [
      ['get', 'holabandola'],
      ['set', 'holabandola'],
      ['set', 'getNode'],
    ] as const)
      assert.equal(
        await client.ask(type, gatewayJid, asked(generation, name)),
        `<${name}Response xmlns="${concentratorNs(generation)}" result="NotImplemented"/>`,
      )
  const unknown = client.ask('get', gatewayJid, asked('nf', 'holabandola'))
  assert.equal(await outcomeOf(unknown), 'service-unavailable')
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

test('pages say nothing of siblings that are hidden, nor does asking for what comes behind them', async () => {
  const pagesOf = async (it: ReturnType<typeof plant>): Promise<readonly string[]> => {
    const ask = (inside: string): Promise<string> =>
      wholeOf(
        it.client.ask('get', gatewayJid, asked('nf', 'getChildNodes', { id: 'bus-1', src }, page(inside))),
      )
    const [all, first] = [await ask(''), await ask('<max>1</max>')]
    const last = /<last>([^<]*)</.exec(first)?.[1] ?? ''
    const behind = ['0.hidden-1', '1.hidden-2', '2.m4'].map(one => ask(`<max>2</max><after>${one}</after>`))
    const plain = [all, first, await ask(`<after>${last}</after>`), ...(await Promise.all(behind))]
    return plain.map(text => text.replaceAll(/ lastChanged="[^"]*"/g, ''))
  }
  const maySee = ({ node }: { node?: { id: string } | undefined }): boolean => !node?.id.startsWith('hidden')
  const bare = plant({ maySee })
  const full = plant({ maySee })
  const bus = full.source.node('bus-1')
  for (const n of [1, 2]) bus?.add({ id: `hidden-${n}` })
  for (let n = 0; n < 3; n++) for (const one of [1, 2]) full.source.node(`hidden-${one}`)?.move('up')
  assert.deepEqual(
    bus?.children.map(({ id }) => id),
    ['hidden-1', 'hidden-2', 'm1', 'm2', 'm3'],
  )
  const told = await pagesOf(full)
  assert.deepEqual(told, await pagesOf(bare))
  assert.deepEqual(told.map(idsIn), [
    ['m1', 'm2', 'm3'],
    ['m1'],
    ['m2', 'm3'],
    ['m1', 'm2'],
    ['m2', 'm3'],
    ['m3'],
  ])
  const sources = await full.client.ask('get', gatewayJid, asked('nf', 'getAllDataSources'))
  assert.doesNotMatch(sources, /lastChanged/)
})

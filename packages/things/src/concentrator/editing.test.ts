import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StanzaError } from '@waxwing/protocol'
import { writeElement } from '@waxwing/xml'
import { InputError, int, type ManageRecord, nodeType, string, WriteError } from '../index.ts'
import { asked, gatewayJid, idsIn, nodesIn, outcomeOf, type Plant, plant, submitted } from './plant.test.ts'

const src = 'MeteringTopology'

function edit(generation: 'xep' | 'nf', id: string, values: Record<string, string>): string {
  return asked(generation, 'setNodeParametersAfterEdit', { id, src }, submitted(values))
}

/** The refusal with what is wrong with which field. */
async function faultsOf(asking: Promise<string>): Promise<readonly [string, Record<string, string>]> {
  try {
    const answer = await asking
    const faults = [...answer.matchAll(/<error var="([^"]*)">([^<]*)</g)].map(([, name, text]) => [
      name,
      text,
    ])
    return [/result="(\w+)"/.exec(answer)?.[1] ?? 'OK', Object.fromEntries(faults)]
  } catch (error) {
    assert.ok(error instanceof StanzaError, String(error))
    const form = error.app ? writeElement(error.app) : ''
    const faults = [...form.matchAll(/<field var="([^"]*)"(?:(?!<\/field>).)*?<error[^>]*>([^<]*)</g)]
    return [error.condition, Object.fromEntries(faults.map(([, name, text]) => [name, text]))]
  }
}

test('the form of a node has its parameters, and marks those that cannot be set (XEP-0326 §3.4.1)', async () => {
  const { client } = plant()
  const form = await client.ask('get', gatewayJid, asked('nf', 'getNodeParametersForEdit', { id: 'm1', src }))
  assert.match(form, /^<x xmlns="jabber:x:data" type="form"><title>Meter m1<\/title>/)
  assert.match(form, /var="Address" type="text-single" label="Bus address"><value>17<\/value><validate/)
  assert.match(form, /var="Model"[^>]*><value>WX1<\/value>.*?<readOnly xmlns="urn:xmpp:xdata:dynamic"\/>/)
})

for (const generation of ['xep', 'nf'] as const) {
  test(`what is edited is written, and the node is told as it is then, in ${generation} (XEP-0326 §3.4.2)`, async () => {
    const { client, writes } = plant()
    // What cannot be set stays as it is, even if somebody sends it.
    const question = edit(generation, 'm2', { Address: '21', Model: 'mine' })
    const answer = await client.ask('set', gatewayJid, question)
    assert.deepEqual([idsIn(answer), writes], [['m2'], ['m2.Address=21']])
  })

  test(`all wrong fields are told and nothing is written, in ${generation} (XEP-0326 §3.4.3)`, async () => {
    const { client, writes } = plant()
    const question = edit(generation, 'm2', { Place: 'Here', Address: '251', Colour: 'red' })
    assert.deepEqual(await faultsOf(client.ask('set', gatewayJid, question)), [
      generation === 'xep' ? 'FormError' : 'bad-request',
      { Address: 'Expected a value from 1 to 250.', Colour: 'Parameter not available.' },
    ])
    assert.deepEqual(writes, [])
  })

  test(`of several nodes all are edited or none, in ${generation} (XEP-0326 §3.4.5)`, async () => {
    const { client, writes, source } = plant()
    source
      .node('bus-1')
      ?.add({ id: 'odd', parameters: { Address: int({ max: 9, read: () => 1, write: () => {} }) } })
    const set = (ids: readonly string[]): Promise<string> => {
      const inside = nodesIn(generation, ids) + submitted({ Address: '30' })
      return client.ask('set', gatewayJid, asked(generation, 'setCommonNodeParametersAfterEdit', {}, inside))
    }
    assert.equal((await faultsOf(set(['m1', 'odd'])))[0], generation === 'xep' ? 'FormError' : 'bad-request')
    assert.deepEqual(writes, [])
    assert.equal(await outcomeOf(set(['m1', 'm4'])), 'OK')
    assert.deepEqual(writes, ['m1.Address=30', 'm4.Address=30'])
  })
}

test('the form of several nodes has what they have in common, and marks what differs (XEP-0326 §3.4.4)', async () => {
  const { client, source } = plant()
  source.node('bus-1')?.add({ id: 'odd', parameters: { Address: int({ read: () => 17, write: () => {} }) } })
  const form = (ids: readonly string[]): Promise<string> =>
    client.ask('get', gatewayJid, asked('nf', 'getCommonNodeParametersForEdit', {}, nodesIn('nf', ids)))
  assert.deepEqual(
    [...(await form(['m1', 'odd'])).matchAll(/field var="(\w+)"/g)].map(([, name]) => name),
    ['Address'],
  )
  const both = await form(['m1', 'm2'])
  assert.match(both, /var="Place".*?<notSame xmlns="urn:xmpp:xdata:dynamic"\/>/)
  assert.doesNotMatch(both, /var="Address"(?:(?!<\/field>).)*notSame/)
})

test('what is too large to be told is edited all the same, and never sent', async () => {
  const it = plant({ limits: { answerSize: 4000, formSize: 10_000 } })
  let text = ''
  it.source.node('m1')?.update({
    parameters: { Text: string({ read: () => text, write: value => void (text = value) }) },
  })
  const set = (value: string): Promise<string> =>
    it.client.ask(
      'set',
      gatewayJid,
      asked('nf', 'setNodeParametersAfterEdit', { id: 'm1', src }, submitted({ Text: value })),
    )
  const get = (name: string, attributes: Record<string, string> = {}): Promise<string> =>
    outcomeOf(it.client.ask('get', gatewayJid, asked('nf', name, { id: 'm1', src, ...attributes })))
  // Each takes six bytes.
  assert.doesNotMatch(await set('&quot;'.repeat(1000)), /<string/)
  assert.equal(text.length, 1000)
  assert.equal(await get('getNode', { parameters: 'true' }), 'resource-constraint')
  assert.equal(await get('getNodeParametersForEdit'), 'resource-constraint')
  assert.equal(await get('getNode'), 'OK')
  assert.equal(await outcomeOf(set('&lt;'.repeat(2000))), 'resource-constraint')
  assert.match(await set('short'), /<string id="Text" name="Text" value="short"/)
})

test('who edits what somebody else has changed meanwhile is told so', async () => {
  const { client, source, town, writes } = plant()
  const form = await client.ask('get', gatewayJid, asked('nf', 'getNodeParametersForEdit', { id: 'm1', src }))
  const session = /var="xdd session"[^>]*><value>([^<]*)</.exec(form)?.[1] ?? ''
  const quoted = session.replaceAll("'", '&apos;')
  await town.clock.advance(1000)
  source.node('m1')?.touch()
  const question = edit('nf', 'm1', { 'xdd session': quoted, Address: '9' })
  assert.equal(await outcomeOf(client.ask('set', gatewayJid, question)), 'conflict')
  // The form of one node may be used for another one. §3.4.2
  const other = edit('nf', 'm2', { 'xdd session': quoted, Address: '9' })
  assert.equal(await outcomeOf(client.ask('set', gatewayJid, other)), 'OK')
  assert.deepEqual(writes, ['m2.Address=9'])
})

test('a write that fails is told with its field; any other fault stays here', async () => {
  const { client, source, town } = plant()
  const bus = source.node('bus-1')
  const fails = (id: string, error: Error): void => {
    const write = (): never => {
      throw error
    }
    bus?.add({ id, parameters: { Place: string({ read: () => '', write }) } })
  }
  fails('told', new WriteError('The bus is busy.'))
  fails('broken', new Error('secret detail'))
  const told = client.ask('set', gatewayJid, edit('nf', 'told', { Place: 'x' }))
  assert.deepEqual(await faultsOf(told), ['bad-request', { Place: 'The bus is busy.' }])
  const broken = client.ask('set', gatewayJid, edit('nf', 'broken', { Place: 'x' }))
  assert.deepEqual(await faultsOf(broken), ['undefined-condition', {}])
  assert.match(String(town.faults), /secret detail/)
})

function withTypes(options: Parameters<typeof plant>[0] = {}): Plant & { readonly destroyed: string[] } {
  const it = plant(options)
  const destroyed: string[] = []
  it.source.node('bus-1')?.update({
    types: {
      Meter: nodeType({
        name: { en: 'A meter', de: 'Ein Zähler' },
        parameters: {
          id: string({ label: 'Node ID', read: () => undefined }),
          Address: int({ min: 1, max: 250, read: () => 100 }),
        },
        create: ({ values: { id, Address } }) => {
          if (Address === 13) throw new InputError({ Address: 'That brings bad luck.' })
          return { id, localId: String(Address), destroy: () => void destroyed.push(id) }
        },
      }),
    },
  })
  return { ...it, destroyed }
}

const create = (generation: 'xep' | 'nf', values: Record<string, string>): string =>
  asked(generation, 'createNewNode', { id: 'bus-1', src, type: 'Meter' }, submitted(values))

test('what can be added is told with its form (XEP-0326 §3.5.1, §3.5.2)', async () => {
  const { client } = withTypes()
  const types = await client.ask(
    'get',
    gatewayJid,
    asked('nf', 'getAddableNodeTypes', { id: 'bus-1', src, 'xml:lang': 'de' }),
  )
  assert.match(types, /<nodeType type="Meter" name="Ein Zähler"\/>/)
  const question = asked('xep', 'getParametersForNewNode', { id: 'bus-1', src, type: 'Meter' })
  const form = await client.ask('get', gatewayJid, question)
  assert.match(form, /var="id" type="text-single" label="Node ID"><required\/>/)
  assert.match(form, /var="Address"[^>]*><value>100<\/value>/)
})

for (const generation of ['xep', 'nf'] as const)
  test(`nodes are created and destroyed, in ${generation} (XEP-0326 §3.5.3–6)`, async () => {
    const records: ManageRecord[] = []
    const { client, source, destroyed } = withTypes({ onManage: record => void records.push(record) })
    const set = (question: string): Promise<string> => client.ask('set', gatewayJid, question)
    const isLong = generation === 'xep'
    const refused = isLong ? 'FormError' : 'bad-request'
    assert.deepEqual(await faultsOf(set(create(generation, { Address: 'x' }))), [
      refused,
      { id: 'It must be filled in.', Address: 'Invalid parameter value.' },
    ])
    assert.deepEqual(await faultsOf(set(create(generation, { id: 'new', Address: '13' }))), [
      refused,
      { Address: 'That brings bad luck.' },
    ])
    const created = await set(create(generation, { id: 'new' }))
    assert.deepEqual(idsIn(created), ['new'])
    assert.match(created, /nodeType="Meter" localId="100"/)
    assert.deepEqual(await faultsOf(set(create(generation, { id: 'new' }))), [
      isLong ? 'FormError' : 'conflict',
      { id: 'There already exists a node with this ID.' },
    ])
    const destroy = (id: string): Promise<string> =>
      outcomeOf(set(asked(generation, 'destroyNode', { id, src })))
    assert.equal(await destroy('m1'), isLong ? 'InsufficientPrivileges' : 'forbidden')
    source.node('bus-2')?.update({ destroy: () => {} })
    assert.equal(await destroy('bus-2'), isLong ? 'Locked' : 'conflict')
    assert.equal(await destroy('new'), 'OK')
    assert.deepEqual([destroyed, source.node('new')], [['new'], undefined])
    const done = records.map(
      ({ operation, node, error }) => `${operation} ${node.id} ${error ? 'not' : 'done'}`,
    )
    assert.deepEqual(done, [
      'createNewNode bus-1 not',
      'createNewNode bus-1 done',
      'createNewNode bus-1 not',
      'destroyNode m1 not',
      'destroyNode bus-2 not',
      'destroyNode new done',
    ])
  })

const five = ['a', 'b', 'c', 'd', 'e']
const moves: readonly [direction: 'Up' | 'Down', moved: string, order: string, events: string][] = [
  ['Up', 'c', 'a c b d e', 'c'],
  ['Up', 'a', 'a b c d e', ''],
  ['Up', 'a b', 'a b c d e', ''],
  ['Up', 'b a', 'a b c d e', ''],
  ['Up', 'a c', 'a c b d e', 'c'],
  ['Up', 'c d', 'a c d b e', 'c d'],
  ['Up', 'd c', 'a c d b e', 'c d'],
  ['Up', 'b d e', 'b a d e c', 'b d e'],
  ['Down', 'c', 'a b d c e', 'c'],
  ['Down', 'e', 'a b c d e', ''],
  ['Down', 'd e', 'a b c d e', ''],
  ['Down', 'b c', 'a d b c e', 'c b'],
  ['Down', 'a e', 'b a c d e', 'a'],
  ['Down', 'c c', 'a b d c e', 'c'],
]
for (const [direction, moved, order, events] of moves)
  test(`${moved} moved ${direction.toLowerCase()} among a b c d e: ${order} (XEP-0326 §3.3.23–26)`, async () => {
    for (const generation of ['xep', 'nf'] as const) {
      const { client, gateway, town } = plant()
      const list = gateway.source('List', { isOrdered: true, shape: 'flat' })
      for (const id of five) list.add({ id })
      const life = generation === 'nf' ? { ttl: 60 } : {}
      await client.ask('set', gatewayJid, asked(generation, 'subscribe', { src: 'List', ...life }))
      const ids = moved.split(' ')
      const question =
        ids.length === 1
          ? asked(generation, `moveNode${direction}`, { id: moved, src: 'List' })
          : asked(generation, `moveNodes${direction}`, {}, nodesIn(generation, ids, 'List'))
      assert.equal(await outcomeOf(client.ask('set', gatewayJid, question)), 'OK')
      await town.clock.advance(10)
      const roots = await client.ask('get', gatewayJid, asked(generation, 'getRootNodes', { src: 'List' }))
      assert.equal(idsIn(roots).join(' '), order)
      const told = client.received.map(text => /<nodeMoved(Up|Down)[^>]* (?:id|nodeId)="(\w)"/.exec(text))
      assert.ok(told.every(one => one?.[1] === direction))
      assert.equal(told.map(one => one?.[2]).join(' '), events)
    }
  })

test('where the order of nodes says nothing they cannot be moved', async () => {
  const { client, source } = plant()
  const question = asked('nf', 'moveNodeUp', { id: 'bus-2', src })
  assert.equal(await outcomeOf(client.ask('set', gatewayJid, question)), 'feature-not-implemented')
  assert.equal(source.node('bus-2')?.id, 'bus-2')
})

test('sources of one node, and of a list, stay so', () => {
  const { gateway, source } = plant()
  const single = gateway.source('Self', { shape: 'single' })
  const self = single.add({ id: 'self' })
  assert.throws(() => single.add({ id: 'other' }), /has its node already/)
  assert.throws(() => self.add({ id: 'below' }), /is no tree/)
  assert.throws(() => source.add({ id: 'm1' }), /There is a node m1/)
  assert.throws(() => gateway.source('Self'), /There is a source Self/)
  assert.throws(() => source.node('m1')?.update({ id: 'm2' }), /There is a node m2/)
  assert.equal(source.node('m1')?.id, 'm1')
  source.add({ id: 'm1', partition: 'other' })
  assert.equal(source.node('m1', 'other')?.options.partition, 'other')
})

const forms: readonly [what: string, inside: string, long: string, short: string][] = [
  ['no form', '', 'OtherError', 'bad-request'],
  ['a form that was cancelled', `<x xmlns='jabber:x:data' type='cancel'/>`, 'OtherError', 'bad-request'],
  [
    'too many fields',
    submitted(Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`f${n}`, '']))),
    'OtherError',
    'resource-constraint',
  ],
  ['too much text', submitted({ Place: 'x'.repeat(101) }), 'OtherError', 'resource-constraint'],
  [
    'a field given twice',
    `<x xmlns='jabber:x:data' type='submit'>${`<field var='Address'><value>1</value></field>`.repeat(2)}</x>`,
    'FormError',
    'bad-request',
  ],
  ['a field called __proto__', submitted({ ['__proto__']: '1' }), 'FormError', 'bad-request'],
  ['a field called constructor', submitted({ constructor: '1' }), 'FormError', 'bad-request'],
]
for (const [what, inside, long, short] of forms)
  test(`${what}: ${short}`, async () => {
    const { client, writes, town } = plant({ limits: { formFields: 5, formSize: 100 } })
    for (const [generation, expected] of [
      ['xep', long],
      ['nf', short],
    ] as const) {
      const question = asked(generation, 'setNodeParametersAfterEdit', { id: 'm1', src }, inside)
      assert.equal(await outcomeOf(client.ask('set', gatewayJid, question)), expected)
    }
    assert.deepEqual([writes, town.faults], [[], []])
  })

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concentratorOperations, iqTypeOf } from '@waxwing/protocol'
import * as fc from 'fast-check'
import { command, type LazyNodeOptions, type LazyNodes, nodeType, query, string } from '../index.ts'
import { asked, during, gatewayJid, idsIn, nodesIn, outcomeOf, plant, submitted } from './plant.test.ts'

const src = 'MeteringTopology'

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
  // As many as fit into a stanza: 100,000 do not.
  const many = Array.from({ length: 4000 }, (_, n) => `m${n}`)
  const tooMany = nodesIn('nf', Array(25).fill(many).flat())
  await assert.rejects(client.ask('get', gatewayJid, asked('nf', 'getNodes', {}, tooMany)), /too long/)
  for (const name of ['getNodes', 'containsNodes', 'getCommonNodeCommands', 'getCommonNodeParametersForEdit'])
    for (const generation of ['xep', 'nf'] as const) {
      const nodes = nodesIn(generation, name === 'getNodes' ? many : many.slice(0, 11))
      const asking = client.ask('get', gatewayJid, asked(generation, name, {}, nodes))
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

/** Functions of the application that do not do what they should. */
const broken: Readonly<Record<string, LazyNodes>> = {
  throws: {
    node: () => {
      throw new TypeError('no database')
    },
    children: () => {
      throw new TypeError('no database')
    },
  },
  rejects: {
    node: async () => Promise.reject(new TypeError('no database')),
    children: async () => Promise.reject(new TypeError('no database')),
  },
  hangs: {
    node: () => new Promise(() => {}),
    children: () => new Promise(() => {}),
  },
}

for (const [what, lazy] of Object.entries(broken))
  test(`a database that ${what} is a fault of ours, of which nobody learns more`, async () => {
    const { client, gateway, town } = plant()
    gateway.source('Broken', { lazy })
    for (const name of ['getNode', 'getRootNodes'])
      for (const generation of ['xep', 'nf'] as const) {
        const question = asked(generation, name, { id: 'a', src: 'Broken' })
        const outcome = outcomeOf(client.ask('get', gatewayJid, question))
        const expected = generation === 'xep' ? 'OtherError' : 'internal-server-error'
        assert.equal(await during(town, outcome), expected)
      }
    assert.equal(town.faults.length, 4)
  })

test('whoever decides wrongly, or not at all, lets nobody see or do anything', async () => {
  for (const decide of [
    (): boolean => {
      throw new TypeError('no rules')
    },
    (): Promise<boolean> => new Promise(() => {}),
  ]) {
    const { client, gateway, town, writes, source } = plant({ mayManage: decide })
    const edit = submitted({ Address: '1' })
    const attributes = { id: 'm1', src }
    const question = asked('nf', 'setNodeParametersAfterEdit', attributes, edit)
    const asking = outcomeOf(client.ask('set', gatewayJid, question))
    assert.equal(await during(town, asking), 'internal-server-error')
    assert.deepEqual([writes, source.size, gateway.queries], [[], 8, 0])
    const blind = plant({ maySee: decide })
    const looking = outcomeOf(blind.client.ask('get', gatewayJid, asked('nf', 'getNode', attributes)))
    assert.equal(await during(blind.town, looking), 'item-not-found')
  }
})

test('whatever is asked there is an answer, no fault, and no effect', async () => {
  const words = [
    '',
    '__proto__',
    'constructor',
    'toString',
    'bus-1',
    'm1',
    'm1:',
    'm1/..',
    '%',
    '0.m1',
    '1.m1',
    '😀',
    src,
  ]
  const others = [
    'Meter',
    'reset',
    'list',
    'x'.repeat(1024),
    '-1',
    '1e9',
    'NaN',
    'true',
    '2024-01-01T00:00:00',
  ]
  const word = fc.constantFrom(...words, ...others)
  const names = [
    'id',
    'src',
    'pt',
    'type',
    'command',
    'queryId',
    'index',
    'indexValue',
    'databaseId',
    'seqnr',
  ]
  const more = [
    'parameters',
    'messages',
    'ttl',
    'getEventsSince',
    'nodeAdded',
    'xml:lang',
    'snifferId',
    'expires',
  ]
  const attributes = fc.dictionary(fc.constantFrom(...names, ...names, ...more), word, { maxKeys: 8 })
  const inside = fc.oneof(
    fc.constant(''),
    word.map(text => page(`<max>2</max><after>${text}</after>`)),
    fc.dictionary(word, word, { maxKeys: 3 }).map(submitted),
    fc.constant("<x xmlns='jabber:x:data' type='cancel'/>"),
    fc.constant("<onlyIfDerivedFrom>__proto__</onlyIfDerivedFrom><sortOrder parameterName='__proto__'/>"),
    fc.array(word, { maxLength: 3 }).map(ids => `${nodesIn('nf', ids)}${nodesIn('xep', ids)}`),
  )
  const generation = fc.constantFrom('sn', 'xep', 'nf')
  const anything = fc.constantFrom(...concentratorOperations)
  const it = plant({ limits, mayManage: ({ operation }) => operation.startsWith('get') })
  it.gateway.source('Cells', { lazy: endless([]) })
  const forbidden = (): never => assert.fail('it was done')
  it.source.node('m1')?.update({
    commands: { reset: command({ run: forbidden }), list: query({ check: forbidden, run: forbidden }) },
    types: {
      Meter: nodeType({
        name: 'Meter',
        parameters: { id: string({ read: () => undefined }) },
        create: forbidden,
      }),
    },
    parameters: {},
  })
  await fc.assert(
    fc.asyncProperty(generation, anything, attributes, inside, async (spoken, name, given, body) => {
      const question = asked(spoken, name, given, body)
      const outcome = await outcomeOf(it.client.ask(iqTypeOf(name), gatewayJid, question)).catch(String)
      assert.doesNotMatch(outcome, /internal-server-error|Error:/, question)
    }),
    { numRuns: 400 },
  )
  await it.town.clock.advance(1000)
  assert.deepEqual([it.source.size, it.writes, it.gateway.queries, it.town.faults], [8, [], 0, []])
})

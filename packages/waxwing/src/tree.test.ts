/** `waxwing tree`: its lines, and the command as a process against a server and a concentrator. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Client } from '@waxwing/client-node'
import { int, type LazyNodeOptions, type Source, thing, type WalkedNode } from '@waxwing/things'
import { waxwing } from './program.ts'
import { passwordOf, Sandbox, type Served } from './testing/sandbox.ts'
import { Branches, newsJson, newsLine, nodeJson, sourceLine } from './tree-text.ts'

const plain = {
  source: 's',
  state: 'None',
  hasChildren: false,
  childrenOrdered: false,
  isReadable: false,
  isControllable: false,
  hasCommands: false,
  parameters: [],
  messages: [],
} as const

function node(id: string, depth: number, isLast: boolean, more: Partial<WalkedNode> = {}): WalkedNode {
  return { ...plain, id, depth, isLast, ...more }
}

test('branches go on as far as there is something below them', () => {
  const branches = new Branches()
  const parameters = [{ kind: 'int', id: 'a', name: 'Address', value: '17' }] as const
  const lines = [
    node('a', 1, false, { hasChildren: true, nodeType: 'Bus', parameters }),
    node('b', 2, false, { hasChildren: true }),
    node('c', 3, true, { displayName: 'Meter c', state: 'ErrorUnsigned', parameters }),
    node('d', 2, true, { hasChildren: true }),
    node('e', 3, true),
    node('f', 1, true, { displayName: 'f' }),
  ].flatMap(one => branches.linesFor(one))
  assert.deepEqual(lines, [
    '├─ a  (Bus)',
    '│  │  Address: 17',
    '│  ├─ b',
    '│  │  └─ c  Meter c  ! ErrorUnsigned',
    '│  │        Address: 17',
    '│  └─ d',
    '│     └─ e',
    '└─ f',
  ])
})

test('what concentrators say does nothing to a terminal', () => {
  const [line = ''] = new Branches().linesFor(node('a\u001b[2J', 1, true))
  assert.equal(line, '└─ a␛[2J')
  assert.equal(sourceLine({ source: 'a\n', name: 'b', hasChildren: false }), 'a␊  b')
  assert.equal(newsLine({ kind: 'nodeRemoved', id: 'x\r' }), '- x␍')
})

test('what happens is told on one line, and as JSON', () => {
  const at = { text: '2026-11-21T12:00:00Z', instant: new Date('2026-11-21T12:00:00Z') }
  const messages = [{ at, type: 'Error', text: 'It burns.' }] as const
  const rows = [
    [{ kind: 'nodeAdded', ...plain, id: 'a', parentId: 'b', at }, `${at.text}  + a  below b`],
    [{ kind: 'nodeUpdated', ...plain, id: 'a', oldId: 'c' }, '~ a  was c'],
    [{ kind: 'nodeStatusChanged', id: 'a', state: 'ErrorSigned', messages }, '! a  ErrorSigned  It burns.'],
    [{ kind: 'nodeMovedUp', id: 'a' }, '↑ a'],
    [{ kind: 'nodeMovedDown', id: 'a' }, '↓ a'],
    [{ kind: 'gap' }, '… something may have been missed: look at the tree again'],
  ] as const
  for (const [news, line] of rows) {
    assert.equal(newsLine(news), line)
    assert.equal((JSON.parse(newsJson(news)) as { kind: string }).kind, news.kind)
  }
  assert.match(newsJson(rows[2][0]), /"messages":\[\{"type":"Error","text":"It burns\.","at":"2026/)
  assert.match(nodeJson(node('a', 1, true, { lastChanged: at })), /"id":"a",.*"lastChanged":"2026-11-21T12/)
})

const sandbox = new Sandbox()
const as = ['--as', 'you@localhost', '--password', passwordOf('you')]
let served: Served
let gateway: Client
let plant: Source

before(async () => {
  served = await sandbox.serve()
  await sandbox.addAccounts('you', 'gateway')
  gateway = await sandbox.logIn('gateway', served)
  gateway.roster.onRequest(request => request.accept())
  const concentrator = thing(gateway, {})
  plant = concentrator.source('MeteringTopology', { name: { en: 'Plant', de: 'Anlage' } })
  const bus = plant.add({ id: 'bus', type: 'Bus' })
  bus.add({ id: 'm1', parameters: { Address: int({ read: () => 17 }) } })
  bus.add({ id: 'm2' })
  const cell = (n: number): LazyNodeOptions => ({ id: `c${n}` })
  concentrator.source('Cells', {
    lazy: {
      node: ({ id }) => ({ id }),
      children: (_, { after: behind, max }) => {
        const begin = behind ? Number(behind.id.slice(1)) + 1 : 0
        return Array.from({ length: Math.min(max, 250 - begin) }, (_each, n) => cell(begin + n))
      },
    },
  })
  const you = await sandbox.logIn('you', served)
  await you.roster.request('gateway@localhost')
  await you.close()
})

after(async () => {
  await gateway?.close()
  await sandbox[Symbol.asyncDispose]()
})

test('a tree is shown, in the language of the terminal, and as JSON', async () => {
  const german = { LC_ALL: 'de_DE.UTF-8' }
  const child = sandbox.beginWith(german, ['tree', 'gateway@localhost', '--parameters', ...as])
  const { out, err, code } = await child.through()
  assert.deepEqual([code, err], [0, ''])
  const lines = out.split('\n')
  assert.deepEqual(lines.slice(0, 6), [
    'MeteringTopology  Anlage',
    '└─ bus  (Bus)',
    '   ├─ m1',
    '   │     Address: 17',
    '   └─ m2',
    'Cells',
  ])
  assert.deepEqual([lines.length, lines.at(-1)], [256, '└─ c249'])
  const json = await sandbox.run('tree', 'gateway@localhost', '--node', 'bus', '--json', ...as)
  const nodes = json.out.split('\n').map(line => JSON.parse(line) as WalkedNode)
  assert.deepEqual(
    nodes.map(({ id, source, depth }) => `${id} ${source} ${depth}`),
    // Cells are there whatever their name.
    [
      'm1 MeteringTopology 1',
      'm2 MeteringTopology 1',
      ...Array.from({ length: 250 }, (_, n) => `c${n} Cells 1`),
    ],
  )
})

test('what happens is shown until Ctrl-C', async () => {
  const words = ['tree', 'gateway@localhost', '--source', 'MeteringTopology', '--watch', ...as]
  const child = sandbox.begin(...words)
  await child.line(/└─ m2/)
  plant.node('m1')?.report('Error', 'It does not answer.')
  await child.line(/^\S+Z {2}! m1 {2}ErrorUnsigned {2}It does not answer\.$/)
  plant.node('m2')?.remove()
  await child.line(/^\S+Z {2}- m2$/)
  assert.equal((await child.end('SIGINT')).code, 0)
})

test('what cannot be shown is said in a sentence', async () => {
  const { err, code } = await sandbox.run('tree', 'gateway@localhost', '--source', 'Nowhere', ...as)
  assert.match(err, /gateway@localhost has no data source Nowhere that you may see/)
  assert.equal(code, 1)
  const deep = waxwing().parseAsync(['tree', 'gateway@localhost', '--depth', 'deep'], { from: 'user' })
  await assert.rejects(deep, /--depth deep: give a number of levels/)
})

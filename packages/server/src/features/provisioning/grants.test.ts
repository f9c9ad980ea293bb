/** What of a question is granted, and what another text would change. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FieldCategory, StanzaError } from '@waxwing/protocol'
import { dryRun } from './dry-run.ts'
import { grantOf } from './grants.ts'
import { bookOf, now, wish } from './rules-kit.test.ts'

const n1 = { id: 'n1' }
const n2 = { id: 'n2' }
const grants: readonly [
  what: string,
  rules: string,
  asked: { nodes?: readonly { id: string }[]; names?: readonly string[] },
  granted: { nodes: readonly { id: string }[]; names: readonly string[] } | false,
][] = [
  ['all of a thing', 'allow everyone to read everything', {}, { nodes: [], names: [] }],
  ['nothing of a thing', 'deny everyone to read everything', {}, false],
  [
    'some names of all (XEP-0324 §3.3.4)',
    'allow everyone to read everything only Energy, Power',
    {},
    { nodes: [], names: ['Energy', 'Power'] },
  ],
  [
    'some names of those asked for',
    'allow everyone to read everything only Energy, Power',
    { names: ['Power', 'Voltage'] },
    { nodes: [], names: ['Power'] },
  ],
  [
    'some nodes of those asked for (§3.3.3)',
    'allow everyone to read everything node n1',
    { nodes: [n1, n2] },
    { nodes: [n1], names: [] },
  ],
  [
    'all but one name, of names asked for',
    'allow everyone to read everything\ndeny everyone to read everything only Secret',
    { names: ['Power', 'Secret'] },
    { nodes: [], names: ['Power'] },
  ],
  [
    'all but one name cannot be told',
    'allow everyone to read everything\ndeny everyone to read everything only Secret',
    {},
    false,
  ],
  [
    'what nodes have in common',
    'allow everyone to read everything node n1\nallow everyone to read everything node n2 only Power',
    { nodes: [n1, n2] },
    { nodes: [n1, n2], names: ['Power'] },
  ],
  [
    'the first node where they have nothing in common',
    'allow everyone to read everything node n1 only Energy\nallow everyone to read everything node n2 only Power',
    { nodes: [n1, n2] },
    { nodes: [n1], names: ['Energy'] },
  ],
]
for (const [what, text, { nodes = [], names = [] }, granted] of grants)
  test(`a grant of ${what}`, () => {
    const asked = { nodes, names, categories: [] }
    const { result, ...parts } = grantOf(bookOf(text), wish('ann@home.example'), asked)
    assert.deepEqual(result ? parts : false, granted && { ...granted, categories: [] })
  })

const typed: readonly [
  what: string,
  text: string,
  asked: readonly FieldCategory[],
  granted: { readonly names: readonly string[]; readonly categories: readonly FieldCategory[] } | false,
][] = [
  [
    'the types a rule names',
    'allow everyone to read everything types momentary, status',
    ['momentary', 'historical'],
    { names: [], categories: ['momentary'] },
  ],
  [
    'some of all types',
    'allow everyone to read everything types momentary, status',
    [],
    { names: [], categories: ['momentary', 'status'] },
  ],
  [
    'all types that were asked for',
    'allow everyone to read everything types momentary, status',
    ['status'],
    { names: [], categories: [] },
  ],
  ['no type that a rule names', 'allow everyone to read everything types momentary', ['historical'], false],
  [
    'all but a type',
    'allow everyone to read everything\ndeny everyone to read everything types historical',
    ['momentary', 'historical'],
    { names: [], categories: ['momentary'] },
  ],
  [
    'types of which the same is allowed',
    'allow everyone to read everything only Energy types momentary\nallow everyone to read everything only Energy, Power types historical',
    ['momentary', 'peak', 'historical'],
    { names: ['Energy'], categories: ['momentary'] },
  ],
]
for (const [what, text, categories, granted] of typed)
  test(`a grant of ${what}`, () => {
    const asked = { nodes: [], names: [], categories }
    const { result, ...parts } = grantOf(bookOf(text), wish('ann@home.example'), asked)
    assert.deepEqual(result ? parts : false, granted && { nodes: [], ...granted })
  })

test('who asks for too much at once is told so', () => {
  const nodes = Array.from({ length: 200 }, (_, id) => ({ id: String(id) }))
  const names = Array.from({ length: 200 }, (_, name) => String(name))
  assert.throws(
    () => grantOf(bookOf(''), wish('ann@home.example'), { nodes, names, categories: [] }),
    StanzaError,
  )
})

test('who asks for everything at very many nodes is told so, too', () => {
  const names = Array.from({ length: 400 }, (_, n) => `f${n}`).join(',')
  const nodes = Array.from({ length: 100 }, (_, id) => ({ id: String(id) }))
  const book = bookOf(`allow everyone to read everything only ${names}`)
  assert.throws(
    () => grantOf(book, wish('ann@home.example'), { nodes, names: [], categories: [] }),
    StanzaError,
  )
  assert.equal(
    grantOf(book, wish('ann@home.example'), { nodes: nodes.slice(0, 9), names: [], categories: [] }).result,
    true,
  )
})

test('a dry run tells of services, too', () => {
  const { changes } = dryRun(
    bookOf('allow ann@x.example to use boiler@home.example only A'),
    bookOf(
      'allow ann@x.example to use boiler@home.example only A\ndeny ann@x.example to use boiler@home.example only A.B',
    ),
    now,
  )
  assert.deepEqual(
    changes.map(({ who, verb, what, isAllowed }) => [who, verb, what, isAllowed]),
    [['ann@x.example', 'use', 'boiler@home.example A.B', false]],
  )
})

test('a dry run tells what another text would change, and nothing else', () => {
  const before = bookOf(
    'allow ann@home.example to read everything\nallow everyone to control boiler@home.example',
  )
  const after = bookOf(
    'allow ann@home.example to read everything\ndeny ann@home.example to read boiler@home.example only Secret\nallow everyone to control boiler@home.example',
  )
  const { changes, isComplete } = dryRun(before, after, now)
  assert.ok(isComplete)
  assert.deepEqual(
    changes.map(({ who, verb, what, isAllowed, rule }) => [who, verb, what, isAllowed, rule?.line]),
    [['ann@home.example', 'read', 'boiler@home.example Secret', false, 2]],
  )
  assert.deepEqual(dryRun(before, before, now).changes, [])
})

test('a dry run tries everybody who is named, and somebody who is not', () => {
  const after = bookOf(
    'tag t is ann@home.example, domain x.example\nallow tag t to befriend boiler@home.example',
  )
  const who = dryRun(bookOf(''), after, now).changes.map(change => change.who)
  assert.deepEqual(who, ['ann@home.example', 'anybody else of x.example'])
  const all = dryRun(bookOf(''), bookOf('allow everyone to befriend everything'), now).changes
  assert.deepEqual(
    all.map(({ who, what }) => [who, what]),
    [['anybody else', 'other things']],
  )
})

test('a dry run tells what becomes of a thing that is no longer one’s own', () => {
  const text = 'allow ann@home.example to control everything'
  const lost = dryRun(bookOf(`own boiler@home.example\n${text}`), bookOf(text), now).changes
  const told = (changes: typeof lost) =>
    changes.map(({ who, verb, what, isAllowed }) => [who, verb, what, isAllowed])
  assert.deepEqual(told(lost), [
    ['ann@home.example', 'befriend', 'boiler@home.example', false],
    ['ann@home.example', 'control', 'boiler@home.example', false],
  ])
  const gained = dryRun(bookOf(text), bookOf(`own boiler@home.example\n${text}`), now).changes
  assert.deepEqual(
    told(gained),
    told(lost).map(([who, verb, what]) => [who, verb, what, true]),
  )
})

test('a dry run that has too much to try says so', () => {
  const lines = Array.from(
    { length: 400 },
    (_, n) => `allow a${n}@x.example to read t${n}@x.example only f${n}`,
  )
  assert.equal(dryRun(bookOf(''), bookOf(lines.join('\n')), now).isComplete, false)
})

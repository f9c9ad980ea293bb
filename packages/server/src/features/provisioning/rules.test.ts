/** Rules as text, and what they decide. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { parseBareJid, parseJid } from '@waxwing/jid'
import { type FieldCategory, StanzaError } from '@waxwing/protocol'
import { deciding, decidingFriend, rulesFor, type Wish } from './decision.ts'
import { dryRun } from './dry-run.ts'
import { explain } from './explanation.ts'
import { grantOf } from './grants.ts'
import type { RuleBook, Verb } from './rule.ts'
import { type RuleLine, writeRule } from './rule-line.ts'
import { readRules } from './rule-text.ts'
import { holdsAt, nextTurn } from './rule-times.ts'

const limits = { rules: 500, characters: 65_536 }
const boiler = parseBareJid('boiler@home.example')
const now = Date.UTC(2026, 10, 21, 12)
const noTokens = { service: [], device: [], user: [] }

function bookOf(text: string): RuleBook {
  const { book, faults } = readRules(text, limits)
  assert.deepEqual(faults, [])
  return book
}

function wish(who: string, verb: Verb = 'read', token?: string): Wish {
  const tokens = token === undefined ? noTokens : { ...noTokens, device: [token] }
  return { caller: { jid: parseJid(who), tokens }, verb, thing: boiler, tags: new Map(), now }
}

const misread: readonly [text: string, line: number, column: number, says: RegExp][] = [
  [
    'permit ann@x.example to read everything',
    1,
    1,
    /"permit" stands where "allow" or "deny" or "tag" or "own"/,
  ],
  ['# fine\nallow ann to read everything', 2, 7, /"ann" is no address; write "domain ann"/],
  ['allow ann@x.example/phone to read everything', 1, 7, /without resource/],
  ['allow @ to read everything', 1, 7, /no address/],
  ['allow domain a@b to read everything', 1, 14, /no domain/],
  ['allow everyone', 1, 15, /"to" is missing/],
  ['allow everyone to eat everything', 1, 19, /"eat" stands where "befriend" or "read" or "control"/],
  ['allow everyone to read', 1, 23, /the address of a thing is missing/],
  ['allow everyone to read everything only', 1, 39, /a name is missing/],
  ['allow everyone to read everything only a,', 1, 42, /a name is missing/],
  ['allow everyone to read everything only a b', 1, 42, /"b" is not understood/],
  ['allow everyone to read everything only "a', 1, 40, /no end/],
  ['allow everyone to read everything until 2026-02-30', 1, 41, /neither a day like 2026-12-31/],
  ['allow everyone to read everything until tomorrow', 1, 41, /neither a day/],
  ['allow everyone to befriend everything only a', 1, 39, /Friendship is with a whole thing/],
  ['allow everyone to use everything node n1', 1, 41, /Of a service, privileges are named/],
  ['allow everyone to use everything only "a b"', 1, 34, /words with dots between them/],
  ['allow everyone to use everything types peak', 1, 34, /Types are of what is read/],
  ['allow everyone to read everything types now', 1, 41, /"now" stands where "momentary"/],
  ['allow everyone to control everything types peak', 1, 38, /Types are of what is read/],
  ['allow everyone to read things with ROOM', 1, 40, /the value of a tag is missing/],
  ['allow everyone to read everything between 8 and 9', 1, 43, /no time of day/],
  ['allow everyone to read everything between 08:00 and 24:30', 1, 53, /no time of day/],
  ['allow everyone to read everything between 08:00 and 08:00', 1, 53, /no time between/],
  ['allow tag family to read everything', 1, 11, /No line says what the tag family is/],
  ['tag a is ann@x.example\ntag a is bob@x.example', 2, 5, /A line before/],
  ['own boiler@x.example,', 1, 22, /the address of a thing is missing/],
  ['own boiler@x.example/r', 1, 5, /without resource/],
  ['tag a is tag b', 1, 10, /cannot stand for another/],
  ['tag a is ann@x.example bob@x.example', 1, 24, /not understood/],
]
for (const [text, line, column, says] of misread)
  test(`what is wrong with ${JSON.stringify(text)}`, () => {
    const [fault] = readRules(text, limits).faults
    assert.deepEqual([fault?.line, fault?.column], [line, column], fault?.text)
    assert.match(fault?.text ?? '', says)
  })

test('several faults of a text are told at once', () => {
  assert.deepEqual(
    readRules('allow\n\ndeny x', limits).faults.map(({ line, column }) => [line, column]),
    [
      [1, 6],
      [3, 6],
    ],
  )
})

test('texts have limits', () => {
  const line = 'allow everyone to read everything\n'
  assert.deepEqual(readRules(line.repeat(3), { rules: 3, characters: 1000 }).faults, [])
  assert.equal(readRules(line.repeat(4), { rules: 3, characters: 1000 }).faults[0]?.line, 4)
  assert.equal(readRules(line.repeat(4), { rules: 9, characters: 100 }).faults.length, 1)
  const names = Array.from({ length: 9 }, (_, index) => `f${index}`).join(',')
  const wide = `allow everyone to read everything only ${names}`
  assert.equal(readRules(wide, { rules: 8, characters: 1000 }).faults.length, 1)
  const members = Array.from({ length: 9 }, (_, index) => `a${index}@x.example`).join(',')
  assert.equal(readRules(`tag a is ${members}`, { rules: 8, characters: 1000 }).faults.length, 1)
})

test('faults are bounded', () => {
  assert.equal(readRules('nonsense\n'.repeat(1000), limits).faults.length, 20)
})

test('a rule with everything a rule can say', () => {
  const { rules, tags } = bookOf(
    'tag family is ann@home.example, domain friends.example\r\n' +
      '\tallow tag family to read boiler@home.example node n1 source plant partition p only Power, "Outside # temperature, \\"north\\"" until 2026-12-31 # for now',
  )
  assert.deepEqual(tags.get('family'), [
    { kind: 'account', jid: 'ann@home.example' },
    { kind: 'domain', domain: 'friends.example' },
  ])
  const [rule] = rules
  assert.deepEqual(rule?.node, { id: 'n1', source: 'plant', partition: 'p' })
  assert.deepEqual(rule?.names, ['Power', 'Outside # temperature, "north"'])
  assert.equal(rule?.until, Date.UTC(2027, 0, 1))
  assert.equal(rule?.line, 2)
})

test('who owns what is said in one line or in several', () => {
  const { things } = bookOf('own boiler@home.example, lamp@home.example\nown gate.home.example')
  assert.deepEqual([...things], ['boiler@home.example', 'lamp@home.example', 'gate.home.example'])
})

test('the rules on the page about provisioning are right', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../../../../docs/provisioning.md'), 'utf8')
  const blocks = [...page.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].filter(([, language]) => language === '')
  const examples = blocks.map(([, , text = '']) => bookOf(text).rules.length)
  // Each privilege is a rule of its own.
  assert.deepEqual(examples, [4, 1, 2, 4])
})

test('whatever stands in a text, it is read or its faults are told', () => {
  const words = [
    'allow',
    'deny',
    'tag',
    'own',
    'is',
    'to',
    'read',
    'everything',
    'everyone',
    'only',
    'until',
    'node',
  ]
  const marks = [
    'a@b.example',
    ',',
    '"',
    '"x y"',
    '\\',
    '#',
    '2026-12-31',
    '\n',
    '\t',
    '@',
    '/',
    '\u0000',
    '😀',
  ]
  const all = [...words, ...marks]
  let seed = 1
  const next = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (let round = 0; round < 2_000; round++) {
    const text = Array.from({ length: next(14) }, () => all[next(all.length)]).join(next(2) === 0 ? ' ' : '')
    const lines = text.split('\n')
    for (const { line, column } of readRules(text, limits).faults) {
      assert.ok(line >= 1 && line <= lines.length, text)
      assert.ok(column >= 1 && column <= (lines[line - 1]?.length ?? 0) + 1, `${text}: ${column}`)
    }
  }
})

test('words in quotes are names, not keywords', () => {
  const [rule] = bookOf('allow everyone to read boiler@home.example only "until", "only"').rules
  assert.deepEqual(rule?.names, ['until', 'only'])
})

/** Which line decides on Temperature of node n1; 0: none. */
const decisions: readonly [what: string, rules: string, who: string, line: number, token?: string][] = [
  ['nothing is allowed without a rule', '', 'ann@home.example', 0],
  ['rules are about one verb', 'allow everyone to control everything', 'ann@home.example', 0],
  ['rules are about one thing', 'allow everyone to read pump@home.example', 'ann@home.example', 0],
  ['resources do not matter', 'allow ann@home.example to read everything', 'ann@home.example/phone', 1],
  ['a subdomain is another domain', 'allow domain home.example to read everything', 'ann@x.home.example', 0],
  [
    'an address is more specific than its domain',
    'deny domain home.example to read everything\nallow ann@home.example to read everything',
    'ann@home.example',
    2,
  ],
  [
    'a domain is more specific than everyone',
    'allow everyone to read boiler@home.example\ndeny domain home.example to read everything',
    'ann@home.example',
    2,
  ],
  [
    'a tag is more specific than a domain',
    'tag t is ann@home.example\nallow domain home.example to read everything\ndeny tag t to read everything',
    'ann@home.example',
    3,
  ],
  [
    'an address is more specific than a tag',
    'tag t is ann@home.example\ndeny tag t to read everything\nallow ann@home.example to read everything',
    'ann@home.example',
    3,
  ],
  [
    'a token is more specific than an address',
    'deny ann@home.example to read everything\nallow token t1 to read everything',
    'ann@home.example',
    2,
    't1',
  ],
  ['a token has to be shown', 'allow token t1 to read everything', 'ann@home.example', 0, 't2'],
  [
    'who matters before what',
    'deny everyone to read boiler@home.example node n1 only Temperature\nallow ann@home.example to read everything',
    'ann@home.example',
    2,
  ],
  [
    'a thing is more specific than everything',
    'deny everyone to read everything\nallow everyone to read boiler@home.example',
    'ann@home.example',
    2,
  ],
  [
    'a name is more specific than a thing',
    'allow everyone to read boiler@home.example\ndeny everyone to read everything only Temperature',
    'ann@home.example',
    2,
  ],
  [
    'a node is more specific than a name',
    'deny everyone to read boiler@home.example only Temperature\nallow everyone to read boiler@home.example node n1',
    'ann@home.example',
    2,
  ],
  [
    'a name of a node is most specific',
    'allow everyone to read boiler@home.example node n1\ndeny everyone to read boiler@home.example node n1 only Temperature',
    'ann@home.example',
    2,
  ],
  [
    'denying beats allowing where nothing else tells them apart',
    'allow everyone to read everything\ndeny everyone to read everything',
    'ann@home.example',
    2,
  ],
  [
    'the first of two that say the same decides',
    'allow everyone to read everything\nallow everyone to read everything',
    'ann@home.example',
    1,
  ],
  [
    'what is over does not decide',
    'allow everyone to read everything until 2026-11-21T12:00:00Z',
    'ann@home.example',
    0,
  ],
  [
    'what is not over yet does',
    'allow everyone to read everything until 2026-11-21T12:00:01Z',
    'ann@home.example',
    1,
  ],
  ['another node is not meant', 'allow everyone to read everything node n2', 'ann@home.example', 0],
  ['another name is not meant', 'allow everyone to read everything only Power', 'ann@home.example', 0],
]
for (const [what, text, who, line, token] of decisions)
  test(what, () => {
    const ranked = rulesFor(bookOf(text), wish(who, 'read', token))
    assert.equal(
      deciding(ranked, { node: { id: 'n1', source: 'plant' }, name: 'Temperature' })?.line ?? 0,
      line,
    )
  })

const friends: readonly [what: string, rules: string, line: number, effect?: string][] = [
  ['a stranger is no friend', '', 0],
  ['a rule about friendship decides', 'allow everyone to befriend everything', 1, 'allow'],
  ['who may read something is a friend', 'allow everyone to read everything only Power', 1, 'allow'],
  ['who may control something is a friend', 'allow everyone to control everything', 1, 'allow'],
  [
    'a rule about friendship comes before those',
    'allow everyone to read everything\ndeny everyone to befriend everything',
    2,
    'deny',
  ],
  [
    'what is allowed and taken away makes no friends',
    'allow everyone to read everything\ndeny ann@home.example to read everything',
    0,
  ],
]
for (const [what, text, line, effect] of friends)
  test(what, () => {
    const rule = decidingFriend(bookOf(text), wish('ann@home.example'))
    assert.deepEqual([rule?.line ?? 0, rule?.effect], [line, effect])
  })

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

const held: readonly [times: string, at: string, holds: boolean][] = [
  ['from 2026-11-22', '2026-11-21T23:59:59Z', false],
  ['from 2026-11-22', '2026-11-22T00:00:00Z', true],
  ['from 2026-11-22T06:00:00Z until 2026-11-22', '2026-11-22T23:59:59Z', true],
  ['from 2026-11-22T06:00:00Z until 2026-11-22', '2026-11-23T00:00:00Z', false],
  ['between 08:00 and 18:00', '2026-11-21T08:00:00Z', true],
  ['between 08:00 and 18:00', '2026-11-21T18:00:00Z', false],
  ['between 22:00 and 06:00', '2026-11-21T05:59:59Z', true],
  ['between 22:00 and 06:00', '2026-11-21T12:00:00Z', false],
  ['between 18:00 and 24:00', '2026-11-21T23:59:00Z', true],
]
for (const [times, at, holds] of held)
  test(`a rule ${times} ${holds ? 'holds' : 'does not hold'} at ${at}`, () => {
    const { rules } = bookOf(`allow everyone to read everything ${times}`)
    assert.deepEqual(
      rules.map(rule => holdsAt(rule, Date.parse(at))),
      [holds],
    )
  })

const turns: readonly [times: string, at: string, next: string | undefined][] = [
  ['', '2026-11-21T12:00:00Z', undefined],
  ['from 2026-11-22 until 2026-11-30', '2026-11-21T12:00:00Z', '2026-11-22T00:00:00Z'],
  ['from 2026-11-22 until 2026-11-30', '2026-11-22T12:00:00Z', '2026-12-01T00:00:00Z'],
  ['until 2026-11-20', '2026-11-21T12:00:00Z', undefined],
  ['between 08:00 and 18:00', '2026-11-21T12:00:00Z', '2026-11-21T18:00:00Z'],
  ['between 08:00 and 18:00', '2026-11-21T18:00:00Z', '2026-11-22T08:00:00Z'],
]
for (const [times, at, next] of turns)
  test(`a rule ${times} turns next after ${at} at ${next ?? 'no time'}`, () => {
    const [rule] = bookOf(`allow everyone to read everything ${times}`).rules
    const turn = rule && nextTurn(rule, Date.parse(at))
    assert.equal(turn, next && Date.parse(next))
  })

const written: readonly [line: Partial<RuleLine>, text: string][] = [
  [{}, 'allow ann@x.example to read boiler@home.example'],
  [
    { names: ['Energy', 'Flow "in"', 'a\nb'] },
    'allow ann@x.example to read boiler@home.example only Energy, "Flow \\"in\\"", "a b"',
  ],
  [
    { subject: { kind: 'account', jid: parseBareJid('#1@x.example') } },
    'allow "#1@x.example" to read boiler@home.example',
  ],
  [
    { subject: { kind: 'token', token: 'p:x', of: 'device' } },
    'allow device "p:x" to read boiler@home.example',
  ],
  [
    { node: { id: 'n 1', source: 's' }, categories: ['peak'], until: new Date('2026-12-31T12:00:00Z') },
    'allow ann@x.example to read boiler@home.example node "n 1" source s types peak until 2026-12-31T12:00:00Z',
  ],
]
for (const [line, text] of written)
  test(`a rule is written so that it is read again: ${text}`, () => {
    const subject = { kind: 'account', jid: parseBareJid('ann@x.example') } as const
    const plain = {
      effect: 'allow',
      subject,
      verb: 'read',
      thing: boiler,
      names: [],
      categories: [],
    } as const
    assert.equal(writeRule({ ...plain, ...line }), text)
    const [rule] = bookOf(text).rules
    assert.deepEqual(rule?.subject, line.subject ?? subject)
    assert.equal(rule?.names.length, line.names?.length ?? 0)
  })

test('a rule about things with tags is about things that have all of them', () => {
  const book = bookOf('allow everyone to read things with room "Living room" and CLASS Lamp')
  const isRead = (...tags: readonly (readonly [string, string | number])[]): boolean => {
    const about = { ...wish('ann@home.example'), tags: new Map(tags) }
    return grantOf(book, about, { nodes: [], names: [], categories: [] }).result
  }
  assert.ok(isRead(['ROOM', 'Living room'], ['CLASS', 'Lamp'], ['SN', 1]))
  assert.ok(!isRead(['ROOM', 'Living room']))
  assert.ok(!isRead())
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

test('an explanation names the rule, why it decides, and why others do not', () => {
  const book = bookOf(
    `deny everyone to read everything
allow domain home.example to read everything
allow ann@home.example to read boiler@home.example
allow ann@home.example to read boiler@home.example only Temperature
allow ann@home.example to read everything until 2026-01-01
allow ann@home.example to read pump@home.example`,
  )
  const found = explain(book, wish('ann@home.example'), { name: 'Temperature' })
  assert.equal(found.isAllowed, true)
  assert.equal(found.rule?.line, 4)
  assert.match(found.why, /Line 4 is about ann@home.example and Temperature of boiler@home.example/)
  assert.deepEqual(
    found.others.map(({ rule, why }) => [rule.line, why]),
    [
      [3, 'boiler@home.example is less specific than Temperature of boiler@home.example in line 4.'],
      [5, 'It held until 2026-01-02T00:00:00Z.'],
      [2, 'the domain home.example is less specific than ann@home.example in line 4.'],
      [1, 'everyone is less specific than ann@home.example in line 4.'],
    ],
  )
})

test('an explanation of what no rule is about', () => {
  const found = explain(bookOf(''), wish('ann@home.example'), {})
  assert.deepEqual([found.isAllowed, found.rule, found.others], [false, undefined, []])
  assert.match(found.why, /what no rule allows is denied/)
})

test('of privileges the longest name decides, and to use a service is no privilege (XEP-0324 §3.7.1)', () => {
  const book = bookOf(
    'allow ann@x.example to use boiler@home.example\nallow ann@x.example to use everything only A.B.C, X\ndeny ann@x.example to use boiler@home.example only A.B',
  )
  const lines = (name?: string): (number | undefined)[] => {
    const { rule, others } = explain(book, wish('ann@x.example', 'use'), { name })
    return [rule?.line, ...others.map(other => other.rule.line)]
  }
  assert.deepEqual(lines(), [1])
  assert.deepEqual(lines('A.B.C.D'), [2, 3])
  assert.deepEqual(lines('A.B'), [3])
  assert.deepEqual(lines('X.Y'), [2])
  assert.deepEqual(lines('Z'), [undefined])
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

test('an explanation shows no token', () => {
  const book = bookOf('allow token abcdefgh to read everything')
  assert.ok(!explain(book, wish('ann@home.example', 'read', 'abcdefgh'), {}).why.includes('abcdefgh'))
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

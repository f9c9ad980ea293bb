/** Rules as text: what is read, what is wrong with it, and when rules hold. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { parseBareJid } from '@waxwing/jid'
import { withLearned } from './learned-rules.ts'
import { type RuleLine, writeRule } from './rule-line.ts'
import { readRules } from './rule-text.ts'
import { holdsAt, nextTurn } from './rule-times.ts'
import { boiler, bookOf, limits } from './rules-kit.test.ts'

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

const ann = { kind: 'account', jid: parseBareJid('ann@x.example') } as const
const said = {
  effect: 'allow',
  subject: ann,
  verb: 'read',
  thing: boiler,
  names: [],
  categories: [],
} as const
const before = 'allow ann@x.example to read boiler@home.example'
const learned: readonly [what: string, old: string, answer: Partial<RuleLine>, lines: readonly string[]][] = [
  [
    'what was not said before stands beside it',
    'only B',
    { names: ['A'] },
    ['only B  # learned 2026-11-20', 'only A'],
  ],
  ['the same gives way', 'only B until 2026-12-01', { names: ['B'] }, ['only B']],
  ['a part gives way to the whole', 'only A, B types peak', {}, ['']],
  ['the whole stays beside a part', '', { names: ['A'] }, ['  # learned 2026-11-20', 'only A']],
  [
    'of several names those give way that are said anew',
    'only A, B, "C d"',
    { effect: 'deny', names: ['B'] },
    ['only A, "C d"  # learned 2026-11-20', 'only B'],
  ],
  [
    'other types stay',
    'only A types peak',
    { names: ['A'], categories: ['status'] },
    ['only A types peak  # learned 2026-11-20', 'only A types status'],
  ],
  [
    'another verb stays',
    'only A',
    { verb: 'control', names: ['A'] },
    ['only A  # learned 2026-11-20', 'only A'],
  ],
]
for (const [what, old, answer, lines] of learned)
  test(`of what was learned before: ${what}`, () => {
    const text = `own ${boiler}\n${before} ${old}${old === '' ? '' : '  '}# learned 2026-11-20\n`
    const after = withLearned(text, bookOf(text), [{ ...said, ...answer }], '2026-11-21')
    const told = after.trimEnd().split('\n').slice(1)
    assert.deepEqual(
      told.map(line =>
        line
          .replace(/^.*?boiler@home\.example ?/, '')
          .replace(/ *# learned 2026-11-21$/, '')
          .trim(),
      ),
      lines.map(line => line.trim()),
    )
    assert.equal(bookOf(after).rules.length, lines.length)
  })

test('what owners wrote themselves stays, whatever is learned', () => {
  const text = `${before} only A # mine`
  assert.equal(
    withLearned(text, bookOf(text), [{ ...said, names: ['A'] }], '2026-11-21'),
    `${text}\n${before} only A  # learned 2026-11-21\n`,
  )
})

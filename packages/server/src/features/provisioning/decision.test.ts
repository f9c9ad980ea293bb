/** Which rule decides, and why. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deciding, decidingFriend, rulesFor } from './decision.ts'
import { explain } from './explanation.ts'
import { grantOf } from './grants.ts'
import { bookOf, wish } from './rules-kit.test.ts'

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

test('an explanation shows no token', () => {
  const book = bookOf('allow token abcdefgh to read everything')
  assert.ok(!explain(book, wish('ann@home.example', 'read', 'abcdefgh'), {}).why.includes('abcdefgh'))
})

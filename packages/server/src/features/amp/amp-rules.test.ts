/** Conditions of advanced message processing: XEP-0079 §3.3. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Fate, faultIn, metRule } from './amp-rules.ts'

const direct = (...resources: readonly string[]): Fate => ({ kind: 'direct', resources })
const stored: Fate = { kind: 'stored' }
const none: Fate = { kind: 'none' }
const onward: Fate = { kind: 'onward' }
const before = '2004-01-01T00:00:00Z'
const after = '2004-01-01T00:00:02Z'
const now = Date.UTC(2004, 0, 1, 0, 0, 1)

const cases: readonly [
  condition: string,
  value: string,
  fate: Fate,
  intended: string | undefined,
  isMet: boolean,
][] = [
  ['deliver', 'direct', direct('a'), 'a', true],
  ['deliver', 'direct', onward, 'a', true],
  ['deliver', 'direct', stored, undefined, false],
  ['deliver', 'stored', stored, undefined, true],
  ['deliver', 'none', none, undefined, true],
  ['deliver', 'none', stored, undefined, false],
  ['deliver', 'forward', direct('a'), undefined, false],
  ['deliver', 'gateway', onward, undefined, false],
  ['expire-at', before, direct('a'), undefined, true],
  ['expire-at', after, direct('a'), undefined, false],
  ['expire-at', before, stored, undefined, true],
  ['match-resource', 'any', direct('b'), 'a', true],
  ['match-resource', 'any', stored, 'a', false],
  ['match-resource', 'exact', direct('a'), 'a', true],
  ['match-resource', 'exact', direct('b'), 'a', false],
  ['match-resource', 'exact', direct('a', 'b'), 'a', false],
  ['match-resource', 'other', direct('b'), 'a', true],
  ['match-resource', 'other', direct('a'), 'a', false],
  ['match-resource', 'other', stored, 'a', true],
  ['match-resource', 'exact', stored, undefined, true],
  ['match-resource', 'exact', direct('a'), undefined, false],
  ['match-resource', 'other', direct('a'), undefined, true],
  ['match-resource', 'other', onward, 'a', false],
]
for (const [condition, value, fate, intended, isMet] of cases)
  test(`${condition} ${value} is ${isMet ? 'met' : 'not met'} by ${JSON.stringify(fate)} for ${intended ?? 'the account'} (XEP-0079 §3.3)`, () => {
    const rule = { action: 'drop', condition, value }
    assert.equal(metRule([rule], fate, intended, now), isMet ? rule : undefined)
  })

test('the first rule that is met counts (XEP-0079 §2.2.3)', () => {
  const rule = (action: string, value: string) => ({ action, condition: 'deliver', value })
  const [a, b, c] = [rule('drop', 'none'), rule('error', 'stored'), rule('alert', 'stored')]
  assert.equal(metRule([a, b, c], stored, undefined, now), b)
})

const faults: readonly [action: string, condition: string, value: string, fault: string | undefined][] = [
  ['drop', 'deliver', 'direct', undefined],
  ['drop', 'expire-at', before, undefined],
  ['explode', 'deliver', 'direct', 'unsupported-actions'],
  ['drop', 'weather', 'rain', 'unsupported-conditions'],
  ['drop', 'deliver', 'slowly', 'invalid-rules'],
  ['drop', 'expire-at', 'tomorrow', 'invalid-rules'],
  ['drop', 'expire-at', '2004-01-01T00:00:00+01:00', 'invalid-rules'],
  ['drop', 'match-resource', '', 'invalid-rules'],
]
for (const [action, condition, value, fault] of faults)
  test(`${action} if ${condition} is '${value}' is ${fault ?? 'a rule'} (XEP-0079 §6.1)`, () =>
    assert.equal(faultIn([{ action, condition, value }], 4)?.fault, fault))

test('rules are neither none nor too many', () => {
  const rule = { action: 'drop', condition: 'deliver', value: 'none' }
  assert.equal(faultIn([], 2)?.fault, 'invalid-rules')
  assert.equal(faultIn([rule, rule, rule], 2)?.fault, 'invalid-rules')
})

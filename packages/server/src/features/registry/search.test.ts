/** The operators of a search: XEP-0347 §3.15. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SearchCondition, StanzaError } from '@waxwing/protocol'
import { searchFor } from './search.ts'
import type { Tags } from './tags.ts'

const rules = { maxConditions: 3, maxPatternSteps: 10_000 }
const thing: Tags = new Map<string, string | number>([
  ['MAN', 'www.ktc.se'],
  ['SN', '394872348732948723'],
  ['V', 1.2],
])

const text = (
  kind: 'strEq' | 'strNEq' | 'strGt' | 'strGtEq' | 'strLt' | 'strLtEq' | 'strRegEx',
  value: string,
) => ({ kind, name: 'man', value }) as const
const number = (kind: 'numEq' | 'numNEq' | 'numGt' | 'numGtEq' | 'numLt' | 'numLtEq', value: number) =>
  ({ kind, name: 'v', value }) as const
const textRange = (
  kind: 'strRange' | 'strNRange',
  min: string,
  minIncluded: boolean,
  max: string,
  maxIncluded: boolean,
) => ({ kind, name: 'MAN', min, minIncluded, max, maxIncluded }) as const
const range = (
  kind: 'numRange' | 'numNRange',
  min: number,
  minIncluded: boolean,
  max: number,
  maxIncluded: boolean,
) => ({ kind, name: 'V', min, minIncluded, max, maxIncluded }) as const
const mask = (value: string, wildcard = '*') => ({ kind: 'strMask', name: 'SN', value, wildcard }) as const

const cases: readonly [condition: SearchCondition, fits: boolean][] = [
  [text('strEq', 'www.ktc.se'), true],
  [text('strEq', 'WWW.ktc.se'), false],
  [text('strNEq', 'x'), true],
  [text('strNEq', 'www.ktc.se'), false],
  [text('strGt', 'www.ktc.s'), true],
  [text('strGt', 'www.ktc.se'), false],
  [text('strGtEq', 'www.ktc.se'), true],
  [text('strLt', 'x'), true],
  [text('strLt', 'www.ktc.se'), false],
  [text('strLtEq', 'www.ktc.se'), true],
  [text('strRegEx', 'www\\.[a-z]+\\.se'), true],
  [text('strRegEx', 'ktc'), false],
  [textRange('strRange', 'www.ktc.se', true, 'x', false), true],
  [textRange('strRange', 'www.ktc.se', false, 'x', false), false],
  [textRange('strNRange', 'www.ktc.se', false, 'x', false), true],
  [textRange('strNRange', 'a', true, 'x', true), false],
  [mask('39487*'), true],
  [mask('*723'), true],
  [mask('3*8*3'), true],
  [mask('394872348732948723'), true],
  [mask('394872348732948723394872348732948723*'), false],
  [mask('%87%', '%'), true],
  [mask('*x*'), false],
  [mask('39487*', ''), false],
  [number('numEq', 1.2), true],
  [number('numNEq', 1.2), false],
  [number('numNEq', 1), true],
  [number('numGt', 1.2), false],
  [number('numGt', 1), true],
  [number('numGtEq', 1.2), true],
  [number('numLt', 2), true],
  [number('numLt', 1.2), false],
  [number('numLtEq', 1.2), true],
  [range('numRange', 1.2, true, 2, false), true],
  [range('numRange', 1.2, false, 2, false), false],
  [range('numNRange', 1.2, false, 2, true), true],
  [range('numNRange', 1, true, 2, true), false],
  // Of another type, not there, and the secret one.
  [{ kind: 'strEq', name: 'V', value: '1.2' }, false],
  [{ kind: 'numNEq', name: 'MAN', value: 1 }, false],
  [{ kind: 'strNEq', name: 'CITY', value: 'x' }, false],
  [{ kind: 'strNEq', name: 'key', value: 'x' }, false],
  [{ kind: 'strMask', name: 'M*', nameWildcard: '*', value: 'www*', wildcard: '*' }, true],
  [{ kind: 'strMask', name: 'C*', nameWildcard: '*', value: 'www*', wildcard: '*' }, false],
]
for (const [condition, fits] of cases)
  test(`${JSON.stringify(condition)} ${fits ? 'fits' : 'does not fit'}`, () => {
    assert.equal(searchFor([condition], rules).fits(thing), fits)
  })

test('all conditions hold together (XEP-0347 §3.15)', () => {
  assert.equal(searchFor([number('numGt', 1), mask('39*')], rules).fits(thing), true)
  assert.equal(searchFor([number('numGt', 1), mask('40*')], rules).fits(thing), false)
})

test('what is tried on many things costs with every one of them, masks and names with wildcards, too', () => {
  for (const condition of [
    mask('*8*7*2*3*x'),
    { kind: 'numEq', name: '*V*', nameWildcard: '*', value: 0 } as const,
  ]) {
    const { fits } = searchFor([condition], { ...rules, maxPatternSteps: 100 })
    assert.throws(
      () => Array.from({ length: 101 }, () => fits(thing)),
      error => error instanceof StanzaError && error.condition === 'resource-constraint',
    )
  }
})

const refused: readonly [what: string, conditions: readonly SearchCondition[], condition: string][] = [
  ['nothing to look for', [], 'bad-request'],
  ['too many conditions', Array.from({ length: 4 }, () => mask('*')), 'resource-constraint'],
  ['a name that is none', [{ kind: 'strEq', name: 'a b', value: '' }], 'bad-request'],
  ['a pattern that is none', [text('strRegEx', '(')], 'bad-request'],
  ['a pattern that is too long', [text('strRegEx', 'a'.repeat(129))], 'bad-request'],
  ['a mask that is too long', [mask('*'.repeat(129))], 'bad-request'],
  [
    'a name with wildcards that is too long',
    [{ kind: 'strEq', name: '*'.repeat(129), nameWildcard: '*', value: '' }],
    'bad-request',
  ],
  ['patterns that take too long', [text('strRegEx', '(.?.?.?.?){50}')], 'resource-constraint'],
]
for (const [what, conditions, condition] of refused)
  test(`${what}: ${condition}`, () => {
    assert.throws(
      () => searchFor(conditions, { ...rules, maxPatternSteps: 500 }).fits(thing),
      error => error instanceof StanzaError && error.condition === condition,
    )
  })

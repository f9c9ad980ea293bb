/** Regular expressions without backtracking. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BudgetError, compiled, PatternError } from './pattern.ts'

const cases: readonly [pattern: string, fits: readonly string[], fitsNot: readonly string[]][] = [
  ['', [''], ['a']],
  ['abc', ['abc'], ['ab', 'abcd', 'xabc']],
  ['^abc$', ['abc'], ['ab']],
  ['a\\$', ['a$'], ['a']],
  ['a.c', ['abc', 'a.c', 'a\u{1F600}c'], ['ac']],
  ['a*', ['', 'a', 'aaaa'], ['b', 'aab']],
  ['a+b?', ['a', 'aab'], ['', 'b', 'abb']],
  ['(ab|cd)+', ['ab', 'cdab'], ['', 'abc']],
  ['(?:ab|)c', ['abc', 'c'], ['ab']],
  ['a{2}', ['aa'], ['a', 'aaa']],
  ['a{2,}', ['aa', 'aaaaa'], ['a']],
  ['a{1,3}', ['a', 'aaa'], ['', 'aaaa']],
  ['(a{0,2}){2}', ['', 'a', 'aaaa'], ['aaaaa']],
  ['[a-c0]x', ['ax', 'cx', '0x'], ['dx', 'x']],
  ['[^a-c]', ['d', '-'], ['a', '']],
  ['[]a-]', [']', 'a', '-'], ['b']],
  ['[\\d\\-]+', ['1-2'], ['a']],
  ['\\d\\D\\w\\W\\s\\S', ['1a_- x'], ['aa_- x']],
  ['a*?b', ['aab'], ['aa']],
  ['(a*)*', ['', 'aaaa'], ['b']],
]
for (const [pattern, fits, fitsNot] of cases)
  test(`/${pattern}/`, () => {
    const isFit = (text: string): boolean => compiled(pattern)(text, { left: 10_000 })
    assert.deepEqual(
      fits.filter(text => !isFit(text)),
      [],
    )
    assert.deepEqual(fitsNot.filter(isFit), [])
  })

for (const pattern of [
  '(',
  ')',
  'a)',
  '[a',
  '*',
  'a**',
  'a{',
  'a{2,1}',
  'a{9999}',
  '(?=a)',
  '\\b',
  '\\1',
  'a\\',
  '((a{100}){100}){100}',
  '('.repeat(50) + ')'.repeat(50),
])
  test(`/${pattern}/ is refused`, () => assert.throws(() => compiled(pattern), PatternError))

test('what makes others backtrack for ever takes as long as it is', () => {
  const budget = { left: 100_000 }
  assert.equal(compiled('(a+)+b')('a'.repeat(128), budget), false)
  assert.ok(budget.left > 95_000)
})

test('the budget ends a match', () => {
  assert.throws(() => compiled('(a|a|a|a)*')('a'.repeat(128), { left: 100 }), BudgetError)
})

test('what looks small and is much work costs what it is: members of a class, alternatives that lead to one place', () => {
  const budget = { left: 100_000 }
  compiled(`[${'abcdefghij'.repeat(10)}]{20}`)('a'.repeat(20), budget)
  assert.ok(budget.left <= 98_000, String(budget.left))
  const before = budget.left
  compiled(`(${'|'.repeat(100)}a)*`)('a'.repeat(20), budget)
  assert.ok(before - budget.left >= 2_000, String(before - budget.left))
})

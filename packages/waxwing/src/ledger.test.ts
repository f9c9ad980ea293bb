/** The kill test's own memory: it must notice what is missing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ledger } from './testing/ledger.ts'

const found: readonly [what: string, texts: readonly string[], isRight: boolean][] = [
  ['all that was confirmed', ['a 1', 'a 2'], true],
  ['more than was confirmed', ['a 1', 'a 2', 'a 3'], true],
  ['the last one lost', ['a 1'], false],
  ['one in the middle lost', ['a 1', 'a 3'], false],
  ['one twice', ['a 1', 'a 2', 'a 2'], false],
  ['another order', ['a 2', 'a 1'], false],
  ['nothing at all', [], false],
]

for (const [what, texts, isRight] of found)
  test(`${what} is ${isRight ? 'right' : 'noticed'}`, () => {
    const ledger = new Ledger()
    ledger.nextLetter('a', 'box')
    ledger.nextLetter('a', 'box')
    ledger.lettersHandled('a', 'box')
    ledger.nextLetter('a', 'box')
    const check = (): void => ledger.checkMailbox('box', ['a'], texts)
    if (isRight) check()
    else assert.throws(check, assert.AssertionError)
  })

test('a change that was not confirmed may be there or not', async () => {
  const ledger = new Ledger()
  await ledger.change(ledger.accounts, 'a', true, () => Promise.resolve())
  assert.equal(ledger.accounts.get('a'), true)
  await assert.rejects(ledger.change(ledger.accounts, 'a', false, () => Promise.reject(new Error('killed'))))
  assert.equal(ledger.accounts.has('a'), false)
})

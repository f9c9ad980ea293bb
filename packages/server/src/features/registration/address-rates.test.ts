import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddressRates } from './address-rates.ts'

const hourMs = 3_600_000

test('an address may so often in an hour, and asking in vain does not prolong the wait (XEP-0077 §7)', () => {
  const rates = new AddressRates(2, 10)
  assert.deepEqual(
    [0, 0, 0, 0].map(now => rates.take('192.0.2.1', now)),
    [true, true, false, false],
  )
  assert.equal(rates.take('192.0.2.1', hourMs / 2 + 1), true)
})

test('one address does not use up what others may', () => {
  const rates = new AddressRates(1, 10)
  assert.equal(rates.take('192.0.2.1', 0), true)
  assert.equal(rates.take('192.0.2.2', 0), true)
})

test('only so many addresses are remembered', () => {
  const rates = new AddressRates(1, 2)
  for (const address of ['a', 'b', 'c']) rates.take(address, 0)
  assert.equal(rates.take('c', 0), false)
  assert.equal(rates.take('a', 0), true)
})

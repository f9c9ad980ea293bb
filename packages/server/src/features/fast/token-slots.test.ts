import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goodUntil, isDue, type TokenSlot, type TokenSlots, useToken, withFresh } from './token-slots.ts'

const slot = (nonce: string, more: Partial<TokenSlot> = {}): TokenSlot => ({
  nonce,
  mechanism: 'M',
  issued: 0,
  expires: 100,
  count: 0,
  ...more,
})
const use = { mechanism: 'M', now: 50, count: undefined, invalidate: false }

test('the algorithm with two tokens (XEP-0484 §5.1)', () => {
  const [a, b] = [slot('a'), slot('b')]
  const rows: readonly [slots: TokenSlots, use: Parameters<typeof useToken>[1], expected: unknown][] = [
    [{ fresh: b }, { ...use, nonce: 'b' }, { inUse: b, fresh: undefined }],
    [
      { inUse: a, fresh: b },
      { ...use, nonce: 'b' },
      { inUse: b, fresh: undefined },
    ],
    [
      { inUse: a, fresh: b },
      { ...use, nonce: 'a' },
      { inUse: a, fresh: b },
    ],
    [{ inUse: a }, { ...use, nonce: 'a', count: 7 }, { inUse: slot('a', { count: 7 }), fresh: undefined }],
    [{ inUse: a, fresh: b }, { ...use, nonce: 'a', invalidate: true }, {}],
    [{ inUse: a }, { ...use, nonce: 'x' }, 'wrong'],
    [{}, { ...use, nonce: 'a' }, 'wrong'],
    [{ inUse: a }, { ...use, nonce: 'a', mechanism: 'N' }, 'wrong'],
    [{ inUse: slot('a', { count: 7 }) }, { ...use, nonce: 'a', count: 7 }, 'wrong'],
    [{ inUse: a }, { ...use, nonce: 'a', count: 0 }, 'wrong'],
    [{ inUse: a }, { ...use, nonce: 'a', now: 100 }, 'expired'],
    [{ inUse: a, fresh: slot('b', { expires: 200 }) }, { ...use, nonce: 'a', now: 100 }, 'expired'],
  ]
  for (const [slots, used, expected] of rows) {
    const verdict = useToken(slots, used)
    assert.deepEqual(verdict.is === 'good' ? verdict.slots : verdict.is, expected)
  }
})

test('one token in use, one handed out last (XEP-0484 §3.5)', () => {
  const [a, b, c] = [slot('a'), slot('b', { expires: 200 }), slot('c')]
  assert.deepEqual(withFresh({ inUse: a, fresh: b }, c), { inUse: a, fresh: c })
  assert.equal(isDue({ inUse: a }, 9, 10), false)
  assert.equal(isDue({ inUse: a }, 10, 10), true)
  assert.equal(isDue({ inUse: a, fresh: b }, 0, 10), true)
  assert.equal(isDue({ fresh: b }, 10, 10), false)
  assert.equal(goodUntil({ inUse: a, fresh: b }), 200)
  assert.equal(goodUntil({}), 0)
})

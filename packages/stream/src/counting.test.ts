import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HandledCounter, UnackedQueue } from './counting.ts'

test('a stream begins with nothing handled, and every stanza counts one (XEP-0198 §4)', () => {
  const handled = new HandledCounter()
  assert.equal(handled.h, 0)
  handled.count()
  handled.count()
  assert.equal(handled.h, 2)
})

test('what the peer has handled leaves the queue, oldest first (XEP-0198 §4)', () => {
  const queue = new UnackedQueue<string>()
  for (const stanza of ['a', 'b', 'c']) queue.push(stanza)
  assert.deepEqual(queue.acknowledge(2), ['a', 'b'])
  assert.deepEqual(queue.acknowledge(2), [])
  assert.deepEqual(queue.unacknowledged(), ['c'])
  assert.equal(queue.sent, 3)
})

test('a count beyond what was sent, or behind an earlier one, is refused (XEP-0198 §4)', () => {
  const queue = new UnackedQueue<string>()
  queue.push('a')
  queue.push('b')
  assert.equal(queue.acknowledge(3), undefined)
  assert.deepEqual(queue.acknowledge(2), ['a', 'b'])
  assert.equal(queue.acknowledge(1), undefined)
  assert.equal(queue.length, 0)
})

test('a count that is taken up again goes back to zero at 2^32 (XEP-0198 §4)', () => {
  const handled = new HandledCounter(2 ** 32 - 1)
  handled.count()
  assert.equal(handled.h, 0)
})

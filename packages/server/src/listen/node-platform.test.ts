import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeClock } from './node-platform.ts'

const day = 86_400_000
const longest = 0x7fff_ffff

test('a timer for more than 24 days fires when it is due, and not at once', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const fired: string[] = []
  nodeClock.after(60 * day, () => fired.push('60 days'))
  nodeClock.after(longest, () => fired.push('the longest of Node'))
  const late = nodeClock.after(60 * day, () => fired.push('cancelled at the beginning'))
  const later = nodeClock.after(60 * day, () => fired.push('cancelled in the middle'))
  late.cancel()
  t.mock.timers.tick(1)
  assert.deepEqual(fired, [])
  t.mock.timers.tick(longest - 1)
  later.cancel()
  assert.deepEqual(fired, ['the longest of Node'])
  t.mock.timers.tick(longest)
  t.mock.timers.tick(60 * day - 2 * longest - 1)
  assert.equal(fired.length, 1)
  t.mock.timers.tick(1)
  assert.deepEqual(fired, ['the longest of Node', '60 days'])
})

test('a timer without end never fires, and one of the past at once', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const fired: string[] = []
  const never = nodeClock.after(Number.POSITIVE_INFINITY, () => fired.push('never'))
  nodeClock.after(-1, () => fired.push('now'))
  t.mock.timers.tick(100 * day)
  never.cancel()
  assert.deepEqual(fired, ['now'])
})

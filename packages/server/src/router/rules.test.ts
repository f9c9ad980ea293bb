import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { type MessageType, messageType, receiversOf, takes } from './rules.ts'

const resources = fc.array(fc.record({ priority: fc.integer({ min: -128, max: 127 }) }), { maxLength: 8 })

test('a bare JID reaches all resources of the highest priority and none below zero (RFC 6121 §8.5.2.1.1)', () => {
  fc.assert(
    fc.property(resources, fc.constantFrom('normal', 'chat'), (available, type) => {
      const best = Math.max(...available.map(({ priority }) => priority))
      const wanted = best < 0 ? [] : available.filter(({ priority }) => priority === best)
      assert.deepEqual(receiversOf(type, available), wanted)
    }),
    { numRuns: 300 },
  )
})

test('a headline reaches every resource that is not negative (RFC 6121 §8.5.2.1.1)', () => {
  fc.assert(
    fc.property(resources, available => {
      assert.deepEqual(
        receiversOf('headline', available),
        available.filter(({ priority }) => priority >= 0),
      )
    }),
    { numRuns: 300 },
  )
})

test('an unknown message type counts as normal (RFC 6121 §5.2.2)', () => {
  for (const type of [undefined, '', 'normal', 'Chat', '__proto__']) assert.equal(messageType(type), 'normal')
})

/** Types that are taken, by whether the resource is there; `undefined`: sent to the account. */
const taken: readonly [isThere: boolean | undefined, types: readonly MessageType[]][] = [
  [undefined, ['normal', 'chat', 'headline']],
  [true, ['normal', 'chat', 'groupchat', 'headline', 'error']],
  [false, ['chat']],
]

for (const [isThere, types] of taken)
  test(`an account takes ${types.join(', ')} where its resource is ${isThere === undefined ? 'not named' : isThere ? 'there' : 'gone'} (RFC 6121 §8.5.2, §8.5.3)`, () => {
    const all = ['normal', 'chat', 'groupchat', 'headline', 'error'] as const
    assert.deepEqual(
      all.filter(type => takes(type, isThere)),
      types,
    )
  })

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { messageType, receiversOf } from './rules.ts'

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

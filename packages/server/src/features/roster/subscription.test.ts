/** The tables of RFC 6121 Appendix A, row by row. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arrived, type Row, read, sent, type Written } from './appendix-kit.test.ts'
import { farewell, inbound, outbound, type SubscriptionStanza } from './subscription.ts'

for (const [stanza, rows] of Object.entries(sent) as [SubscriptionStanza, readonly Row[]][])
  for (const [before, goesOn, after = before] of rows)
    test(`${stanza} sent in "${before}" ${goesOn ? 'is' : 'is not'} routed and leads to "${after}" (RFC 6121 §A.2)`, () => {
      const { isRouted, state } = outbound(read(before), stanza)
      assert.deepEqual({ isRouted, state }, { isRouted: goesOn, state: read(after) })
    })

for (const [stanza, rows] of Object.entries(arrived) as [SubscriptionStanza, readonly Row[]][])
  for (const [before, goesOn, after = before] of rows)
    test(`${stanza} arriving in "${before}" ${goesOn ? 'is' : 'is not'} delivered and leads to "${after}" (RFC 6121 §A.3)`, () => {
      const { isDelivered, state } = inbound(read(before), stanza)
      assert.deepEqual({ isDelivered, state }, { isDelivered: goesOn, state: read(after) })
    })

for (const before of ['none', 'none out', 'to'] as const) {
  test(`an approval nobody asked for in "${before}" waits for a request (RFC 6121 §3.4.2)`, () => {
    const { isRouted, state, presence } = outbound(read(before), 'subscribed')
    assert.deepEqual(
      { isRouted, state, presence },
      { isRouted: false, state: { ...read(before), approved: true }, presence: undefined },
    )
  })

  test(`an approval that waits in "${before}" can be taken back without anybody hearing of it (RFC 6121 §3.4.2)`, () => {
    const { isRouted, state } = outbound({ ...read(before), approved: true }, 'unsubscribed')
    assert.deepEqual({ isRouted, state }, { isRouted: false, state: read(before) })
  })

  test(`a request meets the approval that waits in "${before}" and is answered at once (RFC 6121 §3.4.3)`, () => {
    const { isDelivered, answer, state, presence } = inbound({ ...read(before), approved: true }, 'subscribe')
    assert.deepEqual(
      { isDelivered, answer, presence },
      { isDelivered: false, answer: 'subscribed', presence: 'start' },
    )
    assert.equal(state.subscription, before === 'to' ? 'both' : 'from')
    assert.ok(!state.pendingIn)
  })
}

for (const before of ['from', 'from out', 'both'] as const)
  test(`a request in "${before}" is granted again without asking (RFC 6121 §3.1.3)`, () => {
    const { answer, isDelivered } = inbound(read(before), 'subscribe')
    assert.deepEqual({ answer, isDelivered }, { answer: 'subscribed', isDelivered: false })
  })

const goodbyes: readonly (readonly [Written, readonly SubscriptionStanza[]])[] = [
  ['none', []],
  ['none out', ['unsubscribe']],
  ['none in', ['unsubscribed']],
  ['none out in', ['unsubscribe', 'unsubscribed']],
  ['to', ['unsubscribe']],
  ['to in', ['unsubscribe', 'unsubscribed']],
  ['from', ['unsubscribed']],
  ['from out', ['unsubscribe', 'unsubscribed']],
  ['both', ['unsubscribe', 'unsubscribed']],
]

for (const [before, stanzas] of goodbyes)
  test(`a contact removed in "${before}" hears ${stanzas.join(' and ') || 'nothing'} (RFC 6121 §2.5.2)`, () => {
    assert.deepEqual(farewell(read(before)), stanzas)
  })

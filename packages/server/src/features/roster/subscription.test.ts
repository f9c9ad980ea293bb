/** The tables of RFC 6121 Appendix A, row by row. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  farewell,
  inbound,
  outbound,
  type Subscription,
  type SubscriptionStanza,
  type SubscriptionState,
} from './subscription.ts'

/** The nine states of §A.1: the subscription, then whether requests wait out or in. */
type Written = 'none' | 'none out' | 'none in' | 'none out in' | 'to' | 'to in' | 'from' | 'from out' | 'both'

function read(written: Written): SubscriptionState {
  const [subscription, ...waiting] = written.split(' ')
  return {
    subscription: subscription as Subscription,
    pendingOut: waiting.includes('out'),
    pendingIn: waiting.includes('in'),
    approved: false,
  }
}

/** State, whether the stanza goes on, and the state behind it (absent: no change). */
type Row = readonly [before: Written, goesOn: boolean, after?: Written]

const sent: Readonly<Record<SubscriptionStanza, readonly Row[]>> = {
  // §A.2.1
  subscribe: [
    ['none', true, 'none out'],
    ['none out', true],
    ['none in', true, 'none out in'],
    ['none out in', true],
    ['to', true],
    ['to in', true],
    ['from', true, 'from out'],
    ['from out', true],
    ['both', true],
  ],
  // §A.2.2
  unsubscribe: [
    ['none', true],
    ['none out', true, 'none'],
    ['none in', true],
    ['none out in', true, 'none in'],
    ['to', true, 'none'],
    ['to in', true, 'none in'],
    ['from', true],
    ['from out', true, 'from'],
    ['both', true, 'from'],
  ],
  // §A.2.3; what a stray approval means is tested below
  subscribed: [
    ['none in', true, 'from'],
    ['none out in', true, 'from out'],
    ['to in', true, 'both'],
    ['from', false],
    ['from out', false],
    ['both', false],
  ],
  // §A.2.4
  unsubscribed: [
    ['none', false],
    ['none out', false],
    ['none in', true, 'none'],
    ['none out in', true, 'none out'],
    ['to', false],
    ['to in', true, 'to'],
    ['from', true, 'none'],
    ['from out', true, 'none out'],
    ['both', true, 'to'],
  ],
}

const arrived: Readonly<Record<SubscriptionStanza, readonly Row[]>> = {
  // §A.3.1
  subscribe: [
    ['none', true, 'none in'],
    ['none out', true, 'none out in'],
    ['none in', false],
    ['none out in', false],
    ['to', true, 'to in'],
    ['to in', false],
    ['from', false],
    ['from out', false],
    ['both', false],
  ],
  // §A.3.2
  unsubscribe: [
    ['none', false],
    ['none out', false],
    ['none in', true, 'none'],
    ['none out in', true, 'none out'],
    ['to', false],
    ['to in', true, 'to'],
    ['from', true, 'none'],
    ['from out', true, 'none out'],
    ['both', true, 'to'],
  ],
  // §A.3.3
  subscribed: [
    ['none', false],
    ['none out', true, 'to'],
    ['none in', false],
    ['none out in', true, 'to in'],
    ['to', false],
    ['to in', false],
    ['from', false],
    ['from out', true, 'both'],
    ['both', false],
  ],
  // §A.3.4
  unsubscribed: [
    ['none', false],
    ['none out', true, 'none'],
    ['none in', false],
    ['none out in', true, 'none in'],
    ['to', true, 'none'],
    ['to in', true, 'none in'],
    ['from', false],
    ['from out', true, 'from'],
    ['both', true, 'from'],
  ],
}

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

// The tables of RFC 6121 Appendix A: rules and wire are held against the same rows.
import type { Subscription, SubscriptionStanza, SubscriptionState } from './subscription.ts'

/** The nine states of §A.1: the subscription, then whether requests wait out or in. */
export type Written =
  | 'none'
  | 'none out'
  | 'none in'
  | 'none out in'
  | 'to'
  | 'to in'
  | 'from'
  | 'from out'
  | 'both'

export function read(written: Written): SubscriptionState {
  const [subscription, ...waiting] = written.split(' ')
  return {
    subscription: subscription as Subscription,
    pendingOut: waiting.includes('out'),
    pendingIn: waiting.includes('in'),
    approved: false,
  }
}

/** State, whether the stanza goes on, and the state behind it (absent: no change). */
export type Row = readonly [before: Written, goesOn: boolean, after?: Written]

export const sent: Readonly<Record<SubscriptionStanza, readonly Row[]>> = {
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

export const arrived: Readonly<Record<SubscriptionStanza, readonly Row[]>> = {
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

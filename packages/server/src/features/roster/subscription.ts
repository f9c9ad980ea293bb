/** The subscription state machine of RFC 6121 Appendix A as plain data: what each stanza changes and causes. */

/** Who sees whose presence, as the roster shows it. RFC 6121 §2.1.2.5. */
export type Subscription = 'none' | 'to' | 'from' | 'both'

/** One contact's state. `pendingIn`: they asked and we have not answered; `pendingOut`: we asked. */
export interface SubscriptionState {
  readonly subscription: Subscription
  readonly pendingOut: boolean
  readonly pendingIn: boolean
  /** Pre-approved: the contact's next request is granted without asking. RFC 6121 §3.4. */
  readonly approved: boolean
}

export type SubscriptionStanza = 'subscribe' | 'subscribed' | 'unsubscribe' | 'unsubscribed'

/** Whether presence of this type is about a subscription. */
export function isSubscription(type: string | undefined): type is SubscriptionStanza {
  return type === 'subscribe' || type === 'subscribed' || type === 'unsubscribe' || type === 'unsubscribed'
}

export const strangers: SubscriptionState = {
  subscription: 'none',
  pendingOut: false,
  pendingIn: false,
  approved: false,
}

export function isSameState(a: SubscriptionState, b: SubscriptionState): boolean {
  return (
    a.subscription === b.subscription &&
    a.pendingOut === b.pendingOut &&
    a.pendingIn === b.pendingIn &&
    a.approved === b.approved
  )
}

export const seesThem = (s: Subscription): boolean => s === 'to' || s === 'both'
export const theySee = (s: Subscription): boolean => s === 'from' || s === 'both'

function subscriptionOf(to: boolean, from: boolean): Subscription {
  if (to) return from ? 'both' : 'to'
  return from ? 'from' : 'none'
}

/** What an outbound subscription stanza does. */
export interface Outbound {
  readonly state: SubscriptionState
  /** Whether it goes on to the contact. RFC 6121 App. A.2. */
  readonly isRouted: boolean
  /** The contact starts or stops to see the user's presence. */
  readonly presence: 'start' | 'stop' | undefined
}

/** The user sends a subscription stanza. RFC 6121 Appendix A.2. */
export function outbound(state: SubscriptionState, stanza: SubscriptionStanza): Outbound {
  const to = seesThem(state.subscription)
  const from = theySee(state.subscription)
  switch (stanza) {
    case 'subscribe':
      // Sent on in every state: the other side may have forgotten. A.2.1
      return { state: to ? state : { ...state, pendingOut: true }, isRouted: true, presence: undefined }
    case 'unsubscribe':
      return {
        state: { ...state, subscription: subscriptionOf(false, from), pendingOut: false },
        isRouted: true,
        presence: undefined,
      }
    case 'subscribed':
      if (state.pendingIn)
        return {
          state: { ...state, subscription: subscriptionOf(to, true), pendingIn: false },
          isRouted: true,
          presence: 'start',
        }
      // Without a request this is pre-approval, kept for later. §3.4.2, A.2.3
      return { state: from ? state : { ...state, approved: true }, isRouted: false, presence: undefined }
    case 'unsubscribed':
      return {
        state: {
          subscription: subscriptionOf(to, false),
          pendingOut: state.pendingOut,
          pendingIn: false,
          approved: false,
        },
        isRouted: state.pendingIn || from,
        presence: from ? 'stop' : undefined,
      }
  }
}

/** What an inbound subscription stanza does. */
export interface Inbound {
  readonly state: SubscriptionState
  /** Whether the user's clients hear it. RFC 6121 App. A.3. */
  readonly isDelivered: boolean
  /** What the server answers on the user's behalf. */
  readonly answer: 'subscribed' | 'unsubscribed' | undefined
  /** The contact starts or stops to see the user's presence. */
  readonly presence: 'start' | 'stop' | undefined
}

/** A subscription stanza arrives for the user. RFC 6121 Appendix A.3. */
export function inbound(state: SubscriptionState, stanza: SubscriptionStanza): Inbound {
  const to = seesThem(state.subscription)
  const from = theySee(state.subscription)
  const nothing = { state, isDelivered: false, answer: undefined, presence: undefined } as const
  switch (stanza) {
    case 'subscribe':
      // Granted already: the server says so again for the user. §3.1.3
      if (from) return { ...nothing, answer: 'subscribed' }
      if (state.approved)
        return {
          state: { ...state, subscription: subscriptionOf(to, true), pendingIn: false },
          isDelivered: false,
          answer: 'subscribed',
          presence: 'start',
        }
      return { ...nothing, state: { ...state, pendingIn: true }, isDelivered: !state.pendingIn }
    case 'unsubscribe':
      if (!from && !state.pendingIn) return nothing
      return {
        state: { ...state, subscription: subscriptionOf(to, false), pendingIn: false },
        isDelivered: true,
        answer: from ? 'unsubscribed' : undefined,
        presence: from ? 'stop' : undefined,
      }
    case 'subscribed':
      if (!state.pendingOut) return nothing
      return {
        ...nothing,
        state: { ...state, subscription: subscriptionOf(true, from), pendingOut: false },
        isDelivered: true,
      }
    case 'unsubscribed':
      if (!state.pendingOut && !to) return nothing
      return {
        ...nothing,
        state: { ...state, subscription: subscriptionOf(false, from), pendingOut: false },
        isDelivered: true,
      }
  }
}

/** The stanzas a removed contact gets so that both sides agree again. RFC 6121 §2.5.2. */
export function farewell(state: SubscriptionState): readonly ('unsubscribe' | 'unsubscribed')[] {
  const stanzas: ('unsubscribe' | 'unsubscribed')[] = []
  if (seesThem(state.subscription) || state.pendingOut) stanzas.push('unsubscribe')
  if (theySee(state.subscription) || state.pendingIn) stanzas.push('unsubscribed')
  return stanzas
}

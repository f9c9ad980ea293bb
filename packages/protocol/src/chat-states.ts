// Chat states (XEP-0085).
import { choice, element, type Wire } from '@waxwing/xml'
import type { Empty } from './streams.ts'

export const CHAT_STATES_NS = 'http://jabber.org/protocol/chatstates'

/** What somebody does with a conversation. XEP-0085 §2. */
export const chatStates = ['active', 'composing', 'gone', 'inactive', 'paused'] as const
export type ChatStateName = (typeof chatStates)[number]

export interface ChatState {
  readonly kind: ChatStateName
}

const state = (name: ChatStateName): Wire<Empty> => element(CHAT_STATES_NS, name, {})

/** The state in a message. XEP-0085 §5.6. */
export const ChatState: Wire<ChatState> = choice({
  active: state('active'),
  composing: state('composing'),
  gone: state('gone'),
  inactive: state('inactive'),
  paused: state('paused'),
})

// The roster (RFC 6121 §2).
import type { BareJid } from '@waxwing/jid'
import {
  attr,
  children,
  custom,
  element,
  string,
  type TextCodec,
  textChildren,
  type Wire,
} from '@waxwing/xml'
import { bareJid } from './jids.ts'

const NS = 'jabber:iq:roster'

/** States of a subscription, and `remove` as the wish to delete the item. RFC 6121 §2.1.2.5. */
export const rosterSubscriptions = ['none', 'to', 'from', 'both', 'remove'] as const
export type RosterSubscription = (typeof rosterSubscriptions)[number]

/** One contact. RFC 6121 §2.1.2. */
export interface RosterItem {
  readonly jid: BareJid
  /** The name the account's owner gave. §2.1.2.4. */
  readonly name?: string | undefined
  /** `none` when the attribute is absent. §2.1.2.5. */
  readonly subscription: RosterSubscription
  /** `subscribe` while a request of ours is not answered. §2.1.2.2. */
  readonly ask?: 'subscribe' | undefined
  /** The contact may subscribe without asking. §2.1.2.1. */
  readonly approved?: boolean | undefined
  readonly groups: readonly string[]
}

/** Only the server says what these attributes are: whatever else a client writes is passed over. §2.1.2, §2.1.5. */
function leniently<T>(parse: (text: string) => T, name: string): TextCodec<T> {
  return custom(parse, String, name)
}

const subscription = leniently(
  text => rosterSubscriptions.find(word => word === text) ?? 'none',
  rosterSubscriptions.join(', '),
)
const ask = leniently(text => (text === 'subscribe' ? text : undefined), 'subscribe')
const approved = leniently(text => text.trim() === 'true' || text.trim() === '1', 'true or false')

export const RosterItem: Wire<RosterItem> = element(NS, 'item', {
  jid: attr('jid', bareJid),
  name: attr('name', string).maybe(),
  // Written even if it is the default: clients read its absence in different ways.
  subscription: attr('subscription', subscription).or('none', { write: true }),
  ask: attr('ask', ask).maybe(),
  approved: attr('approved', approved).or(false),
  groups: textChildren('group', string),
})

/** The roster, a wish to change one item, or a push of one. RFC 6121 §2.1.3, §2.1.5, §2.1.6. */
export interface Roster {
  /** Which state of the roster this is or the client knows; '' asks for versions at all. §2.6. */
  readonly ver?: string | undefined
  readonly items: readonly RosterItem[]
}

export const Roster: Wire<Roster> = element(NS, 'query', {
  ver: attr('ver', string).maybe(),
  items: children(RosterItem),
})

// Privacy lists (XEP-0016).
import { attr, child, children, element, flag, oneOf, string, uint, type Wire } from '@waxwing/xml'

const NS = 'jabber:iq:privacy'

/** One rule. XEP-0016 §2.1. */
export interface PrivacyItem {
  /** What `value` is; absent: the rule fits everybody. */
  readonly type?: 'jid' | 'group' | 'subscription' | undefined
  readonly value?: string | undefined
  readonly action: 'allow' | 'deny'
  /** Rules are looked at from the smallest to the largest. */
  readonly order: number
  /** The stanzas it is about; none of the four means all, in both directions. */
  readonly message?: boolean | undefined
  readonly iq?: boolean | undefined
  readonly presenceIn?: boolean | undefined
  readonly presenceOut?: boolean | undefined
}
export const PrivacyItem: Wire<PrivacyItem> = element(NS, 'item', {
  type: attr('type', oneOf('jid', 'group', 'subscription')).maybe(),
  value: attr('value', string).maybe(),
  action: attr('action', oneOf('allow', 'deny')),
  order: attr('order', uint),
  message: flag('message'),
  iq: flag('iq'),
  presenceIn: flag('presence-in'),
  presenceOut: flag('presence-out'),
})

/** A list; without rules in a `set` it is to be removed. XEP-0016 §2.8. */
export interface PrivacyList {
  readonly name: string
  readonly items?: readonly PrivacyItem[] | undefined
}
export const PrivacyList: Wire<PrivacyList> = element(NS, 'list', {
  name: attr('name', string),
  items: children(PrivacyItem),
})

/** Names a list, or none of them. XEP-0016 §2.4, §2.5. */
export interface PrivacyChoice {
  readonly name?: string | undefined
}
const choiceCalled = (name: string): Wire<PrivacyChoice> =>
  element(NS, name, { name: attr('name', string).maybe() })

/** XEP-0016 §2.3. */
export interface PrivacyLists {
  /** In force for this session. */
  readonly active?: PrivacyChoice | undefined
  /** In force for everything else. */
  readonly default?: PrivacyChoice | undefined
  readonly lists?: readonly PrivacyList[] | undefined
}
export const PrivacyLists: Wire<PrivacyLists> = element(NS, 'query', {
  active: child(choiceCalled('active')).maybe(),
  default: child(choiceCalled('default')).maybe(),
  lists: children(PrivacyList),
})

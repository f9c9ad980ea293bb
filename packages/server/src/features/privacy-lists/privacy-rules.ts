/** Privacy rules on plain data: which of them fits first. XEP-0016 §2.1, §2.2. */
import { bareOf, domainOf, type Jid, resourceOf, tryJid } from '@waxwing/jid'
import type { PrivacyItem } from '@waxwing/protocol'
import type { Subscription } from '../roster/subscription.ts'

/** What a stanza counts as; `other` is only touched by rules about everything. §2.13. */
export type Traffic = 'message' | 'iq' | 'presence-in' | 'presence-out' | 'other'

/** What the roster knows of the other side. */
export interface Relation {
  readonly subscription: Subscription
  readonly groups: readonly string[]
}

export const stranger: Relation = { subscription: 'none', groups: [] }

/** In the order of their numbers, addresses prepared. */
export function ordered(items: readonly PrivacyItem[]): readonly PrivacyItem[] {
  return items
    .map(item => (item.type === 'jid' ? { ...item, value: tryJid(item.value ?? '') } : item))
    .toSorted((a, b) => a.order - b.order)
}

/** Whether the list lets the stanza pass; without a rule that fits everything does. §2.2 rule 7. */
export function allows(
  items: readonly PrivacyItem[],
  other: Jid,
  traffic: Traffic,
  relation: Relation,
): boolean {
  return items.find(item => concerns(item, traffic) && fits(item, other, relation))?.action !== 'deny'
}

function concerns({ message, iq, presenceIn, presenceOut }: PrivacyItem, traffic: Traffic): boolean {
  if (!message && !iq && !presenceIn && !presenceOut) return true
  switch (traffic) {
    case 'message':
      return message === true
    case 'iq':
      return iq === true
    case 'presence-in':
      return presenceIn === true
    case 'presence-out':
      return presenceOut === true
    case 'other':
      return false
  }
}

function fits({ type, value = '' }: PrivacyItem, other: Jid, { subscription, groups }: Relation): boolean {
  switch (type) {
    case undefined:
      return true
    case 'jid':
      return isNamed(value, other)
    case 'group':
      return groups.includes(value)
    case 'subscription':
      return subscription === value
  }
}

function isNamed(value: string, other: Jid): boolean {
  const domain = domainOf(other)
  return (
    value === other ||
    value === bareOf(other) ||
    value === domain ||
    value === `${domain}/${resourceOf(other)}`
  )
}

/** What is wrong with rules; `undefined`: nothing. §2.1. */
export function faultOf(
  items: readonly PrivacyItem[],
  groups: ReadonlySet<string>,
): 'bad-request' | 'item-not-found' | undefined {
  if (new Set(items.map(({ order }) => order)).size !== items.length) return 'bad-request'
  for (const { type, value } of items) {
    if ((type === undefined) !== (value === undefined)) return 'bad-request'
    if (type === 'jid' && tryJid(value ?? '') === undefined) return 'bad-request'
    if (type === 'subscription' && !['both', 'to', 'from', 'none'].includes(value ?? '')) return 'bad-request'
  }
  return items.some(({ type, value }) => type === 'group' && !groups.has(value ?? ''))
    ? 'item-not-found'
    : undefined
}

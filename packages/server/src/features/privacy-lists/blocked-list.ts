/** The block list of XEP-0191 as old clients see it: a privacy list that is always in force. XEP-0191 §5, XEP-0016. */
import { type Jid, tryJid } from '@waxwing/jid'
import type { PrivacyItem } from '@waxwing/protocol'

/** Its name; no other list can have it. */
export const blockedName = 'blocked'

export function itemsOf(blocked: Iterable<Jid>): readonly PrivacyItem[] {
  return [...blocked].map((value, order) => ({ type: 'jid', value, action: 'deny', order }))
}

/** The addresses that rules block altogether; `undefined` when a rule says anything else. */
export function blockedBy(items: readonly PrivacyItem[]): ReadonlySet<Jid> | undefined {
  const jids = new Set<Jid>()
  for (const { type, value, action, message, iq, presenceIn, presenceOut } of items) {
    const jid = type === 'jid' && action === 'deny' ? tryJid(value ?? '') : undefined
    if (jid === undefined || message || iq || presenceIn || presenceOut) return undefined
    jids.add(jid)
  }
  return jids
}

// Blocking command (XEP-0191).
import type { Jid } from '@waxwing/jid'
import { attr, child, children, type Element, el, element, type Wire } from '@waxwing/xml'
import { anyJid } from './jids.ts'
import { Report } from './reports.ts'

const NS = 'urn:xmpp:blocking'

/** The namespace of `blocked`, the application's condition beside `not-acceptable`. XEP-0191 §3.3. */
export const BLOCKING_ERRORS_NS = 'urn:xmpp:blocking:errors'

/** An address that may not reach the account, or that may again. XEP-0191 §3. */
export interface BlockItem {
  readonly jid: Jid
  /** Why, for the operators; only when blocking. XEP-0377 §6. */
  readonly report?: Report | undefined
}
export const BlockItem: Wire<BlockItem> = element(NS, 'item', {
  jid: attr('jid', anyJid),
  report: child(Report).maybe(),
})

/** Addresses; those of `unblock` may be none, which means all. */
export interface BlockItems {
  readonly items: readonly BlockItem[]
}

/** The question for the list, empty, and its answer. XEP-0191 §3.2. */
export const Blocklist: Wire<BlockItems> = element(NS, 'blocklist', { items: children(BlockItem) })

/** Block these, or the push that tells of it. XEP-0191 §3.3. */
export const Block: Wire<BlockItems> = element(NS, 'block', { items: children(BlockItem) })

/** Unblock these, or all when there are none; or the push that tells of it. XEP-0191 §3.4, §3.5. */
export const Unblock: Wire<BlockItems> = element(NS, 'unblock', { items: children(BlockItem) })

/** The condition that tells a sender that it has blocked the addressee itself. XEP-0191 §3.3. */
export function blockedCondition(): Element {
  return el(BLOCKING_ERRORS_NS, 'blocked')
}

/** Who may not reach an account, as plain data. XEP-0191 §3.1. */
import { bareOf, domainOf, type Jid, resourceOf } from '@waxwing/jid'

export class BlockList {
  readonly jids: Set<Jid>

  constructor(jids: Iterable<Jid> = []) {
    this.jids = new Set(jids)
  }

  /** Matches, in this order: the full JID, the bare JID, the domain with resource, the domain. XEP-0191 §3.1 (XEP-0016 §2.1). */
  blocks(jid: Jid): boolean {
    if (this.jids.size === 0) return false
    const resource = resourceOf(jid)
    const domain = domainOf(jid)
    return (
      this.jids.has(jid) ||
      this.jids.has(bareOf(jid)) ||
      (resource !== undefined && this.jids.has(`${domain}/${resource}` as Jid)) ||
      this.jids.has(domain as Jid)
    )
  }
}

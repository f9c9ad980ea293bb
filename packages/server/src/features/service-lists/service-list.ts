/** A list of addresses for the whole service, as plain data. XEP-0133 §4.11, §4.12; matched as in XEP-0016 §2.1. */
import { bareOf, domainOf, type Jid, resourceOf } from '@waxwing/jid'

export class ServiceList {
  readonly jids: Set<Jid>

  constructor(jids: Iterable<Jid> = []) {
    this.jids = new Set(jids)
  }

  /** The full JID, the bare JID, the domain with resource, or the domain. */
  has(jid: Jid): boolean {
    const { jids } = this
    if (jids.has(jid) || jids.has(bareOf(jid))) return true
    const domain = domainOf(jid)
    const resource = resourceOf(jid)
    // `domain/resource` and `domain` are addresses themselves.
    return jids.has(domain as Jid) || (resource !== undefined && jids.has(`${domain}/${resource}` as Jid))
  }
}

/** Whether this pair may exchange anything. Own people are always welcome on the whitelist's side. */
export function mayPass(
  blacklist: ServiceList,
  whitelist: ServiceList,
  one: Jid,
  other: Jid,
  isLocal: (jid: Jid) => boolean,
): boolean {
  if (blacklist.jids.size > 0 && (blacklist.has(one) || blacklist.has(other))) return false
  if (whitelist.jids.size === 0) return true
  const isWelcome = (jid: Jid): boolean => isLocal(jid) || whitelist.has(jid)
  return isWelcome(one) && isWelcome(other)
}

/** A node as plain data: how it is configured, and who is what there. XEP-0060 §4. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import type { Affiliation, NodeConfig, SubscriptionState } from '@waxwing/protocol'

/** A node of a service; what it holds lies in the store. */
export interface PubsubNode {
  readonly name: string
  readonly config: NodeConfig
  /** Ms since 1970. */
  readonly createdAt: number
  /** Items kept. */
  readonly items: number
  /** Bytes of all their payloads. */
  readonly size: number
  /** Owners by the service's own rule stand not here. */
  readonly affiliations: ReadonlyMap<BareJid, Affiliation>
  /** By the address that events go to. */
  readonly subscriptions: ReadonlyMap<Jid, SubscriptionState>
}

/** What somebody is to a service: its house knows. */
export interface Relation {
  /** Decides about all nodes of the service. */
  readonly isOwner: boolean
  /** Sees the presence of the account. XEP-0060 §9.1.2 */
  readonly seesPresence: boolean
  /** Groups of the account's roster that hold them. */
  readonly groups: readonly string[]
}

/** Nobody the service knows. */
export const stranger: Relation = { isOwner: false, seesPresence: false, groups: [] }

/** What somebody may do at a node, by name. XEP-0060 §4.1. */
export function affiliationOf(node: PubsubNode, who: Jid, relation: Relation): Affiliation {
  if (relation.isOwner) return 'owner'
  return node.affiliations.get(bareOf(who)) ?? 'none'
}

/** Whether an address, or any of the same account, hears of the node by its own wish. */
export function isSubscribed(node: PubsubNode, who: Jid): boolean {
  const account = bareOf(who)
  for (const [jid, state] of node.subscriptions)
    if (state === 'subscribed' && bareOf(jid) === account) return true
  return false
}

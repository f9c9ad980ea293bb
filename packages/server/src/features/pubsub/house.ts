/** What a service stands in: an account, or a domain of its own. The rules of nodes know nothing else of it. */
import type { BareJid, Jid } from '@waxwing/jid'
import type { NodeConfig } from '@waxwing/protocol'
import type { Now } from '../../kernel/hooks.ts'
import type { PubsubNode, Relation } from './node.ts'

export interface House {
  /** How nodes are made by themselves. */
  readonly defaults: NodeConfig
  /** What somebody is to a service. */
  relation(service: BareJid, who: Jid): Now<Relation>
  /** Tells everybody who is to hear of a node; what is told is durable already. */
  announce(service: BareJid, node: PubsubNode, notice: string): void
  /** Tells one address something of a node. */
  tell(service: BareJid, node: PubsubNode, to: Jid, notice: string): void
  /** Asks the owner whether somebody may subscribe. XEP-0060 §8.6 */
  askOwner(service: BareJid, node: PubsubNode, subscriber: Jid): void
}

/** What one service may hold and do. */
export interface PubsubLimits {
  readonly maxNodes: number
  /** Items of one node, whatever its configuration says. */
  readonly maxItems: number
  /** Bytes of one payload. */
  readonly maxItemSize: number
  /** Bytes of all payloads of a service. */
  readonly maxTotalSize: number
  /** Subscriptions, and affiliations, of one node. */
  readonly maxPeople: number
  /** Characters of names of nodes and ids of items. */
  readonly maxNameLength: number
  /** Items in one answer, and their characters, where nothing else is asked for. */
  readonly maxPage: number
  readonly maxAnswerSize: number
}

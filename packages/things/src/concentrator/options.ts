/** Who may look at a concentrator and change it, and its limits. */
import type { Jid } from '@waxwing/jid'
import type { ConcentratorOperation, NodeRef, ReadoutTokens } from '@waxwing/protocol'

/** Who would like to see a source or one of its nodes. */
export interface SightQuestion {
  readonly from: Jid
  readonly tokens: ReadoutTokens
  readonly source: string
  /** Absent: the source itself. */
  readonly node?: NodeRef | undefined
  /** The node's type, if it has one. */
  readonly type?: string | undefined
}

/** Who would like to change a node, or have it do something. */
export interface ManageQuestion {
  readonly from: Jid
  readonly tokens: ReadoutTokens
  readonly operation: ConcentratorOperation
  /** Absent: whether they may do so at all, for the list of what they can do. */
  readonly node?: NodeRef | undefined
  /** Of an operation that executes one. */
  readonly command?: string | undefined
}

/** Something that was done to a node, or could not be. */
export interface ManageRecord {
  readonly at: Date
  readonly from: Jid
  readonly operation: ConcentratorOperation
  readonly node: NodeRef
  readonly command?: string | undefined
  /** Why it could not be done; absent: it was. */
  readonly error: unknown
}

type Given<T> = T | Promise<T>

/** Who sees and changes what; nothing else of a thing makes it a concentrator but its sources. */
export interface ConcentratorOptions {
  /**
   * Who sees which sources and nodes; what somebody may not see is not there for them. Default: everything for the own
   * account, and contacts that may see our presence; nothing for others. A throw hides.
   */
  readonly maySee?: (question: SightQuestion) => Given<boolean>
  /** Who may edit, create, destroy and move nodes, execute commands, and listen to nodes. Default: the own account alone. */
  readonly mayManage?: (question: ManageQuestion) => Given<boolean>
  /** Told of everything that was done to nodes or could not be. */
  readonly onManage?: (record: ManageRecord) => void
}

/** What others may make a concentrator hold and do. */
export interface ConcentratorLimits {
  /** Nodes named in one request. Default 100. */
  readonly nodes: number
  /** Nodes in one page, and in answers without pages. Default 500. */
  readonly page: number
  /** Bytes of texts in one answer or form; a page ends before. Default 60,000: with its marks it stays below a stanza. */
  readonly answerSize: number
  /** Levels of a tree that are climbed or searched. Default 64. */
  readonly depth: number
  /** Fields in a form that was filled in. Default 200. */
  readonly formFields: number
  /** Bytes of its values together. Default 32,768. */
  readonly formSize: number
  /** Subscriptions of one client to sources. Default 16. */
  readonly sourceSubscriptions: number
  /** Subscriptions of all clients to sources. Default 1,000. */
  readonly allSourceSubscriptions: number
  /** The longest time a subscription lasts unless renewed, in milliseconds. Default: a day. */
  readonly subscriptionMs: number
  /** Events that may wait for one subscriber; beyond it the subscription ends. Default 1,000. */
  readonly waitingEvents: number
  /** Events of one source that are remembered for those who come back. Default 1,000. */
  readonly sourceEvents: number
  /** Messages kept for one node. Default 100. */
  readonly nodeMessages: number
  /** Queries of one client that run at the same time. Default 4. */
  readonly queries: number
  /** Queries of all clients. Default 64. */
  readonly allQueries: number
  /** Bytes of one row, object (in base 64) or text that a query tells. Default 100,000: it stays below a stanza. */
  readonly queryPiece: number
  /** Sniffers of one client. Default 4. */
  readonly sniffers: number
  /** Sniffers of all clients. Default 64. */
  readonly allSniffers: number
  /** How long one listens that names no end, in milliseconds. Default: an hour. */
  readonly snifferMs: number
  /** The longest time one listens, in milliseconds. Default: a day. */
  readonly longestSnifferMs: number
  /** Events that may wait for one sniffer; beyond it the oldest are left out, and it is told how many. Default 500. */
  readonly waitingSniffs: number
  /** Bytes or characters of one event; what is longer is cut off. Default 4,096. */
  readonly snifferEventBytes: number
}

/** What `ConcentratorLimits` names as defaults. */
export const defaultConcentratorLimits: ConcentratorLimits = {
  nodes: 100,
  page: 500,
  answerSize: 60_000,
  depth: 64,
  formFields: 200,
  formSize: 32_768,
  sourceSubscriptions: 16,
  allSourceSubscriptions: 1000,
  subscriptionMs: 24 * 3_600_000,
  waitingEvents: 1000,
  sourceEvents: 1000,
  nodeMessages: 100,
  queries: 4,
  allQueries: 64,
  queryPiece: 100_000,
  sniffers: 4,
  allSniffers: 64,
  snifferMs: 3_600_000,
  longestSnifferMs: 24 * 3_600_000,
  waitingSniffs: 500,
  snifferEventBytes: 4096,
}

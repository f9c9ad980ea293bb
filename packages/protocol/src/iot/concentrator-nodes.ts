// Nodes and their sources as concentrators tell of them, free of any generation's spelling (XEP-0326 §5).
import type { NodeRef } from './readout.ts'
import type { Timestamp } from './timestamp.ts'

/** How a node is, in order of importance. `Signed`: an operator has seen it. XEP-0326 §5.6 */
export const nodeStates = [
  'None',
  'Information',
  'WarningSigned',
  'WarningUnsigned',
  'ErrorSigned',
  'ErrorUnsigned',
] as const
export type NodeState = (typeof nodeStates)[number]

/** Types of node parameters. XEP-0326 §5.2 */
export const nodeParameterKinds = [
  'boolean',
  'color',
  'dateTime',
  'double',
  'duration',
  'int',
  'long',
  'string',
  'time',
] as const
export type NodeParameterKind = (typeof nodeParameterKinds)[number]

/** A parameter of a node, for people and programs to look at. */
export interface NodeParameter {
  readonly kind: NodeParameterKind
  readonly id: string
  /** For people. */
  readonly name: string
  /** The value's lexical form. */
  readonly value: string
}

export const nodeMessageTypes = ['Error', 'Warning', 'Information'] as const
export type NodeMessageType = (typeof nodeMessageTypes)[number]

/** Something reported on a node. XEP-0326 §3.4.7 */
export interface NodeMessage {
  readonly at: Timestamp
  readonly type: NodeMessageType
  readonly eventId?: string | undefined
  readonly text: string
}

/** What is told of a node. XEP-0326 §5.1 */
export interface NodeInfo extends NodeRef {
  /** For people. */
  readonly displayName?: string | undefined
  readonly nodeType?: string | undefined
  /** Its id among its siblings. */
  readonly localId?: string | undefined
  /** Its id in logs. */
  readonly logId?: string | undefined
  readonly state: NodeState
  readonly hasChildren: boolean
  readonly childrenOrdered: boolean
  readonly isReadable: boolean
  readonly isControllable: boolean
  readonly hasCommands: boolean
  /** What passes between it and its device can be looked at; told in the short family only. */
  readonly isSniffable?: boolean | undefined
  /** Absent: it is a root. */
  readonly parentId?: string | undefined
  readonly parentPartition?: string | undefined
  readonly lastChanged?: Timestamp | undefined
  /** Empty unless asked for. */
  readonly parameters: readonly NodeParameter[]
  /** Empty unless asked for. */
  readonly messages: readonly NodeMessage[]
}

/** A collection of nodes. XEP-0326 §3.2 */
export interface DataSourceInfo {
  readonly source: string
  /** For people. */
  readonly name: string
  /** Whether there are sources below it. */
  readonly hasChildren: boolean
  readonly lastChanged?: Timestamp | undefined
}

export const nodeCommandTypes = ['Simple', 'Parameterized', 'Query'] as const
export type NodeCommandType = (typeof nodeCommandTypes)[number]

/** What a node can be told to do. XEP-0326 §5.5 */
export interface NodeCommand {
  readonly command: string
  /** For people, as all texts below. */
  readonly name: string
  readonly type: NodeCommandType
  readonly sortCategory?: string | undefined
  readonly sortKey?: string | undefined
  /** To be answered with yes before it is executed. */
  readonly confirmation?: string | undefined
  readonly failure?: string | undefined
  readonly success?: string | undefined
}

/** A type of nodes that may be added. XEP-0326 §3.5.1 */
export interface NodeType {
  readonly type: string
  /** For people. */
  readonly name: string
}

/** How a command went on one of several nodes. XEP-0326 §3.6.14 */
export interface PartialResult {
  readonly isDone: boolean
  /** Why not, for people. */
  readonly error?: string | undefined
}

/** The kinds of events a source has. XEP-0326 §3.8 */
export const sourceEventKinds = [
  'nodeAdded',
  'nodeUpdated',
  'nodeStatusChanged',
  'nodeRemoved',
  'nodeMovedUp',
  'nodeMovedDown',
] as const
export type SourceEventKind = (typeof sourceEventKinds)[number]

/** When it happened; the long family does not tell, its messages carry a delay instead. */
interface Happened {
  readonly at?: Timestamp | undefined
}

interface NodeEvent extends NodeRef, Happened {
  readonly localId?: string | undefined
  readonly logId?: string | undefined
}

/** Something that happened in a source. XEP-0326 §3.8 */
export type SourceEvent =
  | ({
      readonly kind: 'nodeAdded'
      /** The sibling it stands behind. */
      readonly afterId?: string | undefined
      readonly afterPartition?: string | undefined
    } & NodeInfo &
      Happened)
  | ({
      readonly kind: 'nodeUpdated'
      /** Its id until now; absent: it keeps its id. */
      readonly oldId?: string | undefined
    } & NodeInfo &
      Happened)
  | ({
      readonly kind: 'nodeStatusChanged'
      readonly state: NodeState
      readonly messages: readonly NodeMessage[]
    } & NodeEvent)
  | ({ readonly kind: 'nodeRemoved' | 'nodeMovedUp' | 'nodeMovedDown' } & NodeEvent)

// What concentrators are about, free of any generation's spelling (XEP-0326, IEEE 1451.99 concentrator).
import type { Wire } from '@waxwing/xml'
import type { DataForm } from '../data-forms.ts'
import type { ResultSet } from '../result-sets.ts'
import type { ControlOutcome, ParameterFault } from './control.ts'
import type { Family, Generation } from './generations.ts'
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

export const alignments = ['Left', 'Center', 'Right'] as const

/** A column of a table in the result of a query. XEP-0326 §5.8 */
export interface QueryColumn {
  readonly id: string
  readonly header?: string | undefined
  /** Its cells are ids of nodes of this source. */
  readonly source?: string | undefined
  readonly partition?: string | undefined
  readonly foreground?: string | undefined
  readonly background?: string | undefined
  readonly alignment?: (typeof alignments)[number] | undefined
  readonly decimals?: number | undefined
}

/** Types of cells that are a text. XEP-0326 §5.9 */
export const cellKinds = [
  'boolean',
  'color',
  'date',
  'dateTime',
  'double',
  'duration',
  'int',
  'long',
  'string',
  'time',
] as const
export type CellKind = (typeof cellKinds)[number]

/** A cell of a table. Quantities and measurements exist since `nf`. */
export type QueryCell =
  | { readonly kind: CellKind; readonly value: string }
  | { readonly kind: 'base64'; readonly contentType: string; readonly value: string }
  | { readonly kind: 'quantity'; readonly magnitude: string; readonly unit: string }
  | {
      readonly kind: 'measurement'
      readonly magnitude: string
      readonly unit: string
      readonly error: string
    }
  | { readonly kind: 'void' }

export const queryMessageTypes = ['Information', 'Warning', 'Error', 'Exception'] as const
export const queryMessageLevels = ['Minor', 'Medium', 'Major'] as const

/** What a query has to say. XEP-0326 §3.7 */
export type QueryEvent =
  | { readonly kind: 'queryStarted' | 'queryDone' | 'queryAborted' | 'endSection' }
  | { readonly kind: 'title'; readonly name: string }
  | { readonly kind: 'status'; readonly message: string }
  | { readonly kind: 'beginSection'; readonly header: string }
  | {
      readonly kind: 'newTable'
      readonly table: string
      readonly name: string
      readonly columns: readonly QueryColumn[]
    }
  | {
      readonly kind: 'newRecords'
      readonly table: string
      readonly records: readonly { readonly cells: readonly QueryCell[] }[]
    }
  | { readonly kind: 'tableDone'; readonly table: string }
  /** `value` is in base 64. */
  | { readonly kind: 'newObject'; readonly contentType: string; readonly value: string }
  | {
      readonly kind: 'queryMessage'
      readonly type: (typeof queryMessageTypes)[number]
      readonly level: (typeof queryMessageLevels)[number]
      readonly text: string
    }

/** Parts of the result of a query, in their order. */
export interface QueryProgress extends NodeRef {
  readonly queryId: string
  readonly events: readonly QueryEvent[]
}

/** What every question has. */
export interface Asked {
  /** The language of texts for people; absent: that of the stanza, or any. */
  readonly lang?: string | undefined
  /** Who asks on whose behalf; absent: nobody is named. */
  readonly service?: readonly string[] | undefined
  readonly device?: readonly string[] | undefined
  readonly user?: readonly string[] | undefined
}

interface OfSource extends Asked {
  readonly source: string
}

interface OfNode extends Asked, NodeRef {}

interface OfNodes extends Asked {
  readonly nodes: readonly NodeRef[]
}

/** What shall be told of nodes besides what is always told. */
export interface NodeDetail {
  readonly parameters: boolean
  readonly messages: boolean
}

/**
 * Part of a long list, by XEP-0059. Our own: the texts know no pages, so that it is sent only to those who announce
 * it, and given only to those who ask.
 */
interface Paged {
  readonly page?: ResultSet | undefined
}

interface WithForm {
  /** What was filled in; absent: there was nothing to fill in. */
  readonly form?: DataForm | undefined
}

interface OfCommand {
  readonly command: string
}

interface OfQuery extends OfCommand, WithForm {
  /** Chosen by the asker in the short family, by the concentrator in the long one. */
  readonly queryId?: string | undefined
}

interface Abort {
  /** Not told in the long family. */
  readonly command?: string | undefined
  readonly queryId: string
}

/** An order among siblings; the long family only. */
export interface SortOrder {
  readonly parameter: string
  readonly ascending: boolean
}

/** Which kinds of events are meant. */
export type SourceEventFlags = Readonly<Record<SourceEventKind, boolean>>

export interface IndexRef {
  readonly source: string
  readonly index: string
  readonly value: string
}

/** What can be asked, by the name of the operation. XEP-0326 §3 */
export interface ConcentratorQuestions {
  readonly getCapabilities: Asked
  readonly getAllDataSources: Asked
  readonly getRootDataSources: Asked
  readonly getChildDataSources: OfSource
  readonly containsNode: OfNode
  readonly containsNodes: OfNodes
  readonly getNode: OfNode & NodeDetail
  readonly getNodes: OfNodes & NodeDetail
  readonly getAllNodes: OfSource & NodeDetail & Paged & { readonly derivedFrom: readonly string[] }
  readonly getNodeInheritance: OfNode
  readonly getRootNodes: OfSource & NodeDetail & Paged
  readonly getChildNodes: OfNode & NodeDetail & Paged & { readonly order: readonly SortOrder[] }
  readonly getAncestors: OfNode & NodeDetail
  readonly getIndices: OfSource
  readonly getNodesFromIndex: Asked & IndexRef & NodeDetail
  readonly getNodesFromIndices: Asked & NodeDetail & { readonly indices: readonly IndexRef[] }
  readonly getAllIndexValues: OfSource & { readonly index: string }
  readonly moveNodeUp: OfNode
  readonly moveNodeDown: OfNode
  readonly moveNodesUp: OfNodes
  readonly moveNodesDown: OfNodes
  readonly getNodeParametersForEdit: OfNode
  readonly setNodeParametersAfterEdit: OfNode & WithForm
  readonly getCommonNodeParametersForEdit: OfNodes
  readonly setCommonNodeParametersAfterEdit: OfNodes & WithForm
  readonly getAddableNodeTypes: OfNode
  readonly getParametersForNewNode: OfNode & { readonly type: string }
  readonly createNewNode: OfNode & WithForm & { readonly type: string }
  readonly destroyNode: OfNode
  readonly getNodeCommands: OfNode
  readonly getCommandParameters: OfNode & OfCommand
  readonly executeNodeCommand: OfNode & OfCommand & WithForm
  readonly executeNodeQuery: OfNode & OfQuery
  readonly abortNodeQuery: OfNode & Abort
  readonly getCommonNodeCommands: OfNodes
  readonly getCommonCommandParameters: OfNodes & OfCommand
  readonly executeCommonNodeCommand: OfNodes & OfCommand & WithForm
  readonly executeCommonNodeQuery: OfNodes & OfQuery
  readonly abortCommonNodeQuery: OfNodes & Abort
  readonly subscribe: OfSource &
    NodeDetail &
    SourceEventFlags & {
      /** Seconds until it ends; the long family has no end but that of presence. */
      readonly ttl?: number | undefined
      /** What has happened since then is told first. */
      readonly since?: Timestamp | undefined
    }
  readonly unsubscribe: OfSource & SourceEventFlags
  readonly getDatabases: Asked
  readonly getDatabaseReadoutParameters: Asked & { readonly database: string }
  readonly startDatabaseReadout: OfNodes &
    WithForm & { readonly database: string; readonly readoutId: string }
  readonly registerSniffer: OfNode & { readonly expires?: Timestamp | undefined }
  readonly unregisterSniffer: OfNode & { readonly snifferId: string }
}

export type ConcentratorOperation = keyof ConcentratorQuestions

/** How it went; the long family tells it within answers, the short one by stanza errors. XEP-0326 §5.3 */
export interface Outcome {
  /** Absent: `OK`. */
  readonly outcome?: ControlOutcome | undefined
  /** What is wrong with which field of a form. */
  readonly faults?: readonly ParameterFault[] | undefined
}

interface Strings extends Outcome {
  readonly values: readonly string[]
}

interface Sources extends Outcome {
  readonly sources: readonly DataSourceInfo[]
}

interface Nodes extends Outcome {
  readonly nodes: readonly NodeInfo[]
}

interface Form extends Outcome {
  readonly form?: DataForm | undefined
}

interface Commands extends Outcome {
  readonly commands: readonly NodeCommand[]
}

interface Query extends Outcome {
  readonly queryId?: string | undefined
}

interface Partial extends Query {
  readonly results: readonly PartialResult[]
}

/** What is answered, by the name of the operation. */
export interface ConcentratorAnswers {
  readonly getCapabilities: Strings
  readonly getAllDataSources: Sources
  readonly getRootDataSources: Sources
  readonly getChildDataSources: Sources
  readonly containsNode: Outcome & { readonly found: boolean }
  readonly containsNodes: Outcome & { readonly found: readonly boolean[] }
  /** Absent only when it could not be told. */
  readonly getNode: Outcome & { readonly node?: NodeInfo | undefined }
  readonly getNodes: Nodes
  readonly getAllNodes: Nodes & Paged
  readonly getNodeInheritance: Outcome & {
    readonly baseClasses: readonly string[]
    readonly interfaces: readonly string[]
  }
  readonly getRootNodes: Nodes & Paged
  readonly getChildNodes: Nodes & Paged
  /** The node itself, then upwards. */
  readonly getAncestors: Nodes
  readonly getIndices: Strings
  readonly getNodesFromIndex: Nodes
  readonly getNodesFromIndices: Nodes
  readonly getAllIndexValues: Strings
  readonly moveNodeUp: Outcome
  readonly moveNodeDown: Outcome
  readonly moveNodesUp: Outcome
  readonly moveNodesDown: Outcome
  readonly getNodeParametersForEdit: Form
  /** The node as it is now. */
  readonly setNodeParametersAfterEdit: Nodes
  readonly getCommonNodeParametersForEdit: Form
  readonly setCommonNodeParametersAfterEdit: Nodes
  readonly getAddableNodeTypes: Outcome & { readonly types: readonly NodeType[] }
  readonly getParametersForNewNode: Form
  readonly createNewNode: Nodes
  readonly destroyNode: Outcome
  readonly getNodeCommands: Commands
  readonly getCommandParameters: Form
  readonly executeNodeCommand: Outcome
  readonly executeNodeQuery: Query
  readonly abortNodeQuery: Outcome
  readonly getCommonNodeCommands: Commands
  readonly getCommonCommandParameters: Form
  readonly executeCommonNodeCommand: Partial
  readonly executeCommonNodeQuery: Partial
  readonly abortCommonNodeQuery: Outcome
  readonly subscribe: Outcome
  readonly unsubscribe: Outcome
  readonly getDatabases: Outcome & {
    readonly databases: readonly { readonly database: string; readonly name?: string | undefined }[]
  }
  readonly getDatabaseReadoutParameters: Form
  readonly startDatabaseReadout: Outcome
  readonly registerSniffer: Outcome & { readonly snifferId: string; readonly expires: Timestamp }
  readonly unregisterSniffer: Outcome
}

/** How one generation writes all of it. */
export interface ConcentratorFormat {
  readonly generation: Generation
  readonly family: Family
  readonly ns: string
  /** The operations this generation has. */
  readonly operations: readonly ConcentratorOperation[]
  readonly questions: { readonly [O in ConcentratorOperation]: Wire<ConcentratorQuestions[O]> }
  /** `undefined`: the answer is empty. */
  readonly answers: { readonly [O in ConcentratorOperation]: Wire<ConcentratorAnswers[O]> | undefined }
  readonly event: Wire<SourceEvent>
  readonly progress: Wire<QueryProgress>
  /** Whether cells may be quantities and measurements. */
  readonly hasQuantities: boolean
}

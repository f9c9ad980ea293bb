// What concentrators are asked and answer, free of any generation's spelling (XEP-0326, IEEE 1451.99 concentrator).
import type { Wire } from '@waxwing/xml'
import type { DataForm } from '../data-forms.ts'
import type { ResultSet } from '../result-sets.ts'
import type {
  DataSourceInfo,
  NodeCommand,
  NodeInfo,
  NodeType,
  PartialResult,
  SourceEvent,
  SourceEventKind,
} from './concentrator-nodes.ts'
import type { QueryProgress } from './concentrator-queries.ts'
import type { Sniff } from './concentrator-sniffing.ts'
import type { ControlOutcome, ParameterFault } from './control.ts'
import type { Family, Generation } from './generations.ts'
import type { NodeRef } from './readout.ts'
import type { Timestamp } from './timestamp.ts'

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
  readonly getAllNodes: OfSource & NodeDetail & { readonly derivedFrom: readonly string[] }
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
  readonly containsNodes: Outcome & { readonly each: readonly boolean[] }
  /** Absent only when it could not be told. */
  readonly getNode: Outcome & { readonly node?: NodeInfo | undefined }
  readonly getNodes: Nodes
  readonly getAllNodes: Nodes
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
  /** Sent in the short family alone. */
  readonly sniff: Wire<Sniff>
  /** Whether cells may be quantities and measurements. */
  readonly hasQuantities: boolean
}

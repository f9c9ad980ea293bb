/** What makes a thing: its fields, who may read them, and its limits. */

import type { Jid } from '@waxwing/jid'
import type { FieldCategory, Generation, NodeRef, ReadoutTokens } from '@waxwing/protocol'
import {
  type ConcentratorLimits,
  type ConcentratorOptions,
  defaultConcentratorLimits,
} from './concentrator/options.ts'
import type { ControlPermission, ControlQuestion, ControlRecord } from './control/control-options.ts'
import type { DeclaredField } from './field-types.ts'
import type { HistoryStore } from './history/history-store.ts'
import type { Meta } from './ownership/claim-link.ts'
import type { RegistrationOptions } from './ownership/registration.ts'
import type { ProvisioningOptions } from './provisioning/provisioning-options.ts'

/** Fields by their names. */
export type DeclaredFields = Readonly<Record<string, DeclaredField>>

/** Something behind a thing that has fields of its own. */
export interface ThingNode extends NodeRef {
  readonly fields: DeclaredFields
  /** What is said of it in the registry; absent: it is not registered. */
  readonly meta?: Meta
  /** What is printed on its label. */
  readonly key?: string
}

/**
 * Finds nodes that are named in a request: those of them that are there for whoever asks, each with the fields it has
 * for them. Asked with every request that names nodes.
 */
export type NodeLookup = (question: {
  readonly from: Jid
  readonly nodes: readonly NodeRef[]
  readonly tokens: ReadoutTokens
}) => readonly ThingNode[] | Promise<readonly ThingNode[]>

/** Who wants to read what. */
export interface ReadQuestion {
  readonly from: Jid
  /** Empty: the thing itself. */
  readonly nodes: readonly NodeRef[]
  /** Empty: all. */
  readonly fields: readonly string[]
  readonly categories: readonly FieldCategory[]
  /** Whether every category is asked for. */
  readonly all: boolean
  readonly tokens: ReadoutTokens
}

/** What somebody may read. What a part leaves out is not limited; among nodes, `undefined` is the thing itself. */
export type Permission =
  | 'all'
  | 'none'
  | {
      readonly nodes?: readonly (NodeRef | undefined)[]
      readonly fields?: readonly string[]
      readonly categories?: readonly FieldCategory[]
    }

/** What others may make a thing hold and do. */
export interface ThingLimits extends ConcentratorLimits {
  /** Readouts running for one client; further ones wait. Default 4. */
  readonly running: number
  /** Readouts waiting or scheduled for one client, and commands; further ones are refused. Default 16. */
  readonly queued: number
  /** What was set lately that the thing remembers; see `Thing.log`. Default 200 parameters. */
  readonly logged: number
  /** Forms that one client has open; a further one takes the place of the one left alone longest. Default 8. */
  readonly forms: number
  /** Forms that all clients together have open. Default 256. */
  readonly allForms: number
  /** How long a form may be left alone before it is given up, in milliseconds. Default: 15 minutes. XEP-0336 §5.2 */
  readonly formIdleMs: number
  /** The least time between two updates of a form, in milliseconds; the last one always comes. Default 1,000. */
  readonly formPushMs: number
  /** How long a form waits for values, in milliseconds: what comes later is an update of it. Default 2,000. */
  readonly formWithinMs: number
  /** Readouts of all clients together that run. Default 64. */
  readonly allRunning: number
  /** Readouts of all clients together that wait. Default 1,000. */
  readonly allQueued: number
  /** Subscriptions of one client; further ones are refused. Default 16. */
  readonly subscriptions: number
  /** Subscriptions of all clients together. Default 1,000. */
  readonly allSubscriptions: number
  /** Subscribers may not ask for events closer together than this, changed or not, in milliseconds. Default 100. */
  readonly minIntervalMs: number
  /** How often fields are looked at for those who have subscribed, in milliseconds; 0: only after `changed`. Default 1,000. */
  readonly pollMs: number
  /** How far ahead a readout may be scheduled, in milliseconds. Default: 7 days. */
  readonly horizonMs: number
  /** Bytes of sensor data in one stanza. Default 8,192: with its header it stays below what every server takes. */
  readonly reportBytes: number
  /** Fields in one stanza. Default 200. */
  readonly reportFields: number
  /** Fields of one readout; what is more is left out, and said so. Default 100,000. */
  readonly readoutFields: number
  /** Patience with one `read` or `write`, or one step of `history`, in milliseconds. Default 30,000. */
  readonly readTimeoutMs: number
  /** Values that come within this time go along with the answer, in milliseconds. Default 100. */
  readonly inlineWithinMs: number
}

export const defaultThingLimits: ThingLimits = {
  ...defaultConcentratorLimits,
  running: 4,
  queued: 16,
  logged: 200,
  forms: 8,
  allForms: 256,
  formIdleMs: 900_000,
  formPushMs: 1000,
  formWithinMs: 2000,
  allRunning: 64,
  allQueued: 1000,
  subscriptions: 16,
  allSubscriptions: 1000,
  minIntervalMs: 100,
  pollMs: 1000,
  horizonMs: 7 * 24 * 3_600_000,
  reportBytes: 8192,
  reportFields: 200,
  readoutFields: 100_000,
  readTimeoutMs: 30_000,
  inlineWithinMs: 100,
}

export interface ThingOptions extends RegistrationOptions, ConcentratorOptions {
  /** Fields of the thing itself. */
  readonly fields?: DeclaredFields
  /**
   * Where the past of fields is kept that say so, and what was set by whom. Default: in memory, as long as the process
   * lasts.
   */
  readonly history?: HistoryStore
  /** Nodes behind it, each with its own fields. */
  readonly nodes?: readonly ThingNode[]
  /** Finds further nodes when somebody asks for them. */
  readonly lookup?: NodeLookup
  /**
   * Who may read what. Default: the own account, and contacts that may see our presence. A throw refuses the readout.
   */
  readonly mayRead?: (question: ReadQuestion) => Permission | Promise<Permission>
  /** Who may set what. Default: the own account alone. A throw refuses the command. */
  readonly mayControl?: (question: ControlQuestion) => ControlPermission | Promise<ControlPermission>
  /**
   * Lets a provisioning server decide about reading, control and who may see our presence, as far as `mayRead` and
   * `mayControl` are not given: its address, or `auto` for the one of the own server. XEP-0324
   */
  readonly provisioning?: string | ProvisioningOptions
  /** Told of every parameter that was set or could not be. */
  readonly onControl?: (record: ControlRecord) => void
  /** Generations to speak. Default: all. */
  readonly generations?: readonly Generation[]
  /** What the thing itself is called where a node must be named (`sn`, `xep`). Default: the localpart. */
  readonly nodeId?: string
  /** Minutes east of UTC to take for times in requests and commands that name no time zone. Default 0. */
  readonly zone?: number
  readonly limits?: Partial<ThingLimits>
}

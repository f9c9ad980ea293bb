/** Who may set what of a thing, and who hears of it. */
import type { Jid } from '@waxwing/jid'
import type { NodeRef, ReadoutTokens } from '@waxwing/protocol'

/** Who wants to set what. */
export interface ControlQuestion {
  readonly from: Jid
  /** Empty: the thing itself. */
  readonly nodes: readonly NodeRef[]
  /** Empty: the form of all is asked for. */
  readonly parameters: readonly string[]
  readonly tokens: ReadoutTokens
}

/** What somebody may set. What a part leaves out is not limited; among nodes, `undefined` is the thing itself. */
export type ControlPermission =
  | 'all'
  | 'none'
  | {
      readonly nodes?: readonly (NodeRef | undefined)[]
      readonly parameters?: readonly string[]
    }

/** One parameter that was set, or could not be. */
export interface ControlRecord {
  readonly at: Date
  readonly from: Jid
  /** Absent: the thing itself. */
  readonly node: NodeRef | undefined
  readonly name: string
  /** The value's lexical form. */
  readonly value: string
  /** Why it could not be set; absent: it was. */
  readonly error: unknown
}

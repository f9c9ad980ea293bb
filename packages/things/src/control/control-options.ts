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

/** What a provisioning server has decided: in its log it is found by the time. XEP-0324 §3.4 */
export interface ControlDecision {
  readonly by: Jid
  /** When it was made; a decision that is still known is used again. */
  readonly at: Date
}

/** What somebody may set. What a part leaves out is not limited; among nodes, `undefined` is the thing itself. */
export type ControlPermission =
  | 'all'
  | 'none'
  | {
      readonly nodes?: readonly (NodeRef | undefined)[]
      readonly parameters?: readonly string[]
      /** Who else decided so; it stands in the record. */
      readonly decision?: ControlDecision
    }

/**
 * How a command came: typed in an `iq` or a `message`, as a `form`, by `ad-hoc` command, in `chat`, or `later`, having
 * waited for a thing that slept; `program`: by `Thing.command`.
 */
export const controlWays = ['iq', 'message', 'form', 'ad-hoc', 'chat', 'later', 'program'] as const
export type ControlWay = (typeof controlWays)[number]

/** One parameter that was set, or could not be. */
export interface ControlRecord {
  readonly at: Date
  readonly from: Jid
  /** Absent: the thing itself. */
  readonly node: NodeRef | undefined
  readonly name: string
  /** The lexical form of its value before; `undefined`: it had none, or did not tell it in time. */
  readonly before: string | undefined
  /** The lexical form of the value. */
  readonly value: string
  readonly way: ControlWay
  /** Absent: the thing decided itself. */
  readonly decision: ControlDecision | undefined
  /** Why it could not be set; absent: it was. Of an earlier process: its text. */
  readonly error: unknown
}

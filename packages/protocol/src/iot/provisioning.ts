// What provisioning is about, free of any generation's spelling (XEP-0324, IEEE 1451.99 provisioning).
import type { Jid } from '@waxwing/jid'
import type { Wire } from '@waxwing/xml'
import type { FieldCategory, HistoryPeriod } from './field-flags.ts'
import type { Generation } from './generations.ts'
import type { NodeRef, ReadoutTokens } from './readout.ts'

/** Somebody a question or a recommendation is about. XEP-0324 §3.2 */
export interface Friendship {
  readonly generation: Generation
  readonly jid: Jid
}

/** Whether somebody may be a friend. */
export interface FriendshipAnswer extends Friendship {
  readonly result: boolean
  /** Only in the long family. */
  readonly secondaryTrust: boolean
}

interface Readable {
  readonly generation: Generation
  /** Who wants to read. */
  readonly jid: Jid
  /** Empty: the thing itself. */
  readonly nodes: readonly NodeRef[]
  /** Empty: all. */
  readonly fields: readonly string[]
  readonly categories: readonly FieldCategory[]
  /** Only in the long family. */
  readonly periods: readonly HistoryPeriod[]
  /** Every category. */
  readonly all: boolean
}

/** May they read it? XEP-0324 §3.3 */
export interface ReadingQuestion extends Readable {
  readonly tokens: ReadoutTokens
}

/** What of it they may read: a part that is empty is not limited further than it was asked for. */
export interface ReadingAnswer extends Readable {
  readonly result: boolean
}

interface Controllable {
  readonly generation: Generation
  /** Who wants to set something. */
  readonly jid: Jid
  /** Empty: the thing itself. */
  readonly nodes: readonly NodeRef[]
  /** Empty: all. */
  readonly parameters: readonly string[]
}

/** May they set it? XEP-0324 §3.4 */
export interface ControllingQuestion extends Controllable {
  readonly tokens: ReadoutTokens
}

/** What of it they may set: a part that is empty is not limited further than it was asked for. */
export interface ControllingAnswer extends Controllable {
  readonly result: boolean
}

/** Answers known so far are no longer right. XEP-0324 §3.5 */
export interface CacheClearing {
  readonly generation: Generation
  /** Only in `nfi`; absent: all answers. */
  readonly node?: NodeRef | undefined
}

/** How one generation writes provisioning between a thing and its server. */
export interface ProvisioningFormat {
  readonly generation: Generation
  readonly ns: string
  readonly isFriend: Wire<Friendship>
  readonly friendAnswer: Wire<FriendshipAnswer>
  /** Recommendations of the server, as messages. */
  readonly friend: Wire<Friendship>
  readonly unfriend: Wire<Friendship>
  readonly canRead: Wire<ReadingQuestion>
  readonly readAnswer: Wire<ReadingAnswer>
  readonly canControl: Wire<ControllingQuestion>
  readonly controlAnswer: Wire<ControllingAnswer>
  readonly clearCache: Wire<CacheClearing>
  /** The short family answers with nothing. */
  readonly cacheCleared: Wire<CacheClearing>
}

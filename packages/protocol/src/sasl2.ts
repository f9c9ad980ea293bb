// The extensible SASL profile (XEP-0388), and the upgrade tasks inside of it (XEP-0480).
import {
  attr,
  base64Lines,
  child,
  custom,
  type Element,
  element,
  flag,
  mapped,
  rest,
  string,
  type TextCodec,
  text,
  textChild,
  textChildren,
  uint,
  type Wire,
} from '@waxwing/xml'
import { Bind2 } from './bind2.ts'
import { Fast } from './fast.ts'
import { type NamedCondition, namedCondition } from './named-condition.ts'
import { Mechanisms, type SaslFailureCondition, saslFailureConditions } from './sasl.ts'
import { SmFeature } from './stream-management.ts'

const NS = 'urn:xmpp:sasl:2'
export const SASL_UPGRADE_NS = 'urn:xmpp:sasl:upgrade:0'
const SCRAM_UPGRADE_NS = 'urn:xmpp:scram-upgrade:0'

/** Text whose surroundings are layout: identifiers in examples stand on lines of their own. */
const trimmed: TextCodec<string> = custom(
  found => found.trim(),
  value => value,
  'text',
)

/** What can be done inside a login. §2.1 */
export interface Sasl2Inline {
  /** XEP-0386 §3.1. */
  readonly bind?: Bind2 | undefined
  /** Streams can be resumed inside the login. XEP-0198 §9.2. */
  readonly resumption?: boolean | undefined
  /** XEP-0484 §3.1. */
  readonly fast?: Fast | undefined
  readonly others?: readonly Element[] | undefined
}
const Sasl2Inline: Wire<Sasl2Inline> = element(NS, 'inline', {
  bind: child(Bind2).maybe(),
  resumption: flag(SmFeature.name, SmFeature.ns),
  fast: child(Fast).maybe(),
  others: rest,
})

/** The profile on offer. §2.1 */
export interface Sasl2Feature {
  readonly mechanisms: readonly string[]
  readonly inline?: Sasl2Inline | undefined
  /** Tasks that renew what the server keeps of a password. XEP-0480 §2.1. */
  readonly upgrades?: readonly string[] | undefined
}
export const Sasl2Feature: Wire<Sasl2Feature> = element(NS, 'authentication', {
  mechanisms: textChildren('mechanism', string),
  inline: child(Sasl2Inline).maybe(),
  upgrades: textChildren('upgrade', string, SASL_UPGRADE_NS),
})

/** The client as an installation, for its user and the server alone. §2.3 */
export interface UserAgent {
  /** A UUID (version 4) that stays the same for the installation. */
  readonly id?: string | undefined
  readonly software?: string | undefined
  readonly device?: string | undefined
}
export const UserAgent: Wire<UserAgent> = element(NS, 'user-agent', {
  id: attr('id', string).maybe(),
  software: textChild('software', string).maybe(),
  device: textChild('device', string).maybe(),
})

/** The client begins. §2.3 */
export interface Sasl2Authenticate {
  readonly mechanism: string
  /** Absent: none, so that the server begins. */
  readonly initialResponse?: Uint8Array | undefined
  readonly userAgent?: UserAgent | undefined
  /** Tasks the client would do. XEP-0480 §2.2. */
  readonly upgrades?: readonly string[] | undefined
  /** What shall be done once the login has succeeded. */
  readonly inline?: readonly Element[] | undefined
}
export const Sasl2Authenticate: Wire<Sasl2Authenticate> = element(NS, 'authenticate', {
  mechanism: attr('mechanism', string),
  initialResponse: textChild('initial-response', base64Lines).maybe(),
  userAgent: child(UserAgent).maybe(),
  upgrades: textChildren('upgrade', string, SASL_UPGRADE_NS),
  inline: rest,
})

/** §2.5 */
export interface Sasl2Data {
  readonly data: Uint8Array
}
export const Sasl2Challenge: Wire<Sasl2Data> = element(NS, 'challenge', { data: text(base64Lines) })
export const Sasl2Response: Wire<Sasl2Data> = element(NS, 'response', { data: text(base64Lines) })

/** The client gives up. §4.5 */
export interface Sasl2Abort {
  readonly text?: string | undefined
}
export const Sasl2Abort: Wire<Sasl2Abort> = element(NS, 'abort', { text: textChild('text', string).maybe() })

/** The client is who it says; the stream goes on without a new header. §2.6.1 */
export interface Sasl2Success {
  /** What the mechanism says last. */
  readonly data?: Uint8Array | undefined
  /** A bare JID; a full one when a resource is bound. Absent only where a draft's examples spell it otherwise. */
  readonly authorizationIdentifier?: string | undefined
  /** What came of what was to be done inside the login. */
  readonly inline?: readonly Element[] | undefined
}
export const Sasl2Success: Wire<Sasl2Success> = element(NS, 'success', {
  data: textChild('additional-data', base64Lines).maybe(),
  authorizationIdentifier: textChild('authorization-identifier', trimmed).maybe(),
  inline: rest,
})

const namedFailure: Wire<NamedCondition<SaslFailureCondition>> = namedCondition(
  Mechanisms.ns,
  saslFailureConditions,
)

/** Nobody is logged in. §2.6.2 */
export interface Sasl2Failure {
  /** A condition nobody defined reads as `not-authorized`. */
  readonly condition: SaslFailureCondition
  readonly text?: string | undefined
  readonly others?: readonly Element[] | undefined
}
export const Sasl2Failure: Wire<Sasl2Failure> = mapped(
  element(NS, 'failure', {
    condition: child(namedFailure).maybe(),
    others: rest,
    text: textChild('text', string).maybe(),
  }),
  ({ condition, text: said, others }): Sasl2Failure => ({
    condition: condition?.kind ?? 'not-authorized',
    text: said,
    others,
  }),
  ({ condition, text: said, others }) => ({ condition: { kind: condition, text: '' }, text: said, others }),
)

const Tasks: Wire<readonly string[]> = mapped(
  element(NS, 'tasks', { tasks: textChildren('task', string) }),
  ({ tasks }) => tasks,
  (tasks: readonly string[]) => ({ tasks }),
)

/** The client is who it says, and there is something to do yet. §2.6.3 */
export interface Sasl2Continue {
  readonly data?: Uint8Array | undefined
  /** One of them comes next. */
  readonly tasks: readonly string[]
  readonly text?: string | undefined
}
export const Sasl2Continue: Wire<Sasl2Continue> = element(NS, 'continue', {
  data: textChild('additional-data', base64Lines).maybe(),
  tasks: child(Tasks).or([]),
  text: textChild('text', string).maybe(),
})

/** The client begins a task. §2.6.3 */
export interface Sasl2Next {
  readonly task: string
  readonly others?: readonly Element[] | undefined
}
export const Sasl2Next: Wire<Sasl2Next> = element(NS, 'next', { task: attr('task', string), others: rest })

/** Keys of a password in the making: salt and rounds from the server. XEP-0480 §3. */
export interface UpgradeSalt {
  readonly salt: Uint8Array
  readonly iterations: number
}
const UpgradeSalt: Wire<UpgradeSalt> = element(SCRAM_UPGRADE_NS, 'salt', {
  salt: text(base64Lines),
  iterations: attr('iterations', uint),
})
const UpgradeHash: Wire<Sasl2Data> = element(SCRAM_UPGRADE_NS, 'hash', { data: text(base64Lines) })

/** What a task sends. §2.6.3; of the tasks known here: XEP-0480 §3. */
export interface Sasl2TaskData {
  readonly salt?: UpgradeSalt | undefined
  /** SaltedPassword as RFC 5802 §3 makes it. */
  readonly hash?: Sasl2Data | undefined
  readonly others?: readonly Element[] | undefined
}
export const Sasl2TaskData: Wire<Sasl2TaskData> = element(NS, 'task-data', {
  salt: child(UpgradeSalt).maybe(),
  hash: child(UpgradeHash).maybe(),
  others: rest,
})

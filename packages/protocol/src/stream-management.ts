// Stream management (XEP-0198): acknowledgements and resumption. All counts are modulo 2^32 (§4).
import {
  attr,
  bool,
  child,
  children,
  count,
  element,
  flag,
  mapped,
  string,
  uint,
  type Wire,
} from '@waxwing/xml'
import { type LangText, langText } from './lang-text.ts'
import { type NamedCondition, namedCondition } from './named-condition.ts'
import { STANZA_ERRORS_NS, type StanzaErrorCondition, stanzaErrorConditions } from './stanza-errors.ts'
import type { Empty } from './streams.ts'

const NS = 'urn:xmpp:sm:3'

/** Offered once the stream is authenticated. XEP-0198 §2. */
export interface SmFeature {
  readonly optional?: boolean | undefined
  readonly required?: boolean | undefined
}
export const SmFeature: Wire<SmFeature> = element(NS, 'sm', {
  optional: flag('optional'),
  required: flag('required'),
})

/** XEP-0198 §3. */
export interface SmEnable {
  /** The client would like to resume this stream some day. §5. */
  readonly resume?: boolean | undefined
  /** For how many seconds at most, if the client may choose; as large as it likes (§13). */
  readonly max?: number | undefined
}
export const SmEnable: Wire<SmEnable> = element(NS, 'enable', {
  resume: attr('resume', bool).or(false),
  max: attr('max', count).maybe(),
})

/** XEP-0198 §3. */
export interface SmEnabled {
  /** What to call the stream when resuming it. §5. */
  readonly id?: string | undefined
  readonly resume?: boolean | undefined
  /** Seconds for which the server keeps the session. */
  readonly max?: number | undefined
  /** Where the server would like the client to reconnect: host, perhaps with a port. */
  readonly location?: string | undefined
}
export const SmEnabled: Wire<SmEnabled> = element(NS, 'enabled', {
  id: attr('id', string).maybe(),
  resume: attr('resume', bool).or(false),
  max: attr('max', uint).maybe(),
  location: attr('location', string).maybe(),
})

/** Please tell how many stanzas were handled. XEP-0198 §4. */
export const SmRequest: Wire<Empty> = element(NS, 'r', {})

/** So many stanzas were handled. XEP-0198 §4. */
export interface SmAck {
  readonly h: number
}
export const SmAck: Wire<SmAck> = element(NS, 'a', { h: attr('h', uint) })

/** Which stream, and what was handled of it. XEP-0198 §5. */
export interface SmPosition {
  readonly previd: string
  readonly h: number
}
export const SmResume: Wire<SmPosition> = element(NS, 'resume', {
  previd: attr('previd', string),
  h: attr('h', uint),
})

/** The stream goes on. XEP-0198 §5. */
export const SmResumed: Wire<SmPosition> = element(NS, 'resumed', {
  previd: attr('previd', string),
  h: attr('h', uint),
})

/** Neither enabled nor resumed; the stream lives. XEP-0198 §6. */
export interface SmFailed {
  /** What the server had handled of the stream that is gone. §5. */
  readonly h?: number | undefined
  readonly condition?: StanzaErrorCondition | undefined
  readonly text?: string | undefined
  readonly lang?: string | undefined
}

interface RawFailed {
  readonly h?: number | undefined
  readonly condition?: NamedCondition<StanzaErrorCondition> | undefined
  readonly texts: readonly LangText[]
}

const rawFailed: Wire<RawFailed> = element(NS, 'failed', {
  h: attr('h', uint).maybe(),
  condition: child(namedCondition(STANZA_ERRORS_NS, stanzaErrorConditions)).maybe(),
  texts: children(langText(STANZA_ERRORS_NS, 'text')),
})

export const SmFailed: Wire<SmFailed> = mapped(
  rawFailed,
  ({ h, condition, texts }): SmFailed => ({
    h,
    condition: condition?.kind,
    text: texts[0]?.text,
    lang: texts[0]?.lang,
  }),
  ({ h, condition, text, lang }) => ({
    h,
    condition: condition && { kind: condition, text: '' },
    texts: text === undefined ? [] : [{ lang, text }],
  }),
)

/** The application's condition of the stream error for an `h` beyond what was sent. XEP-0198 §6. */
export interface HandledCountTooHigh {
  readonly h: number
  readonly sendCount: number
}
export const HandledCountTooHigh: Wire<HandledCountTooHigh> = element(NS, 'handled-count-too-high', {
  h: attr('h', uint),
  sendCount: attr('send-count', uint),
})

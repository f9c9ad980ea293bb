// SASL on the stream (RFC 6120 §6) and the channel bindings it may use (XEP-0440).
import {
  attr,
  child,
  children,
  custom,
  decodeBase64,
  element,
  encodeBase64,
  mapped,
  string,
  type TextCodec,
  text,
  textChildren,
  type Wire,
} from '@waxwing/xml'
import { type LangText, langText } from './lang-text.ts'
import { type NamedCondition, namedCondition } from './named-condition.ts'
import type { Empty } from './streams.ts'

const NS = 'urn:ietf:params:xml:ns:xmpp-sasl'
const CHANNEL_BINDING_NS = 'urn:xmpp:sasl-cb:0'

/** The mechanisms on offer, best first as the server sees it. RFC 6120 §6.4.1. */
export interface Mechanisms {
  readonly mechanisms: readonly string[]
}
export const Mechanisms: Wire<Mechanisms> = element(NS, 'mechanisms', {
  mechanisms: textChildren('mechanism', string),
})

/** The channel binding types the server can check. XEP-0440 §2. */
export interface ChannelBindings {
  readonly types: readonly string[]
}
const ChannelBinding = mapped(
  element(CHANNEL_BINDING_NS, 'channel-binding', { type: attr('type', string) }),
  ({ type }) => type,
  (type: string) => ({ type }),
)
export const ChannelBindings: Wire<ChannelBindings> = element(CHANNEL_BINDING_NS, 'sasl-channel-binding', {
  types: children(ChannelBinding),
})

const nothing = (): Uint8Array => new Uint8Array(0)

/** Data that may be absent, so that "there, but empty" needs a sign of its own: `=`. RFC 6120 §6.4.2. */
const optionalData: TextCodec<Uint8Array> = custom(
  data => (data === '=' ? nothing() : decodeBase64(data)),
  data => (data.length === 0 ? '=' : encodeBase64(data)),
  'base64',
)

/** Data that is always there, perhaps empty. RFC 6120 §6.4.3, §6.4.4; `=` is understood all the same. */
const requiredData: TextCodec<Uint8Array> = custom(
  data => (data === '=' ? nothing() : decodeBase64(data)),
  encodeBase64,
  'base64',
)

/** The client chooses a mechanism. RFC 6120 §6.4.2. */
export interface SaslAuth {
  readonly mechanism: string
  /** The initial response; absent: none, so that the server begins. */
  readonly data?: Uint8Array | undefined
}
export const SaslAuth: Wire<SaslAuth> = element(NS, 'auth', {
  mechanism: attr('mechanism', string),
  data: text(optionalData).maybe(),
})

/** RFC 6120 §6.4.3. */
export interface SaslChallenge {
  readonly data: Uint8Array
}
export const SaslChallenge: Wire<SaslChallenge> = element(NS, 'challenge', { data: text(requiredData) })

/** RFC 6120 §6.4.3. */
export interface SaslResponse {
  readonly data: Uint8Array
}
export const SaslResponse: Wire<SaslResponse> = element(NS, 'response', { data: text(requiredData) })

/** The client is who it says; the stream starts anew. RFC 6120 §6.4.6. */
export interface SaslSuccess {
  /** Additional data of the mechanism, if it has any. */
  readonly data?: Uint8Array | undefined
}
export const SaslSuccess: Wire<SaslSuccess> = element(NS, 'success', { data: text(optionalData).maybe() })

/** The client gives up this attempt. RFC 6120 §6.4.4. */
export const SaslAbort: Wire<Empty> = element(NS, 'abort', {})

/** RFC 6120 §6.5. */
export const saslFailureConditions = [
  'aborted',
  'account-disabled',
  'credentials-expired',
  'encryption-required',
  'incorrect-encoding',
  'invalid-authzid',
  'invalid-mechanism',
  'malformed-request',
  'mechanism-too-weak',
  'not-authorized',
  'temporary-auth-failure',
] as const
export type SaslFailureCondition = (typeof saslFailureConditions)[number]

/** The attempt has failed. RFC 6120 §6.4.5. */
export interface SaslFailure {
  /** A condition nobody defined reads as `not-authorized`. */
  readonly condition: SaslFailureCondition
  readonly text?: string | undefined
  readonly lang?: string | undefined
}

interface RawFailure {
  readonly condition?: NamedCondition<SaslFailureCondition> | undefined
  readonly texts: readonly LangText[]
}

const rawFailure: Wire<RawFailure> = element(NS, 'failure', {
  condition: child(namedCondition(NS, saslFailureConditions)).maybe(),
  texts: children(langText(NS, 'text')),
})

export const SaslFailure: Wire<SaslFailure> = mapped(
  rawFailure,
  ({ condition, texts }): SaslFailure => ({
    condition: condition?.kind ?? 'not-authorized',
    text: texts[0]?.text,
    lang: texts[0]?.lang,
  }),
  ({ condition, text, lang }) => ({
    condition: { kind: condition, text: '' },
    texts: text === undefined ? [] : [{ lang, text }],
  }),
)

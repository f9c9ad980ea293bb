// Stream errors (RFC 6120 §4.9).
import { child, children, type Element, element, mapped, rest, type Wire, writeWire } from '@waxwing/xml'
import { type LangText, langText } from './lang-text.ts'
import { type NamedCondition, namedCondition } from './named-condition.ts'
import { STREAMS_NS } from './streams.ts'

/** The namespace of the conditions. RFC 6120 §4.9.2. */
export const STREAM_ERRORS_NS = 'urn:ietf:params:xml:ns:xmpp-streams'

/** RFC 6120 §4.9.3. */
export const streamErrorConditions = [
  'bad-format',
  'bad-namespace-prefix',
  'conflict',
  'connection-timeout',
  'host-gone',
  'host-unknown',
  'improper-addressing',
  'internal-server-error',
  'invalid-from',
  'invalid-namespace',
  'invalid-xml',
  'not-authorized',
  'not-well-formed',
  'policy-violation',
  'remote-connection-failed',
  'reset',
  'resource-constraint',
  'restricted-xml',
  'see-other-host',
  'system-shutdown',
  'undefined-condition',
  'unsupported-encoding',
  'unsupported-feature',
  'unsupported-stanza-type',
  'unsupported-version',
] as const
export type StreamErrorCondition = (typeof streamErrorConditions)[number]

/** An error as it stands on the stream. RFC 6120 §4.9.2. */
export interface StreamErrorPayload {
  /** A condition nobody defined reads as `undefined-condition`. */
  readonly condition: StreamErrorCondition
  readonly text?: string | undefined
  readonly lang?: string | undefined
  /** With `see-other-host`: a domain or address, perhaps with a port. §4.9.3.19. */
  readonly host?: string | undefined
  /** A condition of the application. §4.9.4. */
  readonly app?: Element | undefined
}

interface RawStreamError {
  readonly condition?: NamedCondition<StreamErrorCondition> | undefined
  readonly texts: readonly LangText[]
  readonly others: readonly Element[]
}

const raw: Wire<RawStreamError> = element(STREAMS_NS, 'error', {
  condition: child(namedCondition(STREAM_ERRORS_NS, streamErrorConditions)).maybe(),
  texts: children(langText(STREAM_ERRORS_NS, 'text')),
  others: rest,
})

/** The last element of a stream that fails. RFC 6120 §4.9. */
export const StreamErrorPayload: Wire<StreamErrorPayload> = mapped(
  raw,
  ({ condition, texts, others }): StreamErrorPayload => ({
    condition: condition?.kind ?? 'undefined-condition',
    text: texts[0]?.text,
    lang: texts[0]?.lang,
    host: condition?.text === '' ? undefined : condition?.text,
    app: others.find(other => other.ns !== STREAM_ERRORS_NS),
  }),
  ({ condition, text, lang, host, app }) => ({
    condition: { kind: condition, text: host ?? '' },
    texts: text === undefined ? [] : [{ lang, text }],
    others: app ? [app] : [],
  }),
)

/** A stream that cannot go on: throw it to say why and close. RFC 6120 §4.9. */
export class StreamError extends Error implements StreamErrorPayload {
  override readonly name = 'StreamError'
  readonly condition: StreamErrorCondition
  readonly text: string | undefined
  readonly lang: string | undefined
  readonly host: string | undefined
  readonly app: Element | undefined

  constructor(payload: StreamErrorPayload, options?: { readonly cause?: unknown }) {
    super(payload.text ?? payload.condition, options)
    this.condition = payload.condition
    this.text = payload.text
    this.lang = payload.lang
    this.host = payload.host
    this.app = payload.app
  }
}

/** What may be said of a stream error besides its condition and text. */
export interface StreamErrorOptions {
  readonly lang?: string | undefined
  readonly host?: string | undefined
  readonly app?: Element | undefined
  readonly cause?: unknown
}

/** A stream error to throw. */
export function streamError(
  condition: StreamErrorCondition,
  text?: string,
  options: StreamErrorOptions = {},
): StreamError {
  const { cause, ...others } = options
  return new StreamError({ ...others, condition, text }, cause === undefined ? undefined : { cause })
}

/**
 * The error as text for a stream whose header binds the prefix `stream`, which is the prefix peers expect
 * (RFC 6120 §4.8.5).
 */
export function writeStreamError(error: StreamErrorPayload): string {
  return prefixed(writeWire(StreamErrorPayload, error, STREAMS_NS))
}

/**
 * Text of an element of the streams namespace with its tags prefixed `stream:`. Its children lie in other
 * namespaces, which they declare themselves.
 */
export function prefixed(text: string): string {
  const open = `<stream:${text.slice(1)}`
  const end = open.lastIndexOf('</')
  return open.endsWith('/>') ? open : `${open.slice(0, end)}</stream:${open.slice(end + 2)}`
}

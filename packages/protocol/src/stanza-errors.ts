// Stanza errors (RFC 6120 §8.3).
import {
  attr,
  child,
  children,
  type Element,
  element,
  int,
  mapped,
  oneOf,
  rest,
  string,
  type Wire,
} from '@waxwing/xml'
import { type LangText, langText } from './lang-text.ts'
import { type NamedCondition, namedCondition } from './named-condition.ts'
import { CLIENT_NS, COMPONENT_NS, SERVER_NS } from './stanzas.ts'

/** The namespace of the conditions. RFC 6120 §8.3.2. */
export const STANZA_ERRORS_NS = 'urn:ietf:params:xml:ns:xmpp-stanzas'

/** What the sender may do about it. RFC 6120 §8.3.2. */
export const stanzaErrorTypes = ['auth', 'cancel', 'continue', 'modify', 'wait'] as const
export type StanzaErrorType = (typeof stanzaErrorTypes)[number]

/** Every defined condition with the type that usually goes with it. RFC 6120 §8.3.3. */
const typeOfCondition = {
  'bad-request': 'modify',
  conflict: 'cancel',
  'feature-not-implemented': 'cancel',
  forbidden: 'auth',
  gone: 'cancel',
  'internal-server-error': 'cancel',
  'item-not-found': 'cancel',
  'jid-malformed': 'modify',
  'not-acceptable': 'modify',
  'not-allowed': 'cancel',
  'not-authorized': 'auth',
  'policy-violation': 'modify',
  'recipient-unavailable': 'wait',
  redirect: 'modify',
  'registration-required': 'auth',
  'remote-server-not-found': 'cancel',
  'remote-server-timeout': 'wait',
  'resource-constraint': 'wait',
  'service-unavailable': 'cancel',
  'subscription-required': 'auth',
  'undefined-condition': 'cancel',
  'unexpected-request': 'wait',
} as const satisfies Record<string, StanzaErrorType>

/** RFC 6120 §8.3.3. */
export type StanzaErrorCondition = keyof typeof typeOfCondition

export const stanzaErrorConditions: readonly StanzaErrorCondition[] = Object.keys(
  typeOfCondition,
) as StanzaErrorCondition[]

/** The type a condition has unless somebody says otherwise. RFC 6120 §8.3.3. */
export function defaultErrorType(condition: StanzaErrorCondition): StanzaErrorType {
  return typeOfCondition[condition]
}

/** An error as it stands in a stanza. RFC 6120 §8.3.2. */
export interface ErrorPayload {
  readonly type: StanzaErrorType
  readonly condition: StanzaErrorCondition
  /** For people; says more than the condition. */
  readonly text?: string | undefined
  /** The language of `text`. */
  readonly lang?: string | undefined
  /** Who found the error, if it is not the addressee of the stanza. §8.3.1. */
  readonly by?: string | undefined
  /** With `gone` and `redirect`: where to go instead, an XMPP URI as a rule. §8.3.3.5, §8.3.3.14. */
  readonly uri?: string | undefined
  /** A condition of the application, in a namespace of its own. §8.3.4. */
  readonly app?: Element | undefined
  /** Further elements of the application beside `app`; absent: none. */
  readonly others?: readonly Element[] | undefined
}

interface RawError {
  readonly by?: string | undefined
  readonly code?: number | undefined
  readonly type?: StanzaErrorType | undefined
  readonly condition?: NamedCondition<StanzaErrorCondition> | undefined
  readonly texts: readonly LangText[]
  readonly others: readonly Element[]
}

/** COMPAT(peers of before RFC 3920): an error that has only a number. XEP-0086. */
const conditionOfCode: ReadonlyMap<number, StanzaErrorCondition> = new Map([
  [302, 'redirect'],
  [400, 'bad-request'],
  [401, 'not-authorized'],
  [403, 'forbidden'],
  [404, 'item-not-found'],
  [405, 'not-allowed'],
  [406, 'not-acceptable'],
  [407, 'registration-required'],
  [408, 'remote-server-timeout'],
  [409, 'conflict'],
  [500, 'internal-server-error'],
  [501, 'feature-not-implemented'],
  [502, 'service-unavailable'],
  [503, 'service-unavailable'],
  [504, 'remote-server-timeout'],
  [510, 'service-unavailable'],
])

function fromRaw({ by, code, type, condition: named, texts, others }: RawError): ErrorPayload {
  const condition = named?.kind ?? conditionOfCode.get(code ?? 0) ?? 'undefined-condition'
  return {
    type: type ?? defaultErrorType(condition),
    condition,
    text: texts[0]?.text,
    lang: texts[0]?.lang,
    by,
    uri: named?.text === '' ? undefined : named?.text,
    ...applicationsOf(others),
  }
}

function applicationsOf(elements: readonly Element[]): Pick<ErrorPayload, 'app' | 'others'> {
  const [app, ...others] = elements.filter(({ ns }) => ns !== STANZA_ERRORS_NS)
  return others.length === 0 ? { app } : { app, others }
}

function toRaw({ type, condition, text, lang, by, uri, app, others = [] }: ErrorPayload): RawError {
  return {
    by,
    type,
    condition: { kind: condition, text: uri ?? '' },
    texts: text === undefined ? [] : [{ lang, text }],
    others: app ? [app, ...others] : others,
  }
}

const Condition = namedCondition(STANZA_ERRORS_NS, stanzaErrorConditions)
const ErrorText = langText(STANZA_ERRORS_NS, 'text')

function errorWire(ns: string): Wire<ErrorPayload> {
  const raw: Wire<RawError> = element(ns, 'error', {
    by: attr('by', string).maybe(),
    code: attr('code', int).maybe(),
    type: attr('type', oneOf(...stanzaErrorTypes)).maybe(),
    condition: child(Condition).maybe(),
    texts: children(ErrorText),
    others: rest,
  })
  return mapped(raw, fromRaw, toRaw)
}

const clientError = errorWire(CLIENT_NS)
const serverError = errorWire(SERVER_NS)
const componentError = errorWire(COMPONENT_NS)

/** The `error` child of a stanza in a content namespace. RFC 6120 §8.3.2. */
export function errorIn(ns: string): Wire<ErrorPayload> {
  if (ns === CLIENT_NS) return clientError
  if (ns === SERVER_NS) return serverError
  return ns === COMPONENT_NS ? componentError : errorWire(ns)
}

/** What may be said of an error besides its condition and text. */
export interface StanzaErrorOptions {
  readonly type?: StanzaErrorType | undefined
  readonly lang?: string | undefined
  readonly by?: string | undefined
  readonly uri?: string | undefined
  readonly app?: Element | undefined
  readonly others?: readonly Element[] | undefined
  readonly cause?: unknown
}

/** A stanza that cannot be served: throw it to answer with it; the stream lives. RFC 6120 §8.3. */
export class StanzaError extends Error implements ErrorPayload {
  override readonly name = 'StanzaError'
  readonly type: StanzaErrorType
  readonly condition: StanzaErrorCondition
  readonly text: string | undefined
  readonly lang: string | undefined
  readonly by: string | undefined
  readonly uri: string | undefined
  readonly app: Element | undefined
  readonly others: readonly Element[] | undefined

  constructor(payload: ErrorPayload, options?: { readonly cause?: unknown }) {
    super(payload.text ?? payload.condition, options)
    this.type = payload.type
    this.condition = payload.condition
    this.text = payload.text
    this.lang = payload.lang
    this.by = payload.by
    this.uri = payload.uri
    this.app = payload.app
    this.others = payload.others
  }
}

/** An error to throw; its type is the usual one of the condition unless given. */
export function stanzaError(
  condition: StanzaErrorCondition,
  text?: string,
  options: StanzaErrorOptions = {},
): StanzaError {
  const { cause, type = defaultErrorType(condition), ...others } = options
  return new StanzaError({ ...others, type, condition, text }, cause === undefined ? undefined : { cause })
}

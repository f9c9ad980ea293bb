/** `xmpp:` URIs and IRIs: RFC 5122, query components as XEP-0147 uses them. */
import { type BareJid, bareJid, domainOf, fullJid, type Jid, localOf, resourceOf } from './jid.ts'
import { JidError } from './jid-error.ts'

/** The parts of an `xmpp:` URI, decoded. */
export interface XmppUri {
  /** The account to act as; `undefined` leaves the choice to the reader. */
  readonly authority?: BareJid
  /** Whom it is about; `undefined` only beside an authority. */
  readonly jid?: Jid
  /** The query type, such as `message` or `join`; `undefined` when there is none. */
  readonly action?: string
  /** The pairs behind the action, in the order written; empty when there are none. */
  readonly params: ReadonlyMap<string, string>
  readonly fragment?: string
}

/** A text that is no `xmpp:` URI. */
export class XmppUriError extends Error {
  override readonly name = 'XmppUriError'
}

/**
 * Reads an `xmpp:` URI or IRI. RFC 5122 §2.2.
 *
 * @throws XmppUriError for another scheme, broken percent-encoding, a malformed query or a key given twice
 * @throws JidError for an address that is none
 */
export function parseXmppUri(text: string): XmppUri {
  const parts = /^xmpp:(?:\/\/([^/?#]*)(\/)?)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/isu.exec(text)
  if (!parts) throw new XmppUriError('The scheme is not xmpp:')
  if (neverRaw.test(text))
    throw new XmppUriError('A space, control character or delimiter is not percent-encoded')
  const [, authority, slash, path = '', query, fragment] = parts
  if (authority !== undefined && slash !== undefined && path === '') {
    throw new XmppUriError('The address behind the authority is missing')
  }
  return {
    ...(authority !== undefined && { authority: decodeAuthority(authority) }),
    ...((authority === undefined || path !== '') && { jid: decodePath(path) }),
    ...decodeQuery(query ?? ''),
    ...(fragment !== undefined && { fragment: decode(fragment) }),
  }
}

/**
 * Writes an `xmpp:` URI, everything percent-encoded that RFC 5122 §2.2 does not let stand.
 *
 * @throws XmppUriError without authority and jid, or for an authority that has no localpart
 */
export function formatXmppUri(uri: Omit<XmppUri, 'params'> & Partial<Pick<XmppUri, 'params'>>): string {
  const { authority, jid, action = '', params, fragment } = uri
  if (authority === undefined && jid === undefined) throw new XmppUriError('There is no address')
  if (authority !== undefined && localOf(authority) === undefined) {
    throw new XmppUriError('The authority has no localpart')
  }
  const account = authority === undefined ? '' : `//${encodePath(authority)}${jid === undefined ? '' : '/'}`
  const pairs = Array.from(params ?? [], ([key, value]) => `;${encode(key, '')}=${encode(value, '')}`).join(
    '',
  )
  const query = action === '' && pairs === '' ? '' : `?${encode(action, '')}${pairs}`
  const end = fragment === undefined ? '' : `#${encode(fragment, fragmentAllowed)}`
  return `xmpp:${account}${jid === undefined ? '' : encodePath(jid)}${query}${end}`
}

/** What ends a URI in running text, and lone surrogates. Other characters are taken raw, as an IRI may hold them. */
const neverRaw = /[\p{Cc}\p{Cs} <>"]/u

function decodeAuthority(text: string): BareJid {
  const at = text.indexOf('@')
  if (at < 0) throw new XmppUriError('The authority has no localpart')
  return bareJid(decode(text.slice(0, at)), decode(text.slice(at + 1)))
}

/** The path's own delimiters are found before decoding: an encoded `@` or `/` is part of its component. */
function decodePath(path: string): Jid {
  if (path === '') throw new JidError('domainpart', 'is empty')
  const slash = path.indexOf('/')
  const head = slash < 0 ? path : path.slice(0, slash)
  const at = head.indexOf('@')
  const bare = bareJid(at < 0 ? undefined : decode(head.slice(0, at)), decode(head.slice(at + 1)))
  return slash < 0 ? bare : fullJid(bare, decode(path.slice(slash + 1)))
}

function decodeQuery(query: string): Pick<XmppUri, 'action' | 'params'> {
  const [action = '', ...pairs] = query.split(';')
  const params = new Map<string, string>()
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    if (equals < 1) throw new XmppUriError('A pair of the query has no key or no value')
    const key = decode(pair.slice(0, equals))
    if (params.has(key)) throw new XmppUriError('A key of the query is given twice')
    params.set(key, decode(pair.slice(equals + 1)))
  }
  return { ...(action !== '' && { action: decode(action) }), params }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new XmppUriError('The percent-encoding is broken or is not UTF-8')
  }
}

const nodeAllowed = '!$()*+,;='
const resourceAllowed = "!$&'()*+,:;="
const fragmentAllowed = "!$&'()*+,;=:@/?"

function encodePath(address: Jid): string {
  const [local, resource] = [localOf(address), resourceOf(address)]
  const node = local === undefined ? '' : `${encode(local, nodeAllowed)}@`
  const host = domainOf(address)
  const end = resource === undefined ? '' : `/${encode(resource, resourceAllowed)}`
  return `${node}${host.startsWith('[') ? host : encode(host, '')}${end}`
}

/** Percent-encodes all but the unreserved characters of RFC 3986 §2.3 and those allowed. */
function encode(text: string, allowed: string): string {
  let result = ''
  for (const character of text) {
    result += /[\w.~-]/.test(character) || allowed.includes(character) ? character : percentEncoded(character)
  }
  return result
}

const utf8 = new TextEncoder()

function percentEncoded(character: string): string {
  const octets = Array.from(utf8.encode(character), octet =>
    octet.toString(16).toUpperCase().padStart(2, '0'),
  )
  return `%${octets.join('%')}`
}

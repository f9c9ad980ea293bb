/** Cases of bad input: what is sent at a stage of a client's stream, and the answer it must get. */

export const ns = {
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  bind: 'urn:ietf:params:xml:ns:xmpp-bind',
  tls: 'urn:ietf:params:xml:ns:xmpp-tls',
  stanzas: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  streams: 'http://etherx.jabber.org/streams',
}

/** How far a client has come before it misbehaves. */
export type Stage = 'connected' | 'greeted' | 'secured' | 'authenticated' | 'bound'

export type Answer =
  /** The stream ends with one of these errors. RFC 6120 §4.9.3 */
  | { readonly stream: string | readonly string[] }
  /** An error stanza; the stream lives. RFC 6120 §8.3.3 */
  | { readonly stanza: string; readonly id?: string | undefined }
  /** A SASL failure; the stream lives. RFC 6120 §6.5 */
  | { readonly sasl: string }
  /** Nothing is said, and the stream lives. */
  | 'silence'
  /** The connection ends without a stream error. */
  | 'end'

export type Sent = string | Uint8Array | readonly (string | Uint8Array)[]
export type Case = readonly [what: string, sent: Sent, answer: Answer]

export const malformed: Answer = { stream: 'not-well-formed' }
export const restricted: Answer = { stream: 'restricted-xml' }
export const tooMuch: Answer = { stream: 'policy-violation' }
export const unauthorized: Answer = { stream: 'not-authorized' }
export const badSasl: Answer = { sasl: 'malformed-request' }

export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
export const joined = (...parts: readonly (string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.map(part => Buffer.from(part as string)))
export const header = (attributes: string): string =>
  `<stream:stream xmlns='jabber:client' xmlns:stream='${ns.streams}' ${attributes}>`
export const good = "to='localhost' version='1.0'"
export const plain = (text: string): string =>
  `<auth xmlns='${ns.sasl}' mechanism='PLAIN'>${Buffer.from(text).toString('base64')}</auth>`

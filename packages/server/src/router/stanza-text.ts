/** Stanzas as text: start tags and payloads written by hand, for what cannot stay bytes. */
import type { Jid } from '@waxwing/jid'
import { CLIENT_NS, type StanzaKind } from '@waxwing/protocol'
import { type Element, escapeAttr, type Slice, writeElement } from '@waxwing/xml'
import type { StanzaHeader } from './stanza.ts'

export const closeTags = { message: '</message>', presence: '</presence>', iq: '</iq>' } as const

export function withPayload(header: StanzaHeader, payload: string): string {
  const open = startTag(header)
  return payload === '' ? `${open}/>` : `${open}>${payload}${closeTags[header.kind]}`
}

/** `<message from='…' to='…' …` without its end. */
export function startTag(header: StanzaHeader): string {
  let tag = `<${header.kind} from='${escapeAttr(header.from)}'`
  if (header.to !== undefined) tag += ` to='${escapeAttr(header.to)}'`
  if (header.type !== undefined) tag += ` type='${escapeAttr(header.type)}'`
  if (header.id !== undefined) tag += ` id='${escapeAttr(header.id)}'`
  if (header.lang !== undefined) tag += ` xml:lang='${escapeAttr(header.lang)}'`
  return tag
}

/** `<message from='…' xml:lang='…'` as bytes, to be put before what the client sent behind the element's name. */
export function openingBytes(kind: StanzaKind, from: Jid, lang: string | undefined): Uint8Array {
  const stamp = lang === undefined ? '' : ` xml:lang='${escapeAttr(lang)}'`
  return lasting(`<${kind} from='${escapeAttr(from)}'${stamp}`)
}

const slabSize = 4096
let slab = Buffer.alloc(0)
let used = 0

/**
 * Bytes that stay as long as a session does, beside others of their kind: in Node's own pool they would keep alive
 * what passing texts had filled.
 */
function lasting(text: string): Uint8Array {
  const size = Buffer.byteLength(text)
  if (size > slabSize / 4) return Buffer.from(text)
  if (used + size > slab.length) {
    slab = Buffer.allocUnsafeSlow(slabSize)
    used = 0
  }
  slab.write(text, used)
  used += size
  return slab.subarray(used - size, used)
}

/** The children of a stanza whose bytes cannot be spliced, written anew in the content namespace. */
export function payloadOf(element: Element): string {
  let text = ''
  for (const child of element.children) if (typeof child !== 'string') text += writeElement(child, CLIENT_NS)
  return text
}

export function firstElement(element: Element): Element | undefined {
  for (const child of element.children) if (typeof child !== 'string') return child
  return undefined
}

/** Bytes of a refused message that come back with the error. */
const maxReturned = 4_096

/** What a refused message's sender wrote, and nothing put to it on the way: that was for the receiver. RFC 6120 §8.3.1. */
export function returnedOf(refused: {
  readonly kind: StanzaKind
  readonly slice: Slice | undefined
}): string {
  const { kind, slice } = refused
  if (kind !== 'message' || !slice || slice.selfClosing) return ''
  return slice.contentEnd - slice.contentStart > maxReturned ? '' : slice.contentText()
}

/** Stream headers: RFC 6120 §4.7. */
import { type BareJid, bareOf, domainOf, tryJid } from '@waxwing/jid'
import { STREAMS_NS, type StreamError, streamError } from '@waxwing/protocol'
import { escapeAttr, type StreamHeader } from '@waxwing/xml'

export interface HeaderFields {
  readonly contentNs: string
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly id?: string | undefined
  readonly lang?: string | undefined
  /** '1.0', or absent for component streams (XEP-0114). */
  readonly version?: string | undefined
}

/** The opening tag of a stream, with the XML declaration. RFC 6120 §4.2. */
export function openStream(fields: HeaderFields): string {
  if (!isLikeLast(fields)) last = { fields, ...spell(fields) }
  const { start, end } = last
  return fields.id === undefined ? start + end : `${start} id='${escapeAttr(fields.id)}'${end}`
}

const nobody: HeaderFields = { contentNs: '' }
/** Headers of one side mostly differ in their ids alone. */
let last = { fields: nobody, start: '', end: '' }

function isLikeLast({ contentNs, from, to, version, lang }: HeaderFields): boolean {
  const { fields } = last
  return (
    contentNs === fields.contentNs &&
    from === fields.from &&
    to === fields.to &&
    version === fields.version &&
    lang === fields.lang
  )
}

/** What comes before and behind the id. */
function spell({ contentNs, from, to, version, lang }: HeaderFields): { start: string; end: string } {
  const opening = `<?xml version='1.0'?><stream:stream xmlns='${contentNs}' xmlns:stream='${STREAMS_NS}'`
  return {
    start: opening + attribute('from', from) + attribute('to', to),
    end: `${attribute('version', version)}${attribute('xml:lang', lang)}>`,
  }
}

function attribute(name: string, value: string | undefined): string {
  return value === undefined ? '' : ` ${name}='${escapeAttr(value)}'`
}

/**
 * Judges the header a peer opened its stream with.
 *
 * @returns the stream error to answer with, or `undefined` when the header is fine. RFC 6120 §4.8, §4.9.3
 */
export function faultOf(header: StreamHeader, contentNs: string): StreamError | undefined {
  if (header.ns !== STREAMS_NS)
    return streamError('invalid-namespace', `The stream element must be in the namespace ${STREAMS_NS}`)
  if (header.name !== 'stream') return streamError('bad-format', 'The first element must be <stream:stream>')
  if (header.defaultNs !== contentNs)
    return streamError('invalid-namespace', `The default namespace of this stream must be ${contentNs}`)
  return undefined
}

/** The domain a header's `to` names, prepared (RFC 7622 §3.2); `undefined` if it is anything but a domain. */
export function domainIn(to: string): string | undefined {
  const address = tryJid(to)
  return address !== undefined && domainOf(address) === address ? address : undefined
}

/** Who the header's `from` says the peer is; what is no address is not repeated. RFC 6120 §4.7.1, §4.7.2. */
export function peerIn(header: StreamHeader): BareJid | undefined {
  const from = header.attrs.get('from')
  const address = from === undefined ? undefined : tryJid(from)
  return address && bareOf(address)
}

/** Longest language tag taken over; real ones are far shorter. */
const maxLanguage = 64

/** The header's xml:lang if it is a language tag: it is stamped on what others receive. RFC 6120 §4.7.4, RFC 5646 §2.1. */
export function languageIn(header: StreamHeader): string | undefined {
  const tag = header.attrs.get('xml:lang')
  if (tag === undefined || tag.length > maxLanguage) return undefined
  return /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/.test(tag) ? tag : undefined
}

/** Whether an element of a stream is the peer's stream error, which is never answered by another. RFC 6120 §4.9.1.1. */
export function isStreamError({ ns, name }: { readonly ns: string; readonly name: string }): boolean {
  return ns === STREAMS_NS && name === 'error'
}

/**
 * Whether both sides can speak XMPP 1.0. RFC 6120 §4.7.5: a missing version means 0.9, and the lower one wins.
 */
export function speaksVersion1(version: string | undefined): boolean {
  if (version === undefined) return false
  const match = /^(\d{1,9})\.(\d{1,9})$/.exec(version)
  return match !== null && Number(match[1]) >= 1
}

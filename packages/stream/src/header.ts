/** Stream headers: RFC 6120 §4.7. */
import { type StreamError, streamError } from '@waxwing/protocol'
import { escapeAttr, type StreamHeader } from '@waxwing/xml'

export const streamsNs = 'http://etherx.jabber.org/streams'

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
  let tag = `<?xml version='1.0'?><stream:stream xmlns='${fields.contentNs}' xmlns:stream='${streamsNs}'`
  for (const name of ['from', 'to', 'id', 'version'] as const) {
    const value = fields[name]
    if (value !== undefined) tag += ` ${name}='${escapeAttr(value)}'`
  }
  if (fields.lang !== undefined) tag += ` xml:lang='${escapeAttr(fields.lang)}'`
  return `${tag}>`
}

/**
 * Judges the header a peer opened its stream with.
 *
 * @returns the stream error to answer with, or `undefined` when the header is fine. RFC 6120 §4.8, §4.9.3
 */
export function faultOf(header: StreamHeader, contentNs: string): StreamError | undefined {
  if (header.ns !== streamsNs)
    return streamError('invalid-namespace', `The stream element must be in the namespace ${streamsNs}`)
  if (header.name !== 'stream') return streamError('bad-format', 'The first element must be <stream:stream>')
  if (header.defaultNs !== contentNs)
    return streamError('invalid-namespace', `The default namespace of this stream must be ${contentNs}`)
  return undefined
}

/**
 * Whether both sides can speak XMPP 1.0. RFC 6120 §4.7.5: a missing version means 0.9, and the lower one wins.
 */
export function speaksVersion1(version: string | undefined): boolean {
  if (version === undefined) return false
  const match = /^(\d{1,9})\.(\d{1,9})$/.exec(version)
  return match !== null && Number(match[1]) >= 1
}

import type { BytesPort } from './bytes.ts'
import { XML_NS } from './names.ts'
import { StartTag } from './start-tag.ts'

/** What the elements of a stream inherit from its header, and how their bytes become text. */
export interface Inherited {
  readonly bytes: BytesPort
  /** Default namespace, '' if none. */
  readonly defaultNs: string
  /** Prefix to namespace. */
  readonly namespaces: ReadonlyMap<string, string>
}

/** The start tag of the stream element (RFC 6120 §4.7). */
export interface StreamHeader {
  /** Namespace of the stream element itself. */
  readonly ns: string
  readonly name: string
  /** Prefix of the stream element as written, '' if none. */
  readonly prefix: string
  /** Unprefixed attributes by name, and `xml:lang`; without namespace declarations. */
  readonly attrs: ReadonlyMap<string, string>
  /** Default namespace, which is the content namespace (RFC 6120 §4.8.2); '' if none. */
  readonly defaultNs: string
  /** Prefixes the header declares, with their namespaces. */
  readonly namespaces: ReadonlyMap<string, string>
}

const scratch = /* @__PURE__ */ new StartTag()

/** Reads a start tag that a scanner has accepted. */
export function readHeader(port: BytesPort, bytes: Uint8Array, start: number): StreamHeader {
  const tag = scratch
  tag.read(bytes, start)
  const attrs = new Map<string, string>()
  const namespaces = new Map<string, string>()
  let defaultNs = ''
  for (let n = 0; n < tag.count; n++) {
    const prefix = tag.attrPrefix(port, bytes, n)
    const name = tag.attrName(port, bytes, n)
    const value = tag.attrValue(port, bytes, n)
    if (prefix === 'xmlns') namespaces.set(name, value)
    else if (prefix === '' && name === 'xmlns') defaultNs = value
    else if (prefix === '') attrs.set(name, value)
    else if (prefix === 'xml' && name === 'lang') attrs.set('xml:lang', value)
  }
  const prefix = tag.prefix(port, bytes)
  const own = namespaces.get(prefix) ?? (prefix === 'xml' ? XML_NS : '')
  return {
    ns: prefix === '' ? defaultNs : own,
    name: tag.localName(port, bytes),
    prefix,
    attrs,
    defaultNs,
    namespaces,
  }
}

/** What one peer may make us hold and do. Passing any of these is a `policy-violation` (RFC 6120 §13.12). */
export interface XmlLimits {
  /** Bytes of one first-level element, also of the stream header; counted while it is still unfinished. */
  readonly maxStanzaBytes: number
  /** Elements open at the same time; the first-level element itself is depth 1. */
  readonly maxDepth: number
  /** Attributes of one element, namespace declarations included. */
  readonly maxAttributes: number
  /** Bytes of one element or attribute name as written, prefix included. */
  readonly maxNameBytes: number
  /** Bytes of one attribute value as written. */
  readonly maxAttributeBytes: number
  /** Prefixes declared in scope at the same time, those of the stream header not included. */
  readonly maxNamespaces: number
}

export const defaultLimits: XmlLimits = {
  maxStanzaBytes: 262_144,
  maxDepth: 128,
  maxAttributes: 64,
  maxNameBytes: 1024,
  maxAttributeBytes: 65_536,
  maxNamespaces: 64,
}

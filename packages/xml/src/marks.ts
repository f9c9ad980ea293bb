/** Bits of `Marks.flags`: facts about a first-level element that decide how far its bytes may travel untouched. */
export const PREFIXED = 1
/** It declares a default namespace of its own. */
export const OWN_DEFAULT = 2
/** It declares prefixes of its own. */
export const OWN_PREFIXES = 4
/** It has attributes other than the five, declarations apart. */
export const OTHER_ATTRIBUTES = 8
/** It has an attribute with a prefix other than `xml`. */
export const PREFIXED_ATTRIBUTE = 16
/** A prefix inside is declared on the element itself or on the stream. */
export const OUTER_PREFIX = 32
/** A first-level child spells out a content namespace. */
export const SPELT_CONTENT = 64
export const SELF_CLOSING = 128
/** The value is ASCII that means itself: no reference, no white space to normalise. */
export const PLAIN_TO = 256
export const PLAIN_FROM = 512
export const PLAIN_ID = 1024
export const PLAIN_TYPE = 2048

/** Where things lie in one first-level element, counted from its first byte; -1 for what is absent. */
export interface Marks {
  readonly flags: number
  readonly nameEnd: number
  readonly contentStart: number
  readonly contentEnd: number
  readonly toStart: number
  readonly toEnd: number
  readonly fromStart: number
  readonly fromEnd: number
  readonly idStart: number
  readonly idEnd: number
  readonly typeStart: number
  readonly typeEnd: number
  readonly langStart: number
  readonly langEnd: number
  readonly headStart: number
}

// Bits of `Marks.flags`: facts about a first-level element that decide how far its bytes may travel untouched.

/** Its name has a prefix. */
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
/** It has more than one first-level child. */
export const SEVERAL_CHILDREN = 4096

/** Where things lie in one first-level element, counted from its first byte; -1 for what is absent. */
export class Marks {
  flags = 0
  nameEnd = 0
  contentStart = 0
  contentEnd = 0
  toStart = -1
  toEnd = -1
  fromStart = -1
  fromEnd = -1
  idStart = -1
  idEnd = -1
  typeStart = -1
  typeEnd = -1
  langStart = -1
  langEnd = -1
  /** The first child element. */
  headStart = -1

  clear(): void {
    this.flags = 0
    this.toStart = this.toEnd = -1
    this.fromStart = this.fromEnd = -1
    this.idStart = this.idEnd = -1
    this.typeStart = this.typeEnd = -1
    this.langStart = this.langEnd = -1
    this.headStart = -1
  }
}

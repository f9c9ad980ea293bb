/** The namespace of `xml:lang`, bound to the prefix `xml` everywhere (Namespaces in XML 1.0 §3). */
export const XML_NS = 'http://www.w3.org/XML/1998/namespace'
/** The namespace of namespace declarations themselves; no prefix may be bound to it, and nothing else lies in it. */
export const XMLNS_NS = 'http://www.w3.org/2000/xmlns/'

export const TAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SPACE = 0x20
export const BANG = 0x21
export const QUOT = 0x22
export const HASH = 0x23
export const AMP = 0x26
export const APOS = 0x27
export const SLASH = 0x2f
export const COLON = 0x3a
export const SEMICOLON = 0x3b
export const LT = 0x3c
export const EQUALS = 0x3d
export const GT = 0x3e
export const QUESTION = 0x3f
export const OPEN = 0x5b
export const CLOSE = 0x5d

/** May begin a name; the colon has its own rules. */
export const NAME_START = 1
/** May stand inside a name. */
export const NAME = 2
/** May stand in character data without a second look and means itself. */
export const TEXT = 4
/** May stand in an attribute value without a second look and means itself. */
export const VALUE = 8
/** White space between the parts of a tag. */
export const BLANK = 16
/** May stand in a CDATA section without a second look. */
export const RAW = 32
/** Belongs to a name that has been accepted: name characters, the colon, and everything beyond ASCII. */
export const IN_NAME = 64

/** What each byte is allowed to be; bytes of 128 and more belong to a longer character. */
export const KIND: Int32Array = /* @__PURE__ */ kinds()

function kinds(): Int32Array {
  const table = new Int32Array(256)
  for (let c = 0x20; c < 0x80; c++) table[c] = kindOfPrintable(c)
  table.fill(IN_NAME, 0x80)
  table[TAB] = TEXT | RAW | BLANK
  table[LF] = TEXT | RAW | BLANK
  table[CR] = RAW | BLANK
  return table
}

function kindOfPrintable(c: number): number {
  const letter = (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || c === 0x5f
  const digit = (c >= 0x30 && c <= 0x39) || c === 0x2d || c === 0x2e
  let kind = 0
  if (letter) kind |= NAME_START
  if (letter || digit) kind |= NAME
  if (letter || digit || c === COLON) kind |= IN_NAME
  if (c !== LT && c !== AMP && c !== GT) kind |= TEXT
  if (c !== LT && c !== AMP && c !== QUOT && c !== APOS) kind |= VALUE
  if (c === SPACE) kind |= BLANK
  if (c !== GT) kind |= RAW
  return kind
}

/** The first byte from `from` on that is not of this kind, or `limit`. Four at a time: most bytes are looked at here. */
export function plainEnd(bytes: Uint8Array, from: number, limit: number, kind: number): number {
  let i = from
  while (i + 4 <= limit) {
    const first = (KIND[bytes[i] as number] as number) & (KIND[bytes[i + 1] as number] as number)
    const second = (KIND[bytes[i + 2] as number] as number) & (KIND[bytes[i + 3] as number] as number)
    if ((first & second & kind) === 0) break
    i += 4
  }
  while (i < limit && ((KIND[bytes[i] as number] as number) & kind) !== 0) i++
  return i
}

/** NameStartChar beyond ASCII (XML 1.0, 5th edition, [4]). */
export function isNameStart(c: number): boolean {
  return (
    (c >= 0xc0 && c <= 0x2ff && c !== 0xd7 && c !== 0xf7) ||
    (c >= 0x370 && c <= 0x1fff && c !== 0x37e) ||
    c === 0x200c ||
    c === 0x200d ||
    (c >= 0x2070 && c <= 0x218f) ||
    (c >= 0x2c00 && c <= 0x2fef) ||
    (c >= 0x3001 && c <= 0xd7ff) ||
    (c >= 0xf900 && c <= 0xfdcf) ||
    (c >= 0xfdf0 && c <= 0xfffd) ||
    (c >= 0x10000 && c <= 0xeffff)
  )
}

/** NameChar beyond ASCII (XML 1.0, 5th edition, [4a]). */
export function isNameChar(c: number): boolean {
  return isNameStart(c) || c === 0xb7 || (c >= 0x300 && c <= 0x36f) || c === 0x203f || c === 0x2040
}

/** Char (XML 1.0 [2]). */
export function isChar(c: number): boolean {
  if (c < 0x20) return c === TAB || c === LF || c === CR
  return c < 0xd800 || (c > 0xdfff && c < 0xfffe) || (c > 0xffff && c < 0x110000)
}

import { isXmlns } from './attribute-names.ts'
import type { BytesPort } from './bytes.ts'
import { BLANK, COLON, EQUALS, GT, IN_NAME, KIND, plainEnd, SLASH, VALUE } from './names.ts'
import { decodeValue, indexOfByte } from './text.ts'

/** Numbers kept per attribute, and their places. */
const SPAN = 6
const NAME_START = 0
/** -1 without a prefix. */
const COLON_AT = 1
const NAME_END = 2
const VALUE_START = 3
const VALUE_END = 4
/** 1 if the value is ASCII that means itself. */
const PLAIN = 5

/**
 * Where the parts of one start tag lie, in bytes a scanner has accepted: nothing is checked again.
 * An object is meant to be used for many tags, one after the other.
 */
export class StartTag {
  /** Index of the first byte of the element name. */
  nameStart = 0
  /** Index of the colon in the element name, -1 without a prefix. */
  colon = -1
  nameEnd = 0
  /** How many attributes there are, declarations included. */
  count = 0
  selfClosing = false
  /** Index behind `>`. */
  end = 0
  readonly #spans: number[] = []

  /** @param at index of `<` */
  read(bytes: Uint8Array, at: number): void {
    let i = at + 1
    this.nameStart = i
    this.colon = -1
    this.count = 0
    for (; isInName(bytes[i] as number); i++) if (bytes[i] === COLON) this.colon = i
    this.nameEnd = i
    for (;;) {
      while (isBlank(bytes[i] as number)) i++
      if (bytes[i] === GT || bytes[i] === SLASH) break
      i = this.#readAttribute(bytes, i)
    }
    this.selfClosing = bytes[i] === SLASH
    this.end = this.selfClosing ? i + 2 : i + 1
  }

  #readAttribute(bytes: Uint8Array, at: number): number {
    const spans = this.#spans
    const n = this.count++ * SPAN
    let i = at
    let colon = -1
    for (; isInName(bytes[i] as number); i++) if (bytes[i] === COLON) colon = i
    const nameEnd = i
    while (bytes[i] !== EQUALS) i++
    i++
    while (isBlank(bytes[i] as number)) i++
    const quote = bytes[i] as number
    const plain = plainEnd(bytes, i + 1, bytes.length, VALUE)
    const isPlain = bytes[plain] === quote
    const valueEnd = isPlain ? plain : indexOfByte(bytes, quote, plain)
    spans[n + NAME_START] = at
    spans[n + COLON_AT] = colon
    spans[n + NAME_END] = nameEnd
    spans[n + VALUE_START] = i + 1
    spans[n + VALUE_END] = valueEnd
    spans[n + PLAIN] = isPlain ? 1 : 0
    return valueEnd + 1
  }

  localName(port: BytesPort, bytes: Uint8Array): string {
    return port.name(bytes, this.colon < 0 ? this.nameStart : this.colon + 1, this.nameEnd)
  }

  /** The element's prefix, '' without. */
  prefix(port: BytesPort, bytes: Uint8Array): string {
    return this.colon < 0 ? '' : port.name(bytes, this.nameStart, this.colon)
  }

  hasPrefix(n: number): boolean {
    return (this.#spans[n * SPAN + COLON_AT] as number) >= 0
  }

  /** Prefix of attribute number `n`, '' without. */
  attrPrefix(port: BytesPort, bytes: Uint8Array, n: number): string {
    const colon = this.#spans[n * SPAN + COLON_AT] as number
    return colon < 0 ? '' : port.name(bytes, this.#spans[n * SPAN + NAME_START] as number, colon)
  }

  /** Name of attribute number `n` without its prefix. */
  attrName(port: BytesPort, bytes: Uint8Array, n: number): string {
    const colon = this.#spans[n * SPAN + COLON_AT] as number
    const start = colon < 0 ? (this.#spans[n * SPAN + NAME_START] as number) : colon + 1
    return port.name(bytes, start, this.#spans[n * SPAN + NAME_END] as number)
  }

  /** Decoded value of attribute number `n`. */
  attrValue(port: BytesPort, bytes: Uint8Array, n: number): string {
    const start = this.#spans[n * SPAN + VALUE_START] as number
    const end = this.#spans[n * SPAN + VALUE_END] as number
    if (this.#spans[n * SPAN + PLAIN] === 1) return port.latin1(bytes, start, end)
    return decodeValue(port, bytes, start, end)
  }

  /** The same for a declaration, which mostly is one of a few. */
  uri(port: BytesPort, bytes: Uint8Array, n: number): string {
    if (this.#spans[n * SPAN + PLAIN] !== 1) return this.attrValue(port, bytes, n)
    const start = this.#spans[n * SPAN + VALUE_START] as number
    return port.name(bytes, start, this.#spans[n * SPAN + VALUE_END] as number)
  }

  /** The namespace this very tag declares for a prefix ('' the default), undefined if it does not. */
  declared(port: BytesPort, bytes: Uint8Array, prefix: string): string | undefined {
    for (let n = 0; n < this.count; n++) {
      if (!this.isDeclaration(bytes, n)) continue
      const isDefault = this.#spans[n * SPAN + COLON_AT] === -1
      const declares = isDefault ? '' : this.attrName(port, bytes, n)
      if (declares === prefix) return this.uri(port, bytes, n)
    }
    return undefined
  }

  /** Whether attribute number `n` is a namespace declaration: `xmlns` or `xmlns:…`. */
  isDeclaration(bytes: Uint8Array, n: number): boolean {
    const start = this.#spans[n * SPAN + NAME_START] as number
    const colon = this.#spans[n * SPAN + COLON_AT] as number
    return isXmlns(bytes, start, colon < 0 ? (this.#spans[n * SPAN + NAME_END] as number) : colon)
  }
}

function isBlank(c: number): boolean {
  return ((KIND[c] as number) & BLANK) !== 0
}

function isInName(c: number): boolean {
  return ((KIND[c] as number) & IN_NAME) !== 0
}

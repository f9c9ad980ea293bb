import type { BytesPort } from './bytes.ts'
import { BLANK, COLON, EQUALS, GT, KIND, SLASH } from './names.ts'
import { decodeValue, indexOfByte } from './text.ts'

/** Numbers kept per attribute. */
const SPAN = 5

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
  /** Per attribute: start of the name, its colon or -1, its end, start and end of the value. */
  readonly #spans: number[] = []

  /** @param at index of `<` */
  read(bytes: Uint8Array, at: number): void {
    let i = at + 1
    this.nameStart = i
    this.colon = -1
    this.count = 0
    for (; isPartOfName(bytes[i] as number); i++) if (bytes[i] === COLON) this.colon = i
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
    for (; isPartOfName(bytes[i] as number) && bytes[i] !== EQUALS; i++) if (bytes[i] === COLON) colon = i
    spans[n] = at
    spans[n + 1] = colon
    spans[n + 2] = i
    while (bytes[i] !== EQUALS) i++
    i++
    while (isBlank(bytes[i] as number)) i++
    const quote = bytes[i] as number
    const valueEnd = indexOfByte(bytes, quote, i + 1)
    spans[n + 3] = i + 1
    spans[n + 4] = valueEnd
    return valueEnd + 1
  }

  localName(port: BytesPort, bytes: Uint8Array): string {
    return port.utf8(bytes, this.colon < 0 ? this.nameStart : this.colon + 1, this.nameEnd)
  }

  /** The element's prefix, '' without. */
  prefix(port: BytesPort, bytes: Uint8Array): string {
    return this.colon < 0 ? '' : port.utf8(bytes, this.nameStart, this.colon)
  }

  /** Prefix of attribute number `n`, '' without. */
  attrPrefix(port: BytesPort, bytes: Uint8Array, n: number): string {
    const colon = this.#spans[n * SPAN + 1] as number
    return colon < 0 ? '' : port.utf8(bytes, this.#spans[n * SPAN] as number, colon)
  }

  /** Name of attribute number `n` without its prefix. */
  attrName(port: BytesPort, bytes: Uint8Array, n: number): string {
    const colon = this.#spans[n * SPAN + 1] as number
    return port.utf8(
      bytes,
      colon < 0 ? (this.#spans[n * SPAN] as number) : colon + 1,
      this.#spans[n * SPAN + 2] as number,
    )
  }

  /** Decoded value of attribute number `n`. */
  attrValue(port: BytesPort, bytes: Uint8Array, n: number): string {
    return decodeValue(port, bytes, this.#spans[n * SPAN + 3] as number, this.#spans[n * SPAN + 4] as number)
  }

  /** The namespace this very tag declares for a prefix ('' the default), undefined if it does not. */
  declared(port: BytesPort, bytes: Uint8Array, prefix: string): string | undefined {
    for (let n = 0; n < this.count; n++) {
      if (!this.isDeclaration(bytes, n)) continue
      const isDefault = this.#spans[n * SPAN + 1] === -1
      const declares = isDefault ? '' : this.attrName(port, bytes, n)
      if (declares === prefix) return this.attrValue(port, bytes, n)
    }
    return undefined
  }

  /** Whether attribute number `n` is a namespace declaration: `xmlns` or `xmlns:…`. */
  isDeclaration(bytes: Uint8Array, n: number): boolean {
    const start = this.#spans[n * SPAN] as number
    const end = this.#spans[n * SPAN + 1] as number
    return isXmlns(bytes, start, end < 0 ? (this.#spans[n * SPAN + 2] as number) : end)
  }
}

/** Whether the bytes spell `xmlns`. */
export function isXmlns(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start === 5 &&
    bytes[start] === 0x78 &&
    bytes[start + 1] === 0x6d &&
    bytes[start + 2] === 0x6c &&
    bytes[start + 3] === 0x6e &&
    bytes[start + 4] === 0x73
  )
}

function isBlank(c: number): boolean {
  return ((KIND[c] as number) & BLANK) !== 0
}

function isPartOfName(c: number): boolean {
  return c !== GT && c !== SLASH && !isBlank(c)
}

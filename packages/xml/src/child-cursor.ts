import type { Inherited } from './inherited.ts'
import { BANG, GT, LT, SLASH, XML_NS } from './names.ts'
import { StartTag } from './start-tag.ts'
import { indexOfByte } from './text.ts'

/** `<![CDATA[` */
const cdataOpen = 9
const QUOTE = 0x22
const APOSTROPHE = 0x27

/**
 * Goes from one first-level child to the next in bytes a scanner has accepted, reading their start tags and nothing
 * else: `while (cursor.next()) …`. What lies inside them is passed over.
 */
export class ChildCursor {
  /** Index of the child's `<`. */
  start = 0
  /** Index behind the child. */
  end: number
  readonly #bytes: Uint8Array
  readonly #to: number
  readonly #inherited: Inherited
  readonly #parent: StartTag | undefined
  readonly #tag = new StartTag()

  /** Made by a slice only. @param parent its start tag, if that declares namespaces */
  constructor(
    bytes: Uint8Array,
    from: number,
    to: number,
    inherited: Inherited,
    parent: StartTag | undefined,
  ) {
    this.#bytes = bytes
    this.end = from
    this.#to = to
    this.#inherited = inherited
    this.#parent = parent
  }

  /** @returns whether there was another child */
  next(): boolean {
    const start = nextTag(this.#bytes, this.end, this.#to)
    if (start >= this.#to) return false
    this.start = start
    this.#tag.read(this.#bytes, start)
    this.end = this.#tag.selfClosing ? this.#tag.end : elementEnd(this.#bytes, this.#tag.end)
    return true
  }

  get name(): string {
    return this.#tag.localName(this.#inherited.bytes, this.#bytes)
  }

  get ns(): string {
    const { bytes: port, defaultNs, namespaces } = this.#inherited
    const prefix = this.#tag.prefix(port, this.#bytes)
    const declared =
      this.#tag.declared(port, this.#bytes, prefix) ?? this.#parent?.declared(port, this.#bytes, prefix)
    if (declared !== undefined) return declared
    if (prefix === '') return defaultNs
    return namespaces.get(prefix) ?? (prefix === 'xml' ? XML_NS : '')
  }

  /** Value of an unprefixed attribute, `undefined` when absent. */
  attr(name: string): string | undefined {
    const port = this.#inherited.bytes
    for (let n = 0; n < this.#tag.count; n++) {
      if (this.#tag.hasPrefix(n) || this.#tag.isDeclaration(this.#bytes, n)) continue
      if (this.#tag.attrName(port, this.#bytes, n) === name) return this.#tag.attrValue(port, this.#bytes, n)
    }
    return undefined
  }
}

/** Where the next tag begins, CDATA sections passed over; `to` when there is none. */
function nextTag(bytes: Uint8Array, from: number, to: number): number {
  let i = from
  for (;;) {
    i = bytes.indexOf(LT, i)
    if (i < 0 || i >= to) return to
    if (bytes[i + 1] !== BANG) return i
    i = sectionEnd(bytes, i + cdataOpen)
  }
}

/** Behind the end tag of the element whose start tag ends at `from`. */
function elementEnd(bytes: Uint8Array, from: number): number {
  let i = from
  for (let depth = 1; depth > 0; ) {
    i = nextTag(bytes, i, bytes.length)
    const isEndTag = bytes[i + 1] === SLASH
    i = tagEnd(bytes, i)
    if (isEndTag) depth--
    else if (bytes[i - 2] !== SLASH) depth++
  }
  return i
}

/** Behind the `>` of a tag; one inside an attribute's value does not count. */
function tagEnd(bytes: Uint8Array, from: number): number {
  let i = from
  for (; bytes[i] !== GT; i++) {
    const c = bytes[i] as number
    if (c === QUOTE || c === APOSTROPHE) i = indexOfByte(bytes, c, i + 1)
  }
  return i + 1
}

/** Behind the `]]>` of a CDATA section. */
function sectionEnd(bytes: Uint8Array, from: number): number {
  let i = indexOfByte(bytes, GT, from)
  while (bytes[i - 1] !== 0x5d || bytes[i - 2] !== 0x5d) i = indexOfByte(bytes, GT, i + 1)
  return i + 1
}

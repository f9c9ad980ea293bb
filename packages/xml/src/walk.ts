import { type BytesPort, portableBytes } from './bytes.ts'
import type { XmlHandler } from './handler.ts'
import type { Inherited } from './inherited.ts'
import { BANG, GT, LT, plainEnd, SLASH, TEXT, XML_NS } from './names.ts'
import { StartTag } from './start-tag.ts'
import { decodeRaw, decodeText, indexOfByte } from './text.ts'

/** `<![CDATA[` and `]]>` */
const cdataOpen = 9
const cdataClose = 3

const noAttributes: readonly string[] = []

/** Reads one element that a scanner has accepted; `end` may also lie behind its start tag. */
export function walk(
  bytes: Uint8Array,
  start: number,
  end: number,
  inherited: Inherited,
  handler: XmlHandler,
): void {
  const walker = idle ?? new Walk()
  idle = undefined
  try {
    walker.run(bytes, start, end, inherited, handler)
  } finally {
    idle = walker
  }
}

/** The walker that is not under way: handlers may walk other elements meanwhile. */
let idle: Walk | undefined
const nothing = /* @__PURE__ */ new Uint8Array(0)
const nowhere: Inherited = { bytes: portableBytes, defaultNs: '', namespaces: /* @__PURE__ */ new Map() }
const nobody: XmlHandler = { start() {}, text() {}, end() {} }

class Walk {
  #bytes: Uint8Array = nothing
  #inherited: Inherited = nowhere
  #handler: XmlHandler = nobody
  readonly #tag = new StartTag()
  /** Default namespace in force inside each open element; the last is the current one. */
  readonly #defaults: string[] = []
  /** How many prefixes had been declared before each open element. */
  readonly #marks: number[] = []
  readonly #prefixes: string[] = []
  readonly #uris: string[] = []

  run(bytes: Uint8Array, start: number, end: number, inherited: Inherited, handler: XmlHandler): void {
    this.#bytes = bytes
    this.#inherited = inherited
    this.#handler = handler
    this.#marks.length = this.#prefixes.length = this.#uris.length = 0
    this.#defaults.length = 0
    this.#defaults.push(inherited.defaultNs)
    this.#read(start, end)
    // Nobody's bytes are kept alive.
    this.#bytes = nothing
    this.#inherited = nowhere
    this.#handler = nobody
  }

  get #port(): BytesPort {
    return this.#inherited.bytes
  }

  #read(start: number, end: number): void {
    const bytes = this.#bytes
    let text = ''
    let i = start
    while (i < end) {
      if (bytes[i] !== LT) {
        const plain = plainEnd(bytes, i, end, TEXT)
        const next = indexOfByte(bytes, LT, plain)
        const piece =
          next === plain ? this.#port.latin1(bytes, i, next) : decodeText(this.#port, bytes, i, next)
        text = text === '' ? piece : text + piece
        i = next
      } else if (bytes[i + 1] === BANG) {
        const close = endOfSection(bytes, i + cdataOpen)
        text += decodeRaw(this.#port, bytes, i + cdataOpen, close)
        i = close + cdataClose
      } else {
        if (text !== '') this.#handler.text(text)
        text = ''
        i = bytes[i + 1] === SLASH ? this.#close(indexOfByte(bytes, GT, i) + 1) : this.#open(i)
      }
    }
  }

  #open(at: number): number {
    const tag = this.#tag
    tag.read(this.#bytes, at)
    this.#declare()
    const attrs = tag.count === 0 ? noAttributes : this.#attributes()
    const ns =
      tag.colon < 0 ? (this.#defaults.at(-1) ?? '') : this.#resolve(tag.prefix(this.#port, this.#bytes))
    this.#handler.start(ns, tag.localName(this.#port, this.#bytes), attrs)
    return tag.selfClosing ? this.#close(tag.end) : tag.end
  }

  #close(next: number): number {
    this.#defaults.pop()
    const mark = this.#marks.pop() ?? 0
    if (this.#prefixes.length > mark) this.#prefixes.length = this.#uris.length = mark
    this.#handler.end()
    return next
  }

  #declare(): void {
    const tag = this.#tag
    let defaultNs = this.#defaults.at(-1) ?? ''
    this.#marks.push(this.#prefixes.length)
    for (let n = 0; n < tag.count; n++) {
      if (!tag.isDeclaration(this.#bytes, n)) continue
      const uri = tag.uri(this.#port, this.#bytes, n)
      if (!tag.hasPrefix(n)) defaultNs = uri
      else {
        this.#prefixes.push(tag.attrName(this.#port, this.#bytes, n))
        this.#uris.push(uri)
      }
    }
    this.#defaults.push(defaultNs)
  }

  #attributes(): readonly string[] {
    const tag = this.#tag
    const attrs: string[] = []
    for (let n = 0; n < tag.count; n++) {
      if (tag.isDeclaration(this.#bytes, n)) continue
      attrs.push(
        tag.hasPrefix(n) ? this.#resolve(tag.attrPrefix(this.#port, this.#bytes, n)) : '',
        tag.attrName(this.#port, this.#bytes, n),
        tag.attrValue(this.#port, this.#bytes, n),
      )
    }
    return attrs
  }

  #resolve(prefix: string): string {
    const n = this.#prefixes.lastIndexOf(prefix)
    const own = n < 0 ? this.#inherited.namespaces.get(prefix) : this.#uris[n]
    return own ?? (prefix === 'xml' ? XML_NS : '')
  }
}

/** Index of the `]]>` that ends a CDATA section. */
function endOfSection(bytes: Uint8Array, from: number): number {
  let i = indexOfByte(bytes, GT, from)
  while (bytes[i - 1] !== 0x5d || bytes[i - 2] !== 0x5d) i = indexOfByte(bytes, GT, i + 1)
  return i - 2
}

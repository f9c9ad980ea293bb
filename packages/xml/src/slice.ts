import { ChildCursor } from './child-cursor.ts'
import { type Element, elementOf } from './element.ts'
import type { XmlHandler } from './handler.ts'
import type { Inherited } from './inherited.ts'
import {
  Marks,
  OTHER_ATTRIBUTES,
  OUTER_PREFIX,
  OWN_DEFAULT,
  OWN_PREFIXES,
  PLAIN_FROM,
  PLAIN_ID,
  PLAIN_TO,
  PLAIN_TYPE,
  PREFIXED,
  PREFIXED_ATTRIBUTE,
  SELF_CLOSING,
  SEVERAL_CHILDREN,
  SPELT_CONTENT,
} from './marks.ts'
import { XML_NS } from './names.ts'
import { StartTag } from './start-tag.ts'
import { decodeText, decodeValue } from './text.ts'
import { walk } from './walk.ts'
import { readChildOf, readSlice, type Wire } from './wire.ts'

const headIrregular = PREFIXED | OWN_DEFAULT | OWN_PREFIXES | PREFIXED_ATTRIBUTE
const contentIrregular = OUTER_PREFIX | SPELT_CONTENT

/** For tags that are read and left within one call: that of an element, and that around it. */
const scratch = /* @__PURE__ */ new StartTag()
const outer = /* @__PURE__ */ new StartTag()

interface Head {
  readonly ns: string
  readonly name: string
}

/**
 * One complete first-level element: accepted bytes, of which only the attributes for routing are located.
 * All positions are indexes into `bytes`. Whoever keeps a slice keeps the whole chunk it came in.
 */
export class Slice {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  /** Behind the element name in the start tag. */
  readonly nameEnd: number
  /** Behind the start tag; `end` for a self-closing element. */
  readonly contentStart: number
  /** Before the end tag; equal to `contentStart` where there is no content. */
  readonly contentEnd: number
  /** The attribute's value as written; -1 when absent. */
  readonly toStart: number
  readonly toEnd: number
  readonly fromStart: number
  readonly fromEnd: number
  readonly idStart: number
  readonly idEnd: number
  readonly typeStart: number
  readonly typeEnd: number
  readonly #langStart: number
  readonly #langEnd: number
  readonly #headStart: number
  readonly #flags: number
  readonly #inherited: Inherited
  #head: Head | undefined

  /** Made by a slicer only. */
  constructor(bytes: Uint8Array, start: number, end: number, marks: Marks, inherited: Inherited) {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.nameEnd = start + marks.nameEnd
    this.contentStart = start + marks.contentStart
    this.contentEnd = start + marks.contentEnd
    this.toStart = marks.toStart < 0 ? -1 : start + marks.toStart
    this.toEnd = marks.toEnd < 0 ? -1 : start + marks.toEnd
    this.fromStart = marks.fromStart < 0 ? -1 : start + marks.fromStart
    this.fromEnd = marks.fromEnd < 0 ? -1 : start + marks.fromEnd
    this.idStart = marks.idStart < 0 ? -1 : start + marks.idStart
    this.idEnd = marks.idEnd < 0 ? -1 : start + marks.idEnd
    this.typeStart = marks.typeStart < 0 ? -1 : start + marks.typeStart
    this.typeEnd = marks.typeEnd < 0 ? -1 : start + marks.typeEnd
    this.#langStart = marks.langStart < 0 ? -1 : start + marks.langStart
    this.#langEnd = marks.langEnd < 0 ? -1 : start + marks.langEnd
    this.#headStart = marks.headStart < 0 ? -1 : start + marks.headStart
    this.#flags = marks.flags
    this.#inherited = inherited
    this.#head = undefined
  }

  /**
   * The same element with bytes of its own: for whoever keeps it longer than the chunk it came in deserves to live.
   *
   * @param forLong it stays as long as a session does
   */
  detached(forLong = false): Slice {
    const { start } = this
    const marks = new Marks()
    marks.nameEnd = this.nameEnd - start
    marks.contentStart = this.contentStart - start
    marks.contentEnd = this.contentEnd - start
    marks.toStart = relative(this.toStart, start)
    marks.toEnd = this.toEnd - start
    marks.fromStart = relative(this.fromStart, start)
    marks.fromEnd = this.fromEnd - start
    marks.idStart = relative(this.idStart, start)
    marks.idEnd = this.idEnd - start
    marks.typeStart = relative(this.typeStart, start)
    marks.typeEnd = this.typeEnd - start
    marks.langStart = relative(this.#langStart, start)
    marks.langEnd = this.#langEnd - start
    marks.headStart = relative(this.#headStart, start)
    marks.flags = this.#flags
    const port = this.#inherited.bytes
    const size = this.end - start
    const bytes = forLong ? port.allocLasting(size) : port.alloc(size)
    bytes.set(this.bytes.subarray(start, this.end))
    return new Slice(bytes, 0, size, marks, this.#inherited)
  }

  get selfClosing(): boolean {
    return (this.#flags & SELF_CLOSING) !== 0
  }

  /** Unprefixed, and in the stream's default namespace by inheritance: the normal form of a stanza. */
  get isDefault(): boolean {
    return (this.#flags & (PREFIXED | OWN_DEFAULT)) === 0
  }

  /**
   * Whether the bytes mean the same in another stream of any content namespace, apart from that namespace:
   * unprefixed, no declarations of its own, no prefix from outside the first-level children, and no first-level child
   * that spells out a content namespace.
   */
  get isRegular(): boolean {
    return (this.#flags & (headIrregular | contentIrregular)) === 0
  }

  /** The same for the content alone: it may be put under a start tag written anew in another content namespace. */
  get isContentRegular(): boolean {
    return (this.#flags & contentIrregular) === 0
  }

  /** No attribute other than to, from, id, type, xml:lang and declarations. */
  get onlyRoutingAttributes(): boolean {
    return (this.#flags & (OTHER_ATTRIBUTES | PREFIXED_ATTRIBUTE)) === 0
  }

  /** Whether the written bytes are the value: ASCII without references; false also when absent. */
  get toIsPlain(): boolean {
    return (this.#flags & PLAIN_TO) !== 0
  }

  get fromIsPlain(): boolean {
    return (this.#flags & PLAIN_FROM) !== 0
  }

  get idIsPlain(): boolean {
    return (this.#flags & PLAIN_ID) !== 0
  }

  get typeIsPlain(): boolean {
    return (this.#flags & PLAIN_TYPE) !== 0
  }

  get ns(): string {
    if (this.isDefault) return this.#inherited.defaultNs
    const tag = this.#readTag(this.start)
    return this.#resolve(tag, undefined, tag.prefix(this.#inherited.bytes, this.bytes))
  }

  get name(): string {
    if ((this.#flags & PREFIXED) === 0)
      return this.#inherited.bytes.name(this.bytes, this.start + 1, this.nameEnd)
    return this.#readTag(this.start).localName(this.#inherited.bytes, this.bytes)
  }

  /** Exactly one child element, as a request has (RFC 6120 §8.2.3). */
  get hasOneChild(): boolean {
    return this.#headStart >= 0 && (this.#flags & SEVERAL_CHILDREN) === 0
  }

  /** Namespace of the first child element, undefined without one. */
  get headNs(): string | undefined {
    return this.#headStart < 0 ? undefined : this.#firstChild().ns
  }

  /** Name of the first child element, undefined without one. */
  get headName(): string | undefined {
    return this.#headStart < 0 ? undefined : this.#firstChild().name
  }

  /** Value of an unprefixed attribute or of `xml:lang`, undefined when absent. Of the five: without a search. */
  attr(name: string): string | undefined {
    switch (name) {
      case 'to':
        return this.#value(this.toStart, this.toEnd, PLAIN_TO)
      case 'from':
        return this.#value(this.fromStart, this.fromEnd, PLAIN_FROM)
      case 'id':
        return this.#value(this.idStart, this.idEnd, PLAIN_ID)
      case 'type':
        // Types are few words that come again and again.
        return this.typeIsPlain
          ? this.#inherited.bytes.name(this.bytes, this.typeStart, this.typeEnd)
          : this.#value(this.typeStart, this.typeEnd, PLAIN_TYPE)
      case 'xml:lang':
        return this.#value(this.#langStart, this.#langEnd, 0)
      default:
        return this.#otherAttr(name)
    }
  }

  /** The whole element as a tree. */
  element(): Element {
    return elementOf(this)
  }

  /** Reads the element itself. Throws WireError. */
  read<T>(wire: Wire<T>): T {
    return readSlice(wire, this)
  }

  /** Reads the first child of the schema's name and namespace, undefined without one. Throws WireError. */
  readChild<T>(wire: Wire<T>): T | undefined {
    return readChildOf(wire, this)
  }

  /** The content as it was written. */
  contentText(): string {
    return this.textBetween(this.contentStart, this.contentEnd)
  }

  /** The text of an element without elements and sections in it; `undefined` asks for the tree. */
  plainText(): string | undefined {
    const { bytes, contentStart, contentEnd } = this
    const tag = bytes.indexOf(0x3c, contentStart)
    if (tag >= 0 && tag < contentEnd) return undefined
    return decodeText(this.#inherited.bytes, bytes, contentStart, contentEnd)
  }

  /** What was written between two positions that lie between characters. */
  textBetween(start: number, end: number): string {
    return this.#inherited.bytes.utf8(this.bytes, start, end)
  }

  /** The first-level children one after the other, without a tree. */
  firstLevel(): ChildCursor {
    const declares = (this.#flags & (OWN_DEFAULT | OWN_PREFIXES)) !== 0
    const parent = declares ? this.#readTag(this.start, new StartTag()) : undefined
    return new ChildCursor(this.bytes, this.contentStart, this.contentEnd, this.#inherited, parent)
  }

  /** The element as events, namespaces resolved; what the stream declares is inherited. */
  events(handler: XmlHandler): void {
    walk(this.bytes, this.start, this.end, this.#inherited, handler)
  }

  #value(start: number, end: number, plain: number): string | undefined {
    if (start < 0) return undefined
    const port = this.#inherited.bytes
    if ((this.#flags & plain) !== 0) return port.latin1(this.bytes, start, end)
    return decodeValue(port, this.bytes, start, end)
  }

  #otherAttr(name: string): string | undefined {
    if (this.onlyRoutingAttributes) return undefined
    const tag = this.#readTag(this.start)
    const port = this.#inherited.bytes
    for (let n = 0; n < tag.count; n++) {
      if (tag.isDeclaration(this.bytes, n) || tag.attrPrefix(port, this.bytes, n) !== '') continue
      if (tag.attrName(port, this.bytes, n) === name) return tag.attrValue(port, this.bytes, n)
    }
    return undefined
  }

  #readTag(at: number, tag = scratch): StartTag {
    tag.read(this.bytes, at)
    return tag
  }

  #firstChild(): Head {
    if (this.#head !== undefined) return this.#head
    const port = this.#inherited.bytes
    const tag = this.#readTag(this.#headStart)
    const own =
      (this.#flags & (OWN_DEFAULT | OWN_PREFIXES)) === 0 ? undefined : this.#readTag(this.start, outer)
    const ns = this.#resolve(tag, own, tag.prefix(port, this.bytes))
    this.#head = { ns, name: tag.localName(port, this.bytes) }
    return this.#head
  }

  #resolve(tag: StartTag, parent: StartTag | undefined, prefix: string): string {
    const { bytes: port, defaultNs, namespaces } = this.#inherited
    const declared = tag.declared(port, this.bytes, prefix) ?? parent?.declared(port, this.bytes, prefix)
    if (declared !== undefined) return declared
    if (prefix === '') return defaultNs
    return namespaces.get(prefix) ?? (prefix === 'xml' ? XML_NS : '')
  }
}

function relative(position: number, start: number): number {
  return position < 0 ? -1 : position - start
}

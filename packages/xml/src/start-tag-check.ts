import {
  isLang,
  isSame,
  isXml,
  isXmlns,
  keyFrom,
  keyId,
  keyOf,
  keyTo,
  keyType,
  keyXmlns,
} from './attribute-names.ts'
import { faultAt, tooLong, type XmlError } from './errors.ts'
import type { Inherited } from './inherited.ts'
import type { XmlLimits } from './limits.ts'
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
  SPELT_CONTENT,
} from './marks.ts'
import { XML_NS, XMLNS_NS } from './names.ts'
import { declarationFault, PrefixScope } from './prefix-scope.ts'
import { decodeValue } from './text.ts'

// What a start tag has that concerns namespaces.
export const TAG_PREFIX = 1
const TAG_DECLARES = 2
const TAG_ATTR_PREFIX = 4

/** Numbers kept per attribute, and their places. */
const ATTR = 7
const KEY = 0
const NAME_START = 1
/** -1 without a prefix. */
const COLON = 2
const NAME_END = 3
const VALUE_START = 4
const VALUE_END = 5
/** 1 for ASCII that means itself, else 0. */
const PLAIN = 6

/** Namespaces that mean "stanza" on some stream; spelt out in a child they could become stanza content elsewhere. */
const contentNamespaces: readonly string[] = ['jabber:client', 'jabber:server', 'jabber:component:accept']

const none: number[] = []
/** The memory of a check that rests, for the next one: they work one after the other. */
let spare = none
/** Longer memory, of a tag with many attributes, is not handed on. */
const mostSpare = 512
const room: readonly number[] = [
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]

/**
 * The start tag being scanned: where its parts lie, and what can only be judged when it is complete (duplicate attributes,
 * namespaces). Positions are counted from the first byte of the first-level element, which lies at `base`.
 */
export class StartTagCheck {
  limits: XmlLimits
  inherited: Inherited
  readonly marks: Marks = new Marks()
  nameStart = 0
  nameColon = -1
  nameEnd = 0
  attrStart = 0
  attrColon = -1
  attrEnd = 0
  valueStart = 0
  isPlain = true
  /** Attributes kept so far, times the numbers kept for each. */
  attrCount = 0
  /** Bits that tell whether namespaces are concerned. */
  facts = 0
  /** Prefixes declared by the open elements. */
  prefixCount = 0
  #prefixes: PrefixScope | undefined
  #attrs: number[] = none
  /** Default namespace the first-level element declares for itself, if it does. */
  #ownDefault = ''
  /** Depth of the element whose tag this is, and how many prefixes were declared outside the first-level child it is in. */
  #depth = 0
  #outerPrefixes = 0
  #base = 0

  constructor(limits: XmlLimits, inherited: Inherited) {
    this.limits = limits
    this.inherited = inherited
  }

  /** A first-level element begins. */
  begin(): void {
    this.marks.clear()
    this.prefixCount = 0
    this.#ownDefault = ''
    if (this.#attrs === none) {
      this.#attrs = spare === none ? room.slice() : spare
      spare = none
    }
  }

  /** A start tag begins; its name is at this position. */
  beginTag(nameStart: number): void {
    this.nameStart = nameStart
    this.nameColon = -1
    this.attrCount = 0
    this.facts = 0
  }

  /** Gives scratch memory back; only between elements. */
  rest(): void {
    if (this.#attrs !== none && this.#attrs.length <= mostSpare) spare = this.#attrs
    this.#attrs = none
    this.#prefixes = undefined
  }

  /** An element ends before which so many prefixes were declared. */
  leave(prefixCount: number): void {
    this.#prefixes?.leave(prefixCount)
    this.prefixCount = prefixCount
  }

  /** Locates the attributes for routing in the start tag of a first-level element. */
  markFirst(bytes: Uint8Array, base: number, end: number): void {
    const attrs = this.#attrs
    const marks = this.marks
    this.#base = base
    marks.nameEnd = this.nameEnd
    marks.contentStart = end - base
    if (this.nameColon >= 0) marks.flags |= PREFIXED
    for (let n = 0; n < this.attrCount; n += ATTR) {
      if ((attrs[n + COLON] as number) < 0) this.#markAttribute(bytes, n)
      else this.#markPrefixed(bytes, n)
    }
  }

  #markAttribute(bytes: Uint8Array, n: number): void {
    const attrs = this.#attrs
    const key = attrs[n + KEY] as number
    const name = this.#base + (attrs[n + NAME_START] as number)
    const end = this.#base + (attrs[n + NAME_END] as number)
    const isPlain = attrs[n + PLAIN] === 1
    if (key === keyTo && end - name === 2) {
      this.marks.toStart = attrs[n + VALUE_START] as number
      this.marks.toEnd = attrs[n + VALUE_END] as number
      if (isPlain) this.marks.flags |= PLAIN_TO
    } else if (key === keyId && end - name === 2) {
      this.marks.idStart = attrs[n + VALUE_START] as number
      this.marks.idEnd = attrs[n + VALUE_END] as number
      if (isPlain) this.marks.flags |= PLAIN_ID
    } else if (key === keyFrom && end - name === 4 && bytes[name + 1] === 0x72 && bytes[name + 2] === 0x6f) {
      this.marks.fromStart = attrs[n + VALUE_START] as number
      this.marks.fromEnd = attrs[n + VALUE_END] as number
      if (isPlain) this.marks.flags |= PLAIN_FROM
    } else if (key === keyType && end - name === 4 && bytes[name + 1] === 0x79 && bytes[name + 2] === 0x70) {
      this.marks.typeStart = attrs[n + VALUE_START] as number
      this.marks.typeEnd = attrs[n + VALUE_END] as number
      if (isPlain) this.marks.flags |= PLAIN_TYPE
    } else if (!isXmlns(bytes, name, end)) this.marks.flags |= OTHER_ATTRIBUTES
  }

  #markPrefixed(bytes: Uint8Array, n: number): void {
    const attrs = this.#attrs
    const start = this.#base + (attrs[n + NAME_START] as number)
    if (isXmlns(bytes, start, this.#base + (attrs[n + COLON] as number))) return
    if (!isXml(bytes, start, this.#base + (attrs[n + COLON] as number))) {
      this.marks.flags |= PREFIXED_ATTRIBUTE
    } else if (isLang(bytes, start + 4, this.#base + (attrs[n + NAME_END] as number))) {
      this.marks.langStart = attrs[n + VALUE_START] as number
      this.marks.langEnd = attrs[n + VALUE_END] as number
    } else this.marks.flags |= OTHER_ATTRIBUTES
  }

  /** An attribute is complete but for its closing quote. */
  keep(bytes: Uint8Array, base: number, valueEnd: number): XmlError | undefined {
    const attrs = this.#attrs
    const count = this.attrCount
    const start = base + this.attrStart
    const end = base + this.attrEnd
    if (valueEnd - this.valueStart > this.limits.maxAttributeBytes) return tooLong(valueEnd)
    if (count === this.limits.maxAttributes * ATTR) {
      return faultAt('policy-violation', 'too many attributes', valueEnd)
    }
    const key = keyOf(end - start, bytes[start] as number, bytes[end - 1] as number)
    for (let n = 0; n < count; n += ATTR) {
      if (attrs[n + KEY] !== key) continue
      if (
        isSame(
          bytes,
          base + (attrs[n + NAME_START] as number),
          base + (attrs[n + NAME_END] as number),
          start,
          end,
        )
      ) {
        return faultAt('not-well-formed', 'attribute given twice', valueEnd)
      }
    }
    if (this.attrColon >= 0) {
      if (isXmlns(bytes, start, base + this.attrColon)) this.facts |= TAG_DECLARES
      // The prefix xml is always declared, and no other prefix can mean the same.
      else if (!isXml(bytes, start, base + this.attrColon)) this.facts |= TAG_ATTR_PREFIX
    } else if (key === keyXmlns && isXmlns(bytes, start, end)) this.facts |= TAG_DECLARES
    attrs[count + KEY] = key
    attrs[count + NAME_START] = this.attrStart
    attrs[count + COLON] = this.attrColon
    attrs[count + NAME_END] = this.attrEnd
    attrs[count + VALUE_START] = this.valueStart
    attrs[count + VALUE_END] = valueEnd
    attrs[count + PLAIN] = this.isPlain ? 1 : 0
    this.attrCount = count + ATTR
    return undefined
  }

  /** Namespaces in XML 1.0 §3 and §5 for a complete start tag that has prefixes or declarations. */
  checkNamespaces(bytes: Uint8Array, base: number, depth: number, outer: number): XmlError | undefined {
    this.#base = base
    this.#depth = depth
    this.#outerPrefixes = outer
    if ((this.facts & TAG_DECLARES) !== 0) {
      const error = this.#bindAll(bytes)
      if (error !== undefined) return error
    }
    if ((this.facts & TAG_PREFIX) !== 0) {
      const uri = this.#resolve(bytes, this.nameStart, this.nameColon)
      if (uri === undefined) return undeclared(this.nameStart)
    }
    return (this.facts & TAG_ATTR_PREFIX) === 0 ? undefined : this.#checkPrefixed(bytes)
  }

  #bindAll(bytes: Uint8Array): XmlError | undefined {
    const attrs = this.#attrs
    for (let n = 0; n < this.attrCount; n += ATTR) {
      const colon = attrs[n + COLON] as number
      const start = this.#base + (attrs[n + NAME_START] as number)
      if (!isXmlns(bytes, start, this.#base + (colon < 0 ? (attrs[n + NAME_END] as number) : colon))) continue
      const error = this.#bind(bytes, n)
      if (error !== undefined) return error
    }
    return undefined
  }

  #bind(bytes: Uint8Array, n: number): XmlError | undefined {
    const attrs = this.#attrs
    const port = this.inherited.bytes
    const colon = attrs[n + COLON] as number
    const start = this.#base + (attrs[n + VALUE_START] as number)
    const end = this.#base + (attrs[n + VALUE_END] as number)
    if (end - start > this.limits.maxNameBytes) return tooLong(end - this.#base)
    if (colon < 0 && attrs[n + PLAIN] === 1 && !this.#mayMatter(end - start)) return undefined
    const prefix =
      colon < 0 ? '' : port.name(bytes, this.#base + colon + 1, this.#base + (attrs[n + NAME_END] as number))
    const uri = decodeValue(port, bytes, start, end)
    const fault = declarationFault(prefix, uri)
    if (fault !== undefined) return faultAt('not-well-formed', fault, end - this.#base)
    this.#noteDeclaration(prefix, uri)
    if (prefix === '') return undefined
    if (this.prefixCount === this.limits.maxNamespaces) {
      return faultAt('policy-violation', 'too many prefixes declared', end - this.#base)
    }
    this.#prefixes ??= new PrefixScope()
    this.#prefixes.declare(prefix, uri)
    this.prefixCount++
    return undefined
  }

  /** Whether a default namespace of this length could be one that is forbidden or that must be noted. */
  #mayMatter(length: number): boolean {
    if (this.#depth === 1 || length === XML_NS.length || length === XMLNS_NS.length) return true
    if (this.#depth !== 2) return false
    if (length === this.inherited.defaultNs.length || length === this.#ownDefault.length) return true
    return length === 13 || length === 23
  }

  #noteDeclaration(prefix: string, uri: string): void {
    if (this.#depth === 1) {
      this.marks.flags |= prefix === '' ? OWN_DEFAULT : OWN_PREFIXES
      if (prefix === '') this.#ownDefault = uri
    } else if (this.#depth === 2 && this.#isContent(uri)) this.marks.flags |= SPELT_CONTENT
  }

  #isContent(uri: string): boolean {
    if (uri === this.inherited.defaultNs || contentNamespaces.includes(uri)) return true
    return (this.marks.flags & OWN_DEFAULT) !== 0 && uri === this.#ownDefault
  }

  #resolve(bytes: Uint8Array, start: number, colon: number): string | undefined {
    const prefix = this.inherited.bytes.name(bytes, this.#base + start, this.#base + colon)
    if (prefix === 'xml') return XML_NS
    const position = this.prefixCount === 0 ? -1 : (this.#prefixes?.find(prefix) ?? -1)
    if (this.#depth > 1 && position < this.#outerPrefixes) this.marks.flags |= OUTER_PREFIX
    return position < 0 ? this.inherited.namespaces.get(prefix) : this.#prefixes?.uri(position)
  }

  /** Prefixes of attributes must be declared, and two prefixes must not make the same attribute (§6.3). */
  #checkPrefixed(bytes: Uint8Array): XmlError | undefined {
    const attrs = this.#attrs
    const base = this.#base
    const uris: (string | undefined)[] = []
    for (let n = 0; n < this.attrCount; n += ATTR) {
      const start = attrs[n + NAME_START] as number
      const colon = attrs[n + COLON] as number
      uris.push(undefined)
      if (colon < 0 || isXmlns(bytes, base + start, base + colon)) continue
      const uri = this.#resolve(bytes, start, colon)
      if (uri === undefined) return undeclared(start)
      const name = base + colon + 1
      const end = base + (attrs[n + NAME_END] as number)
      for (let m = 0; m < n; m += ATTR) {
        if (uris[m / ATTR] !== uri) continue
        if (
          isSame(
            bytes,
            base + (attrs[m + COLON] as number) + 1,
            base + (attrs[m + NAME_END] as number),
            name,
            end,
          )
        ) {
          return faultAt('not-well-formed', 'attribute given twice by two prefixes', end - this.#base)
        }
      }
      uris[n / ATTR] = uri
    }
    return undefined
  }
}

function undeclared(position: number): XmlError {
  return faultAt('bad-namespace-prefix', 'prefix that is not declared', position)
}

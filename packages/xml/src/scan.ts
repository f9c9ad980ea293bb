import { type XmlCondition, XmlError } from './errors.ts'
import type { Inherited } from './inherited.ts'
import type { XmlLimits } from './limits.ts'
import {
  AMP,
  APOS,
  BANG,
  BLANK,
  CLOSE,
  COLON,
  EQUALS,
  GT,
  HASH,
  isChar,
  isNameChar,
  isNameStart,
  KIND,
  LT,
  NAME,
  NAME_START,
  OPEN,
  QUESTION,
  QUOT,
  RAW,
  SEMICOLON,
  SLASH,
  SPACE,
  TEXT,
  VALUE,
  XML_NS,
  XMLNS_NS,
} from './names.ts'
import { declarationFault, PrefixScope } from './prefix-scope.ts'
import {
  type Marks,
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
  SPELT_CONTENT,
} from './marks.ts'
import { isXmlns } from './start-tag.ts'
import { decodeValue } from './text.ts'
import { BROKEN, codePointAt, UNFINISHED, utf8Length } from './utf8.ts'

/** What `scan` came to: everything is used up and more is needed. */
export const MORE = 0
/** The start tag of the stream, from `base` to `end`; `isClosed` if it was self-closing. */
export const HEADER = 1
/** A complete first-level element, from `base` to `end`. */
export const ELEMENT = 2
/** The end tag of the stream. */
export const CLOSED = 3
/** The XML declaration. */
export const DECLARED = 4
/** See `failure`. */
export const FAILED = 5

// States between first-level elements. After the last, all others lie within something that began with `<` at `base`.
const BEGIN = 0
const BOM_2 = 1
const BOM_3 = 2
const FIRST = 3
const BETWEEN = 4
const AFTER = 5
const lastOutside = AFTER
// Behind `<`, and what it can lead to.
const OPENED = 6
const BANGED = 7
const SECTION_OPEN = 8
const SECTION = 9
const DECLARATION_OPEN = 10
const DECLARATION = 11
const TAG_NAME = 12
const TAG_GAP = 13
const EMPTY_TAG = 14
const END_NAME = 15
const END_GAP = 16
// Attributes.
const ATTR_NAME = 17
const ATTR_GAP = 18
const ATTR_EQUALS = 19
const IN_VALUE = 20
const BEHIND_VALUE = 21
/** Behind the colon of the name that `back` tells of. */
const COLONED = 22
const IN_TEXT = 23
// Behind `&`; `back` tells where it stands.
const REFERENCE = 24
const ENTITY = 25
const NUMBER = 26
const DECIMAL = 27
const HEX = 28

/** Numbers kept per open element: start and end of its name, prefixes declared before it. */
const FRAME = 3
/** Numbers kept per attribute: key, start of the name, its colon or -1, its end, the value's start and end, plain or not. */
const ATTR = 7

/** Length, first and last letter: equal for equal names, and mostly different for others. */
const keyOf = (length: number, first: number, last: number): number =>
  (length & 0xff) | (first << 8) | (last << 16)
const keyXmlns: number = /* @__PURE__ */ keyOf(5, 0x78, 0x73)
const keyTo: number = /* @__PURE__ */ keyOf(2, 0x74, 0x6f)
const keyId: number = /* @__PURE__ */ keyOf(2, 0x69, 0x64)
const keyFrom: number = /* @__PURE__ */ keyOf(4, 0x66, 0x6d)
const keyType: number = /* @__PURE__ */ keyOf(4, 0x74, 0x65)

// What a start tag has that concerns namespaces.
const TAG_PREFIX = 1
const TAG_DECLARES = 2
const TAG_ATTR_PREFIX = 4

const openSection: Uint8Array = /* @__PURE__ */ Uint8Array.of(
  0x3c,
  0x21,
  0x5b,
  0x43,
  0x44,
  0x41,
  0x54,
  0x41,
  0x5b,
)
const openDeclaration: Uint8Array = /* @__PURE__ */ Uint8Array.of(0x3c, 0x3f, 0x78, 0x6d, 0x6c)
const maxDeclarationBytes = 256
/** XMLDecl (XML 1.0 [23]); group 2 is the encoding. */
const declaration =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])1\.[0-9]+\1(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([A-Za-z][A-Za-z0-9._-]*)"|'([A-Za-z][A-Za-z0-9._-]*)'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>$/

/** Namespaces that mean "stanza" on some stream; spelt out in a child they could turn into stanza content elsewhere. */
const contentNamespaces: readonly string[] = ['jabber:client', 'jabber:server', 'jabber:component:accept']

const zeros: readonly number[] = [
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]
const none: number[] = []
/** Length of a character that may not stand where it stands; `BROKEN` if it is none. */
const FORBIDDEN = -3

/**
 * The state machine: bytes in, one outcome at a time. It can stop behind any byte and goes on from there. Positions inside an
 * element are counted from its first byte (`base`), so that an unfinished element may be moved to other memory.
 *
 * An index into the arrays below is always one that has been written, and an index into the bytes always below the end:
 * this is what `as number` stands for here.
 */
export class Scanner implements Marks {
  limits: XmlLimits
  inherited: Inherited
  /** Index of the first byte of what is being scanned. */
  base = 0
  /** Index behind what has been scanned. */
  end = 0

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
  headStart = -1

  readonly #isFrame: boolean
  #state = BEGIN
  /** Whether the stream element is open. */
  #inStream = false
  #rootName: Uint8Array | undefined
  #failure: XmlError | undefined
  #depth = 0
  /** Scratch memory, only there while something is being scanned. */
  #stack: number[] = none
  #attrs: number[] = none
  #prefixes: PrefixScope | undefined
  #prefixCount = 0
  /** Whether the XML declaration may stand here. */
  #mayDeclare = false
  /** Default namespace the first-level element declares for itself, if it does. */
  #ownDefault = ''
  /** Position of the last `<`. */
  #lt = 0
  #nameStart = 0
  #nameColon = -1
  #nameEnd = 0
  #attrStart = 0
  #attrColon = -1
  #attrEnd = 0
  #attrCount = 0
  #valueStart = 0
  #quote = 0
  #isPlain = true
  #tagFacts = 0
  #back = IN_TEXT
  #refStart = 0
  #refValue = 0

  constructor(isFrame: boolean, limits: XmlLimits, outside: Inherited) {
    this.#isFrame = isFrame
    this.limits = limits
    this.inherited = outside
  }

  /** Whether something that began with `<` is unfinished. */
  get isOpen(): boolean {
    return this.#state > lastOutside
  }

  /** Whether the stream, or the element of a frame, has ended. */
  get isClosed(): boolean {
    return this.#state === AFTER
  }

  get failure(): XmlError {
    return this.#failure ?? this.unfinished()
  }

  unfinished(): XmlError {
    return new XmlError('not-well-formed', 'the frame ends before its element does')
  }

  /** As new. */
  reset(outside: Inherited): void {
    this.inherited = outside
    this.#state = BEGIN
    this.#inStream = false
    this.#rootName = undefined
    this.#failure = undefined
    this.#depth = 0
    this.rest()
  }

  /** Gives scratch memory back; only between elements. */
  rest(): void {
    this.#stack = none
    this.#attrs = none
    this.#prefixes = undefined
  }

  /** Scans `bytes` from `from`, the first byte not seen yet, up to one outcome or to `to`. */
  scan(bytes: Uint8Array, from: number, to: number): number {
    let i = from
    let state = this.#state
    let base = this.base
    let limit = state > lastOutside ? Math.min(to, base + this.limits.maxStanzaBytes) : to
    for (;;) {
      if (i >= limit) return this.#stop(state, i, limit)
      let c = bytes[i] as number
      switch (state) {
        case IN_TEXT: {
          if ((KIND[c] as number) & TEXT) {
            i = plainEnd(bytes, i + 1, limit, TEXT)
            if (i === limit) return this.#stop(state, i, limit)
            c = bytes[i] as number
          }
          if (c === LT) {
            this.#lt = i - base
            state = OPENED
            i++
            continue
          }
          if (c === AMP) {
            this.#back = IN_TEXT
            state = REFERENCE
            i++
            continue
          }
          if (c === GT) {
            if (bytes[i - 1] === CLOSE && bytes[i - 2] === CLOSE)
              return this.#fail(state, ']]> in character data', i)
            i++
            continue
          }
          const n = this.#character(bytes, i, limit)
          if (n === 0) return this.#stop(state, i, limit)
          if (n < 0) return this.#failCharacter(state, n, i)
          i += n
          continue
        }

        case OPENED: {
          if ((KIND[c] as number) & NAME_START) {
            this.#nameStart = i - base
            this.#nameColon = -1
            this.#attrCount = 0
            this.#tagFacts = 0
            state = TAG_NAME
            i++
            continue
          }
          if (c === SLASH) {
            if (this.#depth === 0) {
              if (!this.#inStream) return this.#fail(state, 'end tag without a start tag', i)
              state = END_NAME
              i++
              continue
            }
            i++
            const top = (this.#depth - 1) * FRAME
            const stack = this.#stack
            let k = base + (stack[top] as number)
            const last = base + (stack[top + 1] as number)
            // The usual case in one go; what is cut off by the end of the chunk is taken up again by END_NAME.
            if (i + last - k < limit) {
              let p = i
              while (k < last && bytes[p] === bytes[k]) {
                p++
                k++
              }
              if (k === last && bytes[p] === GT) {
                i = p + 1
                if (this.#leave(this.#lt)) return this.#finish(i)
                state = IN_TEXT
                continue
              }
            }
            state = END_NAME
            continue
          }
          if (c === BANG) {
            state = BANGED
            i++
            continue
          }
          if (c === QUESTION) {
            if (!this.#mayDeclare) return this.#refuse('restricted-xml', 'processing instruction', i)
            state = DECLARATION_OPEN
            i++
            continue
          }
          const n = this.#nameCharacter(bytes, i, limit, true)
          if (n === 0) return this.#stop(state, i, limit)
          if (n < 0) return this.#failName(state, n, i)
          this.#nameStart = i - base
          this.#nameColon = -1
          this.#attrCount = 0
          this.#tagFacts = 0
          state = TAG_NAME
          i += n
          continue
        }

        case TAG_NAME: {
          while ((KIND[c] as number) & NAME) {
            if (++i === limit) return this.#stop(state, i, limit)
            c = bytes[i] as number
          }
          if (c === COLON) {
            if (this.#nameColon >= 0) return this.#fail(state, 'second colon in a name', i)
            this.#nameColon = i - base
            this.#tagFacts = TAG_PREFIX
            this.#back = TAG_NAME
            state = COLONED
            i++
            continue
          }
          if (c >= 0x80) {
            const n = this.#nameCharacter(bytes, i, limit, false)
            if (n === 0) return this.#stop(state, i, limit)
            if (n < 0) return this.#failName(state, n, i)
            i += n
            continue
          }
          this.#nameEnd = i - base
          if (this.#nameEnd - this.#nameStart > this.limits.maxNameBytes) return this.#fail(state, '', i)
          if ((KIND[c] as number) & BLANK) {
            state = TAG_GAP
            i++
            continue
          }
          if (c === GT) {
            i++
            const outcome = this.#enter(bytes, i, false)
            if (outcome !== MORE) return outcome
            state = IN_TEXT
            continue
          }
          if (c === SLASH) {
            state = EMPTY_TAG
            i++
            continue
          }
          return this.#fail(state, 'character not allowed in a name', i)
        }

        case TAG_GAP:
        case BEHIND_VALUE: {
          if (c === GT) {
            i++
            const outcome = this.#enter(bytes, i, false)
            if (outcome !== MORE) return outcome
            state = IN_TEXT
            continue
          }
          if (c === SLASH) {
            state = EMPTY_TAG
            i++
            continue
          }
          if ((KIND[c] as number) & BLANK) {
            state = TAG_GAP
            i++
            continue
          }
          if (state === BEHIND_VALUE) return this.#fail(state, 'no white space before an attribute', i)
          this.#attrStart = i - base
          this.#attrColon = -1
          if (((KIND[c] as number) & NAME_START) === 0) {
            const n = this.#nameCharacter(bytes, i, limit, true)
            if (n === 0) return this.#stop(state, i, limit)
            if (n < 0) return this.#failName(state, n, i)
            state = ATTR_NAME
            i += n
            continue
          }
          i++
          while (i < limit && (KIND[(c = bytes[i] as number)] as number) & NAME) i++
          state = ATTR_NAME
          // The usual case in one go: name, =, quote and a plain value. Whatever is not usual is left to the states.
          if (i + 1 >= limit || c !== EQUALS || i - base - this.#attrStart > this.limits.maxNameBytes) continue
          const quote = bytes[i + 1] as number
          if (quote !== APOS && quote !== QUOT) continue
          this.#attrEnd = i - base
          i += 2
          this.#valueStart = i - base
          this.#quote = quote
          this.#isPlain = true
          state = IN_VALUE
          i = plainEnd(bytes, i, limit, VALUE)
          if (i === limit || bytes[i] !== quote) continue
          const error = this.#keepAttribute(bytes, i - base)
          if (error !== undefined) return this.#failWith(error)
          i++
          state = BEHIND_VALUE
          if (i < limit && bytes[i] === SPACE) {
            state = TAG_GAP
            i++
          }
          continue
        }

        case EMPTY_TAG: {
          if (c !== GT) return this.#fail(state, 'no > behind /', i)
          i++
          const outcome = this.#enter(bytes, i, true)
          if (outcome !== MORE) return outcome
          state = IN_TEXT
          continue
        }

        case ATTR_NAME: {
          while ((KIND[c] as number) & NAME) {
            if (++i === limit) return this.#stop(state, i, limit)
            c = bytes[i] as number
          }
          if (c === COLON) {
            if (this.#attrColon >= 0) return this.#fail(state, 'second colon in a name', i)
            this.#attrColon = i - base
            this.#back = ATTR_NAME
            state = COLONED
            i++
            continue
          }
          if (c >= 0x80) {
            const n = this.#nameCharacter(bytes, i, limit, false)
            if (n === 0) return this.#stop(state, i, limit)
            if (n < 0) return this.#failName(state, n, i)
            i += n
            continue
          }
          this.#attrEnd = i - base
          if (this.#attrEnd - this.#attrStart > this.limits.maxNameBytes) return this.#fail(state, '', i)
          if (c === EQUALS) state = ATTR_EQUALS
          else if ((KIND[c] as number) & BLANK) state = ATTR_GAP
          else return this.#fail(state, 'attribute without a value', i)
          i++
          continue
        }

        case ATTR_GAP: {
          if (c === EQUALS) state = ATTR_EQUALS
          else if (((KIND[c] as number) & BLANK) === 0)
            return this.#fail(state, 'attribute without a value', i)
          i++
          continue
        }

        case ATTR_EQUALS: {
          if (c === QUOT || c === APOS) {
            this.#quote = c
            this.#valueStart = i + 1 - base
            this.#isPlain = true
            state = IN_VALUE
          } else if (((KIND[c] as number) & BLANK) === 0)
            return this.#fail(state, 'attribute value without quotes', i)
          i++
          continue
        }

        case IN_VALUE: {
          if ((KIND[c] as number) & VALUE) {
            i = plainEnd(bytes, i + 1, limit, VALUE)
            if (i === limit) return this.#stop(state, i, limit)
            c = bytes[i] as number
          }
          if (c === this.#quote) {
            const error = this.#keepAttribute(bytes, i - base)
            if (error !== undefined) return this.#failWith(error)
            state = BEHIND_VALUE
            i++
            continue
          }
          if (c === QUOT || c === APOS) {
            i++
            continue
          }
          this.#isPlain = false
          if (c === AMP) {
            this.#back = IN_VALUE
            state = REFERENCE
            i++
            continue
          }
          if (c === LT) return this.#fail(state, '< in an attribute value', i)
          const n = this.#character(bytes, i, limit)
          if (n === 0) return this.#stop(state, i, limit)
          if (n < 0) return this.#failCharacter(state, n, i)
          i += n
          continue
        }

        case COLONED: {
          let n = 1
          if (((KIND[c] as number) & NAME_START) === 0) {
            n = this.#nameCharacter(bytes, i, limit, true)
            if (n === 0) return this.#stop(state, i, limit)
            if (n < 0) return this.#failName(state, n, i)
          }
          state = this.#back
          i += n
          continue
        }

        case END_NAME: {
          const isRoot = this.#depth === 0
          const names = isRoot ? (this.#rootName ?? bytes) : bytes
          const top = (this.#depth - 1) * FRAME
          const start = isRoot ? 0 : base + (this.#stack[top] as number)
          const last = isRoot ? names.length : base + (this.#stack[top + 1] as number)
          const k = start + (i - base - this.#lt - 2)
          if (k < last) {
            if (names[k] !== c) return this.#fail(state, 'end tag of another element', i)
            i++
            continue
          }
          state = END_GAP
          continue
        }

        case END_GAP: {
          if (c === GT) {
            i++
            if (this.#depth === 0) return this.#closeStream(i)
            if (this.#leave(this.#lt)) return this.#finish(i)
            state = IN_TEXT
            continue
          }
          // Behind a blank the name is over for good; right behind the name anything else would make it another name.
          if (((KIND[c] as number) & BLANK) === 0) return this.#fail(state, 'end tag of another element', i)
          i++
          continue
        }

        case REFERENCE: {
          this.#refStart = i - base
          if (c === HASH) {
            this.#refValue = -1
            state = NUMBER
          } else if ((KIND[c] as number) & NAME_START) state = ENTITY
          else return this.#fail(state, '& without a reference', i)
          i++
          continue
        }

        case ENTITY: {
          if ((KIND[c] as number) & NAME) {
            i++
            if (i - base - this.#refStart > this.limits.maxNameBytes)
              return this.#refuse('policy-violation', 'name too long', i)
            continue
          }
          if (c !== SEMICOLON) return this.#fail(state, 'reference without ;', i)
          if (!isPredefined(this.inherited.bytes.latin1(bytes, base + this.#refStart, i))) {
            return this.#refuseIn(state, 'restricted-xml', 'entity other than the predefined', i)
          }
          state = this.#back
          i++
          continue
        }

        case NUMBER: {
          if (c === 0x78) {
            state = HEX
            i++
          } else state = DECIMAL
          continue
        }

        case DECIMAL:
        case HEX: {
          if (c === SEMICOLON) {
            if (!isChar(this.#refValue))
              return this.#fail(state, 'reference to a character that is not allowed', i)
            state = this.#back
            i++
            continue
          }
          const digit = digitOf(c)
          const radix = state === HEX ? 16 : 10
          if (digit >= radix) return this.#fail(state, 'character reference with a wrong digit', i)
          this.#refValue = Math.min(Math.max(this.#refValue, 0) * radix + digit, 0x110000)
          i++
          continue
        }

        case BANGED: {
          if (c === 0x2d) return this.#refuse('restricted-xml', 'comment', i)
          if (c >= 0x41 && c <= 0x5a) return this.#refuse('restricted-xml', 'document type declaration', i)
          if (c !== OPEN || (this.#depth === 0 && !this.#inStream))
            return this.#fail(state, 'no tag behind <', i)
          if (this.#depth === 0) return this.#refuse('bad-format', 'character data between stanzas', i)
          state = SECTION_OPEN
          i++
          continue
        }

        case SECTION_OPEN: {
          const k = i - base - this.#lt
          if (openSection[k] !== c) return this.#fail(state, 'no tag behind <', i)
          if (k === openSection.length - 1) state = SECTION
          i++
          continue
        }

        case SECTION: {
          while ((KIND[c] as number) & RAW) {
            if (++i === limit) return this.#stop(state, i, limit)
            c = bytes[i] as number
          }
          if (c === GT) {
            if (bytes[i - 1] === CLOSE && bytes[i - 2] === CLOSE) state = IN_TEXT
            i++
            continue
          }
          const n = this.#character(bytes, i, limit)
          if (n === 0) return this.#stop(state, i, limit)
          if (n < 0) return this.#failCharacter(state, n, i)
          i += n
          continue
        }

        case BETWEEN:
        case FIRST: {
          if (c === LT) {
            base = i
            limit = Math.min(to, base + this.limits.maxStanzaBytes)
            this.#begin(base, state === FIRST)
            state = OPENED
            i++
            continue
          }
          if (((KIND[c] as number) & BLANK) === 0) {
            if (!this.#inStream || c < 0x20)
              return this.#refuseOutside('not-well-formed', 'character data outside of an element')
            return this.#refuseOutside('bad-format', 'character data between stanzas')
          }
          state = BETWEEN
          i++
          continue
        }

        case AFTER: {
          if (((KIND[c] as number) & BLANK) === 0)
            return this.#refuseOutside('not-well-formed', 'more behind the end')
          i++
          continue
        }

        case BEGIN: {
          if (c === 0xef) {
            state = BOM_2
            i++
          } else if (c === 0xfe || c === 0xff || c === 0)
            return this.#refuseOutside('unsupported-encoding', 'not UTF-8')
          else state = FIRST
          continue
        }

        case BOM_2:
        case BOM_3: {
          if (c !== (state === BOM_2 ? 0xbb : 0xbf))
            return this.#refuseOutside('not-well-formed', 'character data outside of an element')
          state = state === BOM_2 ? BOM_3 : FIRST
          i++
          continue
        }

        case DECLARATION_OPEN: {
          const k = i - base
          if (k < openDeclaration.length ? openDeclaration[k] !== c : ((KIND[c] as number) & BLANK) === 0) {
            return this.#refuse('restricted-xml', 'processing instruction', i)
          }
          if (k === openDeclaration.length) state = DECLARATION
          i++
          continue
        }

        default: {
          if (i - base >= maxDeclarationBytes)
            return this.#refuse('policy-violation', 'XML declaration too long', i)
          if (c === LT || c >= 0x80 || (((KIND[c] as number) & RAW) === 0 && c !== GT))
            return this.#fail(state, 'wrong XML declaration', i)
          i++
          if (c === GT) return this.#declare(bytes, i)
        }
      }
    }
  }

  #begin(base: number, isFirst: boolean): void {
    this.base = base
    this.flags = 0
    this.toStart = this.fromStart = this.idStart = this.typeStart = this.langStart = this.headStart = -1
    this.#mayDeclare = isFirst
    this.#lt = 0
    this.#ownDefault = ''
    this.#prefixCount = 0
    if (this.#stack !== none) return
    this.#stack = zeros.slice()
    this.#attrs = zeros.slice()
  }

  /** A start tag is complete. MORE: it goes on inside. */
  #enter(bytes: Uint8Array, end: number, isEmpty: boolean): number {
    const depth = this.#depth + 1
    if (depth > this.limits.maxDepth)
      return this.#refuse('policy-violation', 'elements nested too deeply', end)
    const stack = this.#stack
    const top = this.#depth * FRAME
    stack[top] = this.#nameStart
    stack[top + 1] = this.#nameEnd
    stack[top + 2] = this.#prefixCount
    this.#depth = depth
    if (depth === 1) this.#markHead(bytes, end)
    else if (depth === 2 && this.headStart < 0) this.headStart = this.#lt
    if (this.#tagFacts !== 0) {
      const error = this.#checkNamespaces(bytes)
      if (error !== undefined) return this.#failWith(error)
    }
    if (depth === 1 && !this.#isFrame && !this.#inStream) return this.#openStream(bytes, end, isEmpty)
    if (!isEmpty) return MORE
    if (!this.#leave(end - this.base)) return MORE
    this.flags |= SELF_CLOSING
    return this.#finish(end)
  }

  /** An element ends. True if it was a first-level one. */
  #leave(contentEnd: number): boolean {
    const depth = --this.#depth
    const mark = this.#stack[depth * FRAME + 2] as number
    if (mark !== this.#prefixCount) {
      this.#prefixes?.leave(mark)
      this.#prefixCount = mark
    }
    if (depth > 0) return false
    this.contentEnd = contentEnd
    return true
  }

  #finish(end: number): number {
    this.#state = this.#isFrame ? AFTER : BETWEEN
    this.end = end
    return ELEMENT
  }

  #openStream(bytes: Uint8Array, end: number, isEmpty: boolean): number {
    const name = bytes.subarray(this.base + this.#nameStart, this.base + this.#nameEnd)
    this.#rootName = new Uint8Array(name.length)
    this.#rootName.set(name)
    this.#leave(0)
    this.#inStream = !isEmpty
    this.#state = isEmpty ? AFTER : BETWEEN
    this.end = end
    return HEADER
  }

  #closeStream(end: number): number {
    this.#inStream = false
    this.#state = AFTER
    this.end = end
    return CLOSED
  }

  #declare(bytes: Uint8Array, end: number): number {
    const text = this.inherited.bytes.latin1(bytes, this.base, end)
    const found = declaration.exec(text)
    if (found === null) return this.#refuse('not-well-formed', 'wrong XML declaration', end)
    const encoding = found[2] ?? found[3] ?? 'UTF-8'
    if (encoding.toUpperCase() !== 'UTF-8')
      return this.#refuse('unsupported-encoding', 'encoding other than UTF-8', end)
    this.#state = BETWEEN
    this.end = end
    return DECLARED
  }

  /** Locates the attributes for routing in the start tag of a first-level element. */
  #markHead(bytes: Uint8Array, end: number): void {
    const attrs = this.#attrs
    this.nameEnd = this.#nameEnd
    this.contentStart = end - this.base
    if (this.#nameColon >= 0) this.flags |= PREFIXED
    for (let n = 0; n < this.#attrCount; n += ATTR) {
      if ((attrs[n + 2] as number) < 0) this.#markAttribute(bytes, n)
      else this.#markPrefixed(bytes, n)
    }
  }

  #markAttribute(bytes: Uint8Array, n: number): void {
    const attrs = this.#attrs
    const key = attrs[n] as number
    const name = this.base + (attrs[n + 1] as number)
    const end = this.base + (attrs[n + 3] as number)
    const isPlain = attrs[n + 6] === 1
    if (key === keyTo && end - name === 2) {
      this.toStart = attrs[n + 4] as number
      this.toEnd = attrs[n + 5] as number
      if (isPlain) this.flags |= PLAIN_TO
    } else if (key === keyId && end - name === 2) {
      this.idStart = attrs[n + 4] as number
      this.idEnd = attrs[n + 5] as number
      if (isPlain) this.flags |= PLAIN_ID
    } else if (key === keyFrom && end - name === 4 && bytes[name + 1] === 0x72 && bytes[name + 2] === 0x6f) {
      this.fromStart = attrs[n + 4] as number
      this.fromEnd = attrs[n + 5] as number
      if (isPlain) this.flags |= PLAIN_FROM
    } else if (key === keyType && end - name === 4 && bytes[name + 1] === 0x79 && bytes[name + 2] === 0x70) {
      this.typeStart = attrs[n + 4] as number
      this.typeEnd = attrs[n + 5] as number
      if (isPlain) this.flags |= PLAIN_TYPE
    } else if (!isXmlns(bytes, name, end)) this.flags |= OTHER_ATTRIBUTES
  }

  #markPrefixed(bytes: Uint8Array, n: number): void {
    const attrs = this.#attrs
    const start = this.base + (attrs[n + 1] as number)
    if (isXmlns(bytes, start, this.base + (attrs[n + 2] as number))) return
    const name = this.inherited.bytes.utf8(bytes, start, this.base + (attrs[n + 3] as number))
    if (name === 'xml:lang') {
      this.langStart = attrs[n + 4] as number
      this.langEnd = attrs[n + 5] as number
    } else this.flags |= name.startsWith('xml:') ? OTHER_ATTRIBUTES : PREFIXED_ATTRIBUTE
  }

  /** An attribute is complete but for its closing quote. */
  #keepAttribute(bytes: Uint8Array, valueEnd: number): XmlError | undefined {
    const base = this.base
    const attrs = this.#attrs
    const count = this.#attrCount
    const start = base + this.#attrStart
    const end = base + this.#attrEnd
    if (valueEnd - this.#valueStart > this.limits.maxAttributeBytes) return this.#tooLong(base + valueEnd)
    if (count === this.limits.maxAttributes * ATTR) {
      return this.#error('policy-violation', 'too many attributes', base + valueEnd)
    }
    const key = keyOf(end - start, bytes[start] as number, bytes[end - 1] as number)
    for (let n = 0; n < count; n += ATTR) {
      if (attrs[n] !== key) continue
      if (isSame(bytes, base + (attrs[n + 1] as number), base + (attrs[n + 3] as number), start, end)) {
        return this.#error('not-well-formed', 'attribute given twice', base + valueEnd)
      }
    }
    if (this.#attrColon >= 0) {
      this.#tagFacts |= isXmlns(bytes, start, base + this.#attrColon) ? TAG_DECLARES : TAG_ATTR_PREFIX
    } else if (key === keyXmlns && isXmlns(bytes, start, end)) this.#tagFacts |= TAG_DECLARES
    attrs[count] = key
    attrs[count + 1] = this.#attrStart
    attrs[count + 2] = this.#attrColon
    attrs[count + 3] = this.#attrEnd
    attrs[count + 4] = this.#valueStart
    attrs[count + 5] = valueEnd
    attrs[count + 6] = this.#isPlain ? 1 : 0
    this.#attrCount = count + ATTR
    return undefined
  }

  /** Namespaces in XML 1.0 §3 and §5 for a complete start tag that has prefixes or declarations. */
  #checkNamespaces(bytes: Uint8Array): XmlError | undefined {
    if ((this.#tagFacts & TAG_DECLARES) !== 0) {
      const error = this.#bindAll(bytes)
      if (error !== undefined) return error
    }
    if ((this.#tagFacts & TAG_PREFIX) !== 0) {
      const uri = this.#resolve(bytes, this.#nameStart, this.#nameColon)
      if (uri === undefined) return this.#undeclared(this.#nameStart)
    }
    return (this.#tagFacts & TAG_ATTR_PREFIX) === 0 ? undefined : this.#checkPrefixed(bytes)
  }

  #bindAll(bytes: Uint8Array): XmlError | undefined {
    const attrs = this.#attrs
    for (let n = 0; n < this.#attrCount; n += ATTR) {
      const colon = attrs[n + 2] as number
      const start = this.base + (attrs[n + 1] as number)
      if (!isXmlns(bytes, start, this.base + (colon < 0 ? (attrs[n + 3] as number) : colon))) continue
      const error = this.#bind(bytes, n)
      if (error !== undefined) return error
    }
    return undefined
  }

  #bind(bytes: Uint8Array, n: number): XmlError | undefined {
    const attrs = this.#attrs
    const port = this.inherited.bytes
    const colon = attrs[n + 2] as number
    const start = this.base + (attrs[n + 4] as number)
    const end = this.base + (attrs[n + 5] as number)
    if (end - start > this.limits.maxNameBytes) return this.#tooLong(end)
    if (colon < 0 && attrs[n + 6] === 1 && !this.#mayMatter(end - start)) return undefined
    const prefix =
      colon < 0 ? '' : port.utf8(bytes, this.base + colon + 1, this.base + (attrs[n + 3] as number))
    const uri = decodeValue(port, bytes, start, end)
    const fault = declarationFault(prefix, uri)
    if (fault !== undefined) return this.#error('not-well-formed', fault, end)
    this.#noteDeclaration(prefix, uri)
    if (prefix === '') return undefined
    if (this.#prefixCount === this.limits.maxNamespaces) {
      return this.#error('policy-violation', 'too many prefixes declared', end)
    }
    this.#prefixes ??= new PrefixScope()
    this.#prefixes.declare(prefix, uri)
    this.#prefixCount++
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
      this.flags |= prefix === '' ? OWN_DEFAULT : OWN_PREFIXES
      if (prefix === '') this.#ownDefault = uri
    } else if (this.#depth === 2 && this.#isContent(uri)) this.flags |= SPELT_CONTENT
  }

  #isContent(uri: string): boolean {
    if (uri === this.inherited.defaultNs || contentNamespaces.includes(uri)) return true
    return (this.flags & OWN_DEFAULT) !== 0 && uri === this.#ownDefault
  }

  #resolve(bytes: Uint8Array, start: number, colon: number): string | undefined {
    const prefix = this.inherited.bytes.utf8(bytes, this.base + start, this.base + colon)
    if (prefix === 'xml') return XML_NS
    const position = this.#prefixCount === 0 ? -1 : (this.#prefixes?.find(prefix) ?? -1)
    const isOuter = position < (this.#stack[FRAME + 2] as number)
    if (this.#depth > 1 && isOuter) this.flags |= OUTER_PREFIX
    return position < 0 ? this.inherited.namespaces.get(prefix) : this.#prefixes?.uri(position)
  }

  /** Prefixes of attributes must be declared, and two prefixes must not make the same attribute (§6.3). */
  #checkPrefixed(bytes: Uint8Array): XmlError | undefined {
    const attrs = this.#attrs
    const base = this.base
    const uris: (string | undefined)[] = []
    for (let n = 0; n < this.#attrCount; n += ATTR) {
      const start = attrs[n + 1] as number
      const colon = attrs[n + 2] as number
      uris.push(undefined)
      if (colon < 0 || isXmlns(bytes, base + start, base + colon)) continue
      const uri = this.#resolve(bytes, start, colon)
      if (uri === undefined) return this.#undeclared(start)
      const name = base + colon + 1
      const end = base + (attrs[n + 3] as number)
      for (let m = 0; m < n; m += ATTR) {
        if (uris[m / ATTR] !== uri) continue
        if (isSame(bytes, base + (attrs[m + 2] as number) + 1, base + (attrs[m + 3] as number), name, end)) {
          return this.#error('not-well-formed', 'attribute given twice by two prefixes', end)
        }
      }
      uris[n / ATTR] = uri
    }
    return undefined
  }

  /** Bytes of the character at `at`, if it may stand in character data; 0 if cut off, below 0 if not allowed. */
  #character(bytes: Uint8Array, at: number, limit: number): number {
    const c = bytes[at] as number
    if (c < 0x80) return (KIND[c] as number) & BLANK ? 1 : FORBIDDEN
    const point = codePointAt(bytes, at, limit)
    if (point < 0) return point === UNFINISHED ? 0 : BROKEN
    return isChar(point) ? utf8Length(point) : FORBIDDEN
  }

  /** The same for a character in a name. */
  #nameCharacter(bytes: Uint8Array, at: number, limit: number, isFirst: boolean): number {
    if ((bytes[at] as number) < 0x80) return FORBIDDEN
    const point = codePointAt(bytes, at, limit)
    if (point < 0) return point === UNFINISHED ? 0 : BROKEN
    return (isFirst ? isNameStart(point) : isNameChar(point)) ? utf8Length(point) : FORBIDDEN
  }

  /** All bytes there are have been scanned. */
  #stop(state: number, at: number, limit: number): number {
    this.#state = state
    this.end = at
    if (state <= lastOutside) return MORE
    if (limit - this.base >= this.limits.maxStanzaBytes)
      return this.#refuse('policy-violation', 'element too long', limit)
    return this.#isTooLong(state, at) ? this.#failWith(this.#tooLong(at)) : MORE
  }

  /** Whether the name or value being scanned has passed its limit; asked before any other fault is told. */
  #isTooLong(state: number, at: number): boolean {
    const { maxNameBytes, maxAttributeBytes } = this.limits
    const position = at - this.base
    const place = state === COLONED || state >= REFERENCE ? this.#back : state
    if (place === TAG_NAME) return position - this.#nameStart > maxNameBytes
    if (place === ATTR_NAME) return position - this.#attrStart > maxNameBytes
    return place === IN_VALUE && position - this.#valueStart > maxAttributeBytes
  }

  #fail(state: number, fault: string, at: number): number {
    return this.#refuseIn(state, 'not-well-formed', fault, at)
  }

  #failCharacter(state: number, kind: number, at: number): number {
    if (kind === BROKEN) return this.#refuseIn(state, 'unsupported-encoding', 'bytes that are not UTF-8', at)
    return this.#fail(state, 'character that is not allowed', at)
  }

  #failName(state: number, kind: number, at: number): number {
    if (kind === BROKEN) return this.#refuseIn(state, 'unsupported-encoding', 'bytes that are not UTF-8', at)
    return this.#fail(state, 'character not allowed in a name', at)
  }

  #refuseIn(state: number, condition: XmlCondition, fault: string, at: number): number {
    return this.#failWith(this.#isTooLong(state, at) ? this.#tooLong(at) : this.#error(condition, fault, at))
  }

  #refuse(condition: XmlCondition, fault: string, at: number): number {
    return this.#failWith(this.#error(condition, fault, at))
  }

  /** Between elements there is nothing to count bytes from. */
  #refuseOutside(condition: XmlCondition, fault: string): number {
    return this.#failWith(new XmlError(condition, fault))
  }

  #failWith(error: XmlError): number {
    this.#failure = error
    this.end = this.base
    return FAILED
  }

  #undeclared(start: number): XmlError {
    return this.#error('bad-namespace-prefix', 'prefix that is not declared', this.base + start)
  }

  #tooLong(at: number): XmlError {
    return this.#error('policy-violation', 'name or value too long', at)
  }

  #error(condition: XmlCondition, fault: string, at: number): XmlError {
    return new XmlError(condition, `${fault} (byte ${Math.max(0, at - this.base)})`)
  }
}

/** The first byte from `from` on that is not of this kind, or `limit`. Four at a time: most bytes are looked at here. */
function plainEnd(bytes: Uint8Array, from: number, limit: number, kind: number): number {
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

function isSame(
  bytes: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): boolean {
  if (end - start !== otherEnd - otherStart) return false
  for (let i = start, k = otherStart; i < end; i++, k++) if (bytes[i] !== bytes[k]) return false
  return true
}

/** The entities that need no declaration (XML 1.0 §4.6). */
function isPredefined(name: string): boolean {
  return name === 'lt' || name === 'gt' || name === 'amp' || name === 'quot' || name === 'apos'
}

/** Value of a digit of any radix up to 16, 16 for other characters. */
function digitOf(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30
  const lower = c | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : 16
}

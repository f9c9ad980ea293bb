import { nameCharacter, textCharacter } from './characters.ts'
import { faultAt, tooLong, type XmlCondition, XmlError } from './errors.ts'
import type { Inherited } from './inherited.ts'
import type { XmlLimits } from './limits.ts'
import { SELF_CLOSING, SEVERAL_CHILDREN } from './marks.ts'
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
  KIND,
  LT,
  NAME,
  NAME_START,
  OPEN,
  plainEnd,
  QUESTION,
  QUOT,
  RAW,
  SEMICOLON,
  SLASH,
  SPACE,
  TEXT,
  VALUE,
} from './names.ts'
import { StartTagCheck, TAG_PREFIX } from './start-tag-check.ts'
import {
  AFTER,
  ATTR_EQUALS,
  ATTR_GAP,
  ATTR_NAME,
  BANGED,
  BEGIN,
  BEHIND_VALUE,
  BETWEEN,
  BOM_2,
  BOM_3,
  COLONED,
  DECIMAL,
  DECLARATION,
  DECLARATION_OPEN,
  EMPTY_TAG,
  END_GAP,
  END_NAME,
  ENTITY,
  FIRST,
  HEX,
  IN_TEXT,
  IN_VALUE,
  lastOutside,
  NUMBER,
  OPENED,
  REFERENCE,
  SECTION,
  SECTION_OPEN,
  TAG_GAP,
  TAG_NAME,
} from './states.ts'
import { BROKEN } from './utf8.ts'
import { declarationCondition } from './xml-declaration.ts'

/** What `scan` came to: everything is used up and more is needed. */
export const MORE = 0
/** The start tag of the stream, from `base` to `end`; `isClosed` if it was self-closing. */
export const HEADER = 1
/** A complete first-level element, from `base` to `end`. */
export const ELEMENT = 2
/** The end tag of the stream. */
export const CLOSED = 3
/** The XML declaration. */
const DECLARED = 4
/** See `failure`. */
export const FAILED = 5

/** Numbers kept per open element: start and end of its name, prefixes declared before it. */
const FRAME = 3
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
const zeros: readonly number[] = [
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]
const none: number[] = []
/** The memory of whoever rests, for whoever begins: scanners work one after the other. */
let spare = none
/** Longer memory, of an element nested deeply, is not handed on. */
const mostSpare = 512

/**
 * The state machine: bytes in, one outcome at a time. It can stop behind any byte and goes on from there. Positions inside an
 * element are counted from its first byte (`base`), so that an unfinished element may be moved to other memory.
 *
 * An index into the arrays below is always one that has been written, and an index into the bytes always below the end:
 * this is what `as number` stands for here.
 */
export class Scanner {
  /** Index of the first byte of what is being scanned. */
  base = 0
  /** Index behind what has been scanned. */
  end = 0

  readonly tag: StartTagCheck

  readonly #isFrame: boolean
  #state = BEGIN
  /** Whether the stream element is open. */
  #inStream = false
  #rootName: Uint8Array | undefined
  #failure: XmlError | undefined
  #depth = 0
  /** Scratch memory, only there while something is being scanned. */
  #stack: number[] = none
  /** Whether the XML declaration may stand here. */
  #mayDeclare = false
  /** White space behind the last element of an earlier stream is not yet the new document. */
  #mayTrail = false
  /** Position of the last `<`. */
  #lt = 0
  #quote = 0
  #back = IN_TEXT
  #refStart = 0
  #refValue = 0

  constructor(isFrame: boolean, limits: XmlLimits, outside: Inherited) {
    this.#isFrame = isFrame
    this.tag = new StartTagCheck(limits, outside)
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
  reset(outside: Inherited, mayTrail = false): void {
    this.#mayTrail = mayTrail
    this.tag.inherited = outside
    this.#state = BEGIN
    this.#inStream = false
    this.#rootName = undefined
    this.#failure = undefined
    this.#depth = 0
    this.rest()
  }

  /** Gives scratch memory back; only between elements. */
  rest(): void {
    if (this.#stack !== none && this.#stack.length <= mostSpare) spare = this.#stack
    this.#stack = none
    this.tag.rest()
  }

  /**
   * Scans `bytes` from `from`, the first byte not seen yet, up to one outcome or to `to`. One function for all states,
   * because position, state and limit stay in local variables: a method per state costs an eighth of the speed.
   */
  scan(bytes: Uint8Array, from: number, to: number): number {
    const tag = this.tag
    const limits = tag.limits
    let i = from
    let state = this.#state
    let base = this.base
    let limit = state > lastOutside ? Math.min(to, base + limits.maxStanzaBytes) : to
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
          const n = textCharacter(bytes, i, limit)
          if (n === 0) return this.#stop(state, i, limit)
          if (n < 0) return this.#failCharacter(state, n, i)
          i += n
          continue
        }

        case OPENED: {
          if ((KIND[c] as number) & NAME_START) {
            tag.beginTag(i - base)
            state = TAG_NAME
            i++
            while (i < limit && (KIND[(c = bytes[i] as number)] as number) & NAME) i++
            if (i >= limit || c !== SPACE || i - base - tag.nameStart > limits.maxNameBytes) continue
            tag.nameEnd = i - base
            state = TAG_GAP
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
          const n = nameCharacter(bytes, i, limit, true)
          if (n === 0) return this.#stop(state, i, limit)
          if (n < 0) return this.#failName(state, n, i)
          tag.beginTag(i - base)
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
            if (tag.nameColon >= 0) return this.#fail(state, 'second colon in a name', i)
            tag.nameColon = i - base
            tag.facts = TAG_PREFIX
            this.#back = TAG_NAME
            state = COLONED
            i++
            continue
          }
          if (c >= 0x80) {
            const n = nameCharacter(bytes, i, limit, false)
            if (n === 0) return this.#stop(state, i, limit)
            if (n < 0) return this.#failName(state, n, i)
            i += n
            continue
          }
          tag.nameEnd = i - base
          if (tag.nameEnd - tag.nameStart > limits.maxNameBytes) return this.#fail(state, '', i)
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
          tag.attrStart = i - base
          tag.attrColon = -1
          if (((KIND[c] as number) & NAME_START) === 0) {
            const n = nameCharacter(bytes, i, limit, true)
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
          if (i + 1 >= limit || c !== EQUALS || i - base - tag.attrStart > limits.maxNameBytes) continue
          const quote = bytes[i + 1] as number
          if (quote !== APOS && quote !== QUOT) continue
          tag.attrEnd = i - base
          i += 2
          tag.valueStart = i - base
          this.#quote = quote
          tag.isPlain = true
          state = IN_VALUE
          i = plainEnd(bytes, i, limit, VALUE)
          if (i === limit || bytes[i] !== quote) continue
          const error = tag.keep(bytes, base, i - base)
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
            if (tag.attrColon >= 0) return this.#fail(state, 'second colon in a name', i)
            tag.attrColon = i - base
            this.#back = ATTR_NAME
            state = COLONED
            i++
            continue
          }
          if (c >= 0x80) {
            const n = nameCharacter(bytes, i, limit, false)
            if (n === 0) return this.#stop(state, i, limit)
            if (n < 0) return this.#failName(state, n, i)
            i += n
            continue
          }
          tag.attrEnd = i - base
          if (tag.attrEnd - tag.attrStart > limits.maxNameBytes) return this.#fail(state, '', i)
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
            tag.valueStart = i + 1 - base
            tag.isPlain = true
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
            const error = tag.keep(bytes, base, i - base)
            if (error !== undefined) return this.#failWith(error)
            state = BEHIND_VALUE
            i++
            continue
          }
          if (c === QUOT || c === APOS) {
            i++
            continue
          }
          tag.isPlain = false
          if (c === AMP) {
            this.#back = IN_VALUE
            state = REFERENCE
            i++
            continue
          }
          if (c === LT) return this.#fail(state, '< in an attribute value', i)
          const n = textCharacter(bytes, i, limit)
          if (n === 0) return this.#stop(state, i, limit)
          if (n < 0) return this.#failCharacter(state, n, i)
          i += n
          continue
        }

        case COLONED: {
          let n = 1
          if (((KIND[c] as number) & NAME_START) === 0) {
            n = nameCharacter(bytes, i, limit, true)
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
            if (i - base - this.#refStart > limits.maxNameBytes)
              return this.#refuse('policy-violation', 'name too long', i)
            continue
          }
          if (c !== SEMICOLON) return this.#fail(state, 'reference without ;', i)
          if (!isPredefined(tag.inherited.bytes.latin1(bytes, base + this.#refStart, i))) {
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
          const n = textCharacter(bytes, i, limit)
          if (n === 0) return this.#stop(state, i, limit)
          if (n < 0) return this.#failCharacter(state, n, i)
          i += n
          continue
        }

        case BETWEEN:
        case FIRST: {
          if (c === LT) {
            base = i
            limit = Math.min(to, base + limits.maxStanzaBytes)
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
          if (state !== FIRST || !this.#mayTrail) state = BETWEEN
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
    this.#mayDeclare = isFirst
    this.#lt = 0
    this.tag.begin()
    if (this.#stack === none) {
      this.#stack = spare === none ? zeros.slice() : spare
      spare = none
    }
  }

  /** A start tag is complete. MORE: it goes on inside. */
  #enter(bytes: Uint8Array, end: number, isEmpty: boolean): number {
    const tag = this.tag
    const depth = this.#depth + 1
    if (depth > tag.limits.maxDepth)
      return this.#refuse('policy-violation', 'elements nested too deeply', end)
    const stack = this.#stack
    const top = this.#depth * FRAME
    stack[top] = tag.nameStart
    stack[top + 1] = tag.nameEnd
    stack[top + 2] = tag.prefixCount
    this.#depth = depth
    if (depth === 1) {
      if (this.#inStream && !isEmpty && this.#isRootName(bytes))
        return this.#refuse('unsupported-stanza-type', 'a stream in the stream', end)
      tag.markFirst(bytes, this.base, end)
    }
    if (depth === 2) {
      if (tag.marks.headStart < 0) tag.marks.headStart = this.#lt
      else tag.marks.flags |= SEVERAL_CHILDREN
    }
    if (tag.facts !== 0) {
      const outer = depth === 1 ? 0 : (stack[FRAME + 2] as number)
      const error = tag.checkNamespaces(bytes, this.base, depth, outer)
      if (error !== undefined) return this.#failWith(error)
    }
    if (depth === 1 && !this.#isFrame && !this.#inStream) return this.#openStream(bytes, end, isEmpty)
    if (!isEmpty) return MORE
    if (!this.#leave(end - this.base)) return MORE
    tag.marks.flags |= SELF_CLOSING
    return this.#finish(end)
  }

  /** An element ends. True if it was a first-level one. */
  #leave(contentEnd: number): boolean {
    const tag = this.tag
    const depth = --this.#depth
    const mark = this.#stack[depth * FRAME + 2] as number
    if (mark !== tag.prefixCount) tag.leave(mark)
    if (depth > 0) return false
    tag.marks.contentEnd = contentEnd
    return true
  }

  #finish(end: number): number {
    this.#state = this.#isFrame ? AFTER : BETWEEN
    this.end = end
    return ELEMENT
  }

  #openStream(bytes: Uint8Array, end: number, isEmpty: boolean): number {
    const name = bytes.subarray(this.base + this.tag.nameStart, this.base + this.tag.nameEnd)
    this.#rootName = new Uint8Array(name.length)
    this.#rootName.set(name)
    this.#leave(0)
    this.#inStream = !isEmpty
    this.#state = isEmpty ? AFTER : BETWEEN
    this.end = end
    return HEADER
  }

  /** Whether a start tag has the name of the stream's own: it would be waited for until the stream's end. */
  #isRootName(bytes: Uint8Array): boolean {
    const { nameStart, nameEnd } = this.tag
    const name = this.#rootName
    if (name === undefined || name.length !== nameEnd - nameStart) return false
    for (let i = 0; i < name.length; i++) if (name[i] !== bytes[this.base + nameStart + i]) return false
    return true
  }

  #closeStream(end: number): number {
    this.#inStream = false
    this.#state = AFTER
    this.end = end
    return CLOSED
  }

  #declare(bytes: Uint8Array, end: number): number {
    const text = this.tag.inherited.bytes.latin1(bytes, this.base, end)
    const condition = declarationCondition(text)
    if (condition !== undefined) return this.#refuse(condition, 'wrong XML declaration', end)
    this.#state = BETWEEN
    this.end = end
    return DECLARED
  }

  /** All bytes there are have been scanned. */
  #stop(state: number, at: number, limit: number): number {
    this.#state = state
    this.end = at
    if (state <= lastOutside) return MORE
    if (limit - this.base >= this.tag.limits.maxStanzaBytes)
      return this.#refuse('policy-violation', 'element too long', limit)
    return this.#isTooLong(state, at) ? this.#failWith(tooLong(at - this.base)) : MORE
  }

  /** Whether the name or value being scanned has passed its limit; asked before any other fault is told. */
  #isTooLong(state: number, at: number): boolean {
    const { maxNameBytes, maxAttributeBytes } = this.tag.limits
    const position = at - this.base
    const place = state === COLONED || state >= REFERENCE ? this.#back : state
    if (place === TAG_NAME) return position - this.tag.nameStart > maxNameBytes
    if (place === ATTR_NAME) return position - this.tag.attrStart > maxNameBytes
    return place === IN_VALUE && position - this.tag.valueStart > maxAttributeBytes
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
    return this.#failWith(
      this.#isTooLong(state, at) ? tooLong(at - this.base) : faultAt(condition, fault, at - this.base),
    )
  }

  #refuse(condition: XmlCondition, fault: string, at: number): number {
    return this.#failWith(faultAt(condition, fault, at - this.base))
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

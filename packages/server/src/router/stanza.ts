/** One stanza on its way: the header is read when asked for, the payload is untouched bytes until somebody reads it. */
import { bareOf, type Jid } from '@waxwing/jid'
import { CLIENT_NS, errorIn, type StanzaError, type StanzaKind, stanzaError } from '@waxwing/protocol'
import {
  childOf,
  type Element,
  elementOf,
  elementsOf,
  escapeAttr,
  parseElement,
  readChildWire,
  type Slice,
  type Wire,
  writeWire,
} from '@waxwing/xml'
import type { Outlet } from '../session/outlet.ts'
import { closeTags, firstElement, payloadOf, returnedOf, startTag, withPayload } from './stanza-text.ts'
import { traitsOf } from './traits.ts'

export { openingBytes, payloadOf } from './stanza-text.ts'

export interface StanzaHeader {
  readonly kind: StanzaKind
  /** The `type` attribute; `undefined` when absent (a normal message, available presence). */
  readonly type?: string | undefined
  readonly id?: string | undefined
  readonly from: Jid
  readonly to?: Jid | undefined
  readonly lang?: string | undefined
}

const unknownTraits = -1

/** A first-level child, as far as one can know it without a tree. */
export interface StanzaChild {
  readonly ns: string
  readonly name: string
  attr(name: string): string | undefined
}

function view({ ns, name, attrs }: Element): StanzaChild {
  return { ns, name, attr: key => attrs.get(key) }
}

export class Stanza {
  readonly kind: StanzaKind
  readonly from: Jid
  readonly to: Jid | undefined
  readonly type: string | undefined
  /** The bytes as received, when they may be spliced into another stream as they are. */
  readonly slice: Slice | undefined
  /** `<kind from='…'` as bytes, prepared by the sending session; only with `slice`. */
  readonly #opening: Uint8Array | undefined
  readonly #header: StanzaHeader | undefined
  readonly #payload: string
  /** XML behind the children of `slice`, which it is written with. */
  readonly #tail: string
  /** Of the sender's stream: what `slice` is written in unless it says so itself. RFC 6120 §4.7.4. */
  readonly #streamLang: string | undefined
  #element: Element | undefined
  #traits: number
  /** Its id in the archive of who sent it, once it is there: never shown to who receives it. XEP-0313 §3.5. */
  sentId: string | undefined

  private constructor(
    kind: StanzaKind,
    type: string | undefined,
    from: Jid,
    to: Jid | undefined,
    slice: Slice | undefined,
    opening: Uint8Array | undefined,
    header: StanzaHeader | undefined,
    payload: string,
    tail = '',
    traits = unknownTraits,
    streamLang?: string,
  ) {
    this.kind = kind
    this.type = type
    this.from = from
    this.to = to
    this.slice = slice
    this.#opening = opening
    this.#header = header
    this.#payload = payload
    this.#tail = tail
    this.#traits = traits
    this.#streamLang = streamLang
  }

  /** A stanza whose bytes are spliced through: regular, without `from`, `to` already prepared. */
  static spliced(
    kind: StanzaKind,
    slice: Slice,
    from: Jid,
    to: Jid | undefined,
    opening: Uint8Array,
    streamLang?: string,
  ): Stanza {
    const type = slice.attr('type')
    return new Stanza(kind, type, from, to, slice, opening, undefined, '', '', unknownTraits, streamLang)
  }

  /**
   * A stanza of our own making, or one whose header had to be written anew. `payload` is XML in the content namespace.
   *
   * @param traits what it counts as carrying when that is not what its own children say, as with a copy of another
   */
  static composed(header: StanzaHeader, payload: string, traits?: number): Stanza {
    const { kind, type, from, to } = header
    return new Stanza(kind, type, from, to, undefined, undefined, header, payload, '', traits)
  }

  /** A stanza whose children are spliced through under a start tag written anew; its content is regular. */
  static recast(header: StanzaHeader, slice: Slice): Stanza {
    const { kind, type, from, to } = header
    return new Stanza(kind, type, from, to, slice, undefined, header, '')
  }

  get id(): string | undefined {
    return this.#header ? this.#header.id : this.slice?.attr('id')
  }

  get lang(): string | undefined {
    return this.#header ? this.#header.lang : (this.slice?.attr('xml:lang') ?? this.#streamLang)
  }

  /** Namespace of the first child; enough to choose an iq handler together with `headName`. */
  get headNs(): string | undefined {
    return this.slice ? this.slice.headNs : this.#head()?.ns
  }

  get headName(): string | undefined {
    return this.slice ? this.slice.headName : this.#head()?.name
  }

  /** Whoever comes and goes says nothing further: such a presence costs no tree. */
  #head(): Element | undefined {
    return this.#payload === '' ? undefined : firstElement(this.element())
  }

  /** Exactly one child element, as a request has. RFC 6120 §8.2.3. */
  get hasOneChild(): boolean {
    return this.slice ? this.slice.hasOneChild : elementsOf(this.element()).length === 1
  }

  /** The tree; read once, remembered. For features that need it, never on the routing path. */
  element(): Element {
    this.#element ??=
      this.slice && this.#opening && this.#tail === ''
        ? elementOf(this.slice)
        : parseElement(this.toText(), { ns: CLIENT_NS, limits: 'none' })
    return this.#element
  }

  /** What its first-level children say, as bits of `trait`; found without a tree, remembered. */
  get traits(): number {
    if (this.#traits === unknownTraits) this.#traits = traitsOf(this)
    return this.#traits
  }

  /** Typed read of the child that fits. @throws StanzaError bad-request when it is missing or does not fit */
  read<T>(wire: Wire<T>): T {
    const value = this.as(wire)
    if (value === undefined) throw stanzaError('bad-request', `<${wire.name}/> is missing`)
    return value
  }

  /** Typed read of the first child that fits; `undefined` if absent. Throws WireError when malformed. */
  as<T>(wire: Wire<T>): T | undefined {
    return readChildWire(wire, this.slice && this.#tail === '' ? this.slice : this.element())
  }

  has(ns: string, name: string): boolean {
    return childOf(this.element(), ns, name) !== undefined
  }

  /** The same stanza with bytes of its own, for whoever keeps it. */
  detached(forLong = false): Stanza {
    if (!this.slice) return this
    return this.#respliced(this.slice.detached(forLong), this.to, this.#tail)
  }

  /** The same stanza with another child behind the others: bytes stay bytes. `xml` is in the content namespace. */
  appended(xml: string): Stanza {
    if (!this.slice) return this.with({}, this.#payload + xml)
    return this.#respliced(this.slice, this.to, this.#tail + xml)
  }

  /** The same stanza for another address; the bytes stay what they are when they name none themselves. */
  addressed(to: Jid): Stanza {
    if (!this.slice || (this.#opening && this.slice.toStart >= 0)) return this.with({ to })
    return this.#respliced(this.slice, to, this.#tail)
  }

  #respliced(slice: Slice, to: Jid | undefined, tail: string): Stanza {
    const { kind, type, from } = this
    const opening = this.#opening
    const traits = this.#traits
    const header = this.#header && { ...this.#header, to }
    return new Stanza(kind, type, from, to, slice, opening, header, '', tail, traits, this.#streamLang)
  }

  /** Writes the stanza to a client's stream. */
  writeTo(outlet: Outlet): void {
    const { slice } = this
    if (!slice) return outlet.sendText(this.toText())
    if (!this.#opening) return this.#recastTo(outlet, slice)
    outlet.sendBytes(this.#opening, 0, this.#opening.length)
    if (slice.toStart < 0 && this.to !== undefined) outlet.sendText(` to='${escapeAttr(this.to)}'`)
    if (this.#tail === '') return outlet.sendBytes(slice.bytes, slice.nameEnd, slice.end)
    // A self-closing tag is opened for what comes into it.
    outlet.sendBytes(slice.bytes, slice.nameEnd, slice.selfClosing ? slice.end - 2 : slice.contentEnd)
    outlet.sendText(slice.selfClosing ? `>${this.#tail}` : this.#tail)
    outlet.sendText(closeTags[this.kind])
  }

  #recastTo(outlet: Outlet, slice: Slice): void {
    const { kind, type, id, from, to, lang } = this
    outlet.sendText(`${startTag({ kind, type, id, from, to, lang })}>`)
    if (!slice.selfClosing) outlet.sendBytes(slice.bytes, slice.contentStart, slice.contentEnd)
    outlet.sendText(this.#tail + closeTags[kind])
  }

  /** The whole stanza as XML without namespace declaration. */
  toText(): string {
    const { kind, type, id, from, to, lang } = this
    return withPayload({ kind, type, id, from, to, lang }, this.payloadText())
  }

  /** Children as XML text in the content namespace. */
  payloadText(): string {
    if (!this.slice) return this.#payload
    return this.slice.contentText() + this.#tail
  }

  /** Roughly how much memory it holds, in bytes. */
  get size(): number {
    return (this.slice ? this.slice.end - this.slice.start : this.#payload.length) + this.#tail.length
  }

  /** The stanza without those of its first-level children that `isUnwanted` picks; itself when there is none. */
  without(isUnwanted: (child: StanzaChild) => boolean): Stanza {
    const { slice } = this
    return slice && this.#tail === '' ? this.#cut(slice, isUnwanted) : this.#picked(isUnwanted)
  }

  #cut(slice: Slice, isUnwanted: (child: StanzaChild) => boolean): Stanza {
    let payload = ''
    let from = slice.contentStart
    for (const child = slice.firstLevel(); child.next(); ) {
      if (!isUnwanted(child)) continue
      payload += slice.textBetween(from, child.start)
      from = child.end
    }
    return from === slice.contentStart
      ? this
      : this.with({}, payload + slice.textBetween(from, slice.contentEnd))
  }

  #picked(isUnwanted: (child: StanzaChild) => boolean): Stanza {
    const element = this.element()
    const children = element.children.filter(child => typeof child === 'string' || !isUnwanted(view(child)))
    return children.length === element.children.length
      ? this
      : this.with({}, payloadOf({ ...element, children }))
  }

  /** The same stanza with another payload or header. */
  with(header: Partial<StanzaHeader>, payload: string = this.payloadText()): Stanza {
    const { kind, type, id, from, to, lang } = this
    return Stanza.composed({ kind, type, id, from, to, lang, ...header }, payload)
  }

  /** The result of an iq request. RFC 6120 §8.2.3. */
  result(payload: string): Stanza {
    return Stanza.composed(
      { kind: 'iq', type: 'result', id: this.id, from: this.#addressee(), to: this.from },
      payload,
    )
  }

  /** The error reply: same kind and id, addresses turned; a message comes along. RFC 6120 §8.3.1. */
  error(error: StanzaError): Stanza {
    const header = { kind: this.kind, type: 'error', id: this.id, from: this.#addressee(), to: this.from }
    return Stanza.composed(header, returnedOf(this) + writeWire(errorIn(CLIENT_NS), error, CLIENT_NS))
  }

  /** Errors and iq results are never answered; neither is presence, except probes and subscriptions that fail. RFC 6120 §8.3.1. */
  get mayBeAnswered(): boolean {
    if (this.kind === 'iq') return this.type === 'get' || this.type === 'set'
    return this.type !== 'error'
  }

  /** An iq that answers another one. */
  get isAnswer(): boolean {
    return this.type === 'result' || this.type === 'error'
  }

  /** Whom the stanza was for: without address the sender's own account. RFC 6120 §10.3.1. */
  #addressee(): Jid {
    return this.to ?? bareOf(this.from)
  }
}

/** The other side of a stream, moved by a script: it sends what it is told and keeps what it hears. */

import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { STANZA_ERRORS_NS, STREAM_ERRORS_NS, STREAMS_NS } from '@waxwing/protocol'
import type { TransportOwner } from '@waxwing/stream'
import {
  childOf,
  type Element,
  elementOf,
  elementsOf,
  parseElement,
  type Slice,
  type SliceSink,
  StanzaSlicer,
  type StreamHeader,
} from '@waxwing/xml'
import { differenceFrom, parsePattern, shown } from './pattern.ts'
import type { Turns } from './turns.ts'
import type { Wire } from './wire.ts'

const tlsNs = 'urn:ietf:params:xml:ns:xmpp-tls'
const saslNs = 'urn:ietf:params:xml:ns:xmpp-sasl'

/** What a peer has heard, in order. */
type Heard =
  | { readonly kind: 'header'; readonly header: StreamHeader }
  | { readonly kind: 'element'; readonly element: Element }
  | { readonly kind: 'end' }

/** How a peer comes to be. */
export interface PeerParts {
  readonly name: string
  readonly wire: Wire
  readonly turns: Turns
  /** Namespace of its stanzas. */
  readonly ns: 'jabber:client' | 'jabber:component:accept'
  /** Asked when something else came than the scene awaited: what else is known, for people. */
  readonly onFailure?: () => string
}

export class Peer implements TransportOwner, SliceSink {
  readonly name: string
  readonly wire: Wire
  readonly ns: PeerParts['ns']
  readonly #turns: Turns
  readonly #onFailure: () => string
  readonly #slicer: StanzaSlicer
  #heard: Heard[] = []
  #isSecured = false
  #isGone = false

  constructor({ name, wire, turns, ns, onFailure = () => '' }: PeerParts) {
    this.#onFailure = onFailure
    this.name = name
    this.wire = wire
    this.ns = ns
    this.#turns = turns
    this.#slicer = new StanzaSlicer({ sink: this })
    wire.near.own(this)
  }

  /** Sends exactly this text, and lets everything happen that follows from it. */
  async sends(text: string): Promise<void> {
    this.wire.near.sendText(text)
    await this.#turns.settle()
  }

  /** Sends exactly these bytes; texts as UTF-8. Each piece arrives on its own. */
  async sendsBytes(...pieces: readonly (Uint8Array | string)[]): Promise<void> {
    for (const piece of pieces) {
      const bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece
      this.wire.near.sendBytes(bytes, 0, bytes.length)
      await this.#turns.settle()
    }
  }

  /** Opens a stream; the attributes are written as they are given. */
  async opens(attributes: string): Promise<void> {
    await this.sends(
      `<?xml version='1.0'?><stream:stream xmlns='${this.ns}' xmlns:stream='${STREAMS_NS}' ${attributes}>`,
    )
  }

  /** Takes the next thing heard: it must be a stream header. */
  async receivesHeader(): Promise<StreamHeader> {
    const next = await this.#next('a stream header')
    if (next.kind !== 'header')
      this.#fail(`${this.name} heard ${this.#shown(next)} instead of a stream header`)
    return next.header
  }

  /** Takes the next thing heard: it must be an element, whichever. */
  async takes(wanted = 'an element'): Promise<Element> {
    const next = await this.#next(wanted)
    if (next.kind === 'element') return next.element
    this.#fail(`${this.name} heard ${this.#shown(next)} instead of ${wanted}`)
  }

  /** Takes the next element and compares it, as XML; see `{any}` and `{none}` in the README. */
  async receives(pattern: string): Promise<Element> {
    const found = await this.takes(pattern)
    const different = differenceFrom(parsePattern(pattern, this.ns), found)
    if (different !== undefined)
      this.#fail(
        `${this.name} received\n  ${shown(found, this.ns)}\nwhere this was awaited:\n  ${pattern}\n${different}`,
      )
    return found
  }

  /** Takes as many elements as there are patterns; the order does not matter. */
  async receivesInAnyOrder(...patterns: readonly string[]): Promise<void> {
    const open = new Set(patterns)
    for (let taken = 0; taken < patterns.length; taken++) {
      const found = await this.takes([...open].join(' or '))
      const fitting = [...open].find(
        pattern => differenceFrom(parsePattern(pattern, this.ns), found) === undefined,
      )
      if (fitting === undefined)
        this.#fail(
          `${this.name} received\n  ${shown(found, this.ns)}\nwhere one of these was awaited:\n  ${[...open].join('\n  ')}`,
        )
      open.delete(fitting)
    }
  }

  /** Takes an answer to the request with this id: a result. @returns its payload */
  async receivesResult(id: string): Promise<Element | undefined> {
    const found = await this.takes(`the result of ${id}`)
    this.#mustBe(found, 'iq', 'result', id)
    return elementsOf(found)[0]
  }

  /** Takes an error stanza of this kind with this condition; `text` and payload may be there. */
  async receivesError(
    kind: string,
    id: string | undefined,
    type: string,
    condition: string,
  ): Promise<Element> {
    const found = await this.takes(`the error ${condition}`)
    this.#mustBe(found, kind, 'error', id)
    const error = childOf(found, this.ns, 'error')
    const conditions = error ? elementsOf(error).filter(child => child.ns === STANZA_ERRORS_NS) : []
    const names = conditions.map(child => child.name).filter(name => name !== 'text')
    this.#same(
      { type: error?.attrs.get('type'), names },
      { type, names: [condition] },
      `${this.name} received ${shown(found, this.ns)}`,
    )
    return found
  }

  #mustBe(found: Element, kind: string, type: string, id: string | undefined): void {
    this.#same(
      { kind: found.name, type: found.attrs.get('type'), id: found.attrs.get('id') },
      { kind, type, id },
      `${this.name} received ${shown(found, this.ns)}`,
    )
  }

  /** Nothing has come that is not taken yet. */
  async receivesNothing(): Promise<void> {
    await this.#turns.settle()
    const rest = this.#heard.map(heard => this.#shown(heard))
    this.#same(rest, [], `${this.name} should have received nothing`)
  }

  /** Takes a stream error with this condition, the stream's end tag, and the end of the connection. RFC 6120 §4.9.1.1. */
  async receivesStreamError(condition: string): Promise<void> {
    const found = await this.takes(`the stream error ${condition}`)
    this.#same(`{${found.ns}}${found.name}`, `{${STREAMS_NS}}error`, shown(found, this.ns))
    const conditions = elementsOf(found).filter(child => child.ns === STREAM_ERRORS_NS)
    this.#same(conditions[0]?.name, condition, `${this.name} received ${shown(found, this.ns)}`)
    await this.receivesEnd()
  }

  /** Takes the stream's end tag; the connection is over, too. RFC 6120 §4.4. */
  async receivesEnd(): Promise<void> {
    const next = await this.#next('the end of the stream')
    if (next.kind !== 'end')
      this.#fail(`${this.name} heard ${this.#shown(next)} instead of the end of the stream`)
    await this.receivesNothing()
    if (!this.#isGone) this.#fail(`${this.name}: the connection is still open`)
  }

  /** Puts what has been heard so far out of mind. @returns the elements among it */
  async forgets(): Promise<readonly Element[]> {
    await this.#turns.settle()
    const elements = this.#heard.flatMap(heard => (heard.kind === 'element' ? [heard.element] : []))
    this.#heard = []
    return elements
  }

  /** Ends the stream in order. RFC 6120 §4.4. */
  async closes(): Promise<void> {
    await this.sends('</stream:stream>')
  }

  /** Drops the connection without a word. */
  async vanishes(): Promise<void> {
    this.wire.near.abort()
    await this.#turns.settle()
  }

  /** Negotiates TLS on the transport, as after `<proceed/>`. */
  async startsTls(): Promise<void> {
    this.wire.near.startTls()
    await this.#turns.settle()
    if (!this.#isSecured) this.#fail(`${this.name}: TLS did not come about`)
  }

  get isGone(): boolean {
    return this.#isGone
  }

  received(chunk: Uint8Array): void {
    this.#slicer.feed(chunk)
  }

  secured(): void {
    this.#isSecured = true
  }

  disconnected(): void {
    this.#isGone = true
  }

  opened(header: StreamHeader): void {
    this.#heard.push({ kind: 'header', header })
  }

  sliced(slice: Slice): void {
    const element = elementOf(slice)
    this.#heard.push({ kind: 'element', element })
    const isRestart =
      (element.ns === saslNs && element.name === 'success') ||
      (element.ns === tlsNs && element.name === 'proceed')
    if (isRestart) this.#slicer.restart()
  }

  closed(): void {
    this.#heard.push({ kind: 'end' })
  }

  failed(error: Error): void {
    const element = parseElement('<broken xmlns="urn:waxwing:testkit"/>')
    this.#heard.push({ kind: 'element', element: { ...element, children: [error.message] } })
  }

  async #next(wanted: string): Promise<Heard> {
    await this.#turns.settle()
    return (
      this.#heard.shift() ?? this.#fail(`${this.name} received nothing where this was awaited:\n  ${wanted}`)
    )
  }

  #fail(text: string): never {
    assert.fail(text + this.#onFailure())
  }

  /** Deep equality, or a failure that says more than the two values. */
  #same(found: unknown, wanted: unknown, text: string): void {
    if (!isDeepStrictEqual(found, wanted)) assert.deepEqual(found, wanted, text + this.#onFailure())
  }

  #shown(heard: Heard): string {
    if (heard.kind === 'header') return '<stream:stream>'
    return heard.kind === 'end' ? '</stream:stream>' : shown(heard.element, this.ns)
  }
}

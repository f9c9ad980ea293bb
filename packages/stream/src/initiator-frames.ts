/** One XMPP stream in frames, each a complete element, as over WebSocket: RFC 7395. */
import { STREAMS_NS, type StreamError, streamError, writeStreamError } from '@waxwing/protocol'
import { escapeAttr, type Slice, type SliceSink, StanzaSlicer, type XmlError } from '@waxwing/xml'
import { type HeaderFields } from './header.ts'
import type { Transport } from './port.ts'
import type { StreamOwner, XmlStreamOptions } from './xml-stream.ts'

export const framingNs = 'urn:ietf:params:xml:ns:xmpp-framing'

const closeFrame = `<close xmlns='${framingNs}'/>`

/** The same as `XmlStream` to its owner; the transport carries one element in each text and each chunk. */
export class FrameStream implements SliceSink {
  readonly slicer: StanzaSlicer
  readonly #transport: Transport
  readonly #owner: StreamOwner
  #isOpen = false
  #isOver = false

  constructor(transport: Transport, owner: StreamOwner, options: XmlStreamOptions) {
    this.#transport = transport
    this.#owner = owner
    const bytes = options.bytes === undefined ? {} : { bytes: options.bytes }
    this.slicer = new StanzaSlicer({ sink: this, limits: options.limits, framing: 'frame', ...bytes })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  receive(frame: Uint8Array): void {
    if (!this.#isOver) this.slicer.feed(frame)
  }

  /** RFC 7395 §3.4. */
  open(fields: HeaderFields): void {
    this.#isOpen = true
    this.#transport.sendText(openFrame(fields))
  }

  send(text: string): void {
    if (!this.#isOver) this.#transport.sendText(text)
  }

  /** RFC 7395 §3.7: the next frame on either side opens the stream anew. */
  restart(): void {
    this.#isOpen = false
  }

  /** Frames are never secured by STARTTLS (RFC 7395 §3.9). */
  restartSecured(): void {
    this.restart()
  }

  fail(error: StreamError): void {
    if (this.#isOver) return
    if (!this.#isOpen) this.open(this.#owner.headerFields())
    this.#transport.sendText(declared(writeStreamError(error)))
    this.#transport.sendText(closeFrame)
    this.#over(error)
  }

  /** RFC 7395 §3.6. */
  close(): void {
    if (this.#isOver) return
    if (this.#isOpen) this.#transport.sendText(closeFrame)
    this.#over()
  }

  abandon(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.slicer.pause()
    this.#owner.closed()
  }

  sliced(slice: Slice): void {
    if (slice.ns !== framingNs) return this.#owner.element(slice)
    if (slice.name === 'close') return this.close()
    if (slice.name !== 'open')
      return this.fail(streamError('invalid-namespace', 'A frame opens, closes or is an element'))
    const { attrs } = slice.element()
    const defaultNs = this.#contentNs()
    this.#owner.opened({
      ns: STREAMS_NS,
      name: 'stream',
      prefix: '',
      attrs,
      defaultNs,
      namespaces: new Map(),
    })
  }

  opened(): void {}

  closed(): void {}

  failed(error: XmlError): void {
    this.fail(streamError(error.condition, error.message))
  }

  /** The content namespace is no part of a frame that opens: each element declares it. RFC 7395 §3.3.3. */
  #contentNs(): string {
    return this.#owner.headerFields().contentNs
  }

  #over(error?: StreamError): void {
    this.#isOver = true
    this.slicer.pause()
    this.#transport.end()
    this.#owner.closed(error)
  }
}

function openFrame(fields: HeaderFields): string {
  let frame = `<open xmlns='${framingNs}'`
  for (const name of ['from', 'to', 'id', 'version'] as const) {
    const value = fields[name]
    if (value !== undefined) frame += ` ${name}='${escapeAttr(value)}'`
  }
  if (fields.lang !== undefined) frame += ` xml:lang='${escapeAttr(fields.lang)}'`
  return `${frame}/>`
}

/** Outside a stream's header the prefix must be declared. */
function declared(text: string): string {
  return text.replace('<stream:error', `<stream:error xmlns:stream='${STREAMS_NS}'`)
}

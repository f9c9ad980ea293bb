/** One XML stream over one transport, either role: framing, errors and the orderly close. RFC 6120 §4. */
import { type StreamError, streamError, writeStreamError } from '@waxwing/protocol'
import {
  type BytesPort,
  type Slice,
  type SliceSink,
  StanzaSlicer,
  type StreamHeader,
  type XmlError,
  type XmlLimits,
} from '@waxwing/xml'
import { type HeaderFields, openStream } from './header.ts'
import type { Transport } from './port.ts'

/** What the two roles do with what arrives. */
export interface StreamOwner {
  opened(header: StreamHeader): void
  element(slice: Slice): void
  /** The stream is over; called exactly once. `error` is ours (already sent) or undefined after the peer's close. */
  closed(error?: StreamError): void
  /** Our header, for an error that strikes before we opened our side. RFC 6120 §4.9.1.2. */
  headerFields(): HeaderFields
}

export interface XmlStreamOptions {
  readonly limits: XmlLimits
  readonly bytes?: BytesPort | undefined
}

const closeTag = '</stream:stream>'

export class XmlStream implements SliceSink {
  readonly slicer: StanzaSlicer
  readonly #transport: Transport
  readonly #owner: StreamOwner
  #isOpen = false
  #isOver = false
  /** How many wait before more may be read. */
  #holders = 0

  constructor(transport: Transport, owner: StreamOwner, options: XmlStreamOptions) {
    this.#transport = transport
    this.#owner = owner
    this.slicer = new StanzaSlicer(
      options.bytes === undefined
        ? { sink: this, limits: options.limits }
        : { sink: this, limits: options.limits, bytes: options.bytes },
    )
  }

  get isOver(): boolean {
    return this.#isOver
  }

  receive(chunk: Uint8Array): void {
    if (!this.#isOver) this.slicer.feed(chunk)
  }

  /** Nothing more is told of until everybody who holds the stream has released it. */
  hold(): void {
    this.#holders++
    this.slicer.pause()
  }

  release(): void {
    this.#holders--
    if (this.#holders === 0 && !this.#isOver) this.slicer.resume()
  }

  /** Opens our side. After TLS or SASL the stream starts anew and is opened again. RFC 6120 §4.3.3. */
  open(fields: HeaderFields): void {
    this.#isOpen = true
    this.#transport.sendText(openStream(fields))
  }

  send(text: string): void {
    if (!this.#isOver) this.#transport.sendText(text)
  }

  /** The peer will start a new stream on the same transport; what it sent behind the current element belongs to it. */
  restart(): void {
    this.#isOpen = false
    this.slicer.restart()
  }

  /** As `restart`, and bytes that came before TLS are thrown away. RFC 6120 §5.4.3.3. */
  restartSecured(): void {
    this.#isOpen = false
    this.slicer.discard()
  }

  /** Says why and ends the stream. RFC 6120 §4.9.1.1: stream errors cannot be recovered from. */
  fail(error: StreamError): void {
    if (this.#isOver) return
    if (!this.#isOpen) this.open(this.#owner.headerFields())
    this.#transport.sendText(writeStreamError(error) + closeTag)
    this.#over(error)
  }

  /** Ends the stream in order. RFC 6120 §4.4. */
  close(): void {
    if (this.#isOver) return
    if (this.#isOpen) this.#transport.sendText(closeTag)
    this.#over()
  }

  /** The transport is gone: nothing more can be said. */
  abandon(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.slicer.pause()
    this.#owner.closed()
  }

  opened(header: StreamHeader): void {
    this.#owner.opened(header)
  }

  sliced(slice: Slice): void {
    this.#owner.element(slice)
  }

  closed(): void {
    this.close()
  }

  failed(error: XmlError): void {
    this.fail(streamError(error.condition, error.message))
  }

  #over(error?: StreamError): void {
    this.#isOver = true
    this.slicer.pause()
    this.#transport.end()
    this.#owner.closed(error)
  }
}

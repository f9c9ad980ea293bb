/** The stream of somebody who has no account yet: header, TLS, features, then what strangers may ask. XEP-0077 §8, XEP-0445. */
import { CLIENT_NS, STREAMS_NS, StartTls, StreamFeatures } from '@waxwing/protocol'
import type { Slice, StreamHeader } from '@waxwing/xml'
import { faultOf, type HeaderFields } from './header.ts'
import { PolicyError, TlsError, type XmppError } from './initiator-errors.ts'
import { InitiatorLink, type InitiatorLinkOptions, type InitiatorSteps } from './initiator-link.ts'
import type { Transport, TransportOwner } from './port.ts'

export interface GuestInitiatorOptions extends InitiatorLinkOptions {
  /** `required`: nothing is asked without TLS. `if-offered` goes on in clear text where the server has no STARTTLS. */
  readonly tls: 'required' | 'if-offered'
}

/** Who has the stream made. */
export interface GuestInitiatorOwner {
  /** From here on `element` is called. */
  ready(features: StreamFeatures): void
  element(slice: Slice): void
  /** The stream is over; exactly once. `undefined` after `close` or `abort`. */
  closed(error: XmppError | undefined): void
  /** The transport is gone; exactly once, after `closed`. */
  gone(): void
}

export class GuestInitiator implements InitiatorSteps {
  readonly #link: InitiatorLink
  readonly #transport: Transport
  readonly #options: GuestInitiatorOptions
  readonly #owner: GuestInitiatorOwner

  /** Hand the transport's events to `transportOwner`, then call `start`. */
  constructor(transport: Transport, options: GuestInitiatorOptions, owner: GuestInitiatorOwner) {
    this.#transport = transport
    this.#options = options
    this.#owner = owner
    this.#link = new InitiatorLink(transport, options, this)
  }

  get transportOwner(): TransportOwner {
    return this.#link
  }

  /** The default namespace in which text handed to `send` will stand; `undefined`: it declares its own. */
  get parentNs(): string | undefined {
    return this.#link.parentNs
  }

  start(): void {
    this.#link.open()
  }

  send(text: string): void {
    this.#link.stream.send(text)
  }

  /** Ends the stream in order. RFC 6120 §4.4. */
  close(): void {
    this.#link.close()
  }

  abort(error?: XmppError): void {
    this.#link.abort(error)
  }

  headerFields(): HeaderFields {
    return { contentNs: CLIENT_NS, to: this.#options.domain, version: '1.0' }
  }

  opened(header: StreamHeader): void {
    const fault = faultOf(header, CLIENT_NS)
    if (fault) return this.#link.stream.fail(fault)
    this.#link.enter('features')
  }

  element(slice: Slice): void {
    switch (this.#link.stage) {
      case 'ready':
        return this.#owner.element(slice)
      case 'features':
        return this.#onFeatures(slice)
      case 'starttls':
        return this.#onTlsAnswer(slice)
      default:
        return this.#link.refuse(slice)
    }
  }

  secured(): void {
    this.#link.open()
  }

  over(error: XmppError | undefined): void {
    this.#owner.closed(error)
  }

  gone(): void {
    this.#owner.gone()
  }

  #onFeatures(slice: Slice): void {
    if (slice.ns !== STREAMS_NS || slice.name !== 'features') return this.#link.refuse(slice)
    const features = slice.read(StreamFeatures)
    const { domain, tls, framing } = this.#options
    if (this.#transport.tls === undefined && features.startTls && framing === 'stream') {
      this.#link.enter('starttls')
      return this.#link.send(StartTls, {})
    }
    if (this.#transport.tls === undefined && tls === 'required')
      return this.#link.end(
        new PolicyError('tls-not-offered', `${domain} offers no encryption here: no password is sent`),
      )
    this.#link.enter('ready')
    this.#owner.ready(features)
  }

  #onTlsAnswer(slice: Slice): void {
    if (slice.ns !== StartTls.ns) return this.#link.refuse(slice)
    if (slice.name !== 'proceed')
      return this.#link.end(new TlsError('tls-refused', `${this.#options.domain} refused to begin TLS`))
    this.#link.enter('tls')
    // what came behind <proceed/> in clear text is not the secured stream's (RFC 6120 §5.4.3.3)
    this.#link.stream.restartSecured()
    this.#transport.startTls()
  }
}

/** A component's stream to its server: header, handshake, and no more. XEP-0114. */
import { COMPONENT_NS, Handshake } from '@waxwing/protocol'
import { type Slice, type StreamHeader, writeWire } from '@waxwing/xml'
import { faultOf, type HeaderFields } from './header.ts'
import { AuthError, StreamFailure, type XmppError } from './initiator-errors.ts'
import { InitiatorLink, type InitiatorLinkOptions, type InitiatorSteps } from './initiator-link.ts'
import type { Transport, TransportOwner } from './port.ts'
import type { SaslCrypto } from './sasl/crypto.ts'
import type { Now } from './sasl/now.ts'

export interface ComponentInitiatorOptions extends Omit<InitiatorLinkOptions, 'framing'> {
  /** Shared with the server. */
  readonly secret: string
  readonly crypto: SaslCrypto
}

/** Who has the link made; `domain` of the options is the component's own. */
export interface ComponentInitiatorOwner {
  /** The server accepts: from here on `element` is called. */
  accepted(): void
  element(slice: Slice): void
  closed(error: XmppError | undefined): void
  gone(): void
}

export class ComponentInitiator implements InitiatorSteps {
  readonly #link: InitiatorLink
  readonly #options: ComponentInitiatorOptions
  readonly #owner: ComponentInitiatorOwner

  constructor(transport: Transport, options: ComponentInitiatorOptions, owner: ComponentInitiatorOwner) {
    this.#options = options
    this.#owner = owner
    this.#link = new InitiatorLink(transport, { ...options, framing: 'stream' }, this)
  }

  get transportOwner(): TransportOwner {
    return this.#link
  }

  get isOver(): boolean {
    return this.#link.stream.isOver
  }

  start(): void {
    this.#link.open()
  }

  send(text: string): void {
    this.#link.stream.send(text)
  }

  close(): void {
    this.#link.close()
  }

  abort(error?: XmppError): void {
    this.#link.abort(error)
  }

  headerFields(): HeaderFields {
    return { contentNs: COMPONENT_NS, to: this.#options.domain }
  }

  opened(header: StreamHeader): void {
    const fault = faultOf(header, COMPONENT_NS)
    if (fault) return this.#link.stream.fail(fault)
    const id = header.attrs.get('id')
    if (id === undefined)
      return this.#link.end(new StreamFailure('unexpected-element', 'The server gave the stream no id'))
    this.#link.enter('handshake')
    const { crypto, secret } = this.#options
    // XEP-0114 §3: the id as it came, then the secret
    const digest = crypto.hash('SHA-1', new TextEncoder().encode(id + secret))
    this.#shake(digest)
  }

  element(slice: Slice): void {
    if (this.#link.stage === 'ready') return this.#owner.element(slice)
    if (slice.ns !== COMPONENT_NS || slice.name !== 'handshake')
      return this.#link.end(
        new StreamFailure('unexpected-element', `The server sent <${slice.name}> instead of <handshake>`),
      )
    this.#link.enter('ready')
    this.#owner.accepted()
  }

  secured(): void {}

  over(error: XmppError | undefined): void {
    this.#owner.closed(this.#link.stage === 'handshake' ? refusalOf(error, this.#options.domain) : error)
  }

  gone(): void {
    this.#owner.gone()
  }

  #shake(digest: Now<Uint8Array>): void {
    if (!(digest instanceof Promise)) return this.#sendDigest(digest)
    digest.then(
      bytes => this.#sendDigest(bytes),
      (error: unknown) =>
        this.#link.end(
          new AuthError('login-failed', 'The handshake could not be computed', { cause: error }),
        ),
    )
  }

  #sendDigest(bytes: Uint8Array): void {
    let digest = ''
    for (const byte of bytes) digest += byte.toString(16).padStart(2, '0')
    this.send(writeWire(Handshake, { digest }, COMPONENT_NS))
  }
}

/** A wrong secret shows as a stream error: XEP-0114 §3. */
function refusalOf(error: XmppError | undefined, domain: string): XmppError | undefined {
  if (error?.code !== 'not-authorized') return error
  return new AuthError('not-authorized', `The server refused the secret of ${domain}`, { cause: error })
}

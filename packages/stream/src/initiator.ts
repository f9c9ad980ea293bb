/** The initiating side of a client's stream: header, STARTTLS, SASL, restart, resource binding. RFC 6120 §4-§7. */
import type { BareJid, FullJid } from '@waxwing/jid'
import {
  CLIENT_NS,
  SmFailed,
  type SmPosition,
  SmResume,
  SmResumed,
  STREAMS_NS,
  StartTls,
  StreamFeatures,
} from '@waxwing/protocol'
import type { Slice, StreamHeader } from '@waxwing/xml'
import { faultOf, type HeaderFields, speaksVersion1 } from './header.ts'
import { InitiatorBind } from './initiator-bind.ts'
import { PolicyError, StreamFailure, TlsError, type XmppError } from './initiator-errors.ts'
import { InitiatorLink, type InitiatorLinkOptions, type InitiatorSteps } from './initiator-link.ts'
import type { LoginRules } from './initiator-login.ts'
import { SaslExchange } from './initiator-sasl.ts'
import { Sasl2Exchange, type Sasl2Result } from './initiator-sasl2.ts'
import { canUseToken } from './initiator-token.ts'
import type { Random, Transport, TransportOwner } from './port.ts'

const tlsNs = StartTls.ns

export interface InitiatorOptions extends InitiatorLinkOptions {
  /** Said in the header as soon as the stream is encrypted. RFC 6120 §4.7.1. */
  readonly from?: BareJid | undefined
  readonly lang?: string | undefined
  /** `required`: no login without TLS. `if-offered` goes on in clear text where the server has no STARTTLS. */
  readonly tls: 'required' | 'if-offered'
  readonly login: LoginRules
  /** The resourcepart wished for; absent: the server makes one. */
  readonly resource?: string | undefined
  /** A session whose stream broke, and what was handled of it: it goes on, if the server still has it. XEP-0198 §5. */
  readonly resume?: SmPosition | undefined
  readonly random: Random
  /** The software and the device, for the user's own eyes; told to the server alone. XEP-0388 §2.3. */
  readonly userAgent?:
    | { readonly software?: string | undefined; readonly device?: string | undefined }
    | undefined
  /** Name that the server puts before the resource it makes; seen by others. XEP-0386 §4. */
  readonly tag?: string | undefined
  /**
   * What the server offered under TLS last time: a login by token goes out along with the stream header then, one round
   * trip earlier. A server that has changed its mind ends the stream.
   */
  readonly early?: StreamFeatures | undefined
}

/** Who has the stream made. */
export interface InitiatorOwner {
  /** Negotiation is complete; from here on `element` is called. */
  bound(jid: FullJid, features: StreamFeatures): void
  /** The session asked for goes on; the server had handled `h` stanzas of it. `element` follows. */
  resumed(h: number): void
  /** The session asked for is gone, of which the server had handled `h` stanzas, if it says; `bound` follows. */
  notResumed(h: number | undefined): void
  element(slice: Slice): void
  /** The stream is over; exactly once. `undefined` after `close` or `abort`. */
  closed(error: XmppError | undefined): void
  /** The transport is gone; exactly once, after `closed`. */
  gone(): void
}

export class Initiator implements InitiatorSteps {
  readonly #link: InitiatorLink
  readonly #transport: Transport
  readonly #options: InitiatorOptions
  readonly #owner: InitiatorOwner
  readonly #sasl: SaslExchange
  readonly #sasl2: Sasl2Exchange
  readonly #binding: InitiatorBind
  /** What the extensible profile has done already. */
  #result: Sasl2Result | undefined
  #isLoggedIn = false
  #features: StreamFeatures = {}
  #offer: StreamFeatures | undefined
  /** The login was begun before the server's offer has come. */
  #awaitsOffer = false
  #wasEarly = false

  /** Hand the transport's events to `transportOwner`, then call `start`. */
  constructor(transport: Transport, options: InitiatorOptions, owner: InitiatorOwner) {
    this.#transport = transport
    this.#options = options
    this.#owner = owner
    this.#link = new InitiatorLink(transport, options, this)
    this.#sasl = new SaslExchange(this.#link, options.domain, () => this.#onLoggedIn())
    this.#sasl2 = new Sasl2Exchange(this.#link, options.domain, result => this.#onSasl2(result))
    this.#binding = new InitiatorBind(this.#link, options, jid => this.#onBound(jid))
  }

  get transportOwner(): TransportOwner {
    return this.#link
  }

  /** The mechanism of the login that succeeded. */
  get mechanism(): string | undefined {
    return this.#isLoggedIn ? (this.#sasl2.mechanism ?? this.#sasl.mechanism) : undefined
  }

  get isOver(): boolean {
    return this.#link.stream.isOver
  }

  /** The default namespace in which text handed to `send` will stand; `undefined`: it declares its own. */
  get parentNs(): string | undefined {
    return this.#link.parentNs
  }

  /** What the server offers before the login, under TLS; `undefined` before it is known. */
  get offer(): StreamFeatures | undefined {
    return this.#offer
  }

  /** Whether the login went out before the server's offer had come. */
  get wasEarly(): boolean {
    return this.#wasEarly
  }

  start(): void {
    this.#open()
  }

  #open(): void {
    this.#link.open()
    const { early, login, clock } = this.#options
    const { tls } = this.#transport
    const held = login.tokens?.held
    if (!early?.sasl2 || !tls || !held || !canUseToken(early.sasl2, tls, held, clock.wall())) return
    this.#awaitsOffer = true
    this.#wasEarly = true
    this.#features = early
    this.#logIn()
  }

  send(text: string): void {
    this.#link.stream.send(text)
  }

  /** Ends the stream in order. RFC 6120 §4.4. */
  close(): void {
    this.#link.close()
  }

  /** Ends at once, with the error `closed` shall be told. */
  abort(error?: XmppError): void {
    this.#link.abort(error)
  }

  headerFields(): HeaderFields {
    const { domain, from, lang } = this.#options
    const isSecured = this.#transport.tls !== undefined
    return { contentNs: CLIENT_NS, to: domain, from: isSecured ? from : undefined, lang, version: '1.0' }
  }

  opened(header: StreamHeader): void {
    const { domain } = this.#options
    const fault = faultOf(header, CLIENT_NS)
    if (fault) return this.#link.stream.fail(fault)
    if (!speaksVersion1(header.attrs.get('version')))
      return this.#link.end(
        new StreamFailure('unsupported-version', `${domain} does not speak XMPP 1.0 (RFC 6120)`),
      )
    if (!this.#awaitsOffer) this.#link.enter('features')
  }

  element(slice: Slice): void {
    if (this.#awaitsOffer && isFeatures(slice)) return this.#onLateOffer(slice)
    switch (this.#link.stage) {
      case 'ready':
        return this.#owner.element(slice)
      case 'features':
        return this.#onFeatures(slice)
      case 'starttls':
        return this.#onTlsAnswer(slice)
      case 'login':
        return this.#sasl2.isUnderWay ? this.#sasl2.receive(slice) : this.#sasl.receive(slice)
      case 'resume':
        return this.#onResumeAnswer(slice)
      case 'bind':
      case 'session':
        return this.#binding.receive(slice)
      default:
        return this.#link.refuse(slice)
    }
  }

  secured(): void {
    this.#open()
  }

  /** The login is under way already. */
  #onLateOffer(slice: Slice): void {
    this.#awaitsOffer = false
    const offer = slice.read(StreamFeatures)
    this.#offer = offer
    this.#features = offer
    if (offer.sasl2) return this.#sasl2.offered(offer, offer.sasl2)
    const why = `${this.#options.domain} no longer offers the login that it offered last time`
    this.#link.end(new StreamFailure('offer-changed', why, { retryable: true }))
  }

  over(error: XmppError | undefined): void {
    this.#owner.closed(error)
  }

  gone(): void {
    this.#owner.gone()
  }

  #onFeatures(slice: Slice): void {
    if (!isFeatures(slice)) return this.#link.refuse(slice)
    this.#features = slice.read(StreamFeatures)
    if (this.#isLoggedIn) return this.#afterLogin()
    if (this.#transport.tls === undefined && !this.#mayGoOnInClear()) return
    this.#logIn()
  }

  /** Whether the login may follow now; otherwise TLS is under way, or the stream has ended. */
  #mayGoOnInClear(): boolean {
    const { tls, domain, framing } = this.#options
    if (this.#features.startTls && framing === 'stream') {
      this.#link.enter('starttls')
      this.#link.send(StartTls, {})
      return false
    }
    if (tls === 'if-offered') return true
    this.#link.end(
      new PolicyError(
        'tls-not-offered',
        `${domain} offers no encryption here: somebody may have removed the offer. Use direct TLS, or allow clear text explicitly`,
      ),
    )
    return false
  }

  #onTlsAnswer(slice: Slice): void {
    const { domain } = this.#options
    if (slice.ns !== tlsNs) return this.#link.refuse(slice)
    if (slice.name !== 'proceed')
      return this.#link.end(
        new TlsError('tls-refused', `${domain} refused to begin TLS`, { retryable: true }),
      )
    this.#link.enter('tls')
    // what came behind <proceed/> in clear text is not the secured stream's (RFC 6120 §5.4.3.3)
    this.#link.stream.restartSecured()
    this.#transport.startTls()
  }

  /** By the extensible profile where it is offered: it takes fewer round trips. XEP-0388 §3: under TLS alone. */
  #logIn(): void {
    const { login, resume, resource, tag = '', userAgent, clock } = this.#options
    const { tls } = this.#transport
    const { sasl2 } = this.#features
    if (!this.#awaitsOffer && tls) this.#offer = this.#features
    if (!tls || !sasl2) return this.#sasl.begin(this.#features, tls, login)
    // a resource of one's own choice can only be bound in the old way, and a session must be looked for before
    const mayBind = resource === undefined && (resume === undefined || sasl2.inline?.resumption === true)
    this.#sasl2.begin(this.#features, sasl2, tls, login, {
      resume,
      tag: mayBind ? tag : undefined,
      userAgent,
      now: () => clock.wall(),
    })
  }

  #onLoggedIn(): void {
    this.#isLoggedIn = true
    this.#link.stream.restart()
    this.#link.open()
  }

  #onSasl2(result: Sasl2Result): void {
    this.#isLoggedIn = true
    this.#result = result
    if (result.kind !== 'resumed') return this.#link.enter('features')
    this.#link.enter('ready')
    this.#owner.resumed(result.h)
  }

  #afterLogin(): void {
    const result = this.#result
    if (!result || result.kind === 'resumed') return this.#resumeOrBind()
    if (result.lost) this.#owner.notResumed(result.lost.h)
    if (result.kind === 'bound') {
      if (!result.lost && this.#options.resume) this.#owner.notResumed(undefined)
      return this.#onBound(result.jid)
    }
    return result.lost ? this.#bind() : this.#resumeOrBind()
  }

  #resumeOrBind(): void {
    const { resume } = this.#options
    if (!resume) return this.#bind()
    if (!this.#features.streamManagement) return this.#onNotResumed(undefined)
    this.#link.enter('resume')
    this.#link.send(SmResume, resume)
  }

  #onResumeAnswer(slice: Slice): void {
    if (slice.ns !== SmResumed.ns) return this.#link.refuse(slice)
    if (slice.name === SmFailed.name) return this.#onNotResumed(slice.read(SmFailed).h)
    if (slice.name !== SmResumed.name) return this.#link.refuse(slice)
    const { h } = slice.read(SmResumed)
    this.#link.enter('ready')
    this.#owner.resumed(h)
  }

  #onNotResumed(h: number | undefined): void {
    this.#owner.notResumed(h)
    this.#bind()
  }

  #bind(): void {
    this.#binding.begin(this.#features, this.#options.resource)
  }

  #onBound(jid: FullJid): void {
    this.#link.enter('ready')
    this.#owner.bound(jid, this.#features)
  }
}

function isFeatures({ ns, name }: Slice): boolean {
  return ns === STREAMS_NS && name === 'features'
}

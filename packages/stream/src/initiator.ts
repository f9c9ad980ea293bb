/** The initiating side of a client's stream: header, STARTTLS, SASL, restart, resource binding. RFC 6120 §4-§7. */
import type { BareJid, FullJid } from '@waxwing/jid'
import {
  Bind,
  CLIENT_NS,
  errorIn,
  SaslAbort,
  SaslAuth,
  SaslChallenge,
  SaslFailure,
  SaslResponse,
  SaslSuccess,
  SessionFeature,
  STREAMS_NS,
  StanzaError,
  StartTls,
  StreamFeatures,
} from '@waxwing/protocol'
import { escapeAttr, type Slice, type StreamHeader, type Wire, writeWire } from '@waxwing/xml'
import { faultOf, type HeaderFields, speaksVersion1 } from './header.ts'
import { AuthError, PolicyError, StreamFailure, TlsError, XmppError } from './initiator-errors.ts'
import { InitiatorLink, type InitiatorLinkOptions, type InitiatorSteps } from './initiator-link.ts'
import { type LoginRules, startLogin } from './initiator-login.ts'
import { type Random, randomId, type Transport, type TransportOwner } from './port.ts'
import { SaslError, type SaslInitiator } from './sasl/exchange.ts'
import type { Now } from './sasl/now.ts'

const tlsNs = StartTls.ns
const saslNs = SaslAuth.ns

export interface InitiatorOptions extends InitiatorLinkOptions {
  /** Said in the header as soon as the stream is encrypted. RFC 6120 §4.7.1. */
  readonly from?: BareJid | undefined
  readonly lang?: string | undefined
  /** `required`: no login without TLS. `if-offered` goes on in clear text where the server has no STARTTLS. */
  readonly tls: 'required' | 'if-offered'
  readonly login: LoginRules
  /** The resourcepart wished for; absent: the server makes one. */
  readonly resource?: string | undefined
  readonly random: Random
}

/** Who has the stream made. */
export interface InitiatorOwner {
  /** Negotiation is complete; from here on `element` is called. */
  bound(jid: FullJid, features: StreamFeatures): void
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
  #sasl: SaslInitiator | undefined
  #mechanism: string | undefined
  #isLoggedIn = false
  #features: StreamFeatures = {}
  #requestId = ''
  #jid: FullJid | undefined

  /** Hand the transport's events to `transportOwner`, then call `start`. */
  constructor(transport: Transport, options: InitiatorOptions, owner: InitiatorOwner) {
    this.#transport = transport
    this.#options = options
    this.#owner = owner
    this.#link = new InitiatorLink(transport, options, this)
  }

  get transportOwner(): TransportOwner {
    return this.#link
  }

  /** The mechanism of the login that succeeded. */
  get mechanism(): string | undefined {
    return this.#isLoggedIn ? this.#mechanism : undefined
  }

  get isOver(): boolean {
    return this.#link.stream.isOver
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
      case 'login':
        return this.#onSasl(slice)
      case 'bind':
      case 'session':
        return this.#onIq(slice)
      default:
        return this.#refuse(slice)
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
    if (slice.ns !== STREAMS_NS || slice.name !== 'features') return this.#refuse(slice)
    this.#features = slice.read(StreamFeatures)
    if (this.#isLoggedIn) return this.#bind()
    if (this.#transport.tls === undefined && !this.#mayGoOnInClear()) return
    this.#login()
  }

  /** Whether the login may follow now; otherwise TLS is under way, or the stream has ended. */
  #mayGoOnInClear(): boolean {
    const { tls, domain, framing } = this.#options
    if (this.#features.startTls && framing === 'stream') {
      this.#link.enter('starttls')
      this.#send(StartTls, {})
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
    if (slice.ns !== tlsNs) return this.#refuse(slice)
    if (slice.name !== 'proceed')
      return this.#link.end(
        new TlsError('tls-refused', `${domain} refused to begin TLS`, { retryable: true }),
      )
    this.#link.enter('tls')
    // what came behind <proceed/> in clear text is not the secured stream's (RFC 6120 §5.4.3.3)
    this.#link.stream.restartSecured()
    this.#transport.startTls()
  }

  #login(): void {
    const { domain, login } = this.#options
    this.#attempt(() => {
      const sasl = startLogin(this.#features, this.#transport.tls, login, domain)
      this.#sasl = sasl
      this.#mechanism = sasl.mechanism
      this.#link.enter('login')
      this.#send(SaslAuth, { mechanism: sasl.mechanism, data: sasl.start() })
    })
  }

  #onSasl(slice: Slice): void {
    const sasl = this.#sasl
    if (slice.ns !== saslNs || !sasl) return this.#refuse(slice)
    switch (slice.name) {
      case 'challenge':
        return this.#attempt(() => this.#answerChallenge(sasl, slice.read(SaslChallenge).data))
      case 'success':
        return this.#attempt(() => this.#succeed(sasl, slice.read(SaslSuccess).data))
      case 'failure':
        return this.#failLogin(slice.read(SaslFailure))
      default:
        return this.#refuse(slice)
    }
  }

  #answerChallenge(sasl: SaslInitiator, challenge: Uint8Array): Now<void> {
    this.#link.enter('login')
    const answer = sasl.respond(challenge)
    if (!(answer instanceof Promise)) return this.#send(SaslResponse, { data: answer })
    return answer.then(data => this.#send(SaslResponse, { data }))
  }

  #succeed(sasl: SaslInitiator, data: Uint8Array | undefined): Now<void> {
    const checked = sasl.succeed(data)
    return checked instanceof Promise ? checked.then(() => this.#onLoggedIn()) : this.#onLoggedIn()
  }

  #onLoggedIn(): void {
    this.#sasl = undefined
    this.#isLoggedIn = true
    this.#link.stream.restart()
    this.#link.open()
  }

  #failLogin({ condition, text }: SaslFailure): void {
    const { domain } = this.#options
    const said = text === undefined ? '' : ` ("${text}")`
    const isPassing = condition === 'temporary-auth-failure'
    const advice = condition === 'not-authorized' ? '. Check the user name and the password' : ''
    this.#link.end(
      new AuthError(
        condition,
        `${domain} refused the login by ${this.#mechanism} with ${condition}${said}${advice}`,
        {
          retryable: isPassing,
        },
      ),
    )
  }

  #bind(): void {
    const { domain, resource } = this.#options
    if (!this.#features.bind)
      return this.#link.end(
        new StreamFailure('bind-refused', `${domain} accepted the login but lets no resource be bound`),
      )
    this.#link.enter('bind')
    this.#ask(Bind, { resource })
  }

  #onIq(slice: Slice): void {
    if (slice.ns !== CLIENT_NS || slice.name !== 'iq') return this.#refuse(slice)
    const type = slice.attr('type')
    if (slice.attr('id') !== this.#requestId || (type !== 'result' && type !== 'error'))
      return this.#refuse(slice)
    if (type === 'error') return this.#onBindError(slice)
    if (this.#link.stage === 'bind') this.#jid = slice.readChild(Bind)?.jid
    if (this.#jid === undefined)
      return this.#link.end(
        new StreamFailure('bind-refused', `${this.#options.domain} did not say which address is bound`),
      )
    const session = this.#features.session
    if (this.#link.stage === 'session' || !session || session.optional) return this.#onBound(this.#jid)
    // COMPAT(servers of RFC 3921): the session must be asked for explicitly
    this.#link.enter('session')
    this.#ask(SessionFeature, {})
  }

  #onBindError(slice: Slice): void {
    const payload = slice.readChild(errorIn(CLIENT_NS))
    const cause = new StanzaError(payload ?? { type: 'cancel', condition: 'undefined-condition' })
    const { domain } = this.#options
    this.#link.end(
      new StreamFailure('bind-refused', `${domain} refused the resource with ${cause.condition}`, {
        cause,
        retryable: cause.type === 'wait',
      }),
    )
  }

  #onBound(jid: FullJid): void {
    this.#link.enter('ready')
    this.#owner.bound(jid, this.#features)
  }

  #ask<T, I>(wire: Wire<T, I>, value: I): void {
    this.#requestId = randomId(this.#options.random)
    const { parentNs } = this
    const xmlns = parentNs === undefined ? ` xmlns='${CLIENT_NS}'` : ''
    const payload = writeWire(wire, value, CLIENT_NS)
    this.send(`<iq${xmlns} type='set' id='${escapeAttr(this.#requestId)}'>${payload}</iq>`)
  }

  #send<T, I>(wire: Wire<T, I>, value: I): void {
    this.send(writeWire(wire, value, this.parentNs))
  }

  /** Runs a step of the login; while it waits, nothing more is read. */
  #attempt(step: () => Now<void>): void {
    let done: Now<void>
    try {
      done = step()
    } catch (error) {
      return this.#giveUp(error)
    }
    if (!(done instanceof Promise)) return
    const { slicer } = this.#link.stream
    slicer.pause()
    done.then(
      () => this.#resume(),
      error => this.#giveUp(error),
    )
  }

  #resume(): void {
    if (!this.isOver) this.#link.stream.slicer.resume()
  }

  #giveUp(error: unknown): void {
    if (this.isOver) return
    const { domain } = this.#options
    if (this.#sasl) this.#send(SaslAbort, {})
    if (error instanceof XmppError) return this.#link.end(error)
    const condition = error instanceof SaslError ? error.condition : 'login-failed'
    const text = error instanceof Error ? error.message : String(error)
    this.#link.end(new AuthError(condition, `The login at ${domain} was given up: ${text}`, { cause: error }))
  }

  #refuse(slice: Slice): void {
    const { domain } = this.#options
    this.#link.end(
      new StreamFailure(
        'unexpected-element',
        `${domain} sent <${slice.name} xmlns='${slice.ns}'> when it should have sent something else`,
      ),
    )
  }
}

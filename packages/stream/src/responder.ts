/**
 * The accepting side of a client's stream: header, STARTTLS, SASL, restart, resource binding. RFC 6120 §4-§7.
 *
 * Once bound it only passes elements on; what they mean is the session's business.
 */

import type { BareJid, FullJid } from '@waxwing/jid'
import {
  Bind,
  CLIENT_NS,
  Sasl2Authenticate,
  SaslAuth,
  StartTls,
  type StreamError,
  streamError,
} from '@waxwing/protocol'
import type { BytesPort, Slice, StreamHeader, XmlLimits } from '@waxwing/xml'
import {
  domainIn,
  faultOf,
  type HeaderFields,
  isStreamError,
  languageIn,
  peerIn,
  speaksVersion1,
} from './header.ts'
import type { TlsFacts, Transport } from './port.ts'
import { answerBind } from './responder-bind.ts'
import type { LoginGround, LoginOutcome, LoginPolicy, ProvenLogin } from './responder-login.ts'
import { SaslLogin } from './responder-sasl.ts'
import { Sasl2Login } from './responder-sasl2.ts'
import type { Now } from './sasl/now.ts'
import { type StreamOwner, XmlStream } from './xml-stream.ts'

const tlsNs = StartTls.ns
const saslNs = SaslAuth.ns
const sasl2Ns = Sasl2Authenticate.ns
const bindNs = Bind.ns

/** What the accepting side may offer; one object serves all streams of a listener. */
export interface ResponderPolicy extends LoginPolicy {
  readonly limits: { readonly beforeLogin: XmlLimits; readonly afterLogin: XmlLimits }
  /** How bytes become text on this platform. */
  readonly bytes?: BytesPort | undefined
  /** Failed logins after which the stream ends with policy-violation. RFC 6120 §6.4.5. */
  readonly loginAttempts: number
  readonly requiresTls: boolean
  readonly offersTls: boolean
  newStreamId(): string
  serves(domain: string): boolean
  /** Domain assumed in our header while the peer's is unknown. */
  readonly defaultDomain: string
  /** Further features, as XML text, before and after login. */
  featuresBeforeLogin(domain: string, tls: TlsFacts | undefined): string
  /** `bound`: the session that has begun inside the login. */
  featuresAfterLogin(domain: string, bound?: FullJid): string
}

/** Who the stream turns out to be. */
export interface ResponderOwner {
  /** A stanza before login: in-band registration. `false` means nobody wants it. */
  stanzaBeforeLogin(slice: Slice, domain: string): boolean
  /** Failed logins are counted by address and account, too. */
  loginFailed(condition: string): void
  loggedIn(username: string, mechanism: string): void
  /**
   * Does what a login was asked to do besides. What it gives back is called in the turn in which the success is sent:
   * only then may a session begin. XEP-0388 §2.6.1.
   */
  complete(login: ProvenLogin): Now<() => LoginOutcome>
  /** Binds a resource; `undefined` lets the server choose. Throws or rejects with StanzaError. RFC 6120 §7.6, §7.7. */
  bind(username: string, domain: string, resource: string | undefined): FullJid | Promise<FullJid>
  /** Negotiation is complete; from here on `element` is called. */
  bound(jid: FullJid): void
  element(slice: Slice): void
  /** Asked before login and bind for nonzas the stream itself does not know (resumption). `false`: unsupported. */
  nonza(slice: Slice): boolean
  closed(error?: StreamError): void
}

type Phase = 'header' | 'open' | 'securing' | 'loggedIn' | 'bound'

export class Responder implements StreamOwner, LoginGround {
  readonly stream: XmlStream
  readonly policy: ResponderPolicy
  readonly #transport: Transport
  readonly #owner: ResponderOwner
  readonly #sasl: SaslLogin
  readonly #sasl2: Sasl2Login
  #phase: Phase = 'header'
  #domain: string | undefined
  /** `from` of the peer's header; never believed, only repeated. */
  #peer: BareJid | undefined
  #peerLang: string | undefined
  #username: string | undefined
  #failures = 0

  constructor(transport: Transport, policy: ResponderPolicy, owner: ResponderOwner) {
    this.#transport = transport
    this.policy = policy
    this.#owner = owner
    this.stream = new XmlStream(transport, this, { limits: policy.limits.beforeLogin, bytes: policy.bytes })
    this.#sasl = new SaslLogin(this, (username, mechanism) => this.#onLoggedIn(username, mechanism))
    this.#sasl2 = new Sasl2Login(this, {
      complete: login => owner.complete(login),
      succeeded: (login, outcome) => this.#onSasl2(login, outcome),
    })
  }

  get isBound(): boolean {
    return this.#phase === 'bound'
  }

  /** Logged in, and no resource bound yet. */
  get isLoggedIn(): boolean {
    return this.#phase === 'loggedIn'
  }

  /** xml:lang of the peer's stream: the default of its stanzas. RFC 6120 §4.7.4. */
  get peerLang(): string | undefined {
    return this.#peerLang
  }

  /** Who the stream header says it is. */
  get peer(): BareJid | undefined {
    return this.#peer
  }

  get tls(): TlsFacts | undefined {
    return this.#transport.tls
  }

  /** Nobody logs in before TLS has come. RFC 6120 §5.3.1. */
  get mustEncrypt(): boolean {
    return this.policy.requiresTls && this.#transport.tls === undefined
  }

  get domain(): string {
    return this.#domain ?? this.policy.defaultDomain
  }

  headerFields(): HeaderFields {
    return {
      contentNs: CLIENT_NS,
      from: this.domain,
      // The bare JID that the client named, and only then. RFC 6120 §4.7.2
      to: this.#peer,
      id: this.policy.newStreamId(),
      version: '1.0',
      lang: 'en',
    }
  }

  /** A session goes on that was bound on another stream. XEP-0198 §5. */
  resumed(): void {
    this.#phase = 'bound'
  }

  /** TLS is up: the peer starts a new stream. */
  secured(): void {
    this.#phase = 'header'
  }

  opened(header: StreamHeader): void {
    this.#peer = peerIn(header)
    const fault = faultOf(header, CLIENT_NS)
    if (fault) return this.stream.fail(fault)
    const to = header.attrs.get('to')
    if (to === undefined)
      return this.stream.fail(streamError('improper-addressing', "The stream header needs a 'to' attribute"))
    const domain = this.policy.serves(to) ? to : domainIn(to)
    if (domain === undefined || !this.policy.serves(domain))
      return this.stream.fail(streamError('host-unknown', 'This server does not serve the domain asked for'))
    if (this.#username !== undefined && domain !== this.#domain)
      return this.stream.fail(streamError('host-unknown', 'The domain must stay the same after login'))
    this.#domain = domain
    this.#peerLang = languageIn(header)
    this.stream.open(this.headerFields())
    if (!speaksVersion1(header.attrs.get('version')))
      return this.stream.fail(streamError('unsupported-version', 'This server speaks XMPP 1.0'))
    this.#phase = this.#username === undefined ? 'open' : 'loggedIn'
    this.stream.send(this.#features(domain))
  }

  element(slice: Slice): void {
    if (this.#phase === 'bound') return this.#owner.element(slice)
    if (this.#phase === 'loggedIn') return this.#afterLogin(slice)
    if (this.#sasl2.isUnderWay) return this.#sasl2.receive(slice)
    const { ns, name } = slice
    if (ns === saslNs) return this.#sasl.receive(slice)
    if (ns === sasl2Ns) return this.#onSasl2Element(slice)
    if (ns === tlsNs && name === 'starttls') return this.#onStartTls()
    if (isStanza(ns, name)) {
      if (this.#owner.stanzaBeforeLogin(slice, this.domain)) return
      return this.stream.fail(streamError('not-authorized', 'Log in before sending stanzas'))
    }
    if (this.#owner.nonza(slice)) return
    this.#refuseElement(slice, 'This element is not understood before login')
  }

  closed(error?: StreamError): void {
    this.#owner.closed(error)
  }

  /** Ends negotiation that takes too long. RFC 6120 §4.6.1, XEP-0205. */
  timeOut(): void {
    this.stream.fail(streamError('connection-timeout', 'Negotiation took too long'))
  }

  #features(domain: string, bound?: FullJid): string {
    const open = '<stream:features>'
    const close = '</stream:features>'
    if (this.#username !== undefined) {
      const bind = this.isBound ? '' : `<bind xmlns='${bindNs}'/>`
      return open + bind + this.policy.featuresAfterLogin(domain, bound) + close
    }
    let features = ''
    if (this.#mayStartTls()) {
      const required = this.policy.requiresTls ? '<required/>' : ''
      features += `<starttls xmlns='${tlsNs}'>${required}</starttls>`
    }
    const mechanisms = this.mustEncrypt ? [] : this.policy.mechanisms(domain, this.tls, this.#peer)
    features += this.#sasl.feature(mechanisms) + this.#sasl2.feature(mechanisms)
    return open + features + this.policy.featuresBeforeLogin(domain, this.tls) + close
  }

  #mayStartTls(): boolean {
    return this.policy.offersTls && this.#transport.tls === undefined
  }

  #onStartTls(): void {
    if (!this.#mayStartTls() || this.#sasl.isUnderWay) {
      this.stream.send(`<failure xmlns='${tlsNs}'/>`)
      return this.stream.close()
    }
    this.#phase = 'securing'
    this.stream.send(`<proceed xmlns='${tlsNs}'/>`)
    this.stream.restartSecured()
    this.#transport.startTls()
  }

  /** A login has failed, whichever profile it was in. RFC 6120 §6.4.5. */
  failed(condition: string): void {
    if (condition !== 'aborted') this.#owner.loginFailed(condition)
    this.#failures++
    if (this.#failures >= this.policy.loginAttempts)
      this.stream.fail(streamError('policy-violation', 'Too many failed logins on this stream'))
  }

  #onLoggedIn(username: string, mechanism: string): void {
    this.#username = username
    this.#phase = 'header'
    this.stream.restart()
    this.stream.slicer.limits = this.policy.limits.afterLogin
    this.#owner.loggedIn(username, mechanism)
  }

  #onSasl2Element(slice: Slice): void {
    if (this.#sasl.isUnderWay) return this.#sasl2.fail('malformed-request', 'A login is already under way')
    this.#sasl2.receive(slice)
  }

  /** The stream goes on without a new header. XEP-0388 §2.6.1. */
  #onSasl2({ username, mechanism }: ProvenLogin, { jid, isResumed = false, begin }: LoginOutcome): void {
    this.#username = username
    this.#phase = jid === undefined ? 'loggedIn' : 'bound'
    this.stream.slicer.limits = this.policy.limits.afterLogin
    this.#owner.loggedIn(username, mechanism)
    if (!isResumed) this.stream.send(this.#features(this.domain, jid))
    begin?.()
  }

  #afterLogin(slice: Slice): void {
    if (slice.ns === CLIENT_NS && slice.name === 'iq') return this.#bind(slice)
    if (isStanza(slice.ns, slice.name))
      return this.stream.fail(streamError('not-authorized', 'Bind a resource before sending stanzas'))
    if (this.#owner.nonza(slice)) return
    this.#refuseElement(slice, 'This element is not understood before binding')
  }

  #refuseElement(slice: Slice, why: string): void {
    if (isStreamError(slice)) return this.stream.close()
    this.stream.fail(streamError('unsupported-stanza-type', why))
  }

  #bind(slice: Slice): void {
    const { stream, domain } = this
    const username = this.#username ?? ''
    answerBind(slice, {
      stream,
      domain,
      username,
      bind: resource => this.#owner.bind(username, domain, resource),
      bound: jid => {
        this.#phase = 'bound'
        this.#owner.bound(jid)
      },
    })
  }
}

function isStanza(ns: string, name: string): boolean {
  return ns === CLIENT_NS && (name === 'message' || name === 'presence' || name === 'iq')
}

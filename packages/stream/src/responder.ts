/**
 * The accepting side of a client's stream: header, STARTTLS, SASL, restart, resource binding. RFC 6120 §4-§7.
 *
 * Once bound it only passes elements on; what they mean is the session's business.
 */

import { type BareJid, domainOf, type FullJid } from '@waxwing/jid'
import {
  Bind,
  CLIENT_NS,
  Sasl2Authenticate,
  SaslAuth,
  StartTls,
  type StreamError,
  streamError,
} from '@waxwing/protocol'
import type { Slice, StreamHeader } from '@waxwing/xml'
import {
  domainIn,
  faultOf,
  type HeaderFields,
  isStreamError,
  languageIn,
  peerIn,
  speaksVersion1,
} from './header.ts'
import { Joined } from './joined.ts'
import type { TlsFacts, Transport } from './port.ts'
import { answerBind } from './responder-bind.ts'
import type { LoginGround, LoginOutcome, ProvenLogin } from './responder-login.ts'
import type { ResponderOwner, ResponderPolicy } from './responder-owner.ts'
import { SaslLogin } from './responder-sasl.ts'
import { Sasl2Login } from './responder-sasl2.ts'
import { type StreamOwner, XmlStream } from './xml-stream.ts'

const tlsNs = StartTls.ns
const saslNs = SaslAuth.ns
const sasl2Ns = Sasl2Authenticate.ns
const bindFeature = `<bind xmlns='${Bind.ns}'/>`
const startTlsOffered = `<starttls xmlns='${tlsNs}'/>`
const startTlsRequired = `<starttls xmlns='${tlsNs}'><required/></starttls>`
const open = '<stream:features>'
const close = '</stream:features>'
/** Streams in the same state have the same features. */
const features = {
  plain: /* @__PURE__ */ new Joined(),
  secured: /* @__PURE__ */ new Joined(),
  loggedIn: /* @__PURE__ */ new Joined(),
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
    // XEP-0388 §2.1: who says it is of another domain cannot log in here
    if (this.#peer !== undefined && domainOf(this.#peer) !== domain)
      return this.stream.fail(
        streamError('invalid-from', "'from' must be an address of the domain asked for"),
      )
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
    const { policy, tls } = this
    if (this.#username !== undefined) {
      const bind = this.isBound ? '' : bindFeature
      return features.loggedIn.of(open, bind, policy.featuresAfterLogin(domain, bound), close)
    }
    const mechanisms = this.mustEncrypt ? [] : policy.mechanisms(domain, tls, this.#peer)
    const kept = tls === undefined ? features.plain : features.secured
    return kept.of(
      open,
      this.#startTlsFeature(),
      this.#sasl.feature(mechanisms),
      this.#sasl2.feature(mechanisms),
      policy.featuresBeforeLogin(domain, tls),
      close,
    )
  }

  #startTlsFeature(): string {
    if (!this.#mayStartTls()) return ''
    return this.policy.requiresTls ? startTlsRequired : startTlsOffered
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

/**
 * The accepting side of a client's stream: header, STARTTLS, SASL, restart, resource binding. RFC 6120 §4-§7.
 *
 * Once bound it only passes elements on; what they mean is the session's business.
 */

import { type BareJid, bareJid, bareOf, type FullJid, tryJid } from '@waxwing/jid'
import {
  Bind,
  CLIENT_NS,
  errorIn,
  SaslAuth,
  StanzaError,
  StartTls,
  type StreamError,
  stanzaError,
  streamError,
} from '@waxwing/protocol'
import {
  type BytesPort,
  childOf,
  type Element,
  escapeAttr,
  escapeText,
  type Slice,
  type StreamHeader,
  textOf,
  writeWire,
  type XmlLimits,
} from '@waxwing/xml'
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
import { decodeBase64, encodeBase64 } from './sasl/base64.ts'
import type { SaslResponder, SaslStep } from './sasl/exchange.ts'
import { type StreamOwner, XmlStream } from './xml-stream.ts'

const tlsNs = StartTls.ns
const saslNs = SaslAuth.ns
const bindNs = Bind.ns

/** What the accepting side may offer; one object serves all streams of a listener. */
export interface ResponderPolicy {
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
  /** Mechanism names to offer, strongest first; empty when TLS must come first. */
  mechanisms(domain: string, tls: TlsFacts | undefined): readonly string[]
  startSasl(domain: string, mechanism: string, tls: TlsFacts | undefined): SaslResponder | undefined
  /** Further features, as XML text, before and after login. */
  featuresBeforeLogin(domain: string, tls: TlsFacts | undefined): string
  featuresAfterLogin(domain: string): string
}

/** Who the stream turns out to be. */
export interface ResponderOwner {
  /** A stanza before login: in-band registration. `false` means nobody wants it. */
  stanzaBeforeLogin(slice: Slice, domain: string): boolean
  /** Failed logins are counted by address and account, too. */
  loginFailed(condition: string): void
  loggedIn(username: string, mechanism: string): void
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

export class Responder implements StreamOwner {
  readonly stream: XmlStream
  readonly #transport: Transport
  readonly #policy: ResponderPolicy
  readonly #owner: ResponderOwner
  #phase: Phase = 'header'
  #domain: string | undefined
  /** `from` of the peer's header; never believed, only repeated. */
  #peer: BareJid | undefined
  #peerLang: string | undefined
  #username: string | undefined
  #sasl: SaslResponder | undefined
  #mechanism = ''
  #failures = 0

  constructor(transport: Transport, policy: ResponderPolicy, owner: ResponderOwner) {
    this.#transport = transport
    this.#policy = policy
    this.#owner = owner
    this.stream = new XmlStream(transport, this, { limits: policy.limits.beforeLogin, bytes: policy.bytes })
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

  get domain(): string {
    return this.#domain ?? this.#policy.defaultDomain
  }

  headerFields(): HeaderFields {
    return {
      contentNs: CLIENT_NS,
      from: this.domain,
      // The bare JID that the client named, and only then. RFC 6120 §4.7.2
      to: this.#peer,
      id: this.#policy.newStreamId(),
      version: '1.0',
      lang: 'en',
    }
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
    const domain = this.#policy.serves(to) ? to : domainIn(to)
    if (domain === undefined || !this.#policy.serves(domain))
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
    const { ns, name } = slice
    if (ns === saslNs) return this.#onSasl(slice, name)
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

  #features(domain: string): string {
    const open = '<stream:features>'
    const close = '</stream:features>'
    if (this.#username !== undefined)
      return `${open}<bind xmlns='${bindNs}'/>${this.#policy.featuresAfterLogin(domain)}${close}`
    const tls = this.#transport.tls
    let features = ''
    if (this.#mayStartTls()) {
      const required = this.#policy.requiresTls ? '<required/>' : ''
      features += `<starttls xmlns='${tlsNs}'>${required}</starttls>`
    }
    const mechanisms = this.#mechanismsNow()
    if (mechanisms.length > 0) {
      features += `<mechanisms xmlns='${saslNs}'>`
      for (const name of mechanisms) features += `<mechanism>${escapeText(name)}</mechanism>`
      features += '</mechanisms>'
    }
    return open + features + this.#policy.featuresBeforeLogin(domain, tls) + close
  }

  #mayStartTls(): boolean {
    return this.#policy.offersTls && this.#transport.tls === undefined
  }

  #mechanismsNow(): readonly string[] {
    if (this.#policy.requiresTls && this.#transport.tls === undefined) return []
    return this.#policy.mechanisms(this.domain, this.#transport.tls)
  }

  #onStartTls(): void {
    if (!this.#mayStartTls() || this.#sasl) {
      this.stream.send(`<failure xmlns='${tlsNs}'/>`)
      return this.stream.close()
    }
    this.#phase = 'securing'
    this.stream.send(`<proceed xmlns='${tlsNs}'/>`)
    this.stream.restartSecured()
    this.#transport.startTls()
  }

  #onSasl(slice: Slice, name: string): void {
    switch (name) {
      case 'auth':
        return this.#onAuth(slice)
      case 'response':
        if (!this.#sasl) return this.#failSasl('malformed-request', 'No login is under way')
        return this.#advance(this.#sasl, slice)
      case 'abort':
        return this.#failSasl('aborted')
      default:
        return this.#failSasl('malformed-request')
    }
  }

  #onAuth(slice: Slice): void {
    if (this.#sasl) return this.#failSasl('malformed-request', 'A login is already under way')
    if (this.#policy.requiresTls && this.#transport.tls === undefined)
      return this.#failSasl('encryption-required', 'Secure the stream with STARTTLS first')
    const mechanism = slice.attr('mechanism')
    if (mechanism === undefined || !this.#mechanismsNow().includes(mechanism))
      return this.#failSasl('invalid-mechanism')
    const sasl = this.#policy.startSasl(this.domain, mechanism, this.#transport.tls)
    if (!sasl) return this.#failSasl('invalid-mechanism')
    this.#sasl = sasl
    this.#mechanism = mechanism
    this.#advance(sasl, slice)
  }

  #advance(sasl: SaslResponder, slice: Slice): void {
    const text = textOf(slice.element())
    let data: Uint8Array | undefined
    if (text === '=') data = new Uint8Array()
    else if (text !== '') {
      data = decodeBase64(text)
      if (!data) return this.#failSasl('incorrect-encoding')
    } else if (slice.name === 'response') data = new Uint8Array()
    const step = sasl.receive(data)
    if (!(step instanceof Promise)) return this.#onStep(step)
    this.stream.slicer.pause()
    step.then(
      done => this.#resumeWith(done),
      () => this.#resumeWith({ kind: 'failure', condition: 'temporary-auth-failure' }),
    )
  }

  #resumeWith(step: SaslStep): void {
    if (this.stream.isOver) return
    this.#onStep(step)
    this.stream.slicer.resume()
  }

  #onStep(step: SaslStep): void {
    switch (step.kind) {
      case 'challenge':
        return this.stream.send(`<challenge xmlns='${saslNs}'>${encodeBase64(step.data)}</challenge>`)
      case 'failure':
        return this.#failSasl(step.condition, step.text)
      case 'success': {
        const data = step.data && step.data.length > 0 ? encodeBase64(step.data) : ''
        this.stream.send(
          data ? `<success xmlns='${saslNs}'>${data}</success>` : `<success xmlns='${saslNs}'/>`,
        )
        this.#sasl = undefined
        this.#username = step.username
        this.#phase = 'header'
        this.stream.restart()
        this.stream.slicer.limits = this.#policy.limits.afterLogin
        return this.#owner.loggedIn(step.username, this.#mechanism)
      }
    }
  }

  #failSasl(condition: string, text?: string): void {
    this.#sasl = undefined
    const explanation = text === undefined ? '' : `<text xml:lang='en'>${escapeText(text)}</text>`
    this.stream.send(`<failure xmlns='${saslNs}'><${condition}/>${explanation}</failure>`)
    if (condition !== 'aborted') this.#owner.loginFailed(condition)
    this.#failures++
    if (this.#failures >= this.#policy.loginAttempts)
      this.stream.fail(streamError('policy-violation', 'Too many failed logins on this stream'))
  }

  #afterLogin(slice: Slice): void {
    if (slice.ns === CLIENT_NS && slice.name === 'iq') return this.#beforeBind(slice)
    if (isStanza(slice.ns, slice.name))
      return this.stream.fail(streamError('not-authorized', 'Bind a resource before sending stanzas'))
    if (this.#owner.nonza(slice)) return
    this.#refuseElement(slice, 'This element is not understood before binding')
  }

  #refuseElement(slice: Slice, why: string): void {
    if (isStreamError(slice)) return this.stream.close()
    this.stream.fail(streamError('unsupported-stanza-type', why))
  }

  #beforeBind(slice: Slice): void {
    const id = slice.attr('id')
    if (slice.headNs !== bindNs || slice.headName !== 'bind' || slice.attr('type') !== 'set')
      return this.stream.fail(streamError('not-authorized', 'Bind a resource before sending stanzas'))
    // Until then it may speak as its account, to its account and to the server. §7.1
    const from = slice.attr('from')
    const to = slice.attr('to')
    if (from !== undefined && !this.#isAccount(from))
      return this.stream.fail(streamError('invalid-from', "'from' must be the account that logged in"))
    if (to !== undefined && domainIn(to) !== this.domain && !this.#isAccount(to))
      return this.stream.fail(streamError('not-authorized', 'Bind a resource before writing to others'))
    if (id === undefined) return this.#refuseBind(id, stanzaError('bad-request', 'An iq needs an id'))
    if (!slice.hasOneChild)
      return this.#refuseBind(id, stanzaError('bad-request', 'An iq request has exactly one payload'))
    const resource = resourceIn(childOf(slice.element(), bindNs, 'bind'))
    let jid: FullJid | Promise<FullJid>
    try {
      jid = this.#owner.bind(this.#username ?? '', this.domain, resource)
    } catch (error) {
      return this.#refuseBind(id, error)
    }
    if (!(jid instanceof Promise)) return this.#completeBind(id, jid)
    this.stream.slicer.pause()
    jid.then(
      done => this.#finish(() => this.#completeBind(id, done)),
      error => this.#finish(() => this.#refuseBind(id, error)),
    )
  }

  #isAccount(written: string): boolean {
    const address = tryJid(written)
    return address !== undefined && bareOf(address) === bareJid(this.#username ?? '', this.domain)
  }

  #finish(act: () => void): void {
    if (this.stream.isOver) return
    act()
    this.stream.slicer.resume()
  }

  #completeBind(id: string, jid: FullJid): void {
    this.#phase = 'bound'
    this.stream.send(
      `<iq type='result' id='${escapeAttr(id)}'><bind xmlns='${bindNs}'><jid>${escapeText(jid)}</jid></bind></iq>`,
    )
    this.#owner.bound(jid)
  }

  #refuseBind(id: string | undefined, error: unknown): void {
    const refusal = error instanceof StanzaError ? error : stanzaError('internal-server-error')
    const idAttr = id === undefined ? '' : ` id='${escapeAttr(id)}'`
    this.stream.send(`<iq type='error'${idAttr}>${writeWire(errorIn(CLIENT_NS), refusal, CLIENT_NS)}</iq>`)
  }
}

function isStanza(ns: string, name: string): boolean {
  return ns === CLIENT_NS && (name === 'message' || name === 'presence' || name === 'iq')
}

/** The resource asked for; `undefined` leaves the choice to the server. RFC 6120 §7.6, §7.7. */
function resourceIn(bind: Element | undefined): string | undefined {
  const resource = bind && childOf(bind, bindNs, 'resource')
  return (resource && textOf(resource)) || undefined
}

/** What decides over accepted streams, and who owns one. */
import type { FullJid } from '@waxwing/jid'
import type { StreamError } from '@waxwing/protocol'
import type { BytesPort, Slice, XmlLimits } from '@waxwing/xml'
import type { TlsFacts } from './port.ts'
import type { LoginOutcome, LoginPolicy, ProvenLogin } from './responder-login.ts'
import type { Now } from './sasl/now.ts'

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

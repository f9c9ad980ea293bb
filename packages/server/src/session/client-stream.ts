/** A client's connection from accept to close: negotiation, then one stanza after the other. RFC 6120 §4-§7, §10.1. */
import { type BareJid, bareJid, type FullJid, fullJid, resourceOf } from '@waxwing/jid'
import { CLIENT_NS, type StanzaKind, StreamError, stanzaError, streamError } from '@waxwing/protocol'
import {
  isStreamError,
  type LoginOutcome,
  type ProvenLogin,
  Responder,
  type ResponderOwner,
  type ResponderPolicy,
  randomId,
  type TlsFacts,
  type Transport,
  type TransportOwner,
} from '@waxwing/stream'
import type { Slice } from '@waxwing/xml'
import type { Now } from '../kernel/hooks.ts'
import type { Host } from '../kernel/host.ts'
import type { Server } from '../server.ts'
import { ClientSession, type SessionStream } from './client-session.ts'
import { completeLogin } from './inline-login.ts'
import { kindOf } from './kind.ts'
import { TokenBucket } from './token-bucket.ts'

/** Time for the last words to arrive and for the peer to close its side. */
export const closingMs = 30_000

export class ClientStream implements TransportOwner, ResponderOwner, SessionStream {
  readonly #server: Server
  readonly #transport: Transport
  readonly #responder: Responder
  readonly #requiresTls: boolean
  readonly #bytes: TokenBucket
  readonly #since: number
  #session: ClientSession | undefined
  #account: BareJid | undefined
  #mechanism: string | undefined
  /** Settles when the stanza being handled has been; `undefined` when none is. */
  #handling: Promise<void> | undefined
  /** The connection broke: nobody said goodbye. */
  #isLost = false
  /** A stanza is being handled and later ones wait. */
  #isHeld = false
  #isGone = false
  /** When the stream was over; the connection itself may last a little longer. */
  #overSince = 0

  constructor(server: Server, transport: Transport, policy: ResponderPolicy) {
    this.#server = server
    this.#transport = transport
    this.#since = server.clock.monotonic()
    const { bytesPerSecond, burstBytes } = server.limits
    this.#bytes = new TokenBucket(bytesPerSecond, burstBytes, this.#since)
    this.#requiresTls = policy.requiresTls
    this.#responder = new Responder(transport, policy, this)
  }

  /** `undefined` until a resource is bound. */
  get session(): ClientSession | undefined {
    return this.#session
  }

  /** Who has logged in; `undefined` before. */
  get account(): BareJid | undefined {
    return this.#account
  }

  get remote(): string {
    return this.#transport.remote
  }

  get tls(): TlsFacts | undefined {
    return this.#transport.tls
  }

  /** The mechanism of the login; `undefined` before. */
  get mechanism(): string | undefined {
    return this.#mechanism
  }

  get isOver(): boolean {
    return this.#isGone
  }

  /** Settles when no stanza of this stream is being handled any more. */
  get handling(): Promise<void> | undefined {
    return this.#handling
  }

  /** Takes a session over that was another stream's; the client need not bind. XEP-0198 §5. */
  adopt(session: ClientSession): void {
    this.#session = session
    session.stream = this
    this.#responder.resumed()
  }

  /** Lets go of the session: the end of this stream is not its end any more. */
  release(): void {
    if (this.#session?.stream === this) this.#session.stream = undefined
    this.#session = undefined
  }

  /** Ends negotiations that take too long, and connections that have gone silent; called now and then. */
  sweep(now: number): void {
    const { negotiationMs, idleMs } = this.#server.limits
    if (this.#isGone) {
      // Whoever does not close their side is not waited for. RFC 6120 §4.4
      if (now - this.#overSince > closingMs) this.#transport.abort()
      return
    }
    if (this.#session) {
      if (idleMs > 0 && now - this.#bytes.lastTakenAt > idleMs)
        this.fail(streamError('connection-timeout', 'Nothing was heard from you for too long'))
    } else if (now - this.#since > negotiationMs) this.#responder.timeOut()
  }

  received(chunk: Uint8Array): void {
    const waitMs = this.#bytes.take(chunk.length, this.#server.clock.monotonic())
    if (waitMs > 0) this.#slowDown(waitMs)
    else if (this.#isHeld) this.#transport.pauseReading()
    try {
      this.#responder.stream.receive(chunk)
    } catch (error) {
      // Whatever goes wrong with one stream ends that stream and nobody else's.
      this.#broke(error)
    }
    this.#session?.custodian?.turnEnds()
  }

  secured(): void {
    this.#responder.secured()
  }

  disconnected(reason?: string): void {
    if (reason !== undefined) this.#server.log.debug({ remote: this.remote, reason }, 'Connection lost')
    this.#isLost = true
    this.#responder.stream.abandon()
    this.#server.forgetClient(this)
  }

  sendText(text: string): void {
    // Behind our closing tag nothing follows, whoever still writes. RFC 6120 §4.4
    if (!this.#isGone) this.#transport.sendText(text)
  }

  sendBytes(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#isGone) this.#transport.sendBytes(bytes, start, end)
  }

  fail(error: StreamError): void {
    this.#responder.stream.fail(error)
  }

  stanzaBeforeLogin(slice: Slice, domain: string): boolean {
    // A password must not be chosen in the clear where it must not be used in the clear.
    if (this.#requiresTls && this.#transport.tls === undefined) return false
    const host = this.#server.router.host(domain)
    const answer = host?.beforeLogin(slice, this.#transport)
    if (answer === undefined) return false
    if (answer instanceof Promise) this.#hold(answer.then(text => this.#responder.stream.send(text)))
    else this.#responder.stream.send(answer)
    return true
  }

  loginFailed(condition: string): void {
    this.#server.log.info({ remote: this.remote, condition }, 'Login failed')
    if (condition === 'not-authorized')
      this.#server.loginBackOff.failed(this.remote, this.#server.clock.monotonic())
  }

  loggedIn(username: string, mechanism: string): void {
    this.#account = bareJid(username, this.#responder.domain)
    this.#mechanism = mechanism
    this.#server.log.debug({ remote: this.remote, username, mechanism }, 'Logged in')
    this.#server.loginBackOff.succeeded(this.remote)
  }

  bind(username: string, domain: string, wanted: string | undefined): FullJid {
    const resource = wanted ?? randomId(this.#server.random)
    const bare = bareJid(username, domain)
    let jid: FullJid
    try {
      jid = fullJid(bare, resource)
    } catch {
      throw stanzaError('bad-request', 'The resource is not a valid resourcepart')
    }
    const { sessions } = this.#server.router
    const online = sessions.account(bare)
    if (online && online.sessions.size >= this.#server.limits.resourcesPerAccount && !sessions.find(jid))
      throw stanzaError('resource-constraint', 'Too many resources are connected for this account')
    sessions.find(jid)?.end(streamError('conflict', 'The same resource was bound by a newer session'))
    return jid
  }

  bound(jid: FullJid): void {
    const host = this.#server.router.host(this.#responder.domain)
    if (!host) return this.fail(streamError('host-gone'))
    this.#began(this.#begin(host, jid))
  }

  complete(login: ProvenLogin): Now<() => LoginOutcome> {
    const host = this.#server.router.host(login.domain)
    if (!host) throw new Error(`${login.domain} is served no more`)
    this.#account = login.account
    return completeLogin(login, {
      host,
      stream: this,
      bind: resource => this.bind(login.username, login.domain, resource),
      begin: jid => this.#begin(host, jid),
      began: session => this.#began(session),
      hold: pending => this.#hold(pending),
    })
  }

  #begin(host: Host, jid: FullJid): ClientSession {
    const session = new ClientSession(host, jid, this, this.#responder.peerLang)
    this.#session = session
    this.#server.log.debug({ jid, resource: resourceOf(jid) }, 'Resource bound')
    return session
  }

  #began(session: ClientSession): void {
    this.#hold(session.host.hooks.tell('session:bound', { session }))
  }

  element(slice: Slice): void {
    const kind = kindOf(slice)
    if (kind === undefined) return this.#other(slice)
    const custodian = this.#session?.custodian
    if (custodian === undefined) return this.#hold(this.#receive(kind, slice))
    if (custodian.isResend(kind, slice)) return custodian.handled()
    const handled = this.#receive(kind, slice)
    if (!(handled instanceof Promise)) return this.#isGone ? undefined : custodian.handled()
    this.#hold(
      handled.then(() => {
        custodian.handled()
        custodian.turnEnds()
      }),
    )
  }

  nonza(slice: Slice): boolean {
    return this.#responder.isLoggedIn && this.#nonza(slice, 'loggedIn')
  }

  #nonza(slice: Slice, when: 'loggedIn' | 'bound'): boolean {
    const handler = this.#server.router.host(this.#responder.domain)?.nonzaHandler(slice.ns, slice.name, when)
    if (!handler) return false
    try {
      this.#hold(handler.handle(slice, this))
    } catch (error) {
      this.#broke(error)
    }
    return true
  }

  closed(error?: StreamError): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#overSince = this.#server.clock.monotonic()
    if (error)
      this.#server.log.info(
        { remote: this.remote, condition: error.condition, text: error.text },
        'Stream error',
      )
    const session = this.#session
    if (session?.stream !== this) return
    if (session.custodian?.streamOver(error, this.#isLost)) {
      session.stream = undefined
      return
    }
    const ended = session.over()
    if (ended instanceof Promise) this.#server.own(ended)
  }

  #receive(kind: StanzaKind, slice: Slice): Now<void> {
    try {
      return this.#session?.receive(kind, slice)
    } catch (error) {
      this.#broke(error)
    }
  }

  /** In order: what one client sends is handled one after the other. RFC 6120 §10.1. */
  #hold(pending: Now<void>): void {
    if (!(pending instanceof Promise)) return
    this.#isHeld = true
    this.#responder.stream.hold()
    this.#handling = pending.then(
      () => this.#release(),
      (error: unknown) => {
        this.#broke(error)
        this.#release()
      },
    )
  }

  #release(): void {
    this.#isHeld = false
    this.#handling = undefined
    if (this.#responder.stream.isOver) return
    this.#transport.resumeReading()
    this.#responder.stream.release()
    this.#session?.custodian?.turnEnds()
  }

  #broke(error: unknown): void {
    if (error instanceof StreamError) return this.fail(error)
    this.#server.log.error({ error, jid: this.#session?.jid }, 'A stanza could not be handled')
    this.fail(streamError('internal-server-error'))
  }

  #slowDown(waitMs: number): void {
    this.#transport.pauseReading()
    this.#server.clock.after(Math.min(waitMs, 60_000), () => {
      if (!this.#isHeld) this.#transport.resumeReading()
    })
  }

  #other(slice: Slice): void {
    if (isStreamError(slice)) return this.#responder.stream.close()
    if (this.#nonza(slice, 'bound')) return
    const text = slice.ns === CLIENT_NS ? 'Unknown stanza' : 'This element is not understood'
    this.fail(streamError('unsupported-stanza-type', text))
  }
}

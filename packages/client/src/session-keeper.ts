/** Keeps a session: connects, notices when it is gone, and connects again. */
import {
  type BareJid,
  bareOf,
  domainOf,
  type FullJid,
  type Jid,
  localOf,
  parseJid,
  resourceOf,
} from '@waxwing/jid'
import type { SmPosition, StreamFeatures } from '@waxwing/protocol'
import type { Credentials, InitiatorOptions, Timer } from '@waxwing/stream'
import type { Slice } from '@waxwing/xml'
import { Attempt, type AttemptOwner } from './attempt.ts'
import { waitBefore } from './back-off.ts'
import {
  AuthError,
  DisconnectedError,
  PolicyError,
  ResolveError,
  StreamFailure,
  TlsError,
  type XmppError,
} from './errors.ts'
import type { ClientOptions, Settings } from './options.ts'
import type { Line } from './outbox.ts'
import { DeviceLogin, memoryLogins } from './saved-logins.ts'

/** How a client stands. */
export type Status =
  | { readonly state: 'connecting'; readonly attempt: number }
  | { readonly state: 'online'; readonly jid: FullJid }
  /** Waiting before the next attempt. */
  | { readonly state: 'offline'; readonly error: XmppError; readonly retryInMs: number }
  /** For good; `error` is absent when we wanted it. */
  | { readonly state: 'closed'; readonly error: XmppError | undefined }

export interface SessionKeeperOwner {
  online(line: Line, jid: FullJid, features: StreamFeatures): void
  /** Where the session that was lost stands, if it may go on. */
  readonly position: SmPosition | undefined
  /** It goes on; the server had handled `h` stanzas of it. */
  resumed(line: Line, h: number): void
  /** It is gone for good. */
  notResumed(h: number | undefined): void
  element(slice: Slice): void
  /** The connection is gone. */
  offline(error: DisconnectedError): void
  /** No session will come any more; exactly once. */
  closed(error: XmppError | undefined): void
  changed(status: Status): void
}

/** Hosts the server may send us to in a row before we start again where we began. */
const maxRedirects = 3

export class SessionKeeper implements AttemptOwner {
  readonly account: BareJid
  readonly #options: ClientOptions
  readonly #settings: Settings
  readonly #owner: SessionKeeperOwner
  readonly #address: Jid
  /** Tokens, unless they are unwanted. */
  readonly #device: DeviceLogin | false
  #status: Status = { state: 'connecting', attempt: 0 }
  #attempt: Attempt | undefined
  #retry: Timer | undefined
  #failures = 0
  #redirect: string | undefined
  #redirects = 0
  #hadSession = false
  /** The address of the latest session. */
  #jid: FullJid | undefined
  #mechanism: string | undefined
  /** What the server offered at the latest login that succeeded. */
  #offer: StreamFeatures | undefined
  /** Whether what was saved has been tried. */
  #hasUsedSaved = false

  /** @throws JidError */
  constructor(options: ClientOptions, settings: Settings, owner: SessionKeeperOwner) {
    this.#options = options
    this.#settings = settings
    this.#owner = owner
    this.#address = parseJid(options.jid)
    this.account = bareOf(this.#address)
    const { logins = memoryLogins() } = options
    const { platform } = settings
    this.#device = logins && new DeviceLogin({ account: this.account, logins, platform })
  }

  /** The mechanism of the latest login of the connection there is. */
  get mechanism(): string | undefined {
    return this.#attempt?.mechanism
  }

  get status(): Status {
    return this.#status
  }

  start(): void {
    this.#mechanism = this.#options.leastMechanism
    const loaded = this.#device && this.#device.load()
    if (!(loaded instanceof Promise)) return this.#connect()
    void loaded.then(() => {
      if (!this.isClosed) this.#connect()
    })
  }

  /** Ends for good, in order if there is a session; settles when nothing is left of the connection. */
  async close(error?: XmppError): Promise<void> {
    const attempt = this.#attempt
    this.#finish(error)
    if (attempt) {
      attempt.close()
      await attempt.whenGone
    }
  }

  /** Gives up the connection there is, as broken. */
  giveUp(error: XmppError): void {
    this.#attempt?.abort(error)
  }

  bound(attempt: Attempt, jid: FullJid, features: StreamFeatures): void {
    if (attempt !== this.#attempt) return
    this.#jid = jid
    this.#succeeded(attempt)
    this.#become({ state: 'online', jid })
    this.#owner.online(attempt, jid, features)
  }

  resumed(attempt: Attempt, h: number): void {
    if (attempt !== this.#attempt || this.#jid === undefined) return
    this.#succeeded(attempt)
    this.#become({ state: 'online', jid: this.#jid })
    this.#owner.resumed(attempt, h)
  }

  notResumed(attempt: Attempt, h: number | undefined): void {
    if (attempt === this.#attempt) this.#owner.notResumed(h)
  }

  #succeeded(attempt: Attempt): void {
    this.#hadSession = true
    this.#failures = 0
    this.#redirect = undefined
    this.#redirects = 0
    // a later attempt takes nothing weaker: whoever stands between us cannot make it so
    const { mechanism, offer } = attempt
    this.#offer = offer
    this.#hasUsedSaved = true
    if (this.#device && offer) this.#device.learned(offer)
    if (mechanism !== undefined && !isForTokens(mechanism)) this.#mechanism = mechanism
  }

  element(attempt: Attempt, slice: Slice): void {
    if (attempt === this.#attempt) this.#owner.element(slice)
  }

  over(attempt: Attempt, error: XmppError | undefined): void {
    if (attempt !== this.#attempt || this.#status.state === 'closed') return
    this.#attempt = undefined
    const why = error ?? new StreamFailure('stream-closed', 'The stream was closed')
    const wasOnline = this.#status.state === 'online'
    // what it went by may be of yesterday: the same once more, by what is offered now
    if (!wasOnline && attempt.wasEarly && !(why instanceof AuthError)) return this.#connect()
    const willRetry = this.#mayRetry(why)
    if (wasOnline) this.#owner.offline(lostError(why, willRetry))
    // a listener may have closed the client
    if (this.isClosed) return
    if (!willRetry) return this.#finish(why)
    this.#follow(why)
    this.#waitAfter(why)
  }

  get isClosed(): boolean {
    return this.#status.state === 'closed'
  }

  #connect(): void {
    this.#become({ state: 'connecting', attempt: this.#failures + 1 })
    if (this.isClosed) return
    try {
      this.#attempt = this.#makeAttempt()
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error
      return this.#finish(error)
    }
    this.#attempt.start()
  }

  /** @throws PolicyError when there is nothing to log in with */
  #makeAttempt(): Attempt {
    const { connector } = this.#options
    const { timeoutMs } = this.#settings
    const stream = this.#streamOptions()
    return new Attempt({ connector, stream, timeoutMs, redirect: this.#redirect }, this)
  }

  #streamOptions(): Omit<InitiatorOptions, 'framing'> {
    const { lang, tls = 'required', allowPlain, resource, device } = this.#options
    const { platform, stageTimeoutMs, limits, software } = this.#settings
    const { clock, random, crypto } = platform
    const credentials = this.#credentials()
    const tokens = credentials.kind === 'password' && this.#maySave ? this.#device || undefined : undefined
    return {
      domain: domainOf(this.#address),
      from: localOf(this.#address) === undefined ? undefined : this.account,
      resource: resource ?? resourceOf(this.#address),
      resume: this.#owner.position,
      early: this.#takeOffer(),
      login: { credentials, crypto, allowPlain, pinnedMechanism: this.#mechanism, tokens },
      userAgent: { software: software.name, device },
      tag: software.name,
      lang,
      tls,
      clock,
      random,
      stageTimeoutMs,
      limits,
    }
  }

  /** Programs that keep no logins and connect once leave no device behind on the server. */
  get #maySave(): boolean {
    return this.#options.logins !== undefined || this.#hadSession
  }

  /** An offer is relied on once: after an attempt that fails the server is asked anew. */
  #takeOffer(): StreamFeatures | undefined {
    const saved = this.#hasUsedSaved || !this.#device ? undefined : this.#device.offer
    const offer = this.#offer ?? saved
    this.#hasUsedSaved = true
    this.#offer = undefined
    return offer
  }

  #credentials(): Credentials {
    const username = localOf(this.#address)
    const { password, certificate, token } = this.#options
    if (certificate)
      return { kind: 'certificate', authzid: username === undefined ? undefined : this.account }
    if (username === undefined) return { kind: 'anonymous' }
    if (token !== undefined)
      return { kind: 'bearer', username, token: typeof token === 'string' ? () => token : token }
    const isHeld = this.#device && this.#device.held !== undefined
    if (password !== undefined || isHeld) return { kind: 'password', username, password }
    throw new PolicyError(
      'no-credentials',
      `${this.account} needs a password, a token or a certificate to log in`,
    )
  }

  /** The first session must come at the first attempt: whoever mistyped an address wants to know. */
  #mayRetry(error: XmppError): boolean {
    if (!this.#hadSession || !isPassing(error)) return this.#isRedirect(error)
    return this.#failures < this.#settings.attempts
  }

  #isRedirect(error: XmppError): boolean {
    return error instanceof StreamFailure && error.host !== undefined && this.#redirects < maxRedirects
  }

  #follow(error: XmppError): void {
    const isRedirect = this.#isRedirect(error)
    this.#redirect = isRedirect && error instanceof StreamFailure ? error.host : undefined
    this.#redirects = isRedirect ? this.#redirects + 1 : 0
  }

  #waitAfter(error: XmppError): void {
    const { platform, backOff } = this.#settings
    const isRedirected = this.#redirect !== undefined
    const retryInMs = isRedirected ? 0 : waitBefore(this.#failures, platform.random.fraction(), backOff)
    this.#failures++
    this.#become({ state: 'offline', error, retryInMs })
    if (this.isClosed) return
    this.#retry = platform.clock.after(retryInMs, () => this.#connect())
  }

  #finish(error: XmppError | undefined): void {
    if (this.isClosed) return
    this.#retry?.cancel()
    this.#become({ state: 'closed', error })
    this.#owner.closed(error)
  }

  #become(status: Status): void {
    this.#status = status
    this.#owner.changed(status)
  }
}

/** A token says nothing of how strong the password's way was. */
function isForTokens(mechanism: string): boolean {
  return mechanism.startsWith('HT-')
}

/** Where there was a session, a network that answers in the server's place (a captive portal) passes, too. */
function isPassing(error: XmppError): boolean {
  return error.retryable || error instanceof TlsError || error instanceof ResolveError
}

function lostError(cause: XmppError, willRetry: boolean): DisconnectedError {
  return new DisconnectedError(`The session was lost: ${cause.message}`, { willRetry, cause })
}

/** A client: one account's session over all its connections, and what can be done with it. */
import { type BareJid, domainOf } from '@waxwing/jid'
import { Ping, type StreamFeatures, Version, VersionQuery } from '@waxwing/protocol'
import type { Element, Wire } from '@waxwing/xml'
import type { IqHandler, RestHandler } from './answers.ts'
import type { Chat } from './chat.ts'
import type { Disco } from './disco.ts'
import { type ClientEvents, Engine } from './engine.ts'
import type { Off } from './events.ts'
import type { Feed, FeedOptions } from './feed.ts'
import type { MessageHandler } from './messages.ts'
import type { ClientOptions } from './options.ts'
import type { Platform } from './platform.ts'
import type { Presences } from './presence.ts'
import type { Raw } from './raw.ts'
import type { Iq, RequestOptions } from './requests.ts'
import type { Roster } from './roster.ts'
import type { Status } from './session-keeper.ts'

/** Something added to a client: features it says it has, and handlers. */
export interface Extension<T> {
  /** Namespaces for service discovery. */
  readonly features?: readonly string[]
  /** Sets up handlers with `handle` and `onMessage`; called once. */
  attach(client: Client): T
}

/** Patience with open questions when draining. */
const drainTimeoutMs = 5000

export class Client {
  readonly iq: Iq
  readonly chat: Chat
  readonly roster: Roster
  readonly presence: Presences
  readonly disco: Disco
  readonly raw: Raw
  readonly platform: Platform
  readonly #engine: Engine
  readonly #signal: AbortSignal | undefined

  /** Does nothing yet: see `open`. @throws JidError */
  constructor(options: ClientOptions) {
    const engine = new Engine(options)
    this.#engine = engine
    this.#signal = options.signal
    this.iq = engine.iq
    this.chat = engine.chat
    this.roster = engine.roster
    this.presence = engine.presences
    this.disco = engine.disco
    this.raw = engine.raw
    this.platform = engine.platform
  }

  /** How it stands, in a word. */
  get state(): Status['state'] {
    return this.#engine.keeper.status.state
  }

  /** The address of the session, or of the last one; before the first the account. */
  get jid(): string {
    return this.#engine.latest?.jid ?? this.account
  }

  /** The account. */
  get account(): BareJid {
    return this.#engine.keeper.account
  }

  /** The server's address. */
  get domain(): string {
    return domainOf(this.account)
  }

  /** How the session was logged in, such as `SCRAM-SHA-256-PLUS`; `undefined` without one. RFC 6120 §6. */
  get mechanism(): string | undefined {
    return this.#engine.keeper.mechanism
  }

  /** What the server's stream offers, of the latest session. */
  get features(): StreamFeatures {
    return this.#engine.latest?.features ?? {}
  }

  /**
   * Connects; settles when the session is usable: bound, roster loaded, presence shown. Rejects with the `XmppError`
   * that stood in the way, or the signal's reason; the client is closed then.
   */
  async open(): Promise<void> {
    const signal = this.#signal
    signal?.throwIfAborted()
    const onAbort = (): void => void this.close()
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await this.#engine.open()
    } catch (error) {
      signal?.throwIfAborted()
      await this.close()
      throw error
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /**
   * Whether somebody looks, `true` at first: otherwise the server holds back what can wait, such as presence.
   * Told to every server that has a use for it. XEP-0352
   */
  setActive(isActive: boolean): void {
    this.#engine.isActive = isActive
  }

  /** Listens. Messages that came before anybody did are told first. */
  on<K extends keyof ClientEvents>(event: K, listener: (value: ClientEvents[K]) => void): Off {
    const { events, chat } = this.#engine
    const off = events.on(event, listener)
    if (event === 'message') for (const message of chat.takeBacklog()) events.emit('message', message)
    return off
  }

  /** How it stands, now and whenever that changes. */
  status(options: FeedOptions = {}): Feed<Status> {
    const { statusFeeds, keeper } = this.#engine
    return statusFeeds.open(keeper.status, options)
  }

  /** Answers questions of a kind with an element, or with an empty result. Throws if somebody does already. */
  handle<T>(question: Wire<T>, type: 'get' | 'set', handler: IqHandler<T, Element | undefined | void>): Off
  /** Answers questions of a kind with a value of `answer`. */
  handle<T, R, I>(
    question: Wire<T>,
    type: 'get' | 'set',
    answer: Wire<R, I>,
    handler: IqHandler<T, I | undefined>,
  ): Off
  handle<T, R, I>(
    question: Wire<T>,
    type: 'get' | 'set',
    ...rest:
      | [IqHandler<T, Element | undefined | void>]
      | [answer: Wire<R, I>, handler: IqHandler<T, I | undefined>]
  ): Off {
    const { answers } = this.#engine
    if (rest.length === 1) return answers.handle(question, type, undefined, rest[0])
    const [answer, handler] = rest
    return answers.handle<T, R, I>(question, type, answer, handler)
  }

  /**
   * Answers questions of a namespace that nobody else answers: for protocols that want what they do not know to be
   * answered. Throws if somebody does already.
   */
  handleRest(ns: string, handler: RestHandler): Off {
    return this.#engine.answers.handleRest(ns, handler)
  }

  /** Told of every message whose first known child is of this kind. */
  onMessage<T>(wire: Wire<T>, handler: MessageHandler<T>): Off {
    return this.#engine.messages.on(wire, handler)
  }

  /** Adds something to the client and gives what it provides. */
  use<T>(extension: Extension<T>): T {
    const attached = extension.attach(this)
    if (extension.features) this.disco.addFeatures(...extension.features)
    return attached
  }

  /** Milliseconds until somebody answered, the own server by default. Rejects as `iq.get`. XEP-0199. */
  async ping(jid: string = this.domain, options: RequestOptions = {}): Promise<number> {
    const { clock } = this.platform
    const start = clock.monotonic()
    await this.iq.get(Ping, jid, {}, undefined, options)
    return clock.monotonic() - start
  }

  /** Which software somebody runs. Rejects as `iq.get`. XEP-0092. */
  version(jid: string, options: RequestOptions = {}): Promise<Version> {
    return this.iq.get(VersionQuery, jid, {}, Version, options)
  }

  /** Says goodbye and closes for good; what still waits is given up. Never rejects. */
  async close(): Promise<void> {
    if (this.state === 'online') {
      this.presence.set(undefined)
      this.#engine.farewell()
    }
    await this.#engine.keeper.close()
  }

  /** Waits until every question is answered, 5 s unless `timeoutMs` says otherwise, then closes. */
  async drain(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const { timeoutMs = drainTimeoutMs } = options
    // whatever ends the waiting, closing follows
    await this.#engine.requests.whenIdle({ timeoutMs }).catch(() => {})
    await this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

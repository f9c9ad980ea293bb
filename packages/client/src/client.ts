/** A client: one account's session over all its connections, and what can be done with it. */
import { type BareJid, bareOf, domainOf, type FullJid } from '@waxwing/jid'
import {
  Caps,
  DiscoInfo,
  DiscoItems,
  Ping,
  ReceiptRequest,
  Roster as RosterQuery,
  type StreamFeatures,
  Version,
  VersionQuery,
} from '@waxwing/protocol'
import { type Element, type Slice, type Wire, WireError } from '@waxwing/xml'
import { Answers, type IqHandler } from './answers.ts'
import { Chat, type ChatMessage } from './chat.ts'
import { Disco } from './disco.ts'
import { DisconnectedError, StanzaError, type XmppError } from './errors.ts'
import { Emitter, type Off } from './events.ts'
import { Feed, type FeedOptions } from './feed.ts'
import { Inbound } from './inbound.ts'
import { KeepAlive } from './keep-alive.ts'
import { type MessageHandler, MessageHandlers } from './messages.ts'
import { type ClientOptions, type Settings, settingsOf } from './options.ts'
import { type Line, Outbox, type Outgoing } from './outbox.ts'
import type { Platform } from './platform.ts'
import { Presences } from './presence.ts'
import { Raw } from './raw.ts'
import { Iq, type RequestOptions, Requests } from './requests.ts'
import { Roster } from './roster.ts'
import { SessionKeeper, type SessionKeeperOwner, type Status } from './session-keeper.ts'

/** A session has begun. */
export interface SessionStart {
  readonly jid: FullJid
  readonly features: StreamFeatures
}

export interface ClientEvents {
  state: Status
  /** A session has begun; handlers, roster and presence are in place again by themselves. */
  session: SessionStart
  /** A message with text has come; the same as `chat.messages()` gives. */
  message: ChatMessage
  /** What a handler of the application has thrown. */
  fault: unknown
}

/** Something added to a client: features it says it has, and handlers. */
export interface Extension<T> {
  /** Namespaces for service discovery. */
  readonly features?: readonly string[]
  /** Sets up handlers with `handle` and `onMessage`; called once. */
  attach(client: Client): T
}

/** Patience with the other side when closing. */
const closeTimeoutMs = 5000

export class Client implements SessionKeeperOwner {
  readonly iq: Iq
  readonly chat: Chat
  readonly roster: Roster
  readonly presence: Presences
  readonly disco: Disco
  readonly raw: Raw
  readonly platform: Platform
  readonly #options: ClientOptions
  readonly #settings: Settings
  readonly #keeper: SessionKeeper
  readonly #outbox: Outbox
  readonly #requests: Requests
  readonly #answers: Answers
  readonly #messages = new MessageHandlers()
  readonly #events: Emitter<ClientEvents>
  readonly #statusFeeds = new Set<Feed<Status>>()
  readonly #keepAlive: KeepAlive
  readonly #inbound: Inbound
  #line: Line | undefined
  #features: StreamFeatures = {}
  #jid: FullJid | undefined
  #opening: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined

  /** Does nothing yet: see `open`. @throws JidError */
  constructor(options: ClientOptions) {
    const report = (fault: unknown): void => this.#report(fault)
    this.#options = options
    this.#settings = settingsOf(options)
    this.platform = this.#settings.platform
    this.#events = new Emitter(fault => this.platform.report(fault))
    this.#keeper = new SessionKeeper(options, this.#settings, this)
    this.#outbox = new Outbox(this.#settings.outbox)
    this.#requests = new Requests(this.platform, this.#outbox, this.#settings.requestTimeoutMs)
    this.#answers = new Answers(report)
    this.iq = new Iq(this.#requests)
    const send = (stanza: Outgoing): (() => boolean) => this.#send(stanza)
    const sendNow = (text: string): void => this.#outbox.addNow(text)
    const { presence = {}, receipts = 'contacts', identity } = options
    this.presence = new Presences({ sendNow, report }, presence === false ? undefined : presence)
    const { platform, presence: presences, iq } = this
    this.roster = new Roster({ platform, requests: this.#requests, presences, send, report })
    this.chat = new Chat({
      platform,
      send,
      sendNow,
      report,
      mayTell: jid =>
        receipts === 'everybody' ||
        (receipts === 'contacts' && (bareOf(jid) === this.account || this.roster.get(jid)?.seesUs === true)),
      told: message => this.#events.emit('message', message),
    })
    this.disco = new Disco(
      { platform, iq, presences, report },
      {
        identities: [identity ?? { category: 'client', type: 'bot', name: this.#settings.software.name }],
        software: this.#settings.software.uri,
        features: ownFeatures,
      },
    )
    this.raw = new Raw(send, this.#requests, fault => this.#report(fault))
    this.#keepAlive = new KeepAlive(this.platform.clock, this.#settings, {
      ask: async timeoutMs => {
        await this.iq.get(Ping, this.domain, {}, undefined, { timeoutMs })
      },
      giveUp: error => this.#keeper.giveUp(error),
    })
    this.#inbound = new Inbound({
      account: this.account,
      requests: this.#requests,
      answers: this.#answers,
      messages: this.#messages,
      chat: this.chat,
      roster: this.roster,
      presences,
    })
    this.#answerByDefault()
  }

  /** How it stands, in a word. */
  get state(): Status['state'] {
    return this.#keeper.status.state
  }

  /** The address of the session, or of the last one; before the first the account. */
  get jid(): string {
    return this.#jid ?? this.account
  }

  /** The account. */
  get account(): BareJid {
    return this.#keeper.account
  }

  /** The server's address. */
  get domain(): string {
    return domainOf(this.account)
  }

  /** What the server's stream offers, of the latest session. */
  get features(): StreamFeatures {
    return this.#features
  }

  /**
   * Connects; settles when the session is usable: bound, roster loaded, presence shown. Rejects with the `XmppError`
   * that stood in the way, or the signal's reason; the client is closed then.
   */
  async open(): Promise<void> {
    const { signal } = this.#options
    signal?.throwIfAborted()
    const onAbort = (): void => void this.close()
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await new Promise<void>((resolve, reject) => {
        this.#opening = { resolve, reject }
        this.#keeper.start()
      })
    } catch (error) {
      signal?.throwIfAborted()
      await this.close()
      throw error
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  on<K extends keyof ClientEvents>(event: K, listener: (value: ClientEvents[K]) => void): Off {
    const off = this.#events.on(event, listener)
    if (event === 'message')
      for (const message of this.chat.takeBacklog()) this.#events.emit('message', message)
    return off
  }

  /** How it stands, now and whenever that changes. */
  status(options: FeedOptions = {}): Feed<Status> {
    const feed = new Feed<Status>(options, ended => this.#statusFeeds.delete(ended))
    feed.push(this.#keeper.status)
    if (this.state === 'closed') feed.end()
    else this.#statusFeeds.add(feed)
    return feed
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
    if (rest.length === 1) return this.#answers.handle(question, type, undefined, rest[0])
    const [answer, handler] = rest
    return this.#answers.handle<T, R, I>(question, type, answer, handler)
  }

  /** Told of every message whose first known child is of this kind. */
  onMessage<T>(wire: Wire<T>, handler: MessageHandler<T>): Off {
    return this.#messages.on(wire, handler)
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
    if (this.state === 'online') this.presence.set(undefined)
    await this.#keeper.close()
  }

  /** Waits until every question is answered, 5 s unless `timeoutMs` says otherwise, then closes. */
  async drain(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const { timeoutMs = closeTimeoutMs } = options
    // whatever ends the waiting, closing follows
    await this.#requests.whenIdle({ timeoutMs }).catch(() => {})
    await this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  online(line: Line, jid: FullJid, features: StreamFeatures): void {
    this.#line = line
    this.#jid = jid
    this.#features = features
    this.#requests.online(jid)
    this.#outbox.open(line)
    const ready = Promise.all([this.#loadRoster(features), this.#showPresence(line)])
    this.#outbox.flush()
    this.#keepAlive.start()
    this.#events.emit('session', { jid, features })
    ready.then(
      () => this.#opened(),
      (error: unknown) => this.#opened(error),
    )
  }

  element(slice: Slice): void {
    this.#keepAlive.heard()
    try {
      this.raw.heard(slice)
      const line = this.#line
      this.#inbound.receive(slice, text => {
        // an answer belongs to the session of its question
        if (line && line === this.#line) line.send(text)
      })
    } catch (fault) {
      // what others send and we cannot read is their fault and harms nobody
      if (!(fault instanceof WireError)) this.#report(fault)
    }
  }

  offline(error: DisconnectedError): void {
    this.#line = undefined
    this.#keepAlive.stop()
    this.#outbox.shut()
    this.#requests.offline(error)
    this.presence.offline()
  }

  closed(error: XmppError | undefined): void {
    const why = error ?? new DisconnectedError('The client is closed', { willRetry: false })
    this.offline(new DisconnectedError(why.message, { willRetry: false, cause: error }))
    this.#outbox.fail(why)
    this.roster.fail(why)
    this.chat.end(error)
    for (const feed of this.#statusFeeds) feed.end()
    this.#opening?.reject(why)
    this.#opening = undefined
  }

  changed(status: Status): void {
    for (const feed of this.#statusFeeds) feed.push(status)
    this.#events.emit('state', status)
  }
  #send(stanza: Outgoing): () => boolean {
    return this.#outbox.add(stanza)
  }

  async #loadRoster(features: StreamFeatures): Promise<void> {
    if (this.#options.roster === false) return
    try {
      await this.roster.load(features.rosterVersioning ?? false)
    } catch (error) {
      // a server without rosters is a server all the same
      if (!(error instanceof StanzaError)) throw error
    }
  }

  /** Shows us as soon as it is known what we can do. */
  async #showPresence(line: Line): Promise<void> {
    await this.disco.advertised
    if (this.#line === line) this.presence.online()
  }

  #opened(error?: unknown): void {
    const opening = this.#opening
    this.#opening = undefined
    if (error === undefined) opening?.resolve()
    else if (opening) opening.reject(error as Error)
    else if (!(error instanceof DisconnectedError)) this.#report(error)
  }

  #report(fault: unknown): void {
    if (this.#events.has('fault')) this.#events.emit('fault', fault)
    else this.platform.report(fault)
  }

  #answerByDefault(): void {
    const { name, version, os } = this.#settings.software
    this.handle(Ping, 'get', () => undefined)
    this.handle(VersionQuery, 'get', Version, () => ({ name, version, os }))
    this.handle(DiscoInfo, 'get', DiscoInfo, question => this.disco.answerInfo(question))
    this.handle(DiscoItems, 'get', DiscoItems, ({ node }) => ({ node, items: [] }))
    this.handle(RosterQuery, 'set', (roster, { from }) => this.roster.receivePush(roster, from, this.account))
  }
}

/** What every client can do: XEP-0030 §3.1. */
const ownFeatures: readonly string[] = [
  Caps.ns,
  DiscoInfo.ns,
  DiscoItems.ns,
  Ping.ns,
  ReceiptRequest.ns,
  VersionQuery.ns,
]

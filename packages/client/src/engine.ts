/** What drives a client: its parts, and what happens to them as sessions come and go. */
import { bareOf, domainOf, type FullJid, type Jid } from '@waxwing/jid'
import {
  Caps,
  ClientActive,
  ClientInactive,
  DiscoInfo,
  DiscoItems,
  Ping,
  ReceiptRequest,
  Roster as RosterQuery,
  type SmPosition,
  type StreamFeatures,
  Version,
  VersionQuery,
} from '@waxwing/protocol'
import { type Slice, type Wire, WireError, writeWire } from '@waxwing/xml'
import { Answers } from './answers.ts'
import { Chat } from './chat.ts'
import type { ChatMessage } from './chat-message.ts'
import { Disco, type DiscoSelf } from './disco.ts'
import { DisconnectedError, StanzaError, type XmppError } from './errors.ts'
import { Emitter } from './events.ts'
import { Inbound, type InboundParts } from './inbound.ts'
import { KeepAlive } from './keep-alive.ts'
import { MessageKeeper } from './message-queue.ts'
import { MessageHandlers } from './messages.ts'
import { type ClientOptions, type Settings, settingsOf } from './options.ts'
import { type Line, Outbox, type Outgoing } from './outbox.ts'
import type { Platform } from './platform.ts'
import { Presences } from './presence.ts'
import { Raw } from './raw.ts'
import { Iq, Requests } from './requests.ts'
import { Roster } from './roster.ts'
import { SessionKeeper, type SessionKeeperOwner, type Status } from './session-keeper.ts'
import { StatusFeeds } from './status-feeds.ts'
import { StreamManagement } from './stream-management.ts'

/** A session has begun. */
export interface SessionStart {
  readonly jid: FullJid
  /** What the server's stream offers. */
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

export class Engine implements SessionKeeperOwner {
  readonly platform: Platform
  readonly events: Emitter<ClientEvents>
  readonly keeper: SessionKeeper
  readonly requests: Requests
  readonly answers: Answers
  readonly messages: MessageHandlers = new MessageHandlers()
  readonly iq: Iq
  readonly presences: Presences
  readonly roster: Roster
  readonly chat: Chat
  readonly disco: Disco
  readonly raw: Raw
  readonly statusFeeds: StatusFeeds = new StatusFeeds()
  /** The latest session. */
  latest: SessionStart | undefined
  readonly #options: ClientOptions
  readonly #settings: Settings
  readonly #outbox: Outbox
  readonly #management = new StreamManagement()
  readonly #kept: MessageKeeper
  readonly #keepAlive: KeepAlive
  #isActive = true
  readonly #inbound: Inbound
  #opening: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined

  /** @throws JidError */
  constructor(options: ClientOptions) {
    const settings = settingsOf(options)
    const { platform } = settings
    const report = (fault: unknown): void => this.#report(fault)
    const send = (stanza: Outgoing): (() => boolean) => this.#outbox.add(stanza)
    const sendNow = (text: string): void => this.#management.send({ text })
    this.#options = options
    this.#settings = settings
    this.platform = platform
    this.events = new Emitter(fault => platform.report(fault))
    this.keeper = new SessionKeeper(options, settings, this)
    this.#outbox = new Outbox(settings.outbox)
    this.requests = new Requests(platform, this.#outbox, settings.requestTimeoutMs)
    this.answers = new Answers(report)
    this.iq = new Iq(this.requests)
    const { presence = {} } = options
    const presences = new Presences({ sendNow, report }, presence === false ? undefined : presence)
    this.presences = presences
    this.roster = new Roster({ platform, requests: this.requests, presences, send, report })
    const mayTell = (jid: Jid): boolean => this.#mayTell(jid)
    const told = (message: ChatMessage): void => this.events.emit('message', message)
    const isManaged = (): boolean => this.latest?.features.streamManagement !== undefined
    this.#kept = new MessageKeeper(options.queue, { send, isManaged, report })
    const keep = (id: string, stanza: Outgoing): (() => boolean) => this.#kept.send(id, stanza)
    this.chat = new Chat({
      platform,
      account: this.keeper.account,
      send: keep,
      sendNow,
      report,
      mayTell,
      told,
    })
    this.disco = new Disco({ platform, iq: this.iq, presences, report }, selfOf(options, settings))
    this.raw = new Raw(send, this.requests, report)
    this.#keepAlive = this.#makeKeepAlive()
    this.#inbound = new Inbound({ ...this.#parts(), account: this.keeper.account })
    this.#answerByDefault()
  }

  /** Connects; settles when the session is usable, or with what stood in the way. */
  async open(): Promise<void> {
    if (this.#options.queue) await this.#kept.load()
    await new Promise<void>((resolve, reject) => {
      this.#opening = { resolve, reject }
      this.keeper.start()
    })
  }

  online(line: Line, jid: FullJid, features: StreamFeatures): void {
    this.latest = { jid, features }
    this.requests.online(jid)
    this.#management.begin(line, features)
    this.#outbox.open(this.#management)
    this.#tellAttention()
    const ready = Promise.all([this.#loadRoster(features), this.#showPresence()])
    this.#outbox.flush()
    this.#keepAlive.start()
    this.events.emit('session', this.latest)
    ready.then(
      () => this.#opened(),
      (error: unknown) => this.#opened(error),
    )
  }

  get position(): SmPosition | undefined {
    return this.#management.position
  }

  resumed(line: Line, h: number): void {
    this.#management.resume(line, h)
    // the server takes every new stream for active (XEP-0352 §5)
    this.#tellAttention()
    this.#outbox.open(this.#management)
    this.#outbox.flush()
    this.#keepAlive.start()
  }

  /** The client will close in order. */
  farewell(): void {
    this.#management.farewell()
  }

  /** Whether somebody looks. XEP-0352 */
  set isActive(isActive: boolean) {
    if (isActive === this.#isActive) return
    this.#isActive = isActive
    if (isActive) this.#tell(ClientActive)
    else this.#tellAttention()
  }

  #tellAttention(): void {
    if (!this.#isActive) this.#tell(ClientInactive)
  }

  #tell(state: Wire<unknown, Readonly<Record<never, never>>>): void {
    if (this.latest?.features.clientState) this.#management.sendNonza(writeWire(state, {}))
  }

  notResumed(h: number | undefined): void {
    this.#lose(new DisconnectedError('The session could not be resumed', { willRetry: true }), h)
  }

  element(slice: Slice): void {
    this.#keepAlive.heard()
    try {
      if (this.#management.receive(slice)) return
      this.raw.heard(slice)
      const { latest } = this
      this.#inbound.receive(slice, text => {
        // an answer belongs to the session of its question
        if (latest === this.latest) this.#management.send({ text })
      })
    } catch (fault) {
      // what others send and we cannot read is their fault and harms nobody
      if (!(fault instanceof WireError)) this.#report(fault)
    }
    this.#management.count()
  }

  offline(error: DisconnectedError): void {
    this.#keepAlive.stop()
    this.#outbox.shut()
    // what was asked may still be answered when the session goes on
    if (!this.#management.suspend() || !error.willRetry) this.#lose(error)
  }

  /** The session is over. What the server may not have, and can tell when it comes twice, waits for the next one. */
  #lose(error: DisconnectedError, h?: number): void {
    const left = this.#management.end(h)
    this.#outbox.putBack(left.filter(({ isRepeatable }) => isRepeatable))
    this.requests.offline(error)
    this.presences.offline()
  }

  closed(error: XmppError | undefined): void {
    const why = error ?? new DisconnectedError('The client is closed', { willRetry: false })
    this.offline(new DisconnectedError(why.message, { willRetry: false, cause: error }))
    this.#outbox.fail(why)
    this.roster.fail(why)
    this.chat.end(error)
    this.statusFeeds.end()
    this.#opening?.reject(why)
    this.#opening = undefined
  }

  changed(status: Status): void {
    this.statusFeeds.push(status)
    this.events.emit('state', status)
  }

  #parts(): Omit<InboundParts, 'account'> {
    const { requests, answers, messages, chat, roster, presences } = this
    return { requests, answers, messages, chat, roster, presences }
  }

  #makeKeepAlive(): KeepAlive {
    const domain = domainOf(this.keeper.account)
    return new KeepAlive(this.platform.clock, this.#settings, {
      ask: timeoutMs => this.iq.get(Ping, domain, {}, undefined, { timeoutMs }),
      giveUp: error => this.keeper.giveUp(error),
    })
  }

  /** Receipts tell of our presence: XEP-0184 §8. */
  #mayTell(jid: Jid): boolean {
    const { receipts = 'contacts' } = this.#options
    if (receipts !== 'contacts') return receipts === 'everybody'
    return this.roster.get(jid)?.seesUs === true || bareOf(jid) === this.keeper.account
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
  async #showPresence(): Promise<void> {
    const { latest } = this
    await this.disco.advertised
    if (this.latest === latest) this.presences.online()
  }

  #opened(error?: unknown): void {
    const opening = this.#opening
    this.#opening = undefined
    if (error === undefined) opening?.resolve()
    else if (opening) opening.reject(error as Error)
    else if (!(error instanceof DisconnectedError)) this.#report(error)
  }

  #report(fault: unknown): void {
    if (this.events.has('fault')) this.events.emit('fault', fault)
    else this.platform.report(fault)
  }

  #answerByDefault(): void {
    const { name, version, os } = this.#settings.software
    const { answers, roster, disco } = this
    const { account } = this.keeper
    answers.handle(Ping, 'get', undefined, () => undefined)
    answers.handle(VersionQuery, 'get', Version, () => ({ name, version, os }))
    answers.handle(DiscoInfo, 'get', DiscoInfo, (question, { from }) => disco.answerInfo(question, from))
    answers.handle(DiscoItems, 'get', DiscoItems, (question, { from }) => disco.answerItems(question, from))
    answers.handle(RosterQuery, 'set', undefined, (push, { from }) => roster.receivePush(push, from, account))
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

function selfOf({ identity }: ClientOptions, { software }: Settings): DiscoSelf {
  const bot = { category: 'client', type: 'bot', name: software.name }
  return { identities: [identity ?? bot], software: software.uri, features: ownFeatures }
}

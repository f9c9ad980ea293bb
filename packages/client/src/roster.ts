/** The roster: contacts, their subscriptions, and who asks for one. RFC 6121 §2, §3. */
import { type BareJid, bareOf, type Jid, parseBareJid, tryJid } from '@waxwing/jid'
import {
  CLIENT_NS,
  presenceIn,
  type RosterItem,
  Roster as RosterQuery,
  stanzaError,
  textFor,
} from '@waxwing/protocol'
import { type Slice, writeWire } from '@waxwing/xml'
import { Contact } from './contact.ts'
import { Emitter, type Off } from './events.ts'
import type { Outgoing } from './outbox.ts'
import type { Platform } from './platform.ts'
import type { Presences } from './presence.ts'
import type { RequestOptions, Requests } from './requests.ts'
import { type Settle, type WaitOptions, waitFor } from './waiting.ts'

/** Somebody who would like to see our presence. */
export interface SubscriptionRequest {
  readonly jid: BareJid
  /** What they say about it. */
  readonly note: string | undefined
  /** Lets them; `mutual` asks for the same in return. */
  accept(options?: { readonly mutual?: boolean }): void
  decline(): void
}

export interface RosterEvents {
  /** A contact is new or has changed. */
  change: Contact
  removed: BareJid
  /** A contact's availability changed. */
  presence: Contact
}

export interface AddOptions extends RequestOptions {
  readonly name?: string | undefined
  readonly groups?: readonly string[] | undefined
}

export interface SubscribeOptions extends WaitOptions {
  /** Told to them along with the request. */
  readonly note?: string | undefined
}

/** What became of a request for a subscription; `pending`: nothing, in the time given. */
export type SubscriptionAnswer = 'accepted' | 'declined' | 'pending'

/** What the roster needs of the client. */
export interface RosterPort {
  readonly platform: Platform
  readonly requests: Requests
  readonly presences: Presences
  send(stanza: Outgoing): () => boolean
  report(fault: unknown): void
}

/** Requests kept until somebody listens. */
const maxRequests = 256
const subscribeTimeoutMs = 30_000

type RequestHandler = (request: SubscriptionRequest) => void | Promise<void>

export class Roster implements Iterable<Contact> {
  readonly #port: RosterPort
  readonly #contacts = new Map<BareJid, Contact>()
  readonly #events: Emitter<RosterEvents>
  readonly #asked = new Map<BareJid, Set<Settle<SubscriptionAnswer>>>()
  readonly #requests = new Map<BareJid, SubscriptionRequest>()
  #onRequest: RequestHandler | undefined
  #ver: string | undefined

  constructor(port: RosterPort) {
    this.#port = port
    this.#events = new Emitter(fault => port.report(fault))
    port.presences.on('change', ({ jid }) => {
      const contact = this.#contacts.get(bareOf(jid))
      if (contact) this.#events.emit('presence', contact)
    })
  }

  get size(): number {
    return this.#contacts.size
  }

  get(jid: string): Contact | undefined {
    const known = tryJid(jid)
    return known === undefined ? undefined : this.#contacts.get(bareOf(known))
  }

  has(jid: string): boolean {
    return this.get(jid) !== undefined
  }

  [Symbol.iterator](): MapIterator<Contact> {
    return this.#contacts.values()
  }

  on<K extends keyof RosterEvents>(event: K, listener: (value: RosterEvents[K]) => void): Off {
    return this.#events.on(event, listener)
  }

  /** Adds somebody or changes their name and groups; subscriptions stay. RFC 6121 §2.3, §2.4. Rejects as `iq.set`. */
  async add(jid: string, options: AddOptions = {}): Promise<void> {
    const { name, groups = [], ...request } = options
    await this.#set({ jid: parseBareJid(jid), name, groups, subscription: 'none' }, request)
  }

  /** Removes somebody; all subscriptions end. RFC 6121 §2.5. Rejects as `iq.set`. */
  async remove(jid: string, options: RequestOptions = {}): Promise<void> {
    await this.#set({ jid: parseBareJid(jid), subscription: 'remove', groups: [] }, options)
  }

  /**
   * Asks to see somebody's presence (RFC 6121 §3.1) and waits for the answer: 30 s unless `timeoutMs` says
   * otherwise. A later answer shows in the contact.
   */
  async request(jid: string, options: SubscribeOptions = {}): Promise<SubscriptionAnswer> {
    const bare = parseBareJid(jid)
    if (this.#contacts.get(bare)?.isSeen) return 'accepted'
    const { note, timeoutMs = subscribeTimeoutMs, signal } = options
    return waitFor<SubscriptionAnswer>(this.#port.platform.clock, { signal }, 'answer', settle => {
      const waiting = this.#asked.get(bare) ?? new Set()
      this.#asked.set(bare, waiting)
      waiting.add(settle)
      const takeBack = this.#port.send({
        text: subscriptionText('subscribe', bare, note),
        isRepeatable: true,
        failed: settle.reject,
      })
      const timer = this.#port.platform.clock.after(timeoutMs, () => settle.resolve('pending'))
      return () => {
        timer.cancel()
        waiting.delete(settle)
        if (waiting.size === 0) this.#asked.delete(bare)
        if (signal?.aborted) takeBack()
      }
    })
  }

  /** Does not want to see somebody any more. RFC 6121 §3.3. */
  unsubscribe(jid: string): void {
    this.#port.send({ text: subscriptionText('unsubscribe', parseBareJid(jid)), isRepeatable: true })
  }

  /** Lets somebody see our presence, also before they ask (RFC 6121 §3.4). */
  approve(jid: string): void {
    this.#port.send({ text: subscriptionText('subscribed', parseBareJid(jid)), isRepeatable: true })
  }

  /** Does not let somebody see our presence any more, or not at all. RFC 6121 §3.2. */
  revoke(jid: string): void {
    this.#port.send({ text: subscriptionText('unsubscribed', parseBareJid(jid)), isRepeatable: true })
  }

  /** Decides about those who would like to see our presence; without it they wait. Those who wait are told at once. */
  onRequest(handler: RequestHandler): Off {
    this.#onRequest = handler
    for (const request of this.#requests.values()) this.#decide(handler, request)
    return () => {
      if (this.#onRequest === handler) this.#onRequest = undefined
    }
  }

  /** A session begins. Rejects as a request does. RFC 6121 §2.2, §2.6. */
  async load(hasVersions: boolean): Promise<void> {
    const ver = hasVersions ? (this.#ver ?? '') : undefined
    const question = writeWire(RosterQuery, { ver, items: [] }, CLIENT_NS)
    const slice = await this.#port.requests.ask('get', undefined, question)
    const roster = slice.readChild(RosterQuery)
    // RFC 6121 §2.6.3: nothing has changed
    if (roster) this.#replace(roster)
  }

  /** A push, RFC 6121 §2.1.6. @param written the sender as it stands on the wire. Throws `StanzaError` */
  receivePush(roster: RosterQuery, from: Jid, own: BareJid): void {
    if (from !== own) throw stanzaError('service-unavailable')
    this.#ver = roster.ver ?? this.#ver
    for (const item of roster.items) this.#take(item)
  }

  /** Presence that concerns subscriptions. Answers whether it did. */
  receivePresence(slice: Slice, from: Jid): boolean {
    const bare = bareOf(from)
    switch (slice.attr('type')) {
      case 'subscribe':
        this.#onSubscribe(slice, bare)
        return true
      case 'subscribed':
        this.#settle(bare, 'accepted')
        return true
      case 'unsubscribed':
        this.#settle(bare, 'declined')
        return true
      case 'unsubscribe':
        this.#requests.delete(bare)
        return true
      default:
        return false
    }
  }

  /** No session will come any more. */
  fail(error: Error): void {
    for (const waiting of this.#asked.values()) for (const { reject } of waiting) reject(error)
  }

  async #set(item: RosterItem, options: RequestOptions): Promise<void> {
    const text = writeWire(RosterQuery, { items: [item] }, CLIENT_NS)
    await this.#port.requests.ask('set', undefined, text, options)
  }

  #replace({ items, ver }: RosterQuery): void {
    this.#ver = ver
    const kept = new Set(items.map(item => item.jid))
    for (const jid of this.#contacts.keys()) if (!kept.has(jid)) this.#remove(jid)
    for (const item of items) this.#take(item)
  }

  #take(item: RosterItem): void {
    if (item.subscription === 'remove') return this.#remove(item.jid)
    const known = this.#contacts.get(item.jid)
    known?.update(item)
    const contact = known ?? new Contact(item, this.#port.presences)
    this.#contacts.set(item.jid, contact)
    if (contact.isSeen) this.#settle(item.jid, 'accepted')
    this.#events.emit('change', contact)
  }

  #remove(jid: BareJid): void {
    if (this.#contacts.delete(jid)) this.#events.emit('removed', jid)
  }

  #settle(jid: BareJid, answer: SubscriptionAnswer): void {
    for (const { resolve } of this.#asked.get(jid) ?? []) resolve(answer)
  }

  #onSubscribe(slice: Slice, jid: BareJid): void {
    const { statuses } = slice.read(presenceIn(CLIENT_NS))
    const request: SubscriptionRequest = {
      jid,
      note: textFor(statuses ?? []),
      accept: ({ mutual = false } = {}) => {
        this.#requests.delete(jid)
        this.approve(jid)
        if (mutual && !this.#contacts.get(jid)?.isSeen)
          this.#port.send({ text: subscriptionText('subscribe', jid), isRepeatable: true })
      },
      decline: () => {
        this.#requests.delete(jid)
        this.revoke(jid)
      },
    }
    if (this.#requests.has(jid) || this.#requests.size < maxRequests) this.#requests.set(jid, request)
    if (this.#onRequest) this.#decide(this.#onRequest, request)
  }

  #decide(handler: RequestHandler, request: SubscriptionRequest): void {
    const report = (fault: unknown): void => this.#port.report(fault)
    try {
      handler(request)?.then(undefined, report)
    } catch (fault) {
      report(fault)
    }
  }
}

type SubscriptionType = 'subscribe' | 'subscribed' | 'unsubscribe' | 'unsubscribed'

function subscriptionText(type: SubscriptionType, to: BareJid, note?: string): string {
  const statuses = note === undefined ? [] : [{ text: note }]
  return writeWire(presenceIn(CLIENT_NS), { to, type, statuses }, CLIENT_NS)
}

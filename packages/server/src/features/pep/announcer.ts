/** Who hears of an account's nodes: its own resources, contacts, and subscribers. XEP-0163 §4.3. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import { type Random, randomId } from '@waxwing/stream'
import type { Now } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import type { Stanza } from '../../router/stanza.ts'
import type { BlockingApi } from '../blocking/feature.ts'
import { whyNotRead } from '../pubsub/access.ts'
import type { PubsubNode, Relation } from '../pubsub/node.ts'
import type { RosterApi } from '../roster/feature.ts'
import type { Contact } from '../roster/roster.ts'
import { theySee } from '../roster/subscription.ts'
import type { Interests, Wanted } from './interests.ts'
import { SharedMessage } from './shared-message.ts'
import type { Visitors } from './visitors.ts'

/** Marks what went out in an account's name and may come back as an error. */
const idMark = 'event-'

/** An error somebody's server answered a notification with: nobody's client has sent it. XEP-0163 §4.3.1 */
export function isBounce({ kind, type, id }: Stanza): boolean {
  return kind === 'message' && type === 'error' && id !== undefined && id.startsWith(idMark)
}

/** What a contact of the roster is to the account's nodes. */
export function relationOfContact(contact: Contact | undefined): Relation {
  const seesPresence = contact !== undefined && theySee(contact.subscription)
  return { isOwner: false, seesPresence, groups: contact?.groups ?? [] }
}

export interface AnnouncerParts {
  readonly host: Host
  readonly random: Random
  readonly rosters: RosterApi
  readonly blocking: BlockingApi
  readonly interests: Interests
  readonly visitors: Visitors
  /** Told of subscriptions whose owners may not read any more. XEP-0163 §7.1 */
  readonly lost: (account: BareJid, node: string, jids: readonly Jid[]) => void
}

export class Announcer {
  readonly #parts: AnnouncerParts

  constructor(parts: AnnouncerParts) {
    this.#parts = parts
  }

  /** Tells everybody. What goes wrong on the way harms only whom it was for. */
  announce(account: BareJid, node: PubsubNode, notice: string): void {
    const message = this.#message(account, node, notice)
    this.#toOwn(account, node, message)
    this.#toOthers(account, node, message).catch((error: unknown) =>
      this.#parts.host.log.error({ error, account }, 'A notification could not be sent'),
    )
  }

  /** Tells one address, unless one of the two has blocked the other. */
  async tell(account: BareJid, node: PubsubNode, to: Jid, notice: string): Promise<void> {
    if (bareOf(to) !== account && (await this.#isBarred(account, to))) return
    this.#parts.host.send(this.#message(account, node, notice).to(to))
  }

  #message(account: BareJid, { config }: PubsubNode, notice: string): SharedMessage {
    const id = idMark + randomId(this.#parts.random)
    return new SharedMessage(account, config.notificationType, id, notice)
  }

  #toOwn(account: BareJid, node: PubsubNode, message: SharedMessage): void {
    const { host } = this.#parts
    for (const { presence, jid } of host.online(account)?.available() ?? [])
      if (presence) this.#ifWanted(presence, node.name, () => host.send(message.to(jid)))
  }

  async #toOthers(account: BareJid, node: PubsubNode, message: SharedMessage): Promise<void> {
    const { contacts } = await this.#parts.rosters.of(account)
    const reached = new Set<BareJid>()
    for (const [jid, contact] of contacts) {
      if (contact.subscription !== 'both' || whyNotRead(node, jid, relationOfContact(contact))) continue
      if (await this.#toContact(account, node, jid, message)) reached.add(jid)
    }
    if (node.subscriptions.size > 0) await this.#toSubscribers(account, node, contacts, reached, message)
  }

  /** @returns whether any resource of the contact wants to hear of the node */
  async #toContact(
    account: BareJid,
    node: PubsubNode,
    contact: BareJid,
    message: SharedMessage,
  ): Promise<boolean> {
    const { interests, host } = this.#parts
    let isReached = false
    for (const presence of this.#seen(account, contact)) {
      const wanted = interests.of(presence)
      // Whoever has yet to say what they want does not keep the others waiting.
      if (wanted instanceof Promise) void this.#later(account, node, presence, wanted, message)
      else if (wanted.has(node.name) && !(await this.#isBarred(account, presence.from))) {
        host.send(message.to(presence.from))
        isReached = true
      }
    }
    return isReached
  }

  async #later(
    account: BareJid,
    { name }: PubsubNode,
    { from }: Stanza,
    wanted: Promise<Wanted>,
    message: SharedMessage,
  ): Promise<void> {
    if ((await wanted).has(name) && !(await this.#isBarred(account, from)))
      this.#parts.host.send(message.to(from))
  }

  /** The presence of each available resource of a contact that the account may know of. */
  *#seen(account: BareJid, contact: BareJid): Generator<Stanza> {
    for (const { presence } of this.#parts.host.router.sessions.account(contact)?.available() ?? [])
      if (presence) yield presence
    yield* this.#parts.visitors.of(account, contact)
  }

  async #toSubscribers(
    account: BareJid,
    node: PubsubNode,
    contacts: ReadonlyMap<BareJid, Contact>,
    reached: ReadonlySet<BareJid>,
    message: SharedMessage,
  ): Promise<void> {
    const lost: Jid[] = []
    for (const [jid, state] of node.subscriptions) {
      const who = bareOf(jid)
      const relation = { ...relationOfContact(contacts.get(who)), isOwner: who === account }
      if (whyNotRead(node, jid, relation)) lost.push(jid)
      else if (state === 'subscribed' && !reached.has(who) && !(await this.#isBarred(account, jid)))
        this.#parts.host.send(message.to(jid))
    }
    const ended = lost.filter(jid => node.subscriptions.get(jid) === 'subscribed')
    if (ended.length > 0) this.#parts.lost(account, node.name, ended)
  }

  #ifWanted(presence: Stanza, node: string, then: () => void): void {
    const wanted = this.#parts.interests.of(presence)
    if (wanted instanceof Promise) void wanted.then(found => found.has(node) && then())
    else if (wanted.has(node)) then()
  }

  /** Either has blocked the other: nothing goes out, and nobody learns why. XEP-0163 §4.3.3 */
  #isBarred(account: BareJid, other: Jid): Now<boolean> {
    const { blocking, host } = this.#parts
    const hides = blocking.hides(account, other)
    const isShut = host.isLocal(other) ? blocking.hides(bareOf(other), account) : false
    if (typeof hides === 'boolean' && typeof isShut === 'boolean') return hides || isShut
    return Promise.all([hides, isShut]).then(both => both.includes(true))
  }
}

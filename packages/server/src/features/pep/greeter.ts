/** Whoever comes gets the last items of the nodes they want to hear of. XEP-0163 §4.3.3, §4.3.4. */
import { type BareJid, bareOf, domainOf, type Jid } from '@waxwing/jid'
import type { Host } from '../../kernel/host.ts'
import type { Stanza } from '../../router/stanza.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { whyNotRead } from '../pubsub/access.ts'
import type { PubsubNode } from '../pubsub/node.ts'
import type { NodeStore } from '../pubsub/node-store.ts'
import { publishedNotice } from '../pubsub/notices.ts'
import type { Reading } from '../pubsub/reading.ts'
import type { RosterApi } from '../roster/feature.ts'
import { type Announcer, relationOfContact } from './announcer.ts'
import { capsIn, type Interests, nothing, type Wanted } from './interests.ts'

/** What accounts of a host do for those who come. */
export interface Welcome {
  holds(account: BareJid): boolean
  /** No account has anything. */
  readonly isEmpty: boolean
  /** Sends the last items of an account's nodes to one resource that may have them. */
  greet(account: BareJid, who: Jid, wanted: Wanted): Promise<void>
}

export interface GreeterParts {
  readonly host: Host
  readonly store: NodeStore
  readonly reading: Reading
  readonly rosters: RosterApi
  readonly interests: Interests
  readonly announcer: Announcer
  /** The same of another host of this server. */
  readonly welcomeOf: (host: Host) => Welcome | undefined
}

/** What a session was greeted for: its capabilities, and the nodes it wants. */
interface Greeted {
  readonly ver: string
  readonly wanted: Wanted
}

export class Greeter implements Welcome {
  readonly #parts: GreeterParts
  readonly #greeted = new WeakMap<ClientSession, Greeted>()

  constructor(parts: GreeterParts) {
    this.#parts = parts
  }

  holds(account: BareJid): boolean {
    return this.#parts.store.holds(account)
  }

  /** A session has said how it is: when it wants what it did not want before, it gets the last of it. */
  shown(session: ClientSession): void {
    const { presence } = session
    if (this.#isQuiet()) return
    const caps = presence && capsIn(presence)
    if (!caps || this.#greeted.get(session)?.ver === caps.ver) return
    const before = this.#greeted.get(session)?.wanted ?? nothing
    this.#greeted.set(session, { ver: caps.ver, wanted: before })
    this.#welcome(session, presence, caps.ver, before).catch((error: unknown) =>
      this.#parts.host.log.error({ error }, 'Last items could not be sent'),
    )
  }

  /** Nobody on the whole server has published anything yet: nothing is looked at, and nothing kept. */
  #isQuiet(): boolean {
    const { host, store, welcomeOf } = this.#parts
    if (!store.isEmpty) return false
    for (const other of host.router.hosts())
      if (other !== host && welcomeOf(other)?.isEmpty === false) return false
    return true
  }

  get isEmpty(): boolean {
    return this.#parts.store.isEmpty
  }

  async #welcome(session: ClientSession, presence: Stanza, ver: string, before: Wanted): Promise<void> {
    const around = await this.#around(session)
    // Nobody asks a client what it wants to hear of before there is anything.
    if (around.length === 0) return
    const wanted = await this.#parts.interests.of(presence)
    this.#greeted.set(session, { ver, wanted })
    const added = new Set([...wanted].filter(name => !before.has(name)))
    if (added.size === 0) return
    for (const [account, welcome] of around) await welcome.greet(account, session.jid, added)
  }

  /** The account itself and contacts on both sides that have nodes. */
  async #around({ account, host }: ClientSession): Promise<readonly (readonly [BareJid, Welcome])[]> {
    const found: [BareJid, Welcome][] = this.holds(account.jid) ? [[account.jid, this]] : []
    const { contacts } = await this.#parts.rosters.of(account.jid)
    for (const [jid, { subscription }] of contacts) {
      if (subscription !== 'both') continue
      const theirs = host.isLocal(jid) ? this : this.#elsewhere(jid)
      if (theirs?.holds(jid)) found.push([jid, theirs])
    }
    return found
  }

  #elsewhere(jid: BareJid): Welcome | undefined {
    const host = this.#parts.host.router.host(domainOf(jid))
    return host && this.#parts.welcomeOf(host)
  }

  /** Two have come to see each other: the resources of both get what the other has to tell. XEP-0060 §12.2 */
  async granted(account: BareJid, contact: BareJid): Promise<void> {
    if ((await this.#parts.rosters.contact(account, contact))?.subscription !== 'both') return
    await this.#introduce(account, contact)
    await this.#introduce(contact, account)
  }

  async #introduce(holder: BareJid, visitor: BareJid): Promise<void> {
    const theirs = this.#parts.host.isLocal(holder) ? this : this.#elsewhere(holder)
    if (!theirs?.holds(holder)) return
    for (const { presence } of this.#parts.host.router.sessions.account(visitor)?.available() ?? [])
      if (presence) await theirs.greet(holder, presence.from, await this.#parts.interests.of(presence))
  }

  async greet(account: BareJid, who: Jid, wanted: Wanted): Promise<void> {
    const nodes = [...(await this.#parts.store.of(account)).values()].filter(
      node => node.items > 0 && node.config.sendLast === 'on_sub_and_presence' && wanted.has(node.name),
    )
    if (nodes.length === 0) return
    const isOwner = bareOf(who) === account
    const contact = isOwner ? undefined : await this.#parts.rosters.contact(account, bareOf(who))
    if (!isOwner && contact?.subscription !== 'both') return
    const relation = { ...relationOfContact(contact), isOwner }
    for (const node of nodes) if (!whyNotRead(node, who, relation)) await this.#sendLast(account, node, who)
  }

  async #sendLast(account: BareJid, node: PubsubNode, who: Jid): Promise<void> {
    const last = await this.#parts.reading.last(account, node)
    if (!last || !node.config.deliverNotifications) return
    const told = node.config.deliverPayloads ? last : { ...last, payload: '' }
    await this.#parts.announcer.tell(account, node, who, publishedNotice(node.name, [told], last.at))
  }

  /** Somebody from outside has come to an account. */
  visited(account: BareJid, presence: Stanza): void {
    if (!this.holds(account)) return
    this.#visit(account, presence).catch((error: unknown) =>
      this.#parts.host.log.error({ error }, 'Last items could not be sent'),
    )
  }

  async #visit(account: BareJid, presence: Stanza): Promise<void> {
    await this.greet(account, presence.from, await this.#parts.interests.of(presence))
  }
}

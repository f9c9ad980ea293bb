/** The roster and its pushes. RFC 6121 §2; who sees whose presence is decided by the presence feature. */
import type { BareJid } from '@waxwing/jid'
import { CLIENT_NS, Roster, type RosterItem, stanzaError } from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, onGet, onSet } from '../../kernel/feature.ts'
import { hook, type Now } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { slot } from '../../session/account.ts'
import { portableRosters } from './portable.ts'
import {
  type Contact,
  changesSince,
  isShown,
  newContact,
  Rosters,
  rosterShapes,
  type Roster as StoredRoster,
} from './roster.ts'
import { farewell, theySee } from './subscription.ts'

/** What other features may do with rosters. */
export interface RosterApi {
  /** The roster of any local account; at once while it is online. */
  of(account: BareJid): Now<StoredRoster>
  /** One contact of any local account, whether or not the account is online: less to read than the roster. */
  contact(account: BareJid, contact: BareJid): Now<Contact | undefined>
  /** Whether the account may have another contact. */
  hasRoom(contacts: ReadonlyMap<BareJid, Contact>): boolean
  /**
   * Changes one contact and tells the account's interested resources. Settles when it is durable.
   *
   * @param beforePush runs when it is durable and before the resources are told (RFC 6121 §3.1.6); they are told only if
   *   the contact looks different then. Without it they are told in any case: the user has set the item (§2.3.2).
   */
  change(
    account: BareJid,
    contact: BareJid,
    change: (contact: Contact | undefined) => Contact | undefined,
    beforePush?: () => void,
  ): Promise<void>
}

const kept = slot<{ contacts: Map<BareJid, Contact>; ver: number }>('roster')

class LiveRosters implements RosterApi {
  readonly #rosters: Rosters
  readonly #host: Host
  readonly #maxItems: number

  constructor(rosters: Rosters, host: Host, maxItems: number) {
    this.#rosters = rosters
    this.#host = host
    this.#maxItems = maxItems
  }

  hasRoom(contacts: ReadonlyMap<BareJid, Contact>): boolean {
    return contacts.size < this.#maxItems
  }

  contact(account: BareJid, contact: BareJid): Now<Contact | undefined> {
    const live = this.#live(account)
    return live ? live.contacts.get(contact) : this.#rosters.contact(account, contact)
  }

  of(account: BareJid): Now<StoredRoster> {
    const online = this.#host.online(account)
    if (!online) return this.#rosters.load(account)
    const live = kept.of(online)
    if (live) return live
    const loaded = this.#rosters.load(account)
    if (loaded instanceof Promise) return loaded.then(roster => this.#keep(account, roster))
    return this.#keep(account, loaded)
  }

  #keep(account: BareJid, roster: StoredRoster): StoredRoster {
    const online = this.#host.online(account)
    if (!online) return roster
    // Of two loads under way the later one may be older than a change made in between.
    const live = kept.of(online)
    if (live) return live
    kept.set(online, { contacts: new Map(roster.contacts), ver: roster.ver })
    return roster
  }

  async change(
    account: BareJid,
    contact: BareJid,
    change: (contact: Contact | undefined) => Contact | undefined,
    beforePush?: () => void,
  ): Promise<void> {
    let before: Contact | undefined
    let after: Contact | undefined
    const ver = await this.#rosters.change(account, contact, (present, coming) => {
      before = present
      const next = change(present)
      after = next && { ...next, ver: coming }
      this.#remember(account, contact, after)
      return after
    })
    const live = this.#live(account)
    if (live) live.ver = Math.max(live.ver, ver)
    beforePush?.()
    const was = pushOf(contact, before, ver)
    const is = pushOf(contact, after, ver)
    const isVisible = (before && isShown(before)) || (after && isShown(after))
    if (isVisible && (beforePush === undefined || was !== is)) this.#push(account, is)
  }

  #live(account: BareJid): { contacts: Map<BareJid, Contact>; ver: number } | undefined {
    const online = this.#host.online(account)
    return online && kept.of(online)
  }

  /** Memory changes in the same moment as the store, so nobody sees an older state. */
  #remember(account: BareJid, contact: BareJid, state: Contact | undefined): void {
    const contacts = this.#live(account)?.contacts
    if (state === undefined) contacts?.delete(contact)
    else contacts?.set(contact, state)
  }

  #push(account: BareJid, payload: string): void {
    for (const session of this.#host.online(account)?.sessions.values() ?? [])
      if (session.isInterested) this.#host.push(session, payload)
  }
}

function pushOf(contact: BareJid, state: Contact | undefined, ver: number): string {
  const item =
    state && isShown(state)
      ? itemOf(contact, state)
      : { jid: contact, subscription: 'remove' as const, groups: [] }
  return writeWire(Roster, { ver: String(ver), items: [item] }, CLIENT_NS)
}

function itemOf(jid: BareJid, { name, subscription, pendingOut, approved, groups }: Contact): RosterItem {
  return { jid, name, subscription, ask: pendingOut ? 'subscribe' : undefined, approved, groups }
}

export const roster = defineFeature({
  name: 'roster',
  implements: [
    { spec: 'RFC 6121', coverage: 'complete', note: '§2' },
    { spec: 'XEP-0237', version: '1.3', coverage: 'complete' },
  ],
  config: {
    maxItems: setting.count(5_000, 'Contacts an account may have.', { min: 1, max: 1_000_000 }),
    maxNameBytes: setting.bytes('1 KiB', 'Longest name a contact or group may have.', {
      min: 1,
      max: 65_536,
    }),
    maxGroups: setting.count(64, 'Groups one contact may be in.', { max: 1_000 }),
  },
  store: rosterShapes,
  setup({ config, store, host }) {
    const rosters = new Rosters(store)
    const live = new LiveRosters(rosters, host, config.maxItems)

    function checked(items: readonly RosterItem[]): RosterItem {
      const [item] = items
      if (!item || items.length !== 1) throw stanzaError('bad-request', 'A roster set has exactly one item')
      const tooLong = (text: string): boolean => new TextEncoder().encode(text).length > config.maxNameBytes
      if (item.name !== undefined && tooLong(item.name))
        throw stanzaError('not-acceptable', 'The name is too long')
      if (item.groups.some(group => group === '')) throw stanzaError('not-acceptable', 'A group has no name')
      if (item.groups.some(tooLong)) throw stanzaError('not-acceptable', 'A group name is too long')
      if (item.groups.length > config.maxGroups) throw stanzaError('not-acceptable', 'Too many groups')
      if (new Set(item.groups).size !== item.groups.length)
        throw stanzaError('bad-request', 'A group is named twice')
      return item
    }

    /** Both sides end what they had. RFC 6121 §2.5.2, §2.5.3. */
    async function takeOut(account: BareJid, contact: BareJid): Promise<void> {
      let was: Contact | undefined
      await live.change(account, contact, present => {
        was = present && isShown(present) ? present : undefined
        return was ? undefined : present
      })
      if (!was) throw stanzaError('item-not-found', 'This contact is not in the roster')
      const wasSeen = theySee(was.subscription)
      await host.hooks.tell('roster:removed', { account, contact, wasSeen, farewell: farewell(was) })
    }

    return {
      api: live,
      streamFeatures: {
        afterLogin: () => "<ver xmlns='urn:xmpp:features:rosterver'/>",
      },
      iq: [
        onGet(Roster, 'self', async ({ payload, account, session }) => {
          if (session) session.isInterested = true
          const known = await live.of(account)
          const { contacts, ver } = known
          if (payload.ver !== undefined && payload.ver === String(ver)) return ''
          const changed = session && changesSince(payload.ver, known, await rosters.removedAt(account))
          if (changed)
            return {
              payload: '',
              more: () => {
                for (const [jid, contact] of changed) host.push(session, pushOf(jid, contact, contact.ver))
              },
            }
          const items = [...contacts].filter(([, c]) => isShown(c)).map(([jid, c]) => itemOf(jid, c))
          return writeWire(Roster, { ver: String(ver), items }, CLIENT_NS)
        }),
        onSet(Roster, 'self', async ({ payload, account }) => {
          const item = checked(payload.items)
          if (item.subscription === 'remove') return takeOut(account, item.jid)
          const { contacts } = await live.of(account)
          if (!contacts.has(item.jid) && !live.hasRoom(contacts))
            throw stanzaError('resource-constraint', 'The roster is full')
          await live.change(account, item.jid, present => ({
            ...(present ?? newContact),
            isListed: true,
            name: item.name,
            groups: item.groups,
          }))
        }),
        // Everybody hears it of everybody, whether or not there is such an account. RFC 6121 §2.3.3
        onSet(Roster, 'account', () => {
          throw stanzaError('forbidden', 'Only the owner may change a roster')
        }),
      ],
      portable: portableRosters(live, itemOf),
      hooks: [hook('account:removed', 'store', ({ account }) => rosters.forget(account))],
    }
  },
})

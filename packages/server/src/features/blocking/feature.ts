/** Blocking Command (XEP-0191): who may not reach an account. */
import { type BareJid, bareOf, domainOf, type Jid } from '@waxwing/jid'
import { Block, Blocklist, blockedCondition, CLIENT_NS, stanzaError, Unblock } from '@waxwing/protocol'
import { readWire, type Wire, writeWire } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature, onGet, onSet } from '../../kernel/feature.ts'
import { hook, type Now, type Verdict } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { Stanza } from '../../router/stanza.ts'
import { slot } from '../../session/account.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { allKeys, column, key, type Mapped, mapped } from '../../store/store.ts'
import { type RosterApi, roster } from '../roster/feature.ts'
import { seesThem, theySee } from '../roster/subscription.ts'
import { BlockList } from './block-list.ts'

export interface BlockingApi {
  /** Whether the account has blocked this address. */
  blocks(account: BareJid, other: Jid): Now<boolean>
  /** Whether the account's presence must not reach this address: it is blocked, or another feature says so. */
  hides(account: BareJid, other: Jid, session?: ClientSession): Now<boolean>
  /** Whom the account has blocked. */
  blocked(account: BareJid): Promise<ReadonlySet<Jid>>
  /**
   * Blocks these and nobody else; the account's clients and contacts hear of what changed.
   *
   * @throws StanzaError resource-constraint
   */
  replace(account: BareJid, jids: ReadonlySet<Jid>): Promise<void>
  /** Lets another feature keep presence from going out. */
  hide(check: PresenceCheck): void
}

/** `true`: the presence must not go there. `session`: whose presence it is, if it is that of one. */
export type PresenceCheck = (account: BareJid, other: Jid, session: ClientSession | undefined) => Now<boolean>

const kept = slot<BlockList>('block list')
const asked = new WeakSet<ClientSession>()

export const blocking = defineFeature({
  name: 'blocking',
  implements: [{ spec: 'XEP-0191', version: '1.3', coverage: 'complete' }],
  needs: { roster },
  disco: { host: [Block.ns] },
  config: {
    maxItems: setting.count(1_000, 'Addresses one account may block.', { min: 1, max: 100_000 }),
  },
  store: {
    items: mapped(key<BareJid>('owner'), key<Jid>('blocked'), { since: column.time() }),
  },
  async setup({ config, store, needs, host, clock }) {
    const lists = new BlockLists(store.items, host, await allKeys(store.items))
    const tellContact = new ContactPresence(host, needs.roster)

    /** What the account's clients are told: those that have asked for the list. XEP-0191 §3.3. */
    function push(account: BareJid, wire: typeof Block, jids: readonly Jid[]): void {
      const payload = writeWire(wire, { items: jids.map(jid => ({ jid })) }, CLIENT_NS)
      for (const session of host.online(account)?.sessions.values() ?? [])
        if (asked.has(session)) host.push(session, payload)
    }

    async function change(
      account: BareJid,
      wire: Wire<{ readonly items: readonly { jid: Jid }[] }>,
      jids: readonly Jid[],
      /** Whom the request named; nobody means everybody. XEP-0191 §3.5 */
      named = jids,
    ) {
      const isBlock = wire === Block
      if (isBlock) lists.blockers.add(account)
      const list = await lists.of(account)
      const writes = jids.map(jid => {
        if (isBlock) list.jids.add(jid)
        else list.jids.delete(jid)
        return isBlock
          ? store.items.put(account, jid, { since: clock.wall() })
          : store.items.delete(account, jid)
      })
      await Promise.all(writes)
      push(account, wire, named)
      for (const jid of jids) await tellContact.changed(account, jid, isBlock)
    }

    async function replace(account: BareJid, jids: ReadonlySet<Jid>): Promise<void> {
      if (jids.size > config.maxItems) throw stanzaError('resource-constraint', 'The block list is full')
      const had = new Set((await lists.of(account)).jids)
      const freed = [...had].filter(jid => !jids.has(jid))
      const added = [...jids].filter(jid => !had.has(jid))
      if (freed.length > 0) await change(account, Unblock, freed)
      if (added.length > 0) await change(account, Block, added)
    }

    return {
      api: {
        blocks: (account, other) => lists.blocks(account, other),
        hides: (account, other, session) => lists.hides(account, other, session),
        hide: check => lists.hide(check),
        blocked: async account => (await lists.of(account)).jids,
        replace,
      } satisfies BlockingApi,
      portable: {
        async *export(account) {
          const { jids } = await lists.of(account)
          if (jids.size > 0) yield writeWire(Blocklist, { items: [...jids].map(jid => ({ jid })) })
        },
        async import(account, element) {
          if (element.ns !== Blocklist.ns || element.name !== Blocklist.name) return false
          const { items } = readWire(Blocklist, element)
          await change(
            account,
            Block,
            items.slice(0, config.maxItems).map(({ jid }) => jid),
          )
          return true
        },
      },
      iq: [
        onGet(Blocklist, 'self', async ({ account, session }) => {
          if (session) asked.add(session)
          const list = await lists.of(account)
          return writeWire(Blocklist, { items: [...list.jids].map(jid => ({ jid })) }, CLIENT_NS)
        }),
        onSet(Block, 'self', async ({ account, payload }) => {
          if (payload.items.length === 0) throw stanzaError('bad-request', 'Nobody is named to be blocked')
          const list = await lists.of(account)
          if (list.jids.size + payload.items.length > config.maxItems)
            throw stanzaError('resource-constraint', 'The block list is full')
          await change(
            account,
            Block,
            payload.items.map(item => item.jid),
          )
          for (const { jid, report } of payload.items)
            if (report)
              await host.hooks.tell('blocking:reported', { reporter: account, reported: jid, report })
        }),
        onSet(Unblock, 'self', async ({ account, payload }) => {
          const list = await lists.of(account)
          const named = payload.items.map(item => item.jid)
          const freed = named.length === 0 ? [...list.jids] : named
          await change(account, Unblock, freed, named)
        }),
      ],
      hooks: [
        hook('stanza:sent', 'guard', stanza => {
          if (lists.blockers.size === 0 || stanza.to === undefined || isOwn(stanza.to, stanza.from))
            return undefined
          // Blocking the own domain means its people; the server itself stays within reach.
          if (stanza.to === host.jid) return undefined
          return verdict(lists.blocks(bareOf(stanza.from), stanza.to), ownBlock)
        }),
        hook('stanza:arriving', 'guard', stanza => {
          if (lists.blockers.size === 0 || stanza.to === undefined || isOwn(stanza.to, stanza.from))
            return undefined
          return verdict(lists.blocks(bareOf(stanza.to), stanza.from), () => foreignBlock(stanza))
        }),
        hook('account:removed', 'store', ({ account }) => {
          lists.blockers.delete(account)
          return store.items.clear(account)
        }),
      ],
    }
  },
})

class BlockLists {
  readonly #store: Mapped<BareJid, Jid, { since: number }>
  readonly #host: Host
  /** Accounts that may have blocked somebody: few, so most stanzas and logins cost no look at the store. */
  readonly blockers: Set<BareJid>

  constructor(store: Mapped<BareJid, Jid, { since: number }>, host: Host, blockers: Set<BareJid>) {
    this.#store = store
    this.#host = host
    this.blockers = blockers
  }

  readonly #checks: PresenceCheck[] = []

  hide(check: PresenceCheck): void {
    this.#checks.push(check)
  }

  hides(account: BareJid, other: Jid, session?: ClientSession): Now<boolean> {
    const isBlocked = this.blocks(account, other)
    return this.#checks.reduce<Now<boolean>>(
      (before, check) =>
        before instanceof Promise
          ? before.then(hidden => hidden || check(account, other, session))
          : before || check(account, other, session),
      isBlocked,
    )
  }

  blocks(account: BareJid, other: Jid): Now<boolean> {
    if (!this.blockers.has(account)) return false
    const list = this.of(account)
    return list instanceof Promise ? list.then(loaded => loaded.blocks(other)) : list.blocks(other)
  }

  of(account: BareJid): Now<BlockList> {
    const online = this.#host.online(account)
    const live = online && kept.of(online)
    if (live) return live
    if (!this.#host.isLocal(account)) return none
    const rows = this.#store.all(account)
    if (rows instanceof Promise) return rows.then(loaded => this.#keep(account, new BlockList(loaded.keys())))
    return this.#keep(account, new BlockList(rows.keys()))
  }

  #keep(account: BareJid, list: BlockList): BlockList {
    const online = this.#host.online(account)
    if (online) kept.set(online, list)
    return list
  }
}

const none = new BlockList()

/** A blocked contact sees the user go, and come back when it is freed. XEP-0191 §3.3. */
class ContactPresence {
  readonly #host: Host
  readonly #rosters: RosterApi

  constructor(host: Host, rosters: RosterApi) {
    this.#host = host
    this.#rosters = rosters
  }

  async changed(account: BareJid, jid: Jid, isBlocked: boolean): Promise<void> {
    const contact = (await this.#rosters.of(account)).contacts.get(bareOf(jid))
    if (!contact) return
    for (const session of this.#host.online(account)?.available() ?? []) {
      if (theySee(contact.subscription)) this.#tell(session, jid, isBlocked)
      if (!isBlocked && seesThem(contact.subscription)) this.#probe(session, bareOf(jid))
    }
  }

  /** Other servers are asked by the account, our own tell the resource. RFC 6121 §4.3.1. */
  #probe(session: ClientSession, to: BareJid): void {
    const isOurs = this.#host.router.host(domainOf(to)) !== undefined
    const from = isOurs ? session.jid : session.account.jid
    this.#host.send(Stanza.composed({ kind: 'presence', type: 'probe', from, to }, ''))
  }

  #tell(session: ClientSession, to: Jid, isBlocked: boolean): void {
    const gone = Stanza.composed({ kind: 'presence', type: 'unavailable', from: session.jid, to }, '')
    if (isBlocked) this.#host.send(gone)
    else if (session.presence) this.#host.send(session.presence.addressed(to))
  }
}

function isOwn(a: Jid, b: Jid): boolean {
  return a === b || bareOf(a) === bareOf(b)
}

function verdict(isBlocked: Now<boolean>, then: () => Verdict | undefined): Now<Verdict | undefined> {
  if (isBlocked instanceof Promise) return isBlocked.then(blocked => (blocked ? then() : undefined))
  return isBlocked ? then() : undefined
}

/** The user writes to somebody the user has blocked. XEP-0191 §3.3. */
function ownBlock(): Verdict {
  const app = blockedCondition()
  return {
    do: 'refuse',
    error: stanzaError('not-acceptable', 'You have blocked this address', { type: 'cancel', app }),
  }
}

/** Somebody blocked writes: they hear what they would hear from an account that is not there. XEP-0191 §3.3. */
function foreignBlock(stanza: Stanza): Verdict {
  return stanza.kind === 'presence'
    ? { do: 'drop' }
    : { do: 'refuse', error: stanzaError('service-unavailable') }
}

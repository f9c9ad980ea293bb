/** The privacy lists of all accounts, and which of them are in force. XEP-0016 §2.2. */
import type { BareJid } from '@waxwing/jid'
import type { PrivacyItem } from '@waxwing/protocol'
import type { Now } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { slot } from '../../session/account.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { allKeys, column, key, keyed, mapped, type OpenedStores } from '../../store/store.ts'
import { ordered } from './privacy-rules.ts'

export const privacyShapes = {
  lists: mapped(key<BareJid>('owner'), 'name', { items: column.json<readonly PrivacyItem[]>() }),
  defaults: keyed(key<BareJid>('owner'), { name: column.text() }),
}

/** What an account has. */
export interface OwnLists {
  readonly lists: ReadonlyMap<string, readonly PrivacyItem[]>
  readonly default: string | undefined
}

const kept = slot<OwnLists>('privacy lists')
const nothing: OwnLists = { lists: new Map(), default: undefined }

export class PrivacyBook {
  readonly #store: OpenedStores<typeof privacyShapes>
  readonly #host: Host
  /** Accounts that have lists at all: for all others nothing is looked up. */
  readonly #owners: Set<BareJid>
  readonly #active = new WeakMap<ClientSession, string>()

  private constructor(store: OpenedStores<typeof privacyShapes>, host: Host, owners: Set<BareJid>) {
    this.#store = store
    this.#host = host
    this.#owners = owners
  }

  static async open(store: OpenedStores<typeof privacyShapes>, host: Host): Promise<PrivacyBook> {
    return new PrivacyBook(store, host, await allKeys(store.lists))
  }

  has(account: BareJid): boolean {
    return this.#owners.has(account)
  }

  of(account: BareJid): Now<OwnLists> {
    if (!this.#owners.has(account)) return nothing
    const online = this.#host.online(account)
    return (online && kept.of(online)) ?? this.#load(account)
  }

  async #load(account: BareJid): Promise<OwnLists> {
    const [rows, chosen] = await Promise.all([
      this.#store.lists.all(account),
      this.#store.defaults.get(account),
    ])
    const lists = new Map([...rows].map(([name, { items }]) => [name, items] as const))
    return this.#keep(account, { lists, default: chosen?.name })
  }

  #keep(account: BareJid, lists: OwnLists): OwnLists {
    const online = this.#host.online(account)
    if (online) kept.set(online, lists)
    return lists
  }

  activeOf(session: ClientSession): string | undefined {
    return this.#active.get(session)
  }

  setActive(session: ClientSession, name: string | undefined): void {
    if (name === undefined) this.#active.delete(session)
    else this.#active.set(session, name)
  }

  /** The rules in force for a session, or for the account where none is meant. */
  inForce(own: OwnLists, session: ClientSession | undefined): readonly PrivacyItem[] | undefined {
    const name = (session && this.#active.get(session)) ?? own.default
    return name === undefined ? undefined : own.lists.get(name)
  }

  async write(account: BareJid, name: string, items: readonly PrivacyItem[]): Promise<void> {
    const sorted = ordered(items)
    const own = await this.of(account)
    this.#owners.add(account)
    this.#keep(account, { ...own, lists: new Map(own.lists).set(name, sorted) })
    await this.#store.lists.put(account, name, { items: sorted })
  }

  async remove(account: BareJid, name: string): Promise<void> {
    const own = await this.of(account)
    const lists = new Map(own.lists)
    lists.delete(name)
    this.#keep(account, { lists, default: own.default === name ? undefined : own.default })
    await this.#store.lists.delete(account, name)
    if (own.default === name) await this.#store.defaults.delete(account)
  }

  async setDefault(account: BareJid, name: string | undefined): Promise<void> {
    const own = await this.of(account)
    this.#keep(account, { ...own, default: name })
    await (name === undefined
      ? this.#store.defaults.delete(account)
      : this.#store.defaults.put(account, { name }))
  }

  async forget(account: BareJid): Promise<void> {
    this.#owners.delete(account)
    await Promise.all([this.#store.lists.clear(account), this.#store.defaults.delete(account)])
  }
}

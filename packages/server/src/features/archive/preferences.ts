/** Whose messages an account wants archived. XEP-0441 §2. */
import { type BareJid, bareOf, isFull, type Jid } from '@waxwing/jid'
import { type ArchiveRule, stanzaError } from '@waxwing/protocol'
import type { Now } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { slot } from '../../session/account.ts'
import { column, type Keyed, key, keyed, type Row } from '../../store/store.ts'
import type { RosterApi } from '../roster/feature.ts'
import { isShown } from '../roster/roster.ts'

const columns = {
  rule: column.text<ArchiveRule>(),
  always: column.json<readonly Jid[]>(),
  never: column.json<readonly Jid[]>(),
}

export type Preferences = Row<typeof columns>
export const preferencesShape = keyed(key<BareJid>('owner'), columns)

/** What the lists say; `undefined`: nothing, so the rule decides. `never` counts more. XEP-0441 §2.1, §2.3.1. */
export function isListed({ always, never }: Preferences, peer: Jid): boolean | undefined {
  const isIn = (list: readonly Jid[]): boolean =>
    list.some(jid => jid === peer || (!isFull(jid) && jid === bareOf(peer)))
  if (isIn(never)) return false
  return isIn(always) ? true : undefined
}

const kept = slot<Preferences>('archive preferences')

export class ArchivePolicy {
  readonly #store: Keyed<BareJid, Preferences>
  readonly #host: Host
  readonly #rosters: RosterApi
  readonly #initial: Preferences
  readonly #maxListed: number
  /** Accounts with preferences of their own: few, so most messages cost no look at the store. */
  readonly #owners: Set<BareJid>

  constructor(
    store: Keyed<BareJid, Preferences>,
    host: Host,
    rosters: RosterApi,
    limits: { readonly default: ArchiveRule; readonly maxListed: number },
    owners: Set<BareJid>,
  ) {
    this.#store = store
    this.#host = host
    this.#rosters = rosters
    this.#initial = { rule: limits.default, always: [], never: [] }
    this.#maxListed = limits.maxListed
    this.#owners = owners
  }

  of(owner: BareJid): Now<Preferences> {
    if (this.#owners.size === 0 || !this.#owners.has(owner)) return this.#initial
    const online = this.#host.online(owner)
    const live = online && kept.of(online)
    if (live) return live
    const stored = this.#store.get(owner)
    const keep = (found: Preferences | undefined): Preferences => {
      if (online && found) kept.set(online, found)
      return found ?? this.#initial
    }
    return stored instanceof Promise ? stored.then(keep) : keep(stored)
  }

  /** @throws StanzaError resource-constraint when the lists are too long */
  async change(owner: BareJid, preferences: Preferences): Promise<void> {
    if (preferences.always.length + preferences.never.length > this.#maxListed)
      throw stanzaError('resource-constraint', `The lists hold ${this.#maxListed} addresses at most`)
    this.#owners.add(owner)
    const online = this.#host.online(owner)
    if (online) kept.set(online, preferences)
    await this.#store.put(owner, preferences)
  }

  forget(owner: BareJid): Promise<void> {
    this.#owners.delete(owner)
    return this.#store.delete(owner)
  }

  /** Whether messages between the owner and the peer are archived. */
  wants(owner: BareJid, peer: Jid): Now<boolean> {
    const preferences = this.of(owner)
    return preferences instanceof Promise
      ? preferences.then(found => this.#decide(found, owner, peer))
      : this.#decide(preferences, owner, peer)
  }

  #decide(preferences: Preferences, owner: BareJid, peer: Jid): Now<boolean> {
    const listed = isListed(preferences, peer)
    if (listed !== undefined) return listed
    if (preferences.rule !== 'roster') return preferences.rule === 'always'
    // Notes to oneself need no entry in the own roster.
    return bareOf(peer) === owner || this.#isContact(owner, bareOf(peer))
  }

  #isContact(owner: BareJid, peer: BareJid): Now<boolean> {
    const roster = this.#rosters.of(owner)
    const has = (found: Awaited<typeof roster>): boolean => {
      const contact = found.contacts.get(peer)
      return contact !== undefined && isShown(contact)
    }
    return roster instanceof Promise ? roster.then(has) : has(roster)
  }
}

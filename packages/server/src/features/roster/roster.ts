/** Rosters as plain data: contacts, their states, and the version that grows with every change. RFC 6121 §2. */
import type { BareJid } from '@waxwing/jid'
import type { Now } from '../../kernel/hooks.ts'
import { column, key, keyed, mapped, type OpenedStores, type Row } from '../../store/store.ts'
import { type Subscription, type SubscriptionState, strangers } from './subscription.ts'

const itemColumns = {
  name: column.text().maybe(),
  subscription: column.text(),
  pending_out: column.bool(),
  pending_in: column.bool(),
  approved: column.bool(),
  /** Put there by the user; entries that only wait for an answer are not shown. RFC 6121 App. A.1. */
  listed: column.bool(),
  groups: column.json<readonly string[]>(),
  /** The waiting subscription request, delivered again at each login. RFC 6121 §3.1.3. */
  request: column.text().maybe(),
  /** Version of the roster in which this entry changed last. */
  ver: column.integer(),
}

export const rosterShapes = {
  items: mapped(key<BareJid>('owner'), key<BareJid>('contact'), itemColumns),
  versions: keyed(key<BareJid>('owner'), { ver: column.integer() }),
  /** The last version in which a contact went: whoever knows an older one needs the whole roster. XEP-0237 §5. */
  removals: keyed(key<BareJid>('owner'), { ver: column.integer() }),
}

type ItemRow = Row<typeof itemColumns>

export interface Contact extends SubscriptionState {
  readonly name: string | undefined
  readonly groups: readonly string[]
  readonly isListed: boolean
  readonly request: string | undefined
  /** Version of the roster in which this entry changed last. */
  readonly ver: number
}

export const newContact: Contact = {
  ...strangers,
  name: undefined,
  groups: [],
  isListed: false,
  request: undefined,
  ver: 0,
}

/** One account's roster. */
export interface Roster {
  readonly contacts: ReadonlyMap<BareJid, Contact>
  readonly ver: number
}

/** Whether the user sees this entry as part of the roster. RFC 6121 App. A.1: "None + Pending In" is not shown. */
export function isShown(contact: Contact): boolean {
  return contact.isListed || contact.subscription !== 'none' || contact.pendingOut
}

/**
 * What changed since a version that a client knows, in the order it did. RFC 6121 §2.6.3.
 *
 * @param removedAt the version in which a contact went last; absent where that is not known
 * @returns `undefined` when the whole roster says it better: a contact has gone since, nearly all changed, or nobody knows that version
 */
export function changesSince(
  known: string | undefined,
  { contacts, ver }: Roster,
  removedAt: number | undefined,
): readonly [BareJid, Contact][] | undefined {
  if (known === undefined || removedAt === undefined || !/^\d{1,15}$/.test(known)) return undefined
  const since = Number(known)
  if (since < removedAt || since > ver) return undefined
  const shown = [...contacts].filter(([, contact]) => isShown(contact))
  const changed = shown.filter(([, contact]) => contact.ver > since).sort(([, a], [, b]) => a.ver - b.ver)
  return changed.length < shown.length ? changed : undefined
}

function isForgotten(contact: Contact): boolean {
  return !isShown(contact) && !contact.pendingIn && !contact.approved
}

/** Reads and changes rosters; those of online accounts are kept in memory by whoever calls `load`. */
export class Rosters {
  readonly #store: OpenedStores<typeof rosterShapes>

  constructor(store: OpenedStores<typeof rosterShapes>) {
    this.#store = store
  }

  load(owner: BareJid): Now<Roster> {
    const version = this.#store.versions.get(owner)
    if (version instanceof Promise) return version.then(found => this.#loadAt(owner, found?.ver))
    return this.#loadAt(owner, version?.ver)
  }

  /** Every change writes the version along: without one there has never been a contact. */
  #loadAt(owner: BareJid, ver: number | undefined): Now<Roster> {
    if (ver === undefined) return emptyRoster
    const rows = this.#store.items.all(owner)
    return rows instanceof Promise ? rows.then(found => rosterOf(found, ver)) : rosterOf(rows, ver)
  }

  contact(owner: BareJid, contact: BareJid): Now<Contact | undefined> {
    const row = this.#store.items.get(owner, contact)
    return row instanceof Promise ? row.then(found => found && contactOf(found)) : row && contactOf(row)
  }

  /**
   * Changes one entry, atomically with the roster's version.
   *
   * @param change gets the entry (`undefined`: not there) and the coming version, and gives the new entry (`undefined`: take it away); must not wait
   * @returns the new version once all is durable
   */
  async change(
    owner: BareJid,
    contact: BareJid,
    change: (contact: Contact | undefined, ver: number) => Contact | undefined,
  ): Promise<number> {
    let ver = 0
    let isRemoval = false
    const versioned = this.#store.versions.update(owner, present => {
      ver = (present?.ver ?? 0) + 1
      return { ver }
    })
    const changed = this.#store.items.update(owner, contact, row => {
      const before = row && contactOf(row)
      const next = change(before, ver)
      isRemoval = before !== undefined && isShown(before) && (next === undefined || !isShown(next))
      return next === undefined || isForgotten(next) ? undefined : rowOf(next, ver)
    })
    const removed = this.#store.removals.update(owner, last =>
      isRemoval ? { ver } : (last ?? { ver: ver - 1 }),
    )
    await Promise.all([versioned, changed, removed])
    return ver
  }

  /** The version in which a contact went last; `undefined` where it was not noted. */
  async removedAt(owner: BareJid): Promise<number | undefined> {
    return (await this.#store.removals.get(owner))?.ver
  }

  async forget(owner: BareJid): Promise<void> {
    const { items, versions, removals } = this.#store
    await Promise.all([items.clear(owner), versions.delete(owner), removals.delete(owner)])
  }
}

const emptyRoster: Roster = { contacts: new Map(), ver: 0 }

function rosterOf(rows: ReadonlyMap<BareJid, ItemRow>, ver: number): Roster {
  const contacts = new Map<BareJid, Contact>()
  for (const [contact, row] of rows) contacts.set(contact, contactOf(row))
  return { contacts, ver }
}

function contactOf(row: ItemRow): Contact {
  return {
    name: row.name,
    subscription: row.subscription as Subscription,
    pendingOut: row.pending_out,
    pendingIn: row.pending_in,
    approved: row.approved,
    isListed: row.listed,
    groups: row.groups,
    request: row.request,
    ver: row.ver,
  }
}

function rowOf(contact: Contact, ver: number): ItemRow {
  return {
    name: contact.name,
    subscription: contact.subscription,
    pending_out: contact.pendingOut,
    pending_in: contact.pendingIn,
    approved: contact.approved,
    listed: contact.isListed,
    groups: contact.groups,
    request: contact.request,
    ver,
  }
}

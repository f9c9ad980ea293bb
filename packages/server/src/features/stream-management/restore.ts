/** Sessions that a process before this one held, and what becomes of them at the start of the server. */
import { bareOf } from '@waxwing/jid'
import type { Host } from '../../kernel/host.ts'
import { ClientSession } from '../../session/client-session.ts'
import { allKeys } from '../../store/store.ts'
import { Copies, type Held, stanzaFrom } from './held.ts'
import type { House } from './house.ts'
import { Ledger } from './ledger.ts'
import { leaveBehind } from './left-behind.ts'
import type { OutgoingRow, PositionRow, SessionRow } from './rows.ts'

/** Everything that was kept of one session. */
interface Kept {
  readonly id: string
  readonly row: SessionRow
  readonly position: PositionRow | undefined
  readonly held: readonly Held[]
}

/** Brings back who may still resume; what was left to the others goes where it goes when nobody resumes. */
export async function restore(host: Host, house: House): Promise<void> {
  const stores = house.rows.stores
  const copies = new Map<string, Copies>()
  const kept: Kept[] = []
  for (const id of await allKeys(stores.sessions)) {
    const row = await stores.sessions.get(id)
    if (!row) continue
    const position = await stores.positions.get(id)
    kept.push({ id, row, position, held: heldIn(await stores.outgoing.all(id), copies) })
  }
  await loadEnded(house, new Set(kept.map(({ id }) => id)))
  const now = house.clock.wall()
  const over = (row: SessionRow): boolean => !row.resumable || (row.expires ?? now + 1) <= now
  for (const session of kept) if (!over(session.row)) await bringBack(host, house, session, now)
  for (const session of kept) if (over(session.row)) await giveUp(host, house, session)
}

async function bringBack(
  host: Host,
  house: House,
  { id, row, position, held }: Kept,
  now: number,
): Promise<void> {
  const known = await house.resends.of(bareOf(row.jid))
  const session = new ClientSession(host, row.jid, undefined, row.lang)
  session.presence = row.presence === undefined ? undefined : stanzaFrom(row.presence)
  session.priority = row.priority
  session.isInterested = row.interested
  session.wantsCopies = row.wants_copies
  const { h = 0, acked = 0 } = position ?? {}
  const restored = { h, acked, held }
  const ledger = new Ledger(house, { id, session, isResumable: true, keptFor: row.kept_for, known, restored })
  house.add(ledger)
  // Whoever was connected when the process ended has the whole time from now on.
  ledger.away(row.expires === undefined ? row.kept_for : row.expires - now)
}

async function giveUp(host: Host, house: House, { id, row, position, held }: Kept): Promise<void> {
  const left = leaveBehind(host, bareOf(row.jid), held)
  if (left instanceof Promise) await left
  house.rows.forget(id)
  if (row.resumable && position) house.ended.add(id, position)
  else house.rows.forgetPosition(id)
}

async function loadEnded(house: House, alive: ReadonlySet<string>): Promise<void> {
  const { positions } = house.rows.stores
  const rows: [string, PositionRow][] = []
  for (const id of await allKeys(positions)) {
    const row = alive.has(id) ? undefined : await positions.get(id)
    if (row) rows.push([id, row])
  }
  house.ended.load(rows)
}

/** In the order of their numbers, which is that of the entries. */
function heldIn(rows: ReadonlyMap<string, OutgoingRow>, copies: Map<string, Copies>): readonly Held[] {
  const held: Held[] = []
  for (const [entry, { at, stanza: text, shared, copies: total }] of rows) {
    const stanza = stanzaFrom(text)
    if (!stanza) continue
    const own = shared === undefined ? undefined : (copies.get(shared) ?? new Copies(shared, total ?? 1))
    if (shared !== undefined && own) copies.set(shared, own)
    own?.hold()
    held.push({ number: Number(entry), at, stanza, bytes: text.length, isKept: true, copies: own })
  }
  return held
}

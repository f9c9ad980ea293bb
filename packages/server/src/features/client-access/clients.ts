/** Which installations have access to an account, as far as they have said who they are. XEP-0494. */
import type { BareJid } from '@waxwing/jid'
import type { ProvenLogin, SaslCrypto } from '@waxwing/stream'
import { column, key, type Mapped, mapped, type Row } from '../../store/store.ts'

const columns = {
  since: column.time(),
  seen: column.time(),
  /** The account's password epoch when the client last knew the password; absent: it never showed it. */
  epoch: column.blob().maybe(),
  software: column.text().maybe(),
  device: column.text().maybe(),
}

export const clientShapes = { clients: mapped(key<BareJid>('account'), 'client', columns) }
export type ClientRow = Row<typeof columns>

export interface ClientsParts {
  readonly store: Mapped<BareJid, string, ClientRow>
  readonly crypto: SaslCrypto
  readonly wall: () => number
  readonly keepForMs: number
  readonly maxClients: number
  readonly maxTextLength: number
}

/** When a client was last seen is kept no finer than this: most logins write nothing. */
const seenGrainMs = 60 * 60_000

export class Clients {
  readonly #parts: ClientsParts

  constructor(parts: ClientsParts) {
    this.#parts = parts
  }

  /**
   * Notes a login.
   *
   * @param epoch the account's password epoch if the login was by password
   */
  async note(login: ProvenLogin, clientId: string, epoch: Uint8Array | undefined): Promise<void> {
    const { store, wall } = this.#parts
    const { account, userAgent } = login
    const now = wall()
    const row = await store.get(account, clientId)
    const [software, device] = [this.#short(userAgent?.software), this.#short(userAgent?.device)]
    const isNews =
      !row ||
      now - row.seen >= seenGrainMs ||
      row.software !== software ||
      row.device !== device ||
      (epoch !== undefined && !this.isOf(row, epoch))
    if (!isNews) return
    if (!row) await this.#makeRoom(account)
    await store.update(account, clientId, present => ({
      since: present?.since ?? now,
      seen: now,
      epoch: epoch ?? present?.epoch,
      software,
      device,
    }))
  }

  /** Those that have been seen in living memory, by their ids. */
  async list(account: BareJid): Promise<ReadonlyMap<string, ClientRow>> {
    const { store, wall, keepForMs } = this.#parts
    const since = wall() - keepForMs
    const rows = new Map(await store.all(account))
    for (const [clientId, { seen }] of rows)
      if (seen < since) {
        rows.delete(clientId)
        await store.delete(account, clientId)
      }
    return rows
  }

  /** Whether the client knows the password that the account has now. */
  isOf({ epoch }: ClientRow, now: Uint8Array | undefined): boolean {
    return epoch !== undefined && now !== undefined && this.#parts.crypto.equal(epoch, now)
  }

  forget(account: BareJid, clientId: string): Promise<void> {
    return this.#parts.store.delete(account, clientId)
  }

  forgetAll(account: BareJid): Promise<void> {
    return this.#parts.store.clear(account)
  }

  async #makeRoom(account: BareJid): Promise<void> {
    const { store, maxClients } = this.#parts
    const rows = await store.all(account)
    if (rows.size < maxClients) return
    const oldest = [...rows].sort(([, a], [, b]) => a.seen - b.seen).slice(0, rows.size + 1 - maxClients)
    await Promise.all(oldest.map(([id]) => store.delete(account, id)))
  }

  /** No more of what a client says of itself than people read. */
  #short(text: string | undefined): string | undefined {
    const said = text?.replaceAll('\0', '').slice(0, this.#parts.maxTextLength).toWellFormed()
    return said === '' ? undefined : said
  }
}

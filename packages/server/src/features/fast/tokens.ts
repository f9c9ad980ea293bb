/** The tokens of all accounts: made, checked, changed for new ones, taken back. XEP-0484. */
import type { BareJid } from '@waxwing/jid'
import { encodeBase64, type SaslCondition } from '@waxwing/stream'
import type { Accounts } from '../../kernel/accounts.ts'
import type { Now } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { column, key, type Mapped, mapped, type Row } from '../../store/store.ts'
import {
  goodUntil,
  isDue,
  type TokenSlot,
  type TokenSlots,
  type TokenUse,
  useToken,
  withFresh,
} from './token-slots.ts'

const columns = {
  inUse: column.json<TokenSlot>().maybe(),
  fresh: column.json<TokenSlot>().maybe(),
  /** The account's password epoch: a new password makes all tokens void. */
  epoch: column.blob(),
  used: column.time(),
}

export const tokenShapes = { tokens: mapped(key<BareJid>('account'), 'client', columns) }
export type TokenRow = Row<typeof columns>

/** A client that holds tokens. */
export interface TokenHolder {
  readonly clientId: string
  readonly lastUsed: number
  readonly expires: number
}

/** A token as it may be held, with what it is kept under. */
export interface HeldToken {
  readonly token: string
  readonly nonce: string
}

export interface TokensParts {
  readonly host: Host
  readonly store: Mapped<BareJid, string, TokenRow>
  readonly key: Uint8Array
  readonly wall: () => number
  readonly lifetimeMs: number
  readonly rotateAfterMs: number
  readonly clientsPerAccount: number
}

const nonceOctets = 16
/** The time of the last use is kept no finer than this: most logins write nothing. */
const usedGrainMs = 60 * 60_000

export class Tokens {
  readonly #parts: TokensParts

  constructor(parts: TokensParts) {
    this.#parts = parts
  }

  /** Tokens that a client may hold: those whose account still has the password they were made under. */
  async candidates(account: BareJid, clientId: string): Promise<readonly HeldToken[]> {
    const row = await this.#rowOf(account, clientId)
    const slots = [row?.fresh, row?.inUse].filter(slot => slot !== undefined)
    return Promise.all(
      slots.map(async ({ nonce }) => ({ nonce, token: await this.#token(account, clientId, nonce) })),
    )
  }

  /** Notes that a token is used. @returns why it is not good any more */
  async use(
    account: BareJid,
    clientId: string,
    use: Omit<TokenUse, 'now'>,
  ): Promise<SaslCondition | undefined> {
    const { store, host } = this.#parts
    const now = this.#parts.wall()
    const row = await store.get(account, clientId)
    if (!row) return 'not-authorized'
    if (!this.#isOfEpoch(row, await host.accounts.epochOf(account))) return this.#outdated(account, clientId)
    const verdict = useToken(row, { ...use, now })
    if (verdict.is !== 'good') return verdict.is === 'expired' ? 'credentials-expired' : 'not-authorized'
    if (isSame(row, verdict.slots) && now - row.used < usedGrainMs) return undefined
    return this.#noteUse(account, clientId, { ...use, now })
  }

  /** Judged once more in the moment of writing: two logins by the same count do not both pass. */
  async #noteUse(account: BareJid, clientId: string, use: TokenUse): Promise<SaslCondition | undefined> {
    let isGood = false
    await this.#parts.store.update(account, clientId, row => {
      const verdict = row && useToken(row, use)
      isGood = verdict?.is === 'good'
      if (!row || verdict?.is !== 'good') return row
      const { inUse, fresh } = verdict.slots
      return inUse || fresh ? { ...row, inUse, fresh, used: use.now } : undefined
    })
    return isGood ? undefined : 'not-authorized'
  }

  /** Whether the client's token should be changed for a new one. */
  async dueMechanism(account: BareJid, clientId: string): Promise<string | undefined> {
    const row = await this.#parts.store.get(account, clientId)
    return row && isDue(row, this.#parts.wall(), this.#parts.rotateAfterMs) ? row.inUse?.mechanism : undefined
  }

  /** Makes a token; `undefined` when the account is gone. */
  async issue(
    account: BareJid,
    clientId: string,
    mechanism: string,
  ): Promise<{ readonly token: string; readonly expiry: Date } | undefined> {
    const { host, store, lifetimeMs } = this.#parts
    const epoch = await host.accounts.epochOf(account)
    if (!epoch) return undefined
    const now = this.#parts.wall()
    const nonce = encodeBase64(host.crypto.randomBytes(nonceOctets))
    const fresh = { nonce, mechanism, issued: now, expires: now + lifetimeMs, count: 0 }
    const token = await this.#token(account, clientId, nonce)
    await this.#makeRoom(account, clientId)
    await store.update(account, clientId, row => {
      const slots = row && this.#isOfEpoch(row, epoch) ? row : {}
      return { epoch, used: now, ...withFresh(slots, fresh) }
    })
    return { token, expiry: new Date(fresh.expires) }
  }

  async list(account: BareJid): Promise<readonly TokenHolder[]> {
    const epoch = await this.#parts.host.accounts.epochOf(account)
    const now = this.#parts.wall()
    const rows = await this.#parts.store.all(account)
    return [...rows]
      .filter(([, row]) => this.#isOfEpoch(row, epoch) && goodUntil(row) > now)
      .map(([clientId, row]) => ({ clientId, lastUsed: row.used, expires: goodUntil(row) }))
  }

  /** @returns whether there was anything to take back */
  async revoke(account: BareJid, clientId: string): Promise<boolean> {
    const row = await this.#parts.store.get(account, clientId)
    if (!row) return false
    await this.#parts.store.delete(account, clientId)
    return true
  }

  revokeAll(account: BareJid): Promise<void> {
    return this.#parts.store.clear(account)
  }

  async #rowOf(account: BareJid, clientId: string): Promise<TokenRow | undefined> {
    return this.#parts.store.get(account, clientId)
  }

  /** The store alone lets nobody in: tokens are made from what it holds and the server's key. */
  #token(account: BareJid, clientId: string, nonce: string): Now<string> {
    const made = this.#parts.host.crypto.hmac(
      'SHA-256',
      this.#parts.key,
      new TextEncoder().encode(`${account}\0${clientId}\0${nonce}`),
    )
    return made instanceof Promise ? made.then(encodeBase64) : encodeBase64(made)
  }

  #isOfEpoch(row: TokenRow, epoch: Awaited<ReturnType<Accounts['epochOf']>>): boolean {
    return epoch !== undefined && this.#parts.host.crypto.equal(row.epoch, epoch)
  }

  async #outdated(account: BareJid, clientId: string): Promise<SaslCondition> {
    await this.#parts.store.delete(account, clientId)
    return 'credentials-expired'
  }

  /** The client that has not been seen for longest makes room for a new one. */
  async #makeRoom(account: BareJid, clientId: string): Promise<void> {
    const { store, clientsPerAccount } = this.#parts
    const rows = await store.all(account)
    if (rows.has(clientId) || rows.size < clientsPerAccount) return
    const oldest = [...rows]
      .sort(([, a], [, b]) => a.used - b.used)
      .slice(0, rows.size + 1 - clientsPerAccount)
    await Promise.all(oldest.map(([id]) => store.delete(account, id)))
  }
}

function isSame(before: TokenSlots, after: TokenSlots): boolean {
  return (
    before.inUse?.nonce === after.inUse?.nonce &&
    before.inUse?.count === after.inUse?.count &&
    before.fresh?.nonce === after.fresh?.nonce
  )
}

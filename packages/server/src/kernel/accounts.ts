/** The accounts of one host: salted keys, never passwords. RFC 5802 §3, RFC 6120 §13.8. */
import { type BareJid, bareJid, localOf, opaqueString } from '@waxwing/jid'
import { deriveScramKeys, type SaslCrypto, type ScramHash, type StoredKeys } from '@waxwing/stream'
import type { Keyed } from '../store/store.ts'
import { type AccountRow, columnsOf, hashes, type KnownKeys, keysIn, rowOf } from './account-keys.ts'
import type { Now } from './hooks.ts'
import { PackedKeys } from './packed-keys.ts'

export { accountShapes, type KnownKeys } from './account-keys.ts'

export interface AccountsParts {
  readonly domain: string
  readonly store: Keyed<BareJid, AccountRow>
  readonly crypto: SaslCrypto
  readonly iterations: number
  readonly wall: () => number
}

/** Why an account could not be made or found; `text` is for people. */
export class AccountError extends Error {
  override readonly name = 'AccountError'
  readonly condition: 'exists' | 'unknown' | 'bad-name' | 'bad-password'

  constructor(condition: AccountError['condition'], text: string) {
    super(text)
    this.condition = condition
  }
}

const verifiedMax = 1_000
const recentMax = 2_000

export class Accounts {
  readonly #parts: AccountsParts
  /** Digests of passwords that were right, so that a client logging in with PLAIN again costs no key derivation. */
  readonly #verified = new Map<BareJid, Uint8Array>()
  /** Keys of accounts that logged in lately; whatever changes an account takes them out. */
  readonly #recent = new Map<BareJid, PackedKeys>()
  readonly #secret: Uint8Array

  constructor(parts: AccountsParts) {
    this.#parts = parts
    this.#secret = parts.crypto.randomBytes(32)
  }

  /** @throws AccountError bad-name when `username` is not a valid localpart */
  jidOf(username: string): BareJid {
    let jid: BareJid | undefined
    try {
      jid = bareJid(username, this.#parts.domain)
    } catch (error) {
      throw new AccountError('bad-name', error instanceof Error ? error.message : 'Not a valid user name')
    }
    if (localOf(jid) === undefined) throw new AccountError('bad-name', 'A user name is needed')
    return jid
  }

  exists(jid: BareJid): Now<boolean> {
    const row = this.#parts.store.get(jid)
    return row instanceof Promise ? row.then(found => found !== undefined) : row !== undefined
  }

  /** Makes an account. @throws AccountError exists, bad-password */
  async create(jid: BareJid, password: string): Promise<void> {
    const row = await this.#rowFor(password)
    let isNew = false
    await this.#parts.store.update(jid, present => {
      isNew = present === undefined
      return present ?? row
    })
    if (!isNew) throw new AccountError('exists', `The account ${jid} exists already`)
  }

  /**
   * Makes an account from keys that another server kept, all with the same number of iterations. Hashes left out can
   * be had later, when its owner logs in (XEP-0480).
   *
   * @throws AccountError exists, bad-password for no keys at all
   */
  async createFromKeys(jid: BareJid, keys: KnownKeys): Promise<void> {
    const row = rowOf(keys, this.#parts.wall())
    if (!row) throw new AccountError('bad-password', 'There is no key to log in with')
    let isNew = false
    await this.#parts.store.update(jid, present => {
      isNew = present === undefined
      return present ?? row
    })
    if (!isNew) throw new AccountError('exists', `The account ${jid} exists already`)
  }

  /** What is fixed for keys that an account does not have yet; `undefined` when it has them, or is none. XEP-0480 §3. */
  async missing(jid: BareJid, hash: ScramHash): Promise<{ iterations: number } | undefined> {
    const row = await this.#parts.store.get(jid)
    return row && keysIn(row, hash) === undefined ? { iterations: row.iterations } : undefined
  }

  /**
   * Hashes that an account has no keys of; none for what is no account, and where the store cannot say at once. Who
   * asks is about to log in: the keys are kept for that.
   */
  lackedHashes(jid: BareJid): readonly ScramHash[] {
    const keys = this.#keys(jid)
    if (!keys || keys instanceof Promise) return []
    return hashes.filter(hash => keys.of(hash) === undefined)
  }

  /** Adds keys that an account lacks; those it has stay. */
  async addKeys(jid: BareJid, hash: ScramHash, keys: Omit<StoredKeys, 'iterations'>): Promise<void> {
    this.#forget(jid)
    await this.#parts.store.update(jid, present =>
      present && keysIn(present, hash) === undefined ? { ...present, ...columnsOf(hash, keys) } : present,
    )
    this.#forget(jid)
  }

  /** Stays the same until the password changes; `undefined` when there is no account. No secret. */
  epochOf(jid: BareJid): Now<Uint8Array | undefined> {
    const keys = this.#keys(jid)
    return keys instanceof Promise ? keys.then(found => found?.epoch) : keys?.epoch
  }

  /** @throws AccountError unknown, bad-password */
  async setPassword(jid: BareJid, password: string): Promise<void> {
    const row = await this.#rowFor(password)
    let isKnown = false
    this.#forget(jid)
    await this.#parts.store.update(jid, present => {
      isKnown = present !== undefined
      return present && { ...row, created: present.created }
    })
    this.#forget(jid)
    if (!isKnown) throw new AccountError('unknown', `There is no account ${jid}`)
  }

  /** @throws AccountError unknown */
  async remove(jid: BareJid): Promise<void> {
    if (!(await this.exists(jid))) throw new AccountError('unknown', `There is no account ${jid}`)
    this.#forget(jid)
    await this.#parts.store.delete(jid)
    this.#forget(jid)
  }

  /** Called before and after a change is written: who logs in meanwhile may have brought the old row back. */
  #forget(jid: BareJid): void {
    this.#verified.delete(jid)
    this.#recent.delete(jid)
  }

  /** All accounts in order, a page at a time. */
  async *list(): AsyncGenerator<BareJid> {
    let after: BareJid | undefined
    for (;;) {
      const page = await this.#parts.store.keys(after, 500)
      yield* page
      after = page.at(-1)
      if (page.length < 500) return
    }
  }

  /** What SCRAM needs to know of an account; `undefined` when there is none. */
  keysOf(jid: BareJid, hash: ScramHash): Now<StoredKeys | undefined> {
    const keys = this.#keys(jid)
    return keys instanceof Promise ? keys.then(found => found?.of(hash)) : keys?.of(hash)
  }

  /** A login asks for the keys of its account several times, and after a cut thousands come back at once. */
  #keys(jid: BareJid): Now<PackedKeys | undefined> {
    const recent = this.#recent.get(jid)
    if (recent) return recent
    const row = this.#parts.store.get(jid)
    if (row instanceof Promise) return row.then(found => found && new PackedKeys(found))
    if (!row) return undefined
    const keys = new PackedKeys(row)
    if (this.#recent.size >= recentMax) this.#recent.clear()
    this.#recent.set(jid, keys)
    return keys
  }

  /** Checks a password (SASL PLAIN). Unknown accounts take as long as known ones. */
  async verify(jid: BareJid, password: string): Promise<boolean> {
    const { crypto } = this.#parts
    const row = await this.#parts.store.get(jid)
    const hash = hashes.find(one => keysIn(row, one)) ?? 'SHA-256'
    const stored = keysIn(row, hash)
    const prepared = new TextEncoder().encode(preparedPassword(password) ?? '')
    const digest = await crypto.hmac(
      'SHA-256',
      row ? join(this.#secret, stored?.storedKey ?? this.#secret) : this.#secret,
      prepared,
    )
    const known = this.#verified.get(jid)
    if (row && known && crypto.equal(known, digest)) return true
    const salt = stored?.salt ?? this.#secret.subarray(0, 16)
    const iterations = stored?.iterations ?? this.#parts.iterations
    const keys = await deriveScramKeys(crypto, prepared, salt, iterations, hash)
    if (!stored || !crypto.equal(keys.storedKey, stored.storedKey)) return false
    this.#remember(jid, digest)
    return true
  }

  #remember(jid: BareJid, digest: Uint8Array): void {
    if (this.#verified.size >= verifiedMax) {
      const oldest = this.#verified.keys().next()
      if (!oldest.done) this.#verified.delete(oldest.value)
    }
    this.#verified.set(jid, digest)
  }

  async #rowFor(password: string): Promise<AccountRow> {
    const prepared = preparedPassword(password)
    if (prepared === undefined)
      throw new AccountError(
        'bad-password',
        'The password is empty or has characters that passwords cannot have',
      )
    const { crypto, iterations, wall } = this.#parts
    const bytes = new TextEncoder().encode(prepared)
    const derive = (hash: ScramHash) =>
      deriveScramKeys(crypto, bytes, crypto.randomBytes(16), iterations, hash)
    const [sha1, sha256, sha512] = await Promise.all([derive('SHA-1'), derive('SHA-256'), derive('SHA-512')])
    return {
      created: wall(),
      iterations,
      ...columnsOf('SHA-1', sha1),
      ...columnsOf('SHA-256', sha256),
      ...columnsOf('SHA-512', sha512),
    }
  }
}

function preparedPassword(password: string): string | undefined {
  try {
    return opaqueString(password)
  } catch {
    return undefined
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}

/** What a device keeps so that it comes back without its password, and in one round trip: XEP-0484. */
import type { BareJid } from '@waxwing/jid'
import { StreamFeatures } from '@waxwing/protocol'
import type { HeldToken, Now, TokenRules } from '@waxwing/stream'
import { parseElement, readWire, writeWire } from '@waxwing/xml'
import type { Platform } from './platform.ts'

/** As secret as a password. */
export interface SavedLogin {
  /** The installation, to which the token belongs: a UUID that stays the same. */
  readonly clientId: string
  /** Absent: there is none, or the server has refused it. */
  readonly token?: HeldToken | undefined
  /** What the server offered before the latest login, as XML: the next one begins without waiting for it. */
  readonly offer?: string | undefined
}

/** Where saved logins are kept, one per account. */
export interface SavedLogins {
  get(account: BareJid): Now<SavedLogin | undefined>
  set(account: BareJid, login: SavedLogin): Now<void>
  delete(account: BareJid): Now<void>
}

/** Keeps logins as long as the process lives. */
export function memoryLogins(): SavedLogins {
  const logins = new Map<BareJid, SavedLogin>()
  return {
    get: account => logins.get(account),
    set: (account, login) => void logins.set(account, login),
    delete: account => void logins.delete(account),
  }
}

export interface DeviceLoginParts {
  readonly account: BareJid
  readonly logins: SavedLogins
  /** Told when a login cannot be saved or read: the session lives all the same. */
  readonly platform: Platform
}

/** The tokens of one account on this device. */
export class DeviceLogin implements TokenRules {
  readonly #parts: DeviceLoginParts
  #saved: SavedLogin | undefined

  constructor(parts: DeviceLoginParts) {
    this.#parts = parts
  }

  get clientId(): string {
    this.#saved ??= { clientId: uuidFrom(this.#parts.platform.random.bytes(16)) }
    return this.#saved.clientId
  }

  get held(): HeldToken | undefined {
    return this.#saved?.token
  }

  /** Reads what was saved; what cannot be read is not there. */
  load(): Now<void> {
    const { account, logins } = this.#parts
    return this.#guarded(() => {
      const saved = logins.get(account)
      if (!(saved instanceof Promise)) return this.#keep(saved)
      return saved.then(found => this.#keep(found))
    })
  }

  /** What the server offered at the latest login that succeeded, if that is known and can be read. */
  get offer(): StreamFeatures | undefined {
    const text = this.#saved?.offer
    if (text === undefined) return undefined
    try {
      return readWire(StreamFeatures, parseElement(text))
    } catch {
      return undefined
    }
  }

  /** A login by token or for one has succeeded. */
  learned(offer: StreamFeatures): void {
    const text = writeWire(StreamFeatures, offer)
    if (this.#saved?.token && this.#saved.offer !== text) this.#save({ ...this.#saved, offer: text })
  }

  received(token: HeldToken): void {
    this.#save({ ...this.#saved, clientId: this.clientId, token })
  }

  refused(): void {
    this.#save({ clientId: this.clientId })
  }

  #keep(saved: SavedLogin | undefined): void {
    this.#saved = saved ?? this.#saved
  }

  #save(login: SavedLogin): void {
    const { account, logins } = this.#parts
    this.#saved = login
    void this.#guarded(() => logins.set(account, login))
  }

  #guarded(act: () => Now<void>): Now<void> {
    const { platform } = this.#parts
    const report = (fault: unknown): void => platform.report(fault)
    try {
      const done = act()
      return done instanceof Promise ? done.catch(report) : done
    } catch (fault) {
      report(fault)
    }
  }
}

/** RFC 9562 §5.4: version 4. */
function uuidFrom(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte, at) => {
    const marked = at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte
    return marked.toString(16).padStart(2, '0')
  }).join('')
  return [8, 12, 16, 20, 32].map((end, at) => hex.slice([0, 8, 12, 16, 20][at], end)).join('-')
}

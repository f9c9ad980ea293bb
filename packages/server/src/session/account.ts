/** An account with at least one bound resource, and what features keep for it meanwhile. */
import type { BareJid } from '@waxwing/jid'
import type { ClientSession } from './client-session.ts'

/** A typed place on every online account; owned by the feature that makes it. */
export interface Slot<T> {
  of(account: OnlineAccount): T | undefined
  set(account: OnlineAccount, value: T): void
}

export function slot<T>(name: string): Slot<T> {
  const key = Symbol(name)
  return {
    of: account => account.slots.get(key) as T | undefined,
    set: (account, value) => void account.slots.set(key, value),
  }
}

export class OnlineAccount {
  readonly jid: BareJid
  /** By resourcepart. */
  readonly sessions: Map<string, ClientSession> = new Map()
  readonly slots: Map<symbol, unknown> = new Map()
  /** How many of the sessions want copies of what the others send and get. XEP-0280. */
  copied = 0

  constructor(jid: BareJid) {
    this.jid = jid
  }

  /** Resources that have sent available presence. RFC 6121 §4.2. */
  *available(): Generator<ClientSession> {
    for (const session of this.sessions.values()) if (session.isAvailable) yield session
  }

  get isAvailable(): boolean {
    for (const session of this.sessions.values()) if (session.isAvailable) return true
    return false
  }
}

/** Presence that came to accounts from outside of this server: who of their contacts there wants to hear of what. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import type { Stanza } from '../../router/stanza.ts'

export class Visitors {
  readonly #accounts = new Map<BareJid, Map<Jid, Stanza>>()
  readonly #maxPerAccount: number

  constructor(maxPerAccount: number) {
    this.#maxPerAccount = maxPerAccount
  }

  /** @returns whether they were not there before, or were there otherwise */
  came(account: BareJid, presence: Stanza): boolean {
    const known = this.#accounts.get(account) ?? new Map<Jid, Stanza>()
    const isNew = !known.has(presence.from)
    if (isNew && known.size >= this.#maxPerAccount) return false
    known.set(presence.from, presence.detached(true))
    this.#accounts.set(account, known)
    return isNew
  }

  went(account: BareJid, who: Jid): void {
    const known = this.#accounts.get(account)
    known?.delete(who)
    if (known?.size === 0) this.#accounts.delete(account)
  }

  /** What the resources of a contact said last. */
  *of(account: BareJid, contact: BareJid): Generator<Stanza> {
    for (const [jid, presence] of this.#accounts.get(account) ?? [])
      if (bareOf(jid) === contact) yield presence
  }

  forget(account: BareJid): void {
    this.#accounts.delete(account)
  }
}

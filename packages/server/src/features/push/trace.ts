/** Why somebody was woken, or was not: the latest decisions of each account, for its owner and the operator. */
import type { BareJid } from '@waxwing/jid'

export interface Decision {
  /** Ms since 1970. */
  readonly at: number
  /** The service and node, or what came. */
  readonly about: string
  readonly outcome: string
}

/** Accounts remembered; beyond them the one that was quiet longest is forgotten. */
const mostAccounts = 10_000

export class Trace {
  readonly #each: number
  readonly #decisions = new Map<BareJid, Decision[]>()

  /** @param each decisions kept for one account */
  constructor(each: number) {
    this.#each = each
  }

  note(account: BareJid, decision: Decision): void {
    const list = this.#decisions.get(account) ?? []
    this.#decisions.delete(account)
    this.#decisions.set(account, list)
    list.push(decision)
    if (list.length > this.#each) list.shift()
    if (this.#decisions.size <= mostAccounts) return
    for (const oldest of this.#decisions.keys()) return void this.#decisions.delete(oldest)
  }

  /** Oldest first. */
  of(account: BareJid): readonly Decision[] {
    return this.#decisions.get(account) ?? []
  }

  forget(account: BareJid): void {
    this.#decisions.delete(account)
  }
}

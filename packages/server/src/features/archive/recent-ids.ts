/** Messages archived lately, by the hash of what makes them the same. */
import type { BareJid } from '@waxwing/jid'

export interface RecentMessage {
  readonly owner: BareJid
  readonly peer: BareJid
  readonly originId: string
  /** Its id in the archive. */
  readonly uid: string
}

/** At least the last `max` messages, at most twice as many. */
export class RecentIds {
  readonly #max: number
  #young = new Map<number, RecentMessage>()
  #old: ReadonlyMap<number, RecentMessage> = new Map()

  constructor(max: number) {
    this.#max = max
  }

  /** @param hash proves nothing alone */
  find(hash: number, owner: BareJid, peer: BareJid, originId: string): string | undefined {
    const found = this.#young.get(hash) ?? this.#old.get(hash)
    if (!found || found.originId !== originId || found.peer !== peer || found.owner !== owner)
      return undefined
    return found.uid
  }

  /** Whole generations are forgotten: taking the oldest out of a large map, one by one, is slow. */
  add(hash: number, message: RecentMessage): void {
    this.#young.set(hash, message)
    if (this.#young.size < this.#max) return
    this.#old = this.#young
    this.#young = new Map()
  }

  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
  }
}

/** Old messages leave the archives: by age, and the oldest of accounts that have too many. XEP-0313 §3.2. */
import type { BareJid } from '@waxwing/jid'
import type { Clock, Timer } from '@waxwing/stream'
import type { Log as Logger } from '../../kernel/log.ts'
import { allKeys } from '../../store/store.ts'
import type { ArchiveStore } from './archive.ts'
import type { Retentions } from './retention.ts'

const everyMs = 3_600_000
const dayMs = 86_400_000
/** Messages removed in one go. */
const piece = 500
/** Between accounts others may go first. */
const restMs = 10

export class Expiry {
  readonly #store: ArchiveStore
  readonly #retentions: Retentions
  readonly #clock: Clock
  readonly #log: Logger
  /** Accounts whose archive has grown since it was last looked at. */
  readonly #grown = new Set<BareJid>()
  #timer: Timer | undefined
  #isStopped = false

  constructor(store: ArchiveStore, retentions: Retentions, clock: Clock, log: Logger) {
    this.#store = store
    this.#retentions = retentions
    this.#clock = clock
    this.#log = log
  }

  grew(owner: BareJid): void {
    if (this.#retentions.isNeeded) this.#grown.add(owner)
  }

  /** An administrator has said something else of an account: looked at with the next round. */
  changed(owner: BareJid): void {
    this.#grown.add(owner)
    this.start()
  }

  start(): void {
    if (this.#timer || !this.#retentions.isNeeded) return
    this.#timer = this.#clock.after(everyMs, () => void this.#run())
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  async #run(): Promise<void> {
    try {
      await this.#expireAll()
      await this.#trimAll()
    } catch (error) {
      this.#log.error({ error }, 'Old messages could not be removed from the archive')
    }
    this.#timer = undefined
    if (!this.#isStopped) this.start()
  }

  async #expireAll(): Promise<void> {
    const exceptions = new Set(this.#retentions.exceptions())
    const { keepDays } = this.#retentions.ofMost
    const isKeptLonger = (owner: BareJid): boolean => {
      const days = this.#retentions.of(owner).keepDays
      return days === 0 || days > keepDays
    }
    // In one go where that takes nothing away that somebody keeps for longer.
    if (keepDays > 0 && ![...exceptions].some(isKeptLonger)) {
      await this.#store.expire(this.#clock.wall() - keepDays * dayMs)
      for (const owner of exceptions) await this.#expire(owner)
    } else
      for (const owner of keepDays > 0 ? await allKeys(this.#store) : exceptions) await this.#expire(owner)
  }

  async #expire(owner: BareJid): Promise<void> {
    const { keepDays } = this.#retentions.of(owner)
    if (keepDays === 0) return
    const to = this.#clock.wall() - keepDays * dayMs - 1
    for (let isOver = false; !isOver && !this.#isStopped; ) {
      const { entries, complete } = await this.#store.page(owner, { to, max: piece })
      isOver = complete
      if (entries.length === 0) return
      await this.#remove(owner, entries)
      await this.#rest()
    }
  }

  async #trimAll(): Promise<void> {
    const grown = [...this.#grown]
    this.#grown.clear()
    for (const owner of grown) {
      if (this.#isStopped) return
      await this.#trim(owner)
      await this.#rest()
    }
  }

  async #trim(owner: BareJid): Promise<void> {
    const { keepMessages } = this.#retentions.of(owner)
    if (keepMessages === 0) return
    for (let isOver = false; !isOver; ) {
      const surplus = (await this.#store.count(owner, {}, keepMessages + piece)) - keepMessages
      isOver = surplus < piece
      if (surplus <= 0) return
      const { entries } = await this.#store.page(owner, { max: surplus })
      await this.#remove(owner, entries)
    }
  }

  #remove(owner: BareJid, entries: readonly { readonly id: number }[]): Promise<void> {
    return this.#store.remove(
      owner,
      entries.map(entry => entry.id),
    )
  }

  #rest(): Promise<void> {
    return new Promise<void>(resolve => void this.#clock.after(restMs, resolve))
  }
}

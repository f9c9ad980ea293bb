/** Old messages leave the archives: by age, and the oldest of accounts that have too many. XEP-0313 §3.2. */
import type { BareJid } from '@waxwing/jid'
import type { Clock, Timer } from '@waxwing/stream'
import type { Log as Logger } from '../../kernel/log.ts'
import type { ArchiveStore } from './archive.ts'

export interface Retention {
  /** 0: for ever. */
  readonly keepDays: number
  /** Of one account; 0: any number. */
  readonly keepMessages: number
}

const everyMs = 3_600_000
const dayMs = 86_400_000
/** Messages removed in one go. */
const piece = 500
/** Between accounts others may go first. */
const restMs = 10

export class Expiry {
  readonly #store: ArchiveStore
  readonly #retention: Retention
  readonly #clock: Clock
  readonly #log: Logger
  /** Accounts whose archive has grown since it was last looked at. */
  readonly #grown = new Set<BareJid>()
  #timer: Timer | undefined
  #isStopped = false

  constructor(store: ArchiveStore, retention: Retention, clock: Clock, log: Logger) {
    this.#store = store
    this.#retention = retention
    this.#clock = clock
    this.#log = log
  }

  grew(owner: BareJid): void {
    if (this.#retention.keepMessages > 0) this.#grown.add(owner)
  }

  start(): void {
    if (this.#retention.keepDays === 0 && this.#retention.keepMessages === 0) return
    this.#timer = this.#clock.after(everyMs, () => void this.#run())
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  async #run(): Promise<void> {
    try {
      if (this.#retention.keepDays > 0)
        await this.#store.expire(this.#clock.wall() - this.#retention.keepDays * dayMs)
      await this.#trimAll()
    } catch (error) {
      this.#log.error({ error }, 'Old messages could not be removed from the archive')
    }
    if (!this.#isStopped) this.start()
  }

  async #trimAll(): Promise<void> {
    const grown = [...this.#grown]
    this.#grown.clear()
    for (const owner of grown) {
      if (this.#isStopped) return
      await this.#trim(owner)
      await new Promise<void>(resolve => void this.#clock.after(restMs, resolve))
    }
  }

  async #trim(owner: BareJid): Promise<void> {
    const { keepMessages } = this.#retention
    for (let isOver = false; !isOver; ) {
      const surplus = (await this.#store.count(owner, {}, keepMessages + piece)) - keepMessages
      isOver = surplus < piece
      if (surplus <= 0) return
      const { entries } = await this.#store.page(owner, { max: surplus })
      await this.#store.remove(
        owner,
        entries.map(entry => entry.id),
      )
    }
  }
}

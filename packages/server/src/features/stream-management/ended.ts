/** How far sessions had come that are over: their clients need not send again what was handled. XEP-0198 §5. */
import type { BareJid } from '@waxwing/jid'
import type { Clock } from '@waxwing/stream'
import type { PositionRow, Rows } from './rows.ts'

/** However many clients come and go: the oldest counts are forgotten first. */
const most = 100_000

interface End {
  readonly account: BareJid
  readonly h: number
  readonly at: number
}

export class Ended {
  readonly #rows: Rows
  readonly #clock: Clock
  readonly #keptFor: number
  /** Oldest first. */
  readonly #ends = new Map<string, End>()

  constructor(rows: Rows, clock: Clock, keptFor: number) {
    this.#rows = rows
    this.#clock = clock
    this.#keptFor = keptFor
  }

  /** What was handled of a session of this account; `undefined` when nobody remembers. */
  h(id: string, account: BareJid | undefined): number | undefined {
    const end = this.#ends.get(id)
    return end?.account === account ? end?.h : undefined
  }

  add(id: string, { account, h, acked }: PositionRow): void {
    const at = this.#clock.wall()
    this.#ends.set(id, { account, h, at })
    this.#rows.position(id, { account, h, acked, ended: at })
    this.#prune()
  }

  /** The account is gone. */
  forget(account: BareJid): void {
    for (const [id, end] of this.#ends) if (end.account === account) this.#drop(id)
  }

  /** Of the process before this one, in any order. */
  load(rows: Iterable<readonly [id: string, row: PositionRow]>): void {
    const ends = [...rows].map(([id, { account, h, ended = 0 }]) => [id, { account, h, at: ended }] as const)
    for (const [id, end] of ends.sort(([, one], [, other]) => one.at - other.at)) this.#ends.set(id, end)
    this.#prune()
  }

  #prune(): void {
    const oldest = this.#clock.wall() - this.#keptFor
    for (const [id, { at }] of this.#ends) {
      if (at >= oldest && this.#ends.size <= most) return
      this.#drop(id)
    }
  }

  #drop(id: string): void {
    this.#ends.delete(id)
    this.#rows.forgetPosition(id)
  }
}

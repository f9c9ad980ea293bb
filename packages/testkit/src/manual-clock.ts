/** A clock that stands still until told otherwise. */
import type { Clock, Timer } from '@waxwing/stream'
import type { Turns } from './turns.ts'

interface Due {
  readonly at: number
  readonly run: () => void
}

export class ManualClock implements Clock {
  readonly #turns: Turns
  readonly #epoch: number
  /** In order of time, then of asking. */
  readonly #due: Due[] = []
  #now = 0

  /** @param epoch what the wall clock shows at the start, in milliseconds since 1970 */
  constructor(turns: Turns, epoch: number) {
    this.#turns = turns
    this.#epoch = epoch
  }

  monotonic(): number {
    return this.#now
  }

  wall(): number {
    return this.#epoch + Math.floor(this.#now)
  }

  after(ms: number, run: () => void): Timer {
    const due: Due = { at: this.#now + Math.max(0, ms), run }
    const behind = this.#due.findLastIndex(other => other.at <= due.at)
    this.#due.splice(behind + 1, 0, due)
    return {
      cancel: () => {
        const at = this.#due.indexOf(due)
        if (at >= 0) this.#due.splice(at, 1)
      },
    }
  }

  /** Lets time pass; every timer on the way fires at its own moment and has its effects before the next. */
  async advance(ms: number): Promise<void> {
    await this.#turns.settle()
    const until = this.#now + ms
    for (let next = this.#due[0]; next && next.at <= until; next = this.#due[0]) {
      this.#due.shift()
      this.#now = next.at
      next.run()
      await this.#turns.settle()
    }
    this.#now = until
  }
}

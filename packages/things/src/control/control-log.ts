/** What was set of a thing lately, by whom. */
import type { ControlRecord } from './control-options.ts'

export class ControlLog {
  readonly #most: number
  #records: ControlRecord[] = []

  /** @param most records that are kept; the oldest go first */
  constructor(most: number) {
    this.#most = most
  }

  /** The oldest first. */
  get records(): readonly ControlRecord[] {
    return this.#records
  }

  add(record: ControlRecord): void {
    if (this.#most <= 0) return
    const kept = this.#records.length < this.#most ? this.#records : this.#records.slice(1)
    this.#records = [...kept, record]
  }
}

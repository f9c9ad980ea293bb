/** What was given out lately, by name: at least the last `max` entries, at most twice as many. */
export class RecentIds {
  readonly #max: number
  #young = new Map<string, string>()
  #old: ReadonlyMap<string, string> = new Map()

  constructor(max: number) {
    this.#max = max
  }

  get(name: string): string | undefined {
    return this.#young.get(name) ?? this.#old.get(name)
  }

  /** Whole generations are forgotten: taking the oldest out of a large map, one by one, is slow. */
  set(name: string, id: string): void {
    this.#young.set(name, id)
    if (this.#young.size < this.#max) return
    this.#old = this.#young
    this.#young = new Map()
  }
}

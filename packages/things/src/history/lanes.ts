/** So many things at the same time, and no more. */
export class Lanes {
  readonly #most: number
  #running = 0
  /** Told when one is free, or none is taken. */
  #waiting: (() => void) | undefined

  constructor(most: number) {
    this.#most = most
  }

  /** Settles when it has begun, which is as soon as there is room. What it rejects with is not heard. */
  async begin(act: () => Promise<unknown>): Promise<void> {
    while (this.#running >= this.#most) await this.#change()
    this.#running++
    const done = (): void => {
      this.#running--
      this.#waiting?.()
      this.#waiting = undefined
    }
    act().then(done, done)
  }

  /** Settles when nothing runs any more. */
  async over(): Promise<void> {
    while (this.#running > 0) await this.#change()
  }

  #change(): Promise<void> {
    return new Promise(resolve => {
      this.#waiting = resolve
    })
  }
}

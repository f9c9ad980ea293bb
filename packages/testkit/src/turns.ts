/** The order in which things happen: one after the other, each with all that follows from it at once. */
export class Turns {
  readonly #waiting: (() => void)[] = []

  /** Runs behind everything that waits already; never inside the caller. */
  post(run: () => void): void {
    this.#waiting.push(run)
  }

  /** Runs until nothing is left to do at this moment. */
  async settle(): Promise<void> {
    await idle()
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      next()
      await idle()
    }
  }
}

/** Settles once every promise that can go on has gone on. */
function idle(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

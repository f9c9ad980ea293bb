/** Counting of stanzas for acknowledgement and resumption: XEP-0198 §4. The feature that negotiates it lives in the server. */

const modulus = 2 ** 32

/** The received side: how many stanzas we have handled. */
export class HandledCounter {
  #handled: number

  /** @param handled where the count stands already, modulo 2^32 */
  constructor(handled = 0) {
    this.#handled = handled
  }

  get h(): number {
    return this.#handled
  }

  /** Counts one stanza handled; back to zero at 2^32. XEP-0198 §4. */
  count(): void {
    this.#handled = (this.#handled + 1) % modulus
  }
}

/** The sent side: stanzas the peer has not yet acknowledged, oldest first. */
export class UnackedQueue<T> {
  #waiting: T[] = []
  #acked: number

  /** @param acked what the peer has already acknowledged of the session, modulo 2^32 */
  constructor(acked = 0) {
    this.#acked = acked
  }

  /** Total number of stanzas sent, modulo 2^32. */
  get sent(): number {
    return (this.#acked + this.#waiting.length) % modulus
  }

  get length(): number {
    return this.#waiting.length
  }

  push(stanza: T): void {
    this.#waiting.push(stanza)
  }

  /**
   * Takes the peer's count.
   *
   * @returns the stanzas now acknowledged, or `undefined` when the peer claims more than was sent (XEP-0198 §4: handled-count-too-high)
   */
  acknowledge(h: number): readonly T[] | undefined {
    const newly = (h - this.#acked + modulus) % modulus
    if (newly > this.#waiting.length) return undefined
    this.#acked = h
    return this.#waiting.splice(0, newly)
  }

  /** What has to be sent again after resumption, or kept for later when the session is over. */
  unacknowledged(): readonly T[] {
    return this.#waiting
  }
}

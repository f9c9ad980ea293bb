/** One write per socket and turn: transports with something to say are flushed together when the turn ends. */

interface Flushable {
  flush(): void
}

const smallBytes = 4 * 1024
const largeBytes = 64 * 1024
const pooled = 64

export class Flusher {
  #waiting: Flushable[] = []
  readonly #small: Buffer[] = []
  readonly #large: Buffer[] = []
  readonly #run = (): void => {
    const ready = this.#waiting
    this.#waiting = []
    for (const transport of ready) transport.flush()
  }

  add(transport: Flushable): void {
    if (this.#waiting.push(transport) === 1) setImmediate(this.#run)
  }

  /** A buffer of at least `size` bytes up to 64 KiB; the small ones serve most turns. */
  take(size: number): Buffer {
    if (size <= smallBytes) return this.#small.pop() ?? Buffer.allocUnsafeSlow(smallBytes)
    if (size <= largeBytes) return this.#large.pop() ?? Buffer.allocUnsafeSlow(largeBytes)
    return Buffer.allocUnsafeSlow(size)
  }

  /** Gives a buffer back that nobody refers to any more. */
  release(buffer: Buffer): void {
    const pool =
      buffer.length === smallBytes ? this.#small : buffer.length === largeBytes ? this.#large : undefined
    if (pool && pool.length < pooled) pool.push(buffer)
  }
}

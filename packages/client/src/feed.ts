/** Values that arrive by themselves, for `for await`. */
import { OverflowError } from './errors.ts'

export interface FeedOptions {
  /** Values that may wait for a slow reader. Default 256. */
  readonly capacity?: number
  /** What happens beyond that: the oldest value is lost and counted, or the reader gets an `OverflowError`. */
  readonly overflow?: 'drop-oldest' | 'error'
  readonly signal?: AbortSignal | undefined
}

interface Reader<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void
  readonly reject: (error: unknown) => void
}

type Ending = { readonly error: unknown } | 'done'

/** One reader's queue. It ends when the reader leaves its loop, when the source ends, or by its signal. */
export class Feed<T> implements AsyncIterableIterator<T, undefined> {
  readonly #capacity: number
  readonly #overflow: 'drop-oldest' | 'error'
  readonly #onEnd: (feed: Feed<T>) => void
  #waiting: T[] = []
  #readers: Reader<T>[] = []
  #ending: Ending | undefined
  #dropped = 0
  #unlisten: (() => void) | undefined

  constructor(options: FeedOptions, onEnd: (feed: Feed<T>) => void) {
    this.#capacity = options.capacity ?? 256
    this.#overflow = options.overflow ?? 'drop-oldest'
    this.#onEnd = onEnd
    this.#obey(options.signal)
  }

  /** Values lost because the reader was too slow. */
  get dropped(): number {
    return this.#dropped
  }

  push(value: T): void {
    if (this.#ending !== undefined) return
    const reader = this.#readers.shift()
    if (reader) return reader.resolve({ done: false, value })
    this.#waiting.push(value)
    if (this.#waiting.length <= this.#capacity) return
    this.#waiting.shift()
    this.#dropped++
    if (this.#overflow === 'error')
      this.fail(
        new OverflowError(`More than ${this.#capacity} values waited for a reader that is too slow for them`),
      )
  }

  /** No more values; those that wait are still read. */
  end(): void {
    this.#finish('done')
  }

  /** As `end`, and then the reader gets the error. */
  fail(error: unknown): void {
    this.#finish({ error })
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const value = this.#waiting.shift()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    const ending = this.#ending
    if (ending === undefined) return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }))
    this.#ending = 'done'
    if (ending === 'done') return Promise.resolve({ done: true, value: undefined })
    return Promise.reject(asError(ending.error))
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#waiting = []
    this.end()
    this.#ending = 'done'
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #obey(signal: AbortSignal | undefined): void {
    if (!signal) return
    const stop = (): void => this.fail(signal.reason)
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    this.#unlisten = () => signal.removeEventListener('abort', stop)
  }

  #finish(ending: Ending): void {
    if (this.#ending !== undefined) return
    const readers = this.#readers
    this.#readers = []
    // the first reader learns of an error, the others only of the end
    this.#ending = ending === 'done' || readers.length > 0 ? 'done' : ending
    this.#unlisten?.()
    this.#onEnd(this)
    for (const [index, reader] of readers.entries()) {
      if (ending === 'done' || index > 0) reader.resolve({ done: true, value: undefined })
      else reader.reject(asError(ending.error))
    }
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason), { cause: reason })
}

/** One physical read at a time for each field, whoever asks for it. */
import { type DeclaredField, ReadError, type ReadSample } from '../field-types.ts'
import type { Clock } from '../port.ts'

/** What reading gave: a sample, nothing, or an error's text. */
export type ReadOutcome =
  | { readonly kind: 'sample'; readonly sample: ReadSample; readonly time: Date }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'error'; readonly text: string; readonly time: Date }

export class SharedReads {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #report: (fault: unknown) => void
  /** By how they are read: a field that is told with its past is the same one. */
  readonly #running = new Map<DeclaredField['read'], Promise<ReadOutcome>>()

  /** @param report told of what a read throws besides `ReadError` */
  constructor(clock: Clock, timeoutMs: number, report: (fault: unknown) => void) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#report = report
  }

  /** Never rejects. A read that hangs is waited for by everybody who asks, each for the timeout; it is not begun again. */
  read(field: DeclaredField): Promise<ReadOutcome> {
    let running = this.#running.get(field.read)
    if (!running) {
      running = this.#begin(field)
      this.#running.set(field.read, running)
    }
    return this.within(running).catch(fault => this.failed(fault))
  }

  /** A promise's outcome, or a `ReadError` when it takes too long. */
  within<T>(promise: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = this.#clock.after(this.#timeoutMs, () => reject(new ReadError('Timeout.')))
      promise.then(resolve, reject).finally(() => timer.cancel())
    })
  }

  /** The error to tell for a fault: its text only if it is meant to be told. */
  failed(fault: unknown): ReadOutcome & { readonly kind: 'error' } {
    if (!(fault instanceof ReadError)) this.#report(fault)
    return {
      kind: 'error',
      text: fault instanceof ReadError ? fault.message : 'Reading failed.',
      time: new Date(this.#clock.wall()),
    }
  }

  async #begin(field: DeclaredField): Promise<ReadOutcome> {
    try {
      const sample = await field.read()
      if (!sample) return { kind: 'nothing' }
      return { kind: 'sample', sample, time: sample.time ?? new Date(this.#clock.wall()) }
    } catch (fault) {
      return this.failed(fault)
    } finally {
      this.#running.delete(field.read)
    }
  }
}

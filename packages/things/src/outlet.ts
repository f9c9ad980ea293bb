/** The way back to who asked: the answer first, the rest behind it in messages. */
import type { ReadoutReport } from '@waxwing/protocol'
import type { Clock } from './port.ts'

export interface OutletOptions {
  readonly clock: Clock
  /** The answer when the data does not fit into it. */
  readonly accepted: ReadoutReport
  /** Whether all data may be the answer. */
  readonly mayInline: boolean
  /** Whether the answer has been given already. */
  readonly isAnswered: boolean
  readonly send: (report: ReadoutReport) => void
}

export class Outlet {
  /** What to answer the request with. */
  readonly answer: Promise<ReadoutReport>
  readonly #options: OutletOptions
  readonly #resolve: (report: ReadoutReport) => void
  #isAnswered: boolean
  /** Whether the answer has left, so that messages may follow. */
  #isOpen: boolean
  #isClosed = false
  #held: ReadoutReport[] = []
  readonly #flushed = Promise.withResolvers<void>()

  constructor(options: OutletOptions) {
    this.#options = options
    this.#isAnswered = options.isAnswered
    this.#isOpen = options.isAnswered
    if (this.#isOpen) this.#flushed.resolve()
    const { promise, resolve } = Promise.withResolvers<ReadoutReport>()
    this.answer = promise
    this.#resolve = resolve
  }

  /** Sends a report, in its turn. */
  emit(report: ReadoutReport): void {
    if (this.#isClosed) return
    if (!this.#isAnswered && this.#options.mayInline && report.kind === 'data' && report.last) {
      this.#reply(report)
      return
    }
    this.accept()
    if (this.#isOpen) this.#options.send(report)
    else this.#held.push(report)
  }

  /** Settles when everything emitted has left, or nothing can leave any more. */
  get flushed(): Promise<void> {
    return this.#flushed.promise
  }

  /** Answers that the data will follow, unless something has been answered. */
  accept(): void {
    if (!this.#isAnswered) this.#reply(this.#options.accepted)
  }

  /** Nothing leaves any more; what has not been answered is accepted. */
  close(): void {
    this.accept()
    this.#isClosed = true
    this.#held = []
    this.#flushed.resolve()
  }

  #reply(report: ReadoutReport): void {
    this.#isAnswered = true
    this.#resolve(report)
    // The answer is written while promises settle, before any timer.
    if (report.kind === 'data') this.#open()
    else this.#options.clock.after(0, () => this.#open())
  }

  #open(): void {
    this.#isOpen = true
    for (const held of this.#held.splice(0)) this.#options.send(held)
    this.#flushed.resolve()
  }
}

/** Notices a connection that is dead though nobody said so: asks when it has been silent for too long. */
import type { Clock, Timer } from '@waxwing/stream'
import { StanzaError, StreamFailure, TimeoutError, type XmppError } from './errors.ts'

export interface KeepAliveOptions {
  /** Silence after which to ask; 0: never. */
  readonly keepAliveMs: number
  readonly keepAliveTimeoutMs: number
}

export interface KeepAlivePort {
  /** Asks the server anything; rejects with a TimeoutError when no answer comes. */
  ask(timeoutMs: number): Promise<void>
  giveUp(error: XmppError): void
}

export class KeepAlive {
  readonly #clock: Clock
  readonly #options: KeepAliveOptions
  readonly #port: KeepAlivePort
  #timer: Timer | undefined
  #heardAt = 0

  constructor(clock: Clock, options: KeepAliveOptions, port: KeepAlivePort) {
    this.#clock = clock
    this.#options = options
    this.#port = port
  }

  start(): void {
    this.stop()
    this.heard()
    if (this.#options.keepAliveMs > 0) this.#watch(this.#options.keepAliveMs)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  heard(): void {
    this.#heardAt = this.#clock.monotonic()
  }

  #watch(ms: number): void {
    const timer = this.#clock.after(ms, () => {
      const left = this.#heardAt + this.#options.keepAliveMs - this.#clock.monotonic()
      if (left > 0) this.#watch(left)
      else this.#ask(timer)
    })
    this.#timer = timer
  }

  #ask(timer: Timer): void {
    const { keepAliveMs, keepAliveTimeoutMs } = this.#options
    const onAnswer = (): void => {
      if (this.#timer === timer) this.#watch(keepAliveMs)
    }
    this.#port.ask(keepAliveTimeoutMs).then(onAnswer, (error: unknown) => {
      if (this.#timer !== timer) return
      // an error is an answer, too
      if (error instanceof StanzaError) return onAnswer()
      if (error instanceof TimeoutError) this.#port.giveUp(silence(keepAliveMs + keepAliveTimeoutMs, error))
    })
  }
}

function silence(ms: number, cause: TimeoutError): StreamFailure {
  const text = `The server has been silent for ${Math.round(ms / 1000)} s: the connection is taken for dead`
  return new StreamFailure('connection-lost', text, { retryable: true, cause })
}

/** Promises that always settle: by their outcome, a deadline or a signal. */
import { type Clock, TimeoutError } from '@waxwing/stream'

export interface WaitOptions {
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Settle<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

/**
 * Waits for one outcome. `start` begins the waiting and returns what ends it: that runs once, whatever the outcome.
 *
 * @param what for the text of the TimeoutError: 'an answer of …'
 */
export function waitFor<T>(
  clock: Clock,
  options: WaitOptions,
  what: string,
  start: (settle: Settle<T>) => () => void,
): Promise<T> {
  const { signal, timeoutMs } = options
  return new Promise<T>((resolve, reject) => {
    signal?.throwIfAborted()
    let finish: (() => void) | undefined
    let isOver = false
    const settle = (act: () => void): void => {
      if (isOver) return
      isOver = true
      timer?.cancel()
      signal?.removeEventListener('abort', onAbort)
      finish?.()
      act()
    }
    const fail = (error: unknown): void => settle(() => reject(error))
    const onAbort = (): void => fail(signal?.reason)
    const timer =
      timeoutMs === undefined
        ? undefined
        : clock.after(timeoutMs, () =>
            fail(new TimeoutError(`There was no ${what} within ${Math.round(timeoutMs / 100) / 10} s`)),
          )
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      finish = start({ resolve: value => settle(() => resolve(value)), reject: fail })
    } catch (error) {
      return fail(error)
    }
    // the outcome may have come while starting
    if (isOver) finish()
  })
}

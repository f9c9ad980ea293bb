/** Listeners by the name of what they listen to. */

/** Call it to stop listening. */
export type Off = () => void

export class Emitter<E extends object> {
  readonly #listeners = new Map<keyof E, Set<(value: never) => void>>()
  readonly #onFault: (fault: unknown) => void

  /** @param onFault told what a listener throws */
  constructor(onFault: (fault: unknown) => void) {
    this.#onFault = onFault
  }

  on<K extends keyof E>(event: K, listener: (value: E[K]) => void): Off {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners)
    const own = (value: E[K]): void => listener(value)
    listeners.add(own)
    return () => {
      listeners.delete(own)
    }
  }

  has(event: keyof E): boolean {
    return (this.#listeners.get(event)?.size ?? 0) > 0
  }

  emit<K extends keyof E>(event: K, value: E[K]): void {
    for (const listener of Array.from(this.#listeners.get(event) ?? [])) {
      try {
        // the set of an event holds only listeners of that event: see `on`
        ;(listener as (value: E[K]) => void)(value)
      } catch (fault) {
        this.#onFault(fault)
      }
    }
  }
}

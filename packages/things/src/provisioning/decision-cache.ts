/** Answers of who decides, for as long as they hold. */
import { stanzaError } from '@waxwing/protocol'
import type { Clock } from '../port.ts'
import type { ProvisioningLimits } from './provisioning-options.ts'

interface Entry {
  readonly value: unknown
  readonly at: number
  /** Before a session began, in which changes may have been missed. */
  isOld: boolean
}

/** Keys longer than this are asked each time. */
const longestKey = 8_192

export class DecisionCache {
  readonly #clock: Clock
  readonly #limits: ProvisioningLimits
  /** Those used last are at the end. */
  readonly #entries = new Map<string, Entry>()
  readonly #asking = new Map<string, Promise<unknown>>()
  /** Grows when all is forgotten: what was asked before is not kept then. */
  #era = 0

  constructor(clock: Clock, limits: ProvisioningLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  get size(): number {
    return this.#entries.size
  }

  /**
   * What is known, or what `ask` says. When that fails, what was known before, within the grace.
   *
   * Keys begin with a word for the kind of answer, which is always of type `T`.
   *
   * @throws StanzaError when nobody can be asked: a refusal, not a fault
   */
  async get<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key)
    if (known && !known.isOld && this.#age(known) < this.#limits.ttlMs) {
      this.#entries.delete(key)
      this.#entries.set(key, known)
      return known.value as T
    }
    try {
      return await this.#once(key, ask)
    } catch {
      const { ttlMs, graceMs } = this.#limits
      // Only while it is still there: what was taken back has been forgotten in the meantime.
      const last = this.#entries.get(key)
      if (last && graceMs > 0 && this.#age(last) < ttlMs + graceMs) return last.value as T
      throw stanzaError('remote-server-timeout', 'Who decides about this cannot be reached now')
    }
  }

  /** Nothing that was said holds any more. */
  clear(): void {
    this.#era++
    this.#entries.clear()
    this.#asking.clear()
  }

  /** It may be that changes were missed: everything is asked anew, and is good only while nobody can be asked. */
  age(): void {
    this.#era++
    for (const entry of this.#entries.values()) entry.isOld = true
    this.#asking.clear()
  }

  #age({ at }: Entry): number {
    return this.#clock.wall() - at
  }

  #once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const asking = this.#asking.get(key)
    if (asking) return asking as Promise<T>
    if (this.#asking.size >= this.#limits.maxQuestions)
      throw stanzaError('resource-constraint', 'Too many questions are open')
    const era = this.#era
    const asked = ask().then(value => {
      if (this.#era === era) this.#keep(key, value)
      return value
    })
    const done = (): void => {
      if (this.#asking.get(key) === asked) this.#asking.delete(key)
    }
    asked.then(done, done)
    this.#asking.set(key, asked)
    return asked
  }

  #keep(key: string, value: unknown): void {
    if (key.length > longestKey) return
    this.#entries.delete(key)
    this.#entries.set(key, { value, at: this.#clock.wall(), isOld: false })
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.maxAnswers) break
      this.#entries.delete(oldest)
    }
  }
}

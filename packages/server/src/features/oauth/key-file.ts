/** The provider's keys as its file has them now: providers change keys, and a key taken away must not count any more. */
import { readFileSync } from 'node:fs'
import type { Clock } from '@waxwing/stream'
import type { Log } from '../../kernel/log.ts'
import { readKeys, type TokenKey } from './token-keys.ts'

/** How long what was read counts without another look. */
const freshMs = 10_000

export class KeyFile {
  readonly #path: string
  readonly #clock: Clock
  readonly #log: Log
  #text: string
  #keys: readonly TokenKey[]
  #readAt: number

  /** @throws Error that names file and fault */
  constructor(path: string, clock: Clock, log: Log) {
    this.#path = path
    this.#clock = clock
    this.#log = log
    try {
      this.#text = readFileSync(path, 'utf8')
      this.#keys = readKeys(this.#text)
    } catch (error) {
      throw new Error(`features.oauth.keys: ${path} cannot be used: ${reasonOf(error)}`, { cause: error })
    }
    this.#readAt = clock.wall()
  }

  /**
   * What counts at this moment: a small file, read while a login waits for it, and seldom. Of a file that cannot be
   * used the log tells, and what was read before counts on.
   */
  keys(): readonly TokenKey[] {
    const now = this.#clock.wall()
    if (Math.abs(now - this.#readAt) < freshMs) return this.#keys
    this.#readAt = now
    try {
      const text = readFileSync(this.#path, 'utf8')
      if (text !== this.#text) {
        this.#keys = readKeys(text)
        this.#text = text
        this.#log.info(
          { file: this.#path, keys: this.#keys.length },
          'The keys of the identity provider changed',
        )
      }
    } catch (error) {
      this.#log.warn(
        { file: this.#path, why: reasonOf(error) },
        'The keys of the identity provider cannot be read',
      )
    }
    return this.#keys
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

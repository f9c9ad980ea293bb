/** Keys of an account in one piece of memory: as objects of their own they would take nearly four times as much. */
import type { ScramHash, StoredKeys } from '@waxwing/stream'
import { type AccountRow, hashes, keysIn } from './account-keys.ts'

/** In front of salt, stored key and server key of a hash stands the length of each, in one octet. */
const partsPerHash = 3
const longestPart = 255

export class PackedKeys {
  readonly #iterations: number
  readonly #bytes: Uint8Array

  private constructor(iterations: number, bytes: Uint8Array) {
    this.#iterations = iterations
    this.#bytes = bytes
  }

  /** `undefined` for a row that does not fit: keys from elsewhere may have salts of any length. */
  static of(row: AccountRow): PackedKeys | undefined {
    const parts = hashes.flatMap(hash => {
      const { salt, storedKey, serverKey } = keysIn(row, hash) ?? noKeys
      return [salt, storedKey, serverKey]
    })
    if (parts.some(part => part.length > longestPart)) return undefined
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 1 + part.length, 0))
    let at = 0
    for (const part of parts) {
      bytes[at] = part.length
      bytes.set(part, at + 1)
      at += 1 + part.length
    }
    return new PackedKeys(row.iterations, bytes)
  }

  /** As {@link keysIn} of the row. */
  keys(hash: ScramHash): StoredKeys | undefined {
    let at = 0
    for (let skipped = hashes.indexOf(hash) * partsPerHash; skipped > 0; skipped--) at = this.#behind(at)
    const salt = this.#part(at)
    const storedKey = this.#part((at = this.#behind(at)))
    if (storedKey.length === 0) return undefined
    const serverKey = this.#part(this.#behind(at))
    return { salt, iterations: this.#iterations, storedKey, serverKey }
  }

  /** As `epochIn` of the row. */
  get epoch(): Uint8Array | undefined {
    return (this.keys('SHA-1') ?? this.keys('SHA-256') ?? this.keys('SHA-512'))?.salt
  }

  #behind(at: number): number {
    return at + 1 + (this.#bytes[at] ?? 0)
  }

  #part(at: number): Uint8Array {
    return this.#bytes.subarray(at + 1, this.#behind(at))
  }
}

const none = new Uint8Array()
const noKeys = { salt: none, storedKey: none, serverKey: none }

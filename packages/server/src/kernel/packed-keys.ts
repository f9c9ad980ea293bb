/** Keys of an account in one piece of memory: as objects of their own they would take nearly four times as much. */
import type { ScramHash, StoredKeys } from '@waxwing/stream'
import { type AccountRow, hashes, keysIn } from './account-keys.ts'

const partsPerHash = 3
/** In front of salt, stored key and server key of each hash stands how long it is. */
const lengthBytes = 4

export class PackedKeys {
  readonly #iterations: number
  readonly #bytes: Uint8Array

  constructor(row: AccountRow) {
    const parts = hashes.flatMap(hash => {
      const { salt, storedKey, serverKey } = keysIn(row, hash) ?? noKeys
      return [salt, storedKey, serverKey]
    })
    this.#iterations = row.iterations
    this.#bytes = new Uint8Array(parts.reduce((sum, part) => sum + lengthBytes + part.length, 0))
    let at = 0
    for (const part of parts) {
      for (let n = 0; n < lengthBytes; n++) this.#bytes[at + n] = part.length >> (8 * n)
      this.#bytes.set(part, at + lengthBytes)
      at = this.#behind(at)
    }
  }

  /** As {@link keysIn} of the row. */
  of(hash: ScramHash): StoredKeys | undefined {
    let at = 0
    for (let skipped = hashes.indexOf(hash) * partsPerHash; skipped > 0; skipped--) at = this.#behind(at)
    const salt = this.#part(at)
    const storedKey = this.#part((at = this.#behind(at)))
    if (storedKey.length === 0) return undefined
    const serverKey = this.#part(this.#behind(at))
    return { salt, iterations: this.#iterations, storedKey, serverKey }
  }

  /** Salts are drawn anew with each password. Added keys come behind those that were there first. */
  get epoch(): Uint8Array | undefined {
    return (this.of('SHA-1') ?? this.of('SHA-256') ?? this.of('SHA-512'))?.salt
  }

  #behind(at: number): number {
    let length = 0
    for (let n = 0; n < lengthBytes; n++) length |= (this.#bytes[at + n] ?? 0) << (8 * n)
    return at + lengthBytes + length
  }

  #part(at: number): Uint8Array {
    return this.#bytes.subarray(at + lengthBytes, this.#behind(at))
  }
}

const none = new Uint8Array()
const noKeys = { salt: none, storedKey: none, serverKey: none }

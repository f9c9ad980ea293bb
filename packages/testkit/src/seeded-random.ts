/** Randomness that is the same for the same seed. */
import type { Random } from '@waxwing/stream'

/** A xoshiro128** generator (Blackman and Vigna), seeded by splitmix32. For tests only: it keeps no secret. */
export class SeededRandom implements Random {
  readonly #state: Uint32Array

  constructor(seed: number) {
    let word = seed >>> 0
    this.#state = Uint32Array.from({ length: 4 }, () => {
      word = (word + 0x9e3779b9) >>> 0
      let mixed = Math.imul(word ^ (word >>> 16), 0x21f0aaad)
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
      return (mixed ^ (mixed >>> 15)) >>> 0
    })
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#state
    const result = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0
    const e = c ^ a
    const f = d ^ b
    this.#state.set([a ^ f, b ^ e, e ^ (b << 9), rotated(f, 11)])
    return result
  }

  /** An integer from 0 to `below - 1`. */
  below(below: number): number {
    return Math.floor(this.fraction() * below)
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.next() & 255)
  }

  fraction(): number {
    return this.next() / 2 ** 32
  }
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

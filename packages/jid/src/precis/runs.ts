/**
 * A class for every code point, kept as one string of runs: a length in base 36 (absent when 1) and a capital letter.
 *
 * The string is decoded at the first question and the answer kept; nothing happens at import time.
 */
export class RunTable {
  readonly #runs: string
  #starts: Uint32Array | undefined
  #letters = ''

  constructor(runs: string) {
    this.#runs = runs
  }

  /** The class letter of a code point, U+0000 to U+10FFFF. */
  classOf(codePoint: number): string {
    const starts = (this.#starts ??= this.#decode())
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((starts[middle] ?? 0) <= codePoint) low = middle
      else high = middle - 1
    }
    return this.#letters.charAt(low)
  }

  #decode(): Uint32Array {
    const starts: number[] = []
    let position = 0
    for (const [, length, letter] of this.#runs.matchAll(/([0-9a-z]*)([A-Z])/g)) {
      starts.push(position)
      this.#letters += letter
      position += length ? Number.parseInt(length, 36) : 1
    }
    return Uint32Array.from(starts)
  }
}

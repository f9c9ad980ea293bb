/**
 * A text that is put together of the same parts again and again, as the features of a stream are for each that opens:
 * only when a part has changed is it joined anew. Parts are compared by value, which costs nothing for kept texts.
 */
export class Joined {
  #parts: readonly string[] = []
  #text = ''

  of(...parts: readonly string[]): string {
    if (!isSame(parts, this.#parts)) {
      this.#parts = parts
      this.#text = parts.join('')
    }
    return this.#text
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return false
  return true
}

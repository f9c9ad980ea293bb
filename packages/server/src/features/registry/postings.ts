/** Which things have something in common: their numbers, in order. */

/** One number stands for itself: most values of most tags are those of one thing alone. */
type Numbers = number | number[]

export class Postings<K> {
  readonly #numbers = new Map<K, Numbers>()

  get isEmpty(): boolean {
    return this.#numbers.size === 0
  }

  keys(): Iterable<K> {
    return this.#numbers.keys()
  }

  /** In ascending order; not to be kept, since it goes on changing. */
  of(key: K): readonly number[] {
    const numbers = this.#numbers.get(key)
    if (numbers === undefined) return none
    return typeof numbers === 'number' ? [numbers] : numbers
  }

  add(key: K, number: number): void {
    const numbers = this.#numbers.get(key)
    if (numbers === undefined) this.#numbers.set(key, number)
    else if (typeof numbers === 'number') {
      if (numbers !== number) this.#numbers.set(key, numbers < number ? [numbers, number] : [number, numbers])
    } else insert(numbers, number)
  }

  remove(key: K, number: number): void {
    const numbers = this.#numbers.get(key)
    if (numbers === number) this.#numbers.delete(key)
    if (numbers === undefined || typeof numbers === 'number') return
    const at = placeIn(numbers, number)
    if (numbers[at] === number) numbers.splice(at, 1)
    const [last] = numbers
    if (numbers.length === 1 && last !== undefined) this.#numbers.set(key, last)
  }
}

const none: readonly number[] = []

/** Adds a number in its place, once. */
export function insert(numbers: number[], number: number): void {
  const at = placeIn(numbers, number)
  if (numbers[at] !== number) numbers.splice(at, 0, number)
}

/** Where a number stands, or would. */
export function placeIn(numbers: readonly number[], number: number): number {
  // Who registers now comes last.
  if (number > (numbers.at(-1) ?? -1)) return numbers.length
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((numbers[middle] ?? 0) < number) low = middle + 1
    else high = middle
  }
  return low
}

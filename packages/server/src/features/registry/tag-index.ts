/**
 * Public things by their tags. Private ones are not in here at all: however long a search takes, it tells nothing of them.
 */
import { insert, Postings, placeIn } from './postings.ts'
import type { Tags, TagValue } from './tags.ts'

/** Something that every thing found has: a tag, perhaps with this value. */
export interface Trait {
  readonly name: string
  readonly value: TagValue | undefined
}

/** Things with one tag. */
class Named {
  readonly values = new Postings<TagValue>()
  things = 0

  add(value: TagValue, number: number): void {
    this.values.add(value, number)
    this.things++
  }

  remove(value: TagValue, number: number): void {
    this.values.remove(value, number)
    this.things--
  }
}

export class TagIndex {
  /** A number: that thing alone. Whoever invents names for itself gets no tables for them. */
  readonly #names = new Map<string, Named | number>()
  /** Everything public, by number. */
  readonly #all: number[] = []
  readonly #tagsOf: (number: number) => Tags | undefined

  /** @param tagsOf the tags of a thing that is in here */
  constructor(tagsOf: (number: number) => Tags | undefined) {
    this.#tagsOf = tagsOf
  }

  get isEmpty(): boolean {
    return this.#names.size === 0 && this.#all.length === 0
  }

  add(number: number, tags: Tags): void {
    insert(this.#all, number)
    for (const [name, value] of tags) {
      const named = this.#names.get(name)
      if (named === undefined) this.#names.set(name, number)
      else this.#withFirst(name, named).add(value, number)
    }
  }

  /** Room for more than the one thing that had a tag so far. */
  #withFirst(name: string, named: Named | number): Named {
    if (typeof named !== 'number') return named
    const both = new Named()
    const value = this.#tagsOf(named)?.get(name)
    if (value !== undefined) both.add(value, named)
    this.#names.set(name, both)
    return both
  }

  remove(number: number, tags: Tags): void {
    const at = placeIn(this.#all, number)
    if (this.#all[at] === number) this.#all.splice(at, 1)
    for (const [name, value] of tags) {
      const named = this.#names.get(name)
      if (typeof named === 'object') named.remove(value, number)
      if (named === number || (typeof named === 'object' && named.things === 0)) this.#names.delete(name)
    }
  }

  /** Numbers of things among which all those with these traits are, in ascending order: as few as is cheap to say. */
  candidates(traits: readonly Trait[]): readonly number[] {
    let fewest: readonly number[] = this.#all
    let rarest: Named | undefined
    for (const { name, value } of traits) {
      const named = this.#names.get(name)
      if (named === undefined) return []
      if (typeof named === 'number') return [named]
      if (value !== undefined) fewest = shorter(fewest, named.values.of(value))
      else if (!rarest || named.things < rarest.things) rarest = named
    }
    // To put the things of a tag in order costs more than to look at each of a list that is there.
    return rarest && rarest.things * 16 < fewest.length ? inOrder(rarest) : fewest
  }
}

function shorter(one: readonly number[], other: readonly number[]): readonly number[] {
  return other.length < one.length ? other : one
}

function inOrder({ values }: Named): readonly number[] {
  const numbers: number[] = []
  for (const value of values.keys()) for (const number of values.of(value)) numbers.push(number)
  return numbers.sort((a, b) => a - b)
}

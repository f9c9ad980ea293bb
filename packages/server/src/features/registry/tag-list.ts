/** Tags of many things in little space: things of the same kind share the names of their tags. */
import type { Tags, TagValue } from './tags.ts'

/** Names of tags in an order. */
interface Shape {
  readonly key: string
  readonly names: readonly string[]
  users: number
}

/** The tags of one thing. It never changes. */
export class TagList implements Tags {
  readonly shape: Shape
  readonly values: readonly TagValue[]

  constructor(shape: Shape, values: readonly TagValue[]) {
    this.shape = shape
    this.values = values
  }

  get size(): number {
    return this.values.length
  }

  get(name: string): TagValue | undefined {
    const at = this.shape.names.indexOf(name)
    return at < 0 ? undefined : this.values[at]
  }

  *[Symbol.iterator](): Generator<readonly [name: string, value: TagValue]> {
    const { names } = this.shape
    for (const [at, value] of this.values.entries()) yield [names[at] ?? '', value]
  }
}

/** Makes lists, and forgets names that nobody has any more. */
export class TagLists {
  readonly #shapes = new Map<string, Shape>()

  get isEmpty(): boolean {
    return this.#shapes.size === 0
  }

  /** Whoever takes a list gives it back. */
  take(tags: Tags): TagList {
    const names: string[] = []
    const values: TagValue[] = []
    for (const [name, value] of tags) {
      names.push(name)
      values.push(value)
    }
    // Names have no spaces in them: XEP-0347 §5.2
    const key = names.join(' ')
    const shape = this.#shapes.get(key) ?? { key, names, users: 0 }
    this.#shapes.set(key, shape)
    shape.users++
    return new TagList(shape, values)
  }

  giveBack({ shape }: TagList): void {
    if (--shape.users === 0) this.#shapes.delete(shape.key)
  }
}

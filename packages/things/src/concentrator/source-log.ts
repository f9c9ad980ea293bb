/** What has happened in a source, as far back as it is remembered. */
import type { NodeRef, SourceEventKind } from '@waxwing/protocol'
import type { NodeView } from './node-options.ts'

/** Something that happened to a node, with the node as it was then. */
export interface SourceChange {
  readonly kind: SourceEventKind
  readonly view: NodeView
  /** The sibling it was added behind. */
  readonly after?: NodeRef | undefined
  /** The id it had until then; absent: the same. */
  readonly oldId?: string | undefined
}

export interface LoggedChange extends SourceChange {
  /** Milliseconds since 1970. */
  readonly at: number
}

export class SourceLog {
  readonly #max: number
  #changes: LoggedChange[] = []
  /** Everything since then is known. */
  #since: number

  /** @param max changes to remember */
  constructor(max: number, now: number) {
    this.#max = max
    this.#since = now
  }

  add(change: LoggedChange): void {
    this.#changes.push(change)
    // Not at each: twice as many may wait.
    if (this.#changes.length <= this.#max * 2) return
    const gone = this.#changes.slice(0, -this.#max)
    this.#changes = this.#changes.slice(-this.#max)
    this.#since = (gone.at(-1)?.at ?? this.#since) + 1
  }

  /** Everything since a time, that time included; `undefined`: it lies too far back. */
  since(time: number): readonly LoggedChange[] | undefined {
    if (time < this.#since) return undefined
    return this.#changes.filter(({ at }) => at >= time)
  }
}

/** Writes on their way: what reads must see before the writer thread has made it durable. */

import type { Cells } from '@waxwing/server/store'

interface PendingEntry {
  /** The row put; `undefined` when it was deleted. */
  readonly cells: Cells | undefined
  readonly group: number
}

/** What is on its way for one key. */
class PendingKey {
  readonly entries = new Map<string, PendingEntry>()
  /** The group in which everything was cleared; entries above came later. */
  clearedIn: number | undefined
  lastGroup: number

  constructor(group: number) {
    this.lastGroup = group
  }

  /** Takes back what a failed group wrote. */
  forget(group: number): void {
    if (this.clearedIn === group) this.clearedIn = undefined
    for (const [entry, pending] of this.entries) {
      if (pending.group === group) this.entries.delete(entry)
    }
  }
}

/** The rows of one table on their way. Values are dropped when the last group that touched their key is settled. */
export class PendingRows {
  readonly #keys = new Map<string, PendingKey>()

  get isEmpty(): boolean {
    return this.#keys.size === 0
  }

  /** The row on its way: `undefined` when it is deleted, 'unknown' when the table has to be asked. */
  get(key: string, entry: string): Cells | undefined | 'unknown' {
    const pending = this.#keys.get(key)
    if (!pending) return 'unknown'
    const found = pending.entries.get(entry)
    if (found) return found.cells
    return pending.clearedIn === undefined ? 'unknown' : undefined
  }

  /** Whether what the table holds for the key does not count any more. */
  isCleared(key: string): boolean {
    return this.#keys.get(key)?.clearedIn !== undefined
  }

  /** Entries on their way, by name; `undefined` for those deleted. */
  entriesOf(key: string): Iterable<readonly [string, Cells | undefined]> | undefined {
    const pending = this.#keys.get(key)
    return pending && [...pending.entries].map(([entry, { cells }]) => [entry, cells] as const)
  }

  /** Notes a row put or deleted. @returns whether this is the group's first write to the key */
  put(key: string, entry: string, cells: Cells | undefined, group: number): boolean {
    const { pending, isFirst } = this.#touch(key, group)
    pending.entries.set(entry, { cells, group })
    return isFirst
  }

  /** Notes that all entries of a key are deleted. @returns as {@link put} */
  clear(key: string, group: number): boolean {
    const { pending, isFirst } = this.#touch(key, group)
    pending.entries.clear()
    pending.clearedIn = group
    return isFirst
  }

  settled(key: string, group: number, failed: boolean): void {
    const pending = this.#keys.get(key)
    if (!pending) return
    if (failed) pending.forget(group)
    if (pending.lastGroup === group) this.#keys.delete(key)
  }

  #touch(key: string, group: number): { pending: PendingKey; isFirst: boolean } {
    const found = this.#keys.get(key)
    const pending = found ?? new PendingKey(group)
    const isFirst = !found || found.lastGroup !== group
    pending.lastGroup = group
    if (!found) this.#keys.set(key, pending)
    return { pending, isFirst }
  }
}

/** Tables of cells in memory. What they hold can be taken out and put back as a whole. */

import { byCodePoints, keysBehind } from './code-points.ts'
import type { CellRange, Cells, LogCells, LogTable, RowTable } from './over-tables.ts'
import type { EntryId } from './stores.ts'
import type { Table } from './table.ts'

/** Throws when the driver is closed. */
export type Gate = () => void

/** A table whose content can be taken out and put back. */
export interface Restorable {
  /** Takes a copy; gives what puts it back. */
  snapshot(): () => void
}

/** Rows by key and entry. Rows are replaced, never changed. */
export class MemoryRows implements RowTable, Restorable {
  #rows = new Map<string, Map<string, Cells>>()
  readonly #gate: Gate

  constructor(gate: Gate) {
    this.#gate = gate
  }

  get(key: string, entry: string): Cells | undefined {
    this.#gate()
    return this.#rows.get(key)?.get(entry)
  }

  all(key: string): ReadonlyMap<string, Cells> {
    this.#gate()
    return new Map([...(this.#rows.get(key) ?? [])].sort(([one], [other]) => byCodePoints(one, other)))
  }

  async put(key: string, entry: string, cells: Cells): Promise<void> {
    this.#gate()
    const entries = this.#rows.get(key)
    if (entries) entries.set(entry, cells)
    else this.#rows.set(key, new Map([[entry, cells]]))
  }

  async delete(key: string, entry: string): Promise<void> {
    this.#gate()
    const entries = this.#rows.get(key)
    entries?.delete(entry)
    if (entries?.size === 0) this.#rows.delete(key)
  }

  async clear(key: string): Promise<void> {
    this.#gate()
    this.#rows.delete(key)
  }

  keys(after: string | undefined, max: number): readonly string[] {
    this.#gate()
    return keysBehind(this.#rows.keys(), after, max)
  }

  snapshot(): () => void {
    const copyOf = (from: ReadonlyMap<string, ReadonlyMap<string, Cells>>) =>
      new Map([...from].map(([key, entries]) => [key, new Map(entries)] as const))
    const kept = copyOf(this.#rows)
    return () => {
      this.#rows = copyOf(kept)
    }
  }
}

/** Entries by key; ids are never given twice, not even after a snapshot is put back. */
export class MemoryEntries implements LogTable, Restorable {
  #entries = new Map<string, LogCells[]>()
  #lastId = 0
  readonly #table: Table
  readonly #gate: Gate

  constructor(table: Table, gate: Gate) {
    this.#table = table
    this.#gate = gate
  }

  async append(key: string, cells: Cells, at: number): Promise<EntryId> {
    this.#gate()
    const entries = this.#of(key)
    const id = ++this.#lastId
    entries.push({ id, at: Math.max(at, entries.at(-1)?.at ?? at), cells })
    this.#entries.set(key, entries)
    return id
  }

  get(key: string, id: EntryId): LogCells | undefined {
    this.#gate()
    return this.#of(key).find(entry => entry.id === id)
  }

  find(key: string, range: CellRange, max: number, backwards: boolean): LogCells[] {
    const found = this.#within(key, range)
    return backwards ? found.toReversed().slice(0, max) : found.slice(0, max)
  }

  count(key: string, range: CellRange, max: number): number {
    return Math.min(this.#within(key, range).length, max)
  }

  peek(key: string, range: CellRange): LogCells | undefined {
    return this.#within(key, range).at(-1)
  }

  async remove(key: string, ids: readonly EntryId[]): Promise<void> {
    this.#gate()
    this.#keep(key, entry => !ids.includes(entry.id))
  }

  async clear(key: string): Promise<void> {
    this.#gate()
    this.#entries.delete(key)
  }

  async expire(before: number): Promise<number> {
    this.#gate()
    const removed = [...this.#entries.keys()].map(key => this.#keep(key, entry => entry.at >= before))
    return removed.reduce((sum, count) => sum + count, 0)
  }

  keys(after: string | undefined, max: number): readonly string[] {
    this.#gate()
    return keysBehind(this.#entries.keys(), after, max)
  }

  snapshot(): () => void {
    const copyOf = (from: ReadonlyMap<string, readonly LogCells[]>) =>
      new Map([...from].map(([key, entries]): [string, LogCells[]] => [key, [...entries]]))
    const kept = copyOf(this.#entries)
    return () => {
      this.#entries = copyOf(kept)
    }
  }

  #of(key: string): LogCells[] {
    return this.#entries.get(key) ?? []
  }

  #keep(key: string, wanted: (entry: LogCells) => boolean): number {
    const entries = this.#of(key)
    const kept = entries.filter(wanted)
    if (kept.length > 0) this.#entries.set(key, kept)
    else this.#entries.delete(key)
    return entries.length - kept.length
  }

  #within(key: string, { after, before, from, to, where }: CellRange): LogCells[] {
    this.#gate()
    const conditions = where.map(([name, value]) => {
      return [this.#table.layout.findIndex(column => column.name === name), value] as const
    })
    return this.#of(key).filter(
      ({ id, at, cells }) =>
        (after === undefined || id > after) &&
        (before === undefined || id < before) &&
        (from === undefined || at >= from) &&
        (to === undefined || at <= to) &&
        conditions.every(([index, value]) => cells[index] === value),
    )
  }
}

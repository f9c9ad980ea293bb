/** Random turns of reads and writes, compared with a model made of plain maps. */

import assert from 'node:assert/strict'
import { column } from './column.ts'
import { keyed, log, mapped } from './shape.ts'
import type { OpenedStores, StoreDriver } from './stores.ts'

const declared = {
  rows: keyed('name', { value: column.integer() }),
  maps: mapped('name', 'entry', { value: column.integer() }),
  logs: log('name', { value: column.integer(), parity: column.bool() }, { indexes: ['parity'] }),
}

interface ModelEntry {
  id: number
  at: number
  value: number
}

/** Numbers from a seed: the same run every time. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

class Run {
  readonly #stores: OpenedStores<typeof declared>
  readonly #pick: (below: number) => number
  readonly #rows = new Map<string, number>()
  readonly #maps = new Map<string, Map<string, number>>()
  readonly #logs = new Map<string, ModelEntry[]>()
  #pending: Promise<unknown>[] = []
  #clock = 0

  constructor(stores: OpenedStores<typeof declared>, pick: (below: number) => number) {
    this.#stores = stores
    this.#pick = pick
  }

  #name(): string {
    return 'abc'[this.#pick(3)] ?? 'a'
  }

  /** One write, in the store and in the model. */
  write(): void {
    const name = this.#name()
    const entry = this.#name()
    const value = this.#pick(1000)
    const { rows, maps, logs } = this.#stores
    const writes: (() => Promise<unknown>)[] = [
      () => (this.#rows.set(name, value), rows.put(name, { value })),
      () => (this.#rows.delete(name), rows.delete(name)),
      () => (this.#mapOf(name).set(entry, value), maps.put(name, entry, { value })),
      () => (this.#mapOf(name).delete(entry), maps.delete(name, entry)),
      () => (this.#maps.delete(name), maps.clear(name)),
      () => this.#append(name, value),
      () => this.#append(name, value),
      () => this.#append(name, value),
      () => (this.#pick(4) === 0 ? (this.#logs.delete(name), logs.clear(name)) : this.#removeSome(name)),
    ]
    const write = writes[this.#pick(writes.length)]
    if (write) this.#pending.push(write())
  }

  /** Waits for all writes; from now on the model knows the ids. */
  async settle(): Promise<void> {
    await Promise.all(this.#pending)
    this.#pending = []
  }

  async compareRows(): Promise<void> {
    const name = this.#name()
    const value = this.#rows.get(name)
    assert.deepEqual(await this.#stores.rows.get(name), value === undefined ? undefined : { value })
    const entries = [...this.#mapOf(name)].sort(([a], [b]) => (a < b ? -1 : 1))
    assert.deepEqual(
      [...(await this.#stores.maps.all(name))],
      entries.map(([entry, value]) => [entry, { value }]),
    )
  }

  async compareKeys(): Promise<void> {
    const { rows, maps, logs } = this.#stores
    const some = (all: ReadonlyMap<string, { size: number } | { length: number }>) =>
      [...all].filter(([, held]) => ('size' in held ? held.size : held.length) > 0).map(([name]) => name)
    assert.deepEqual(await rows.keys(), [...this.#rows.keys()].sort())
    assert.deepEqual(await maps.keys(), some(this.#maps).sort())
    assert.deepEqual(await logs.keys(), some(this.#logs).sort())
  }

  /** One page with random conditions; ids must be settled. */
  async comparePage(): Promise<void> {
    const name = this.#name()
    const all = this.#logOf(name)
    const maybe = (limit: number) => (this.#pick(3) === 0 ? this.#pick(limit + 2) : undefined)
    const lastId = all.at(-1)?.id ?? 0
    const range = {
      after: maybe(lastId),
      before: maybe(lastId),
      from: maybe(this.#clock),
      to: maybe(this.#clock),
    }
    const parity = this.#pick(3) === 0 ? this.#pick(2) === 1 : undefined
    const max = 1 + this.#pick(4)
    const backwards = this.#pick(2) === 0
    const found = all.filter(
      ({ id, at, value }) =>
        id > (range.after ?? -1) &&
        id < (range.before ?? Infinity) &&
        at >= (range.from ?? -1) &&
        at <= (range.to ?? Infinity) &&
        (parity === undefined || parity === (value % 2 === 1)),
    )
    const wanted = backwards ? found.slice(-max) : found.slice(0, max)
    const query = { ...range, max, backwards, where: { parity } }
    assert.deepEqual(await this.#stores.logs.page(name, query), {
      entries: wanted.map(({ id, at, value }) => ({ id, at, value: { value, parity: value % 2 === 1 } })),
      complete: wanted.length === found.length,
    })
    assert.equal(await this.#stores.logs.count(name, query), found.length)
  }

  async #append(name: string, value: number): Promise<void> {
    const entries = this.#logOf(name)
    const asked = Math.max(0, (this.#clock += this.#pick(3)) - this.#pick(4))
    const entry = { id: 0, at: Math.max(asked, entries.at(-1)?.at ?? 0), value }
    entries.push(entry)
    this.#logs.set(name, entries)
    entry.id = await this.#stores.logs.append(name, { value, parity: value % 2 === 1 }, asked)
  }

  #removeSome(name: string): Promise<void> {
    const doomed = this.#logOf(name).filter(({ id }) => id > 0 && this.#pick(3) === 0)
    this.#logs.set(
      name,
      this.#logOf(name).filter(entry => !doomed.includes(entry)),
    )
    return this.#stores.logs.remove(
      name,
      doomed.map(({ id }) => id),
    )
  }

  #mapOf(name: string): Map<string, number> {
    const found = this.#maps.get(name) ?? new Map<string, number>()
    this.#maps.set(name, found)
    return found
  }

  #logOf(name: string): ModelEntry[] {
    return this.#logs.get(name) ?? []
  }
}

/** Runs some 40 turns of one to six writes each, with reads in between. */
export async function againstModel(driver: StoreDriver, seed: number): Promise<void> {
  const pick = numbersFrom(seed)
  const run = new Run(await driver.open('model.example', 'model', declared), pick)
  for (let turn = 0; turn < 40; turn++) {
    for (let i = pick(6); i >= 0; i--) run.write()
    await run.compareRows()
    if (pick(2) === 0) await run.compareKeys()
    if (pick(2) === 0) continue
    await run.settle()
    await run.comparePage()
  }
  await run.settle()
  await run.compareRows()
}

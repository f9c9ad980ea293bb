/** The memory of a thing: takes values when they are due, and keeps them behind its back. */
import type { HistoryPeriod, NodeRef } from '@waxwing/protocol'
import type { DeclaredField, HistoryWindow, ReadSample } from '../field-types.ts'
import type { Clock, Timer } from '../port.ts'
import type { SharedReads } from '../readout/shared-reads.ts'
import type { DeclaredFields, ThingOptions } from '../thing-options.ts'
import { policyOf } from './history-policy.ts'
import type { HistoryRow, HistoryStore } from './history-store.ts'
import { KeptHistory, type Told } from './kept-history.ts'
import { withBounds } from './told-fields.ts'

export interface HistoryWorld {
  readonly store: HistoryStore
  readonly clock: Clock
  readonly reads: SharedReads
  readonly zone: number
  report(fault: unknown): void
}

/** Rows that wait for the store; of more, the oldest are lost. */
const mostWaiting = 10_000
/** Old values are looked through this often, or after so many new ones. */
const maintenanceMs = 60_000
const maintenanceRows = 1_000

interface Kept {
  readonly name: string
  readonly field: DeclaredField
  readonly history: KeptHistory
  waiting: HistoryRow[]
  /** Rows since it was last looked through. */
  fresh: number
  maintainedAt: number
}

export class HistoryKeeper {
  readonly #world: HistoryWorld
  readonly #kept: Kept[] = []
  readonly #timers = new Map<number, Timer>()
  /** The write under way, or the last one. */
  #writing: Promise<void> = Promise.resolve()
  #isWriting = false
  #isClosed = false

  constructor(world: HistoryWorld) {
    this.#world = world
  }

  /** What a thing has, with the past of what is kept. */
  remembered({
    fields = {},
    nodes = [],
  }: Pick<ThingOptions, 'fields' | 'nodes'>): Pick<Required<ThingOptions>, 'fields' | 'nodes'> {
    return {
      fields: this.fields(fields),
      nodes: nodes.map(node => ({ ...node, fields: this.fields(node.fields, node) })),
    }
  }

  /** The fields as they are told: those that are kept have a past, and of quantities its bounds. */
  fields(fields: DeclaredFields, node?: NodeRef): DeclaredFields {
    if (!Object.values(fields).some(({ keep }) => keep)) return fields
    return Object.fromEntries(
      Object.entries(fields).flatMap(([name, field]) => this.#told(name, field, fields, node)),
    )
  }

  #told(
    name: string,
    field: DeclaredField,
    others: DeclaredFields,
    node: NodeRef | undefined,
  ): readonly (readonly [string, DeclaredField])[] {
    const { keep, every, kind } = field
    if (keep === undefined) return [[name, field]]
    const policy = policyOf(keep, every, kind === 'quantity')
    const { store, clock, zone } = this.#world
    const pause = (): Promise<void> => new Promise(resolve => clock.after(0, resolve))
    const history = new KeptHistory(name, node, field, policy, {
      store,
      zone,
      now: () => clock.wall(),
      pause,
    })
    const all = withBounds(name, field, others, (what, window, periods) =>
      this.#past(history, what, window, periods),
    )
    const [main] = all
    const told = main?.[1] ?? field
    this.#kept.push({ name, field: told, history, waiting: [], fresh: 0, maintainedAt: clock.wall() })
    return all
  }

  async *#past(
    history: KeptHistory,
    what: Told,
    window: HistoryWindow,
    periods: readonly HistoryPeriod[],
  ): AsyncIterable<ReadSample> {
    // What was taken before it was asked for belongs to it.
    await this.#writing
    yield* history.told(what, window, periods)
  }

  /** Takes values from now on. */
  start(): void {
    const distances = new Set(this.#kept.map(({ history }) => history.policy.everyMs))
    for (const everyMs of distances) if (everyMs !== undefined) this.#wait(everyMs)
  }

  /** On the dot: every hour means at every full hour. */
  #wait(everyMs: number): void {
    if (this.#isClosed) return
    const { clock } = this.#world
    const now = clock.wall()
    const next = (Math.floor(now / everyMs) + 1) * everyMs
    const timer = clock.after(next - now, () => {
      for (const one of this.#kept) if (one.history.policy.everyMs === everyMs) void this.#take(one, next)
      this.#wait(everyMs)
    })
    this.#timers.set(everyMs, timer)
  }

  /** Something has changed; what is kept by the clock waits for it. No names: any. */
  changed(names: readonly string[]): void {
    const now = this.#world.clock.wall()
    for (const one of this.#kept)
      if (one.history.policy.everyMs === undefined && (names.length === 0 || names.includes(one.name)))
        void this.#take(one, now)
  }

  async #take(one: Kept, at: number): Promise<void> {
    const outcome = await this.#world.reads.read(one.field)
    if (outcome.kind !== 'sample' || this.#isClosed) return
    const { value, time, quality = one.field.quality } = outcome.sample
    one.waiting.push({ at: time?.getTime() ?? at, value, quality })
    if (one.waiting.length > mostWaiting) one.waiting.shift()
    if (this.#isWriting) return
    this.#isWriting = true
    this.#writing = this.#write()
  }

  /** One write at a time, of all that waits; the thing goes on meanwhile. Never rejects. */
  async #write(): Promise<void> {
    let batch = this.#batch()
    try {
      for (; batch.length > 0; batch = this.#batch()) {
        await this.#world.store.write(batch.map(({ one, rows }) => one.history.added(rows)))
        for (const { one } of batch.splice(0)) await this.#maintain(one)
      }
    } catch (fault) {
      // What is not kept is tried again along with the next value.
      for (const { one, rows } of batch) one.waiting = [...rows, ...one.waiting].slice(-mostWaiting)
      this.#world.report(fault)
    } finally {
      this.#isWriting = false
    }
  }

  #batch(): { readonly one: Kept; readonly rows: readonly HistoryRow[] }[] {
    return this.#kept.flatMap(one => {
      const rows = one.waiting.splice(0)
      one.fresh += rows.length
      return rows.length > 0 ? [{ one, rows }] : []
    })
  }

  async #maintain(one: Kept): Promise<void> {
    const now = this.#world.clock.wall()
    if (one.fresh < maintenanceRows && now - one.maintainedAt < maintenanceMs) return
    one.fresh = 0
    one.maintainedAt = now
    await one.history.maintain()
  }

  /** Takes no more; settles when what was taken is kept. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const timer of this.#timers.values()) timer.cancel()
    await this.#writing
  }
}

/**
 * The memory of nodes of sources. Of a node that remembers nothing is held but that it does: its series are opened when
 * somebody asks, or when a value is due, so that a hundred thousand of them cost little more than one.
 */
import type { HistoryPeriod, NodeRef } from '@waxwing/protocol'
import type { DeclaredField, HistoryWindow, ReadSample } from '../field-types.ts'
import type { Timer } from '../port.ts'
import type { DeclaredFields } from '../thing-options.ts'
import type { HistoryWorld } from './history-keeper.ts'
import { policyOf } from './history-policy.ts'
import type { HistoryRow } from './history-store.ts'
import { KeptHistory, type Told } from './kept-history.ts'
import { Lanes } from './lanes.ts'
import { withBounds } from './told-fields.ts'

/** A node in memory, as it is now. */
export interface RememberingNode {
  readonly ref: NodeRef
  readonly options: { readonly fields?: DeclaredFields | undefined }
}

export interface NodeHistoriesWorld extends HistoryWorld {
  readonly random: { bytes(size: number): Uint8Array }
}

/** Rows that wait for the store; of more, the oldest are lost. */
const mostWaiting = 10_000
/** Values that are read at the same time. */
const lanes = 64
/** Rows of one write. */
const batchRows = 500
/** Values between two turns of others. */
const turnRows = 100
/** So often old values are looked through, of so many fields. */
const maintenanceMs = 60_000
const maintainedAtOnce = 1_000
/** Of nodes that are looked up, one row in so many has its series looked through. */
const lookedThrough = 16

interface Due {
  readonly history: KeptHistory
  readonly row: HistoryRow
  /** Nobody looks through its series by the clock. */
  readonly isLoose: boolean
}

export class NodeHistories {
  readonly #world: NodeHistoriesWorld
  /** Those that remember something. */
  readonly #nodes = new Set<RememberingNode>()
  readonly #timers = new Map<number, Timer>()
  readonly #sweeping = new Set<number>()
  #waiting: Due[] = []
  #writing: Promise<void> = Promise.resolve()
  #isWriting = false
  #maintainedAt: number
  /** Where looking through goes on. */
  #place: Iterator<RememberingNode> | undefined
  #isClosed = false

  constructor(world: NodeHistoriesWorld) {
    this.#world = world
    this.#maintainedAt = world.clock.wall()
  }

  /** Nodes that remember something. */
  get size(): number {
    return this.#nodes.size
  }

  /** A node is there, or has other fields than before. Throws `TypeError` for a `history` that makes no sense. */
  put(node: RememberingNode): void {
    const kept = [...this.#keptOf(node)]
    this.#nodes.delete(node)
    for (const { policy } of kept) {
      this.#nodes.add(node)
      if (policy.everyMs !== undefined && !this.#timers.has(policy.everyMs)) this.#wait(policy.everyMs)
    }
  }

  /** What it has remembered stays where it is kept, for a node of the same id. */
  remove(node: RememberingNode): void {
    this.#nodes.delete(node)
  }

  /** Fields of a node as they are told: those that are kept have a past, and of quantities its bounds. */
  fields(fields: DeclaredFields, node: NodeRef): DeclaredFields {
    if (!Object.values(fields).some(({ keep }) => keep)) return fields
    return Object.fromEntries(
      Object.entries(fields).flatMap(([name, field]) => {
        if (field.keep === undefined) return [[name, field] as const]
        const history = this.#historyOf(name, field, node)
        return withBounds(name, field, fields, (what, window, periods) =>
          this.#past(history, what, window, periods),
        )
      }),
    )
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

  /** Something has changed at a node; what is kept by the clock waits for it. No names: any. */
  changed(node: RememberingNode, names: readonly string[]): void {
    const now = this.#world.clock.wall()
    const isLoose = !this.#nodes.has(node)
    for (const { name, field, history } of this.#keptOf(node)) {
      const isMeant = names.length === 0 || names.includes(name)
      if (isMeant && (isLoose || history.policy.everyMs === undefined))
        void this.#take(history, field, now, isLoose)
    }
  }

  *#keptOf({ ref, options: { fields = {} } }: RememberingNode): Generator<{
    readonly name: string
    readonly field: DeclaredField
    readonly history: KeptHistory
    readonly policy: KeptHistory['policy']
  }> {
    for (const [name, field] of Object.entries(fields)) {
      if (field.keep === undefined) continue
      const history = this.#historyOf(name, field, ref)
      yield { name, field, history, policy: history.policy }
    }
  }

  #historyOf(name: string, field: DeclaredField, node: NodeRef): KeptHistory {
    const { store, clock, zone } = this.#world
    const policy = policyOf(field.keep ?? '1d', field.every, field.kind === 'quantity')
    const pause = (): Promise<void> => this.#pause()
    return new KeptHistory(name, node, field, policy, { store, zone, now: () => clock.wall(), pause })
  }

  /** On the dot, as for the thing itself. */
  #wait(everyMs: number): void {
    if (this.#isClosed) return
    const { clock } = this.#world
    const now = clock.wall()
    const next = (Math.floor(now / everyMs) + 1) * everyMs
    const timer = clock.after(next - now, () => {
      this.#sweep(everyMs, next).catch((fault: unknown) => this.#world.report(fault))
      this.#wait(everyMs)
    })
    this.#timers.set(everyMs, timer)
  }

  /** Some nodes after the other; who is not done when the next values are due misses those. */
  async #sweep(everyMs: number, at: number): Promise<void> {
    if (this.#sweeping.has(everyMs)) return
    this.#sweeping.add(everyMs)
    const pool = new Lanes(lanes)
    let taken = 0
    try {
      for (const node of this.#nodes)
        for (const { field, history } of this.#keptOf(node)) {
          if (this.#isClosed) return
          if (history.policy.everyMs !== everyMs) continue
          await pool.begin(() => this.#take(history, field, at, false))
          // Others get their turn, and the store as well.
          if (++taken % turnRows === 0) await this.#pause()
          if (this.#waiting.length >= batchRows) await this.#writing
        }
      await pool.over()
    } finally {
      this.#sweeping.delete(everyMs)
    }
  }

  #pause(): Promise<void> {
    return new Promise(resolve => this.#world.clock.after(0, resolve))
  }

  async #take(history: KeptHistory, field: DeclaredField, at: number, isLoose: boolean): Promise<void> {
    const outcome = await this.#world.reads.read(field)
    if (outcome.kind !== 'sample' || this.#isClosed) return
    const { value, time, quality = field.quality } = outcome.sample
    this.#waiting.push({ history, row: { at: time?.getTime() ?? at, value, quality }, isLoose })
    if (this.#waiting.length > mostWaiting) this.#waiting.shift()
    if (this.#isWriting) return
    this.#isWriting = true
    this.#writing = this.#write()
  }

  /** One write at a time, of what waits; the thing goes on meanwhile. Never rejects. */
  async #write(): Promise<void> {
    let batch: readonly Due[] = []
    try {
      // What comes at the same time goes together.
      await Promise.resolve()
      while (this.#waiting.length > 0) {
        batch = this.#waiting.splice(0, batchRows)
        await this.#world.store.write(batch.map(({ history, row }) => history.added([row])))
        const loose = batch.filter(({ isLoose }) => isLoose && this.#isChosen())
        batch = []
        for (const { history } of loose) await history.maintain()
      }
      await this.#maintain()
    } catch (fault) {
      // What is not kept is tried again along with the next value.
      this.#waiting = [...batch, ...this.#waiting].slice(-mostWaiting)
      this.#world.report(fault)
    } finally {
      this.#isWriting = false
    }
  }

  #isChosen(): boolean {
    const [byte = 0] = this.#world.random.bytes(1)
    return byte % lookedThrough === 0
  }

  /** Some of the nodes at a time, one after the other, and all over again. */
  async #maintain(): Promise<void> {
    const now = this.#world.clock.wall()
    if (now - this.#maintainedAt < maintenanceMs) return
    this.#maintainedAt = now
    this.#place ??= this.#nodes.values()
    for (let done = 0; done < maintainedAtOnce && !this.#isClosed; ) {
      const step = this.#place.next()
      if (step.done) {
        this.#place = undefined
        return
      }
      for (const { history } of this.#keptOf(step.value)) {
        await history.maintain()
        done++
      }
    }
  }

  /** Takes no more; settles when what was taken is kept. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const timer of this.#timers.values()) timer.cancel()
    await this.#writing
  }
}

/** What one field keeps of its past: put down, thinned with age, and told again. */
import { type HistoryPeriod, type NodeRef, type QuantityValue, quantityValue } from '@waxwing/protocol'
import { type FieldType, type HistoryWindow, Past, type ReadSample } from '../field-types.ts'
import { type Bucket, bucketsOf, merged } from './history-buckets.ts'
import { beginningOf, isPeriod, lengthOf, type Period } from './history-periods.ts'
import type { HistoryPolicy } from './history-policy.ts'
import type { HistoryChange, HistoryRow, HistoryStore } from './history-store.ts'

/** Which of the values of a period. */
export type Told = 'value' | 'min' | 'max'

/** Rows read at once, and rows of one write. */
const pageRows = 500

/** One detail of a series: the values as they were taken, or one row for each period. */
interface Stage {
  readonly series: string
  readonly per: Period | undefined
  /** When it becomes coarser; absent: never. */
  readonly until: { readonly ageMs: number; readonly stage: Stage } | undefined
}

export interface KeptWorld {
  readonly store: HistoryStore
  readonly now: () => number
  /** Minutes east of UTC in which days begin. */
  readonly zone: number
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>
}

/** The name of a series in a store. */
export function seriesOf(name: string, node: NodeRef | undefined, per?: Period): string {
  const place = node ? [node.id, node.source ?? null, node.partition ?? null] : []
  return JSON.stringify([name, per ?? 'all', ...place])
}

export class KeptHistory {
  readonly policy: HistoryPolicy
  readonly #world: KeptWorld
  readonly #type: FieldType
  /** From the finest to the coarsest. */
  readonly #stages: readonly Stage[]

  constructor(
    name: string,
    node: NodeRef | undefined,
    type: FieldType,
    policy: HistoryPolicy,
    world: KeptWorld,
  ) {
    this.policy = policy
    this.#type = type
    this.#world = world
    this.#stages = stagesOf(name, node, policy)
  }

  /** The change that keeps these rows. */
  added(rows: readonly HistoryRow[]): HistoryChange {
    return { do: 'add', series: this.#stages[0]?.series ?? '', rows }
  }

  /** Makes old values coarser, and forgets what is too old or too much. */
  async maintain(): Promise<void> {
    const { store, now } = this.#world
    for (const stage of this.#stages.toReversed()) await this.#thin(stage)
    const { keepMs, rows, bytes } = this.policy
    const before = now() - keepMs
    await store.write(
      this.#stages.flatMap(({ series }): HistoryChange[] => [
        { do: 'drop', series, before },
        { do: 'trim', series, rows, bytes },
      ]),
    )
  }

  async #thin({ series, until }: Stage): Promise<void> {
    if (until?.stage.per === undefined) return
    const { store, now, zone } = this.#world
    const { stage, ageMs } = until
    const end = beginningOf(until.stage.per, now() - ageMs, zone)
    const rows = this.#rows(series, { from: undefined, to: new Date(end - 1) })
    for await (const bucket of bucketsOf(rows, until.stage.per, zone)) {
      const [known] = await store.read(stage.series, { from: bucket.at, to: bucket.at, limit: 1 })
      const row = known ? merged(known, bucket) : bucket
      // Together: a value is in one of them at any time.
      await store.write([
        { do: 'add', series: stage.series, rows: [row] },
        { do: 'drop', series, before: bucket.end },
      ])
    }
  }

  /** Rows in order of time, page by page as they are wanted. */
  async *#rows(series: string, { from, to }: HistoryWindow): AsyncGenerator<HistoryRow, void, undefined> {
    const last = to?.getTime() ?? this.#world.now()
    for (let next = from?.getTime() ?? Number.MIN_SAFE_INTEGER; next <= last; ) {
      const page = await this.#world.store.read(series, { from: next, to: last, limit: pageRows })
      yield* page
      if (page.length < pageRows) return
      await this.#world.pause()
      next = (page.at(-1)?.at ?? last) + 1
    }
  }

  /** The past as far as it is asked for. No periods: all there is, in the detail in which it is kept. */
  async *told(
    what: Told,
    window: HistoryWindow,
    periods: readonly HistoryPeriod[],
  ): AsyncGenerator<ReadSample, void, undefined> {
    if (periods.length === 0) return yield* this.#asKept(what, window)
    for (const period of periods) {
      const isFinest = period === this.policy.period
      if (isFinest && what === 'value') yield* this.#values(window)
      else if (!isFinest && isPeriod(period)) yield* this.#per(period, what, window)
    }
  }

  async *#asKept(what: Told, window: HistoryWindow): AsyncGenerator<ReadSample, void, undefined> {
    for (const { series, per } of this.#stages.toReversed()) {
      if (per === undefined) {
        if (what === 'value') yield* this.#values(window)
        continue
      }
      for await (const row of this.#rows(series, window)) yield* this.#sampleOf(row, per, what)
    }
  }

  async *#values(window: HistoryWindow): AsyncGenerator<ReadSample, void, undefined> {
    const [finest] = this.#stages
    if (!finest) return
    const { period } = this.policy
    for await (const { at, value, quality } of this.#rows(finest.series, window))
      yield new Past(value, new Date(at), quality, { period, categories: ['historical'] })
  }

  /** Whole periods only: the one that runs has no value yet. */
  async *#per(
    period: Period,
    what: Told,
    window: HistoryWindow,
  ): AsyncGenerator<ReadSample, void, undefined> {
    const { now, zone } = this.#world
    const from = window.from && beginningAfter(period, window.from.getTime(), zone)
    const wide: HistoryWindow = { from: from === undefined ? undefined : new Date(from), to: undefined }
    const last = window.to?.getTime() ?? Number.POSITIVE_INFINITY
    for await (const bucket of bucketsOf(this.#finerThan(period, wide), period, zone)) {
      if (bucket.at > last || bucket.end > now()) return
      yield* this.#sampleOf(bucket, period, what)
    }
  }

  async *#finerThan(period: Period, window: HistoryWindow): AsyncGenerator<HistoryRow, void, undefined> {
    for (const { series, per } of this.#stages.toReversed())
      if (per === undefined || lengthOf(per) <= lengthOf(period)) yield* this.#rows(series, window)
  }

  *#sampleOf(row: HistoryRow | Bucket, period: Period, what: Told): Generator<ReadSample, void, undefined> {
    const { at, value, quality, aggregate } = row
    const isMean = what === 'value' && this.policy.tell === 'mean'
    const text = what === 'value' ? (isMean ? aggregate?.mean : undefined) : aggregate?.[what]
    if (text === undefined && what !== 'value') return
    const categories =
      what === 'value' ? (['computed', 'historical'] as const) : (['peak', 'historical'] as const)
    const told = text === undefined ? value : quantityValue(text, unitIn(value) ?? this.#type.unit)
    yield new Past(told, new Date(at), quality, { period, categories })
  }
}

function unitIn(value: HistoryRow['value']): QuantityValue['unit'] {
  return value.kind === 'quantity' ? value.unit : undefined
}

/** The first period that begins at a time or later. */
function beginningAfter(period: Period, at: number, zone: number): number {
  const start = beginningOf(period, at, zone)
  return start === at ? at : beginningOf(period, start + Math.ceil(lengthOf(period) * 1.25), zone)
}

function stagesOf(name: string, node: NodeRef | undefined, { thin }: HistoryPolicy): readonly Stage[] {
  let coarser: Stage['until']
  const stages: Stage[] = []
  for (const { afterMs, per } of thin.toReversed()) {
    const stage: Stage = { series: seriesOf(name, node, per), per, until: coarser }
    stages.unshift(stage)
    coarser = { ageMs: afterMs, stage }
  }
  return [{ series: seriesOf(name, node), per: undefined, until: coarser }, ...stages]
}

/** One readout on the side of the thing. */
import type { Jid } from '@waxwing/jid'
import {
  type NodeRef,
  type ReadoutRequest,
  type SensorDataFormat,
  type SensorField,
  sensorData,
  timestampOf,
} from '@waxwing/protocol'
import { Past, type ReadSample } from '../field-types.ts'
import type { Outlet } from '../outlet.ts'
import type { Clock } from '../port.ts'
import type { ThingLimits } from '../thing-options.ts'
import { type Item, ItemError, ReportPacker } from './report-packer.ts'
import { type FoundValue, isWithin, type SelectedField, type Selection } from './selection.ts'
import type { ReadOutcome, SharedReads } from './shared-reads.ts'

const historical = ['historical'] as const
const found = ['automaticReadout'] as const

/** Reports between two looks whether the line still takes some. */
const reportsAtOnce = 16

export interface ReadoutWorld {
  readonly clock: Clock
  readonly reads: SharedReads
  readonly limits: ThingLimits
  /** What the thing itself is called where a node must be named. */
  readonly nodeId: string
  /** Settles when what was sent before has been taken: a long readout waits for that now and then. */
  readonly room?: () => Promise<void>
}

export class ServedReadout {
  readonly from: Jid
  readonly request: ReadoutRequest
  readonly format: SensorDataFormat
  readonly #world: ReadoutWorld
  #outlet: Outlet | undefined
  #isEnded = false
  readonly #onEnd: (() => void)[] = []
  #fields = 0
  #reports = 0
  /** Whether a report has left. */
  #hasEmitted = false

  constructor(from: Jid, request: ReadoutRequest, world: ReadoutWorld) {
    this.from = from
    this.request = request
    this.format = sensorData(request.generation)
    this.#world = world
  }

  get id(): string {
    return this.request.id
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Runs `then` when the readout has ended, however. */
  whenEnded(then: () => void): void {
    this.#onEnd.push(then)
  }

  /** Nothing leaves from now on. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#outlet?.close()
    for (const then of this.#onEnd) then()
  }

  /** Reads and sends everything selected; settles when done or ended. Never rejects for what reading throws. */
  async run(selection: Selection, outlet: Outlet): Promise<void> {
    const { clock, limits } = this.#world
    this.#outlet = outlet
    const patience = clock.after(limits.inlineWithinMs, () => outlet.accept())
    try {
      await this.#readAll(selection, new ReportPacker(this.format, this.id, limits))
    } finally {
      patience.cancel()
      this.end()
    }
  }

  async #readAll(selection: Selection, packer: ReportPacker): Promise<void> {
    // All reads begin at once; what they give is sent in the order of the declaration.
    const reading = selection.current.map(one => [one, this.#world.reads.read(one.field)] as const)
    for (const [one, outcome] of reading) {
      const item = this.#currentItem(one, await this.#soon(outcome, packer), selection)
      if (this.#isEnded) return
      if (item) await this.#put(packer, item)
    }
    for (const one of selection.past) await this.#past(one, selection, packer)
    await this.#found(selection, packer)
    if (this.#isEnded) return
    this.#finish(packer)
    await this.#outlet?.flushed
  }

  /** Waits; when that takes long, what has been read so far is sent first. */
  async #soon<T>(outcome: Promise<T>, packer: ReportPacker): Promise<T> {
    const timer = this.#world.clock.after(this.#world.limits.inlineWithinMs, () => {
      if (!this.#isEnded && !packer.isEmpty) this.#emit(packer.take(false))
    })
    try {
      return await outcome
    } finally {
      timer.cancel()
    }
  }

  #currentItem(
    { node, name, field }: SelectedField,
    outcome: ReadOutcome,
    { window }: Selection,
  ): Item | undefined {
    if (outcome.kind === 'nothing' || !isWithin(window, outcome.time)) return undefined
    const place = { node: this.#written(node), time: timestampOf(outcome.time) }
    if (outcome.kind === 'error') return { ...place, error: `${name}: ${outcome.text}` }
    const { categories, quality, writable, localization } = field
    const read: SensorField = {
      name,
      value: outcome.sample.value,
      categories,
      periods: [],
      quality: outcome.sample.quality ?? quality,
      writable,
      localization,
    }
    return { ...place, field: read }
  }

  /** The long family names a node always. */
  #written(node: NodeRef | undefined): NodeRef | undefined {
    return node ?? (this.format.family === 'long' ? { id: this.#world.nodeId } : undefined)
  }

  async #past(one: SelectedField, { window, periods }: Selection, packer: ReportPacker): Promise<void> {
    const past = one.field.history?.(window, periods)
    if (past)
      await this.#each(past, packer, one, async sample => {
        const item = this.#pastItem(one, sample)
        if (isWithin(window, item.time.instant ?? new Date(Number.NaN))) await this.#put(packer, item)
      })
  }

  /** What comes from elsewhere; whoever finds it hears when nobody wants it any more. */
  async #found({ found }: Selection, packer: ReportPacker): Promise<void> {
    if (!found) return
    const stop = new AbortController()
    this.whenEnded(() => stop.abort())
    const place = { node: undefined, name: found.name }
    await this.#each(found.values(stop.signal), packer, place, one => this.#put(packer, this.#foundItem(one)))
  }

  /** One after the other, as long as somebody wants them; a failure is told where it happened. */
  async #each<T>(
    all: AsyncIterable<T>,
    packer: ReportPacker,
    { node, name }: Pick<SelectedField, 'node' | 'name'>,
    take: (one: T) => Promise<void>,
  ): Promise<void> {
    if (this.#isEnded) return
    const { reads, limits } = this.#world
    const steps = all[Symbol.asyncIterator]()
    const next = (): Promise<IteratorResult<T>> => this.#soon(reads.within(steps.next()), packer)
    try {
      for (let step = await next(); !step.done; step = await next()) {
        if (this.#isEnded || this.#fields > limits.readoutFields) break
        await take(step.value)
      }
    } catch (fault) {
      const { text, time } = reads.failed(fault)
      const error = `${name}: ${text}`
      if (!this.#isEnded)
        await this.#put(packer, { node: this.#written(node), time: timestampOf(time), error })
    } finally {
      // Not awaited: a history that hangs must not hold the readout.
      steps.return?.().catch((fault: unknown) => reads.failed(fault))
    }
  }

  #foundItem({ node, name, sample, categories, periods, localization }: FoundValue): Item {
    const { value, time, quality = found } = sample
    return {
      node,
      time: timestampOf(time ?? new Date(this.#world.clock.wall())),
      field: { name, value, categories, periods, quality, localization },
    }
  }

  #pastItem({ node, name, field }: SelectedField, past: ReadSample): Item & { field: SensorField } {
    const { value, time, quality } = past
    const { period, categories } =
      past instanceof Past ? past : { period: field.period, categories: historical }
    return {
      node: this.#written(node),
      time: timestampOf(time ?? new Date(this.#world.clock.wall())),
      field: {
        name,
        value,
        categories,
        periods: period ? [period] : [],
        quality: quality ?? field.quality,
        localization: field.localization,
      },
    }
  }

  async #put(packer: ReportPacker, item: Item): Promise<void> {
    const { readoutFields } = this.#world.limits
    this.#fields++
    if (this.#fields > readoutFields + 1) return
    const { node, time } = item
    const kept =
      this.#fields <= readoutFields ? item : { node, time, error: 'There is more than one readout gives.' }
    let full: ReturnType<ReportPacker['add']>
    try {
      full = packer.add(kept)
    } catch (fault) {
      if (!(fault instanceof ItemError)) throw fault
      full = packer.add({ node, time, error: `A value was left out: ${fault.message}` })
    }
    if (!full) return
    this.#emit(full)
    // Nobody's line is filled faster than it takes.
    if (++this.#reports % reportsAtOnce === 0) await this.#world.room?.()
    // Others get their turn between two reports.
    await new Promise<void>(resolve => this.#world.clock.after(0, resolve))
  }

  #finish(packer: ReportPacker): void {
    const { generation } = this.format
    if (packer.isEmpty && this.#hasEmitted) this.#outlet?.emit({ kind: 'done', generation, id: this.id })
    else this.#emit(packer.take(true))
  }

  #emit(data: ReturnType<ReportPacker['take']>): void {
    this.#hasEmitted = true
    const pieces = this.format.pieces(data)
    for (const piece of pieces) this.#outlet?.emit(piece)
  }
}

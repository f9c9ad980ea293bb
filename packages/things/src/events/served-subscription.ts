/** One subscription on the side of the thing: what its holder knows, and when something is to be told. */
import type { Jid } from '@waxwing/jid'
import type { EventSubscription, NodeRef, ReadoutRequest } from '@waxwing/protocol'
import { type Timestamp, timestampOf } from '@waxwing/protocol'
import type { Clock, Timer } from '../port.ts'
import type { SelectedField } from '../readout/selection.ts'
import type { ReadOutcome } from '../readout/shared-reads.ts'
import { isTriggered, type Known } from './event-triggers.ts'

export interface SubscriptionWorld {
  readonly clock: Clock
  read(field: SelectedField['field']): Promise<ReadOutcome>
  /** What may be told now; `undefined`: nothing any more. */
  select(subscription: ServedSubscription): Promise<readonly SelectedField[] | undefined>
  tell(subscription: ServedSubscription): Promise<void>
  fault(error: unknown): void
}

export class ServedSubscription {
  readonly from: Jid
  readonly asked: EventSubscription
  readonly #world: SubscriptionWorld
  readonly #known = new Map<string, Known>()
  #lastAt: number | undefined
  #soon: Timer | undefined
  #heartbeat: Timer | undefined
  #isOnline = true
  #isOver = false
  /** Nothing is told before what was asked has been answered. */
  #hasBegun = false
  /** An evaluation is under way; another follows if something happens meanwhile. */
  #isBusy = false
  #isStale = false

  constructor(from: Jid, asked: EventSubscription, world: SubscriptionWorld) {
    this.from = from
    this.asked = asked
    this.#world = world
    for (const { name, known } of asked.fields)
      if (known !== undefined) this.#known.set(keyOf(undefined, name), known)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get isOnline(): boolean {
    return this.#isOnline
  }

  /** Begins: the values of now count as told, unless they are to be told. */
  async begin(): Promise<void> {
    this.#hasBegun = true
    if (this.asked.now) return this.#tell()
    await this.#learn()
    this.#rest()
  }

  /** Goes on after a restart: nobody knows what was told last, so that the values of now are told. */
  resume(isOnline: boolean): void {
    this.#hasBegun = true
    this.#isOnline = isOnline
    this.look()
  }

  end(): void {
    this.#isOver = true
    this.#soon?.cancel()
    this.#heartbeat?.cancel()
  }

  /** The holder's presence. */
  set isOnline(isOnline: boolean) {
    if (isOnline === this.#isOnline) return
    this.#isOnline = isOnline
    if (isOnline) this.look()
    else {
      this.#soon?.cancel()
      this.#heartbeat?.cancel()
    }
  }

  /** A value may have changed. */
  look(): void {
    if (this.#isOver || !this.#isOnline || !this.#hasBegun) return
    this.#isStale = true
    if (this.#isBusy) return
    this.#isBusy = true
    this.#evaluate()
      .catch((error: unknown) => this.#world.fault(error))
      .finally(() => {
        this.#isBusy = false
      })
  }

  async #evaluate(): Promise<void> {
    while (this.#isStale && !this.#isOver && this.#isOnline) {
      this.#isStale = false
      const waitMs = this.#tooSoonBy()
      if (waitMs > 0) return this.#lookAfter(waitMs)
      if (await this.#isWorthTelling()) await this.#tell()
    }
  }

  #tooSoonBy(): number {
    const { minIntervalMs = 0 } = this.asked
    return this.#lastAt === undefined ? 0 : this.#lastAt + minIntervalMs - this.#world.clock.wall()
  }

  #lookAfter(ms: number): void {
    this.#soon?.cancel()
    this.#soon = this.#world.clock.after(ms, () => this.look())
  }

  async #isWorthTelling(): Promise<boolean> {
    for (const [{ node, name }, outcome] of await this.#values()) {
      if (outcome.kind !== 'sample') continue
      const trigger = this.asked.fields.find(field => field.name === name) ?? {}
      const known = this.#known.get(keyOf(node, name)) ?? this.#known.get(keyOf(undefined, name))
      if (isTriggered(trigger, known, outcome.sample.value)) return true
    }
    return false
  }

  async #values(): Promise<readonly (readonly [SelectedField, ReadOutcome])[]> {
    const selected = (await this.#world.select(this)) ?? []
    return Promise.all(selected.map(async one => [one, await this.#world.read(one.field)] as const))
  }

  /** What is told now is known from now on. */
  async #learn(): Promise<void> {
    for (const [{ node, name }, outcome] of await this.#values())
      if (
        outcome.kind === 'sample' &&
        (this.#lastAt !== undefined || !this.#known.has(keyOf(undefined, name)))
      )
        this.#known.set(keyOf(node, name), outcome.sample.value)
  }

  async #tell(): Promise<void> {
    this.#lastAt = this.#world.clock.wall()
    await this.#learn()
    if (this.#isOver) return
    await this.#world.tell(this)
    this.#rest()
  }

  #rest(): void {
    const { maxIntervalMs } = this.asked
    this.#heartbeat?.cancel()
    if (maxIntervalMs === undefined || this.#isOver || !this.#isOnline) return
    this.#heartbeat = this.#world.clock.after(maxIntervalMs, () => {
      this.#tell().catch((error: unknown) => this.#world.fault(error))
    })
  }
}

function keyOf(node: NodeRef | undefined, name: string): string {
  return JSON.stringify([node?.id, node?.source, node?.partition, name])
}

/** The readout that makes an event of the subscription. */
export function readoutOf(asked: EventSubscription, now: number): ReadoutRequest {
  const { generation, id, nodes, fields, categories, periods, all, tokens } = asked
  const from = oldestOf(asked, now)
  return {
    generation,
    id,
    nodes,
    fields: fields.map(({ name }) => name),
    categories,
    periods,
    all,
    from,
    tokens,
  }
}

const firstOfTimes = Date.UTC(1900, 0, 1)

/** Historical values without a window would be all there ever were: they are none, then. */
function oldestOf({ maxAge }: EventSubscription, now: number): Timestamp | undefined {
  if (!maxAge) return undefined
  const { years, months, days, hours, minutes, seconds } = maxAge
  const from = new Date(now)
  from.setUTCFullYear(from.getUTCFullYear() - years, from.getUTCMonth() - months, from.getUTCDate() - days)
  const ms = from.getTime() - (hours * 3_600 + minutes * 60 + seconds) * 1_000
  // Further back no calendar goes, whatever somebody asks for.
  return timestampOf(new Date(ms > firstOfTimes ? ms : firstOfTimes))
}

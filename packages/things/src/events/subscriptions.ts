/** The subscriptions of a thing: who is told of changes, and for how long. */
import type { Jid } from '@waxwing/jid'
import {
  type EventFormat,
  type EventSubscription,
  events,
  type Generation,
  hasEvents,
  type ReadoutReport,
  type ReadoutRequest,
  StanzaError,
  sameNode,
  sensorData,
  stanzaError,
  timestampOf,
} from '@waxwing/protocol'
import { Outlet } from '../outlet.ts'
import type { Asker, Off, ThingClient, Timer } from '../port.ts'
import type { SelectedField, Selection } from '../readout/selection.ts'
import { type ReadoutWorld, ServedReadout } from '../readout/served-readout.ts'
import type { ThingLimits } from '../thing-options.ts'
import { readoutOf, ServedSubscription } from './served-subscription.ts'

export interface SubscriptionsPort {
  readonly client: ThingClient
  readonly world: ReadoutWorld
  readonly limits: ThingLimits
  /** What somebody may read of a request. Throws the `StanzaError` to answer with. */
  select(request: ReadoutRequest, from: Jid): Promise<Selection>
  send(readout: ServedReadout, report: ReadoutReport): void
}

export class Subscriptions {
  readonly #port: SubscriptionsPort
  readonly #all = new Set<ServedSubscription>()
  #poll: Timer | undefined

  constructor(port: SubscriptionsPort) {
    this.#port = port
  }

  get count(): number {
    return this.#all.size
  }

  listen(generations: readonly Generation[]): readonly Off[] {
    const { client } = this.#port
    const formats = generations.filter(hasEvents).map(events)
    return [
      ...formats.flatMap(format => this.#listenIn(format)),
      client.disco.addFeatures(...formats.map(({ ns }) => ns)),
      client.presence.on('change', ({ jid, presence }) => {
        for (const one of this.#all) if (one.from === jid) one.isOnline = presence !== undefined
      }),
    ]
  }

  /** A value may have changed; no names: any. */
  changed(names: readonly string[]): void {
    for (const one of this.#all) {
      const { fields } = one.asked
      if (names.length === 0 || fields.length === 0 || fields.some(({ name }) => names.includes(name)))
        one.look()
    }
  }

  /** Nobody is there to be told. */
  drop(from: Jid): void {
    for (const one of this.#all) if (one.from === from) this.#end(one)
  }

  close(): void {
    for (const one of this.#all) this.#end(one)
  }

  #listenIn(format: EventFormat): readonly Off[] {
    const { client } = this.#port
    const { report } = sensorData(format.generation)
    const begin = (asked: EventSubscription, { from }: Asker): Promise<ReadoutReport> =>
      this.#subscribe(asked, from)
    const end = async ({ id }: { readonly id: string }, { from }: Asker): Promise<undefined> => {
      for (const one of this.#all) if (one.from === from && one.asked.id === id) this.#end(one)
    }
    // COMPAT(texts of the short family): they subscribe by `get`.
    return (['set', 'get'] as const).flatMap(type => [
      client.handle(format.subscribe, type, report, begin),
      client.handle(format.unsubscribe, type, report, end),
    ])
  }

  async #subscribe(asked: EventSubscription, from: Jid): Promise<ReadoutReport> {
    const { limits, client } = this.#port
    const shortest = Math.min(...[asked.minIntervalMs, asked.maxIntervalMs].filter(ms => ms !== undefined))
    if (shortest < limits.minIntervalMs) throw stanzaError('bad-request', 'Events cannot come so fast')
    await this.#port.select(readoutOf(asked, client.platform.clock.wall()), from)
    this.#replace(asked, from)
    const one = new ServedSubscription(from, asked, {
      clock: client.platform.clock,
      read: field => this.#port.world.reads.read(field),
      select: subscription => this.#select(subscription),
      tell: subscription => this.#tell(subscription),
      fault: error => client.platform.report(error),
    })
    this.#all.add(one)
    this.#pollLater()
    const { generation, id } = asked
    // Behind the answer.
    client.platform.clock.after(0, () => {
      one.begin().catch((error: unknown) => client.platform.report(error))
    })
    return { kind: 'accepted', generation, id, queued: false }
  }

  /**
   * A client has one subscription for a node: a new one takes the place of those it overlaps. Who went away and may never
   * be back under this address makes room for who is there.
   */
  #replace(asked: EventSubscription, from: Jid): void {
    const { subscriptions, allSubscriptions } = this.#port.limits
    for (const one of this.#all) if (one.from === from && overlap(one.asked, asked)) this.#end(one)
    const own = [...this.#all].filter(one => one.from === from)
    const gone = this.#all.size >= allSubscriptions && [...this.#all].find(one => !one.isOnline)
    if (gone) this.#end(gone)
    if (own.length >= subscriptions || this.#all.size >= allSubscriptions)
      throw stanzaError('resource-constraint', 'There are too many subscriptions')
  }

  async #select(one: ServedSubscription): Promise<readonly SelectedField[] | undefined> {
    try {
      const selection = await this.#port.select(readoutOf(one.asked, this.#now), one.from)
      return selection.current
    } catch (error) {
      if (!(error instanceof StanzaError)) throw error
      this.#refuse(one)
      return undefined
    }
  }

  get #now(): number {
    return this.#port.client.platform.clock.wall()
  }

  async #tell(one: ServedSubscription): Promise<void> {
    const request = readoutOf(one.asked, this.#now)
    let selection: Selection
    try {
      selection = await this.#port.select(request, one.from)
    } catch (error) {
      if (!(error instanceof StanzaError)) throw error
      return this.#refuse(one)
    }
    const { generation, id } = request
    const readout = new ServedReadout(one.from, request, this.#port.world)
    const outlet = new Outlet({
      clock: this.#port.world.clock,
      accepted: { kind: 'accepted', generation, id, queued: false },
      mayInline: false,
      isAnswered: true,
      send: report => this.#port.send(readout, report),
    })
    // The past is told only as far as it was asked for.
    await readout.run(one.asked.maxAge ? selection : { ...selection, past: [] }, outlet)
  }

  /** What may not be read any more is not told any more; its holder is told that. */
  #refuse(one: ServedSubscription): void {
    if (one.isOver) return
    this.#end(one)
    const { generation, id } = one.asked
    const part = {
      kind: 'error',
      node: undefined,
      time: timestampOf(new Date(this.#now)),
      text: 'Access denied.',
    } as const
    const readout = new ServedReadout(one.from, readoutOf(one.asked, this.#now), this.#port.world)
    this.#port.send(readout, { kind: 'data', generation, id, parts: [part], last: true, skipped: 0 })
  }

  #end(one: ServedSubscription): void {
    one.end()
    this.#all.delete(one)
    if (this.#all.size === 0) this.#poll?.cancel()
  }

  /** Things that do not say when something changes are looked at. */
  #pollLater(): void {
    const { pollMs } = this.#port.limits
    this.#poll?.cancel()
    if (pollMs === 0 || this.#all.size === 0) return
    this.#poll = this.#port.client.platform.clock.after(pollMs, () => {
      this.changed([])
      this.#pollLater()
    })
  }
}

function overlap(a: EventSubscription, b: EventSubscription): boolean {
  if (a.nodes.length === 0 || b.nodes.length === 0) return a.nodes.length === b.nodes.length
  return a.nodes.some(one => b.nodes.some(other => sameNode(one, other)))
}

/** The subscriptions of a thing: who is told of changes, and for how long. */
import { bareOf, type Jid } from '@waxwing/jid'
import {
  type EventFormat,
  type EventSubscription,
  events,
  type Generation,
  hasEvents,
  type NodeRef,
  type ReadoutReport,
  type ReadoutRequest,
  StanzaError,
  sameNode,
  sensorData,
  stanzaError,
  timestampOf,
} from '@waxwing/protocol'
import type { KeptOrder, KeptOrders } from '../history/kept-orders.ts'
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
  readonly orders: KeptOrders<EventSubscription>
}

export class Subscriptions {
  readonly #port: SubscriptionsPort
  /** With where they are kept; `undefined`: nowhere. */
  readonly #all = new Map<ServedSubscription, KeptOrder | undefined>()
  #poll: Timer | undefined
  #isClosed = false

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
        for (const one of this.#all.keys()) if (one.from === jid) one.isOnline = presence !== undefined
      }),
    ]
  }

  /** A value may have changed; no names: any. */
  changed(names: readonly string[]): void {
    for (const one of this.#all.keys()) {
      const { fields } = one.asked
      if (names.length === 0 || fields.length === 0 || fields.some(({ name }) => names.includes(name)))
        one.look()
    }
  }

  /** The same of one node alone. */
  changedAt(node: NodeRef, names: readonly string[]): void {
    for (const one of this.#all.keys()) {
      const { nodes, fields } = one.asked
      const isMeant =
        names.length === 0 || fields.length === 0 || fields.some(({ name }) => names.includes(name))
      if (isMeant && nodes.some(asked => isMeantBy(asked, node))) one.look()
    }
  }

  /** Nobody is there to be told. */
  drop(from: Jid): void {
    for (const one of this.#all.keys()) if (one.from === from) this.#end(one)
  }

  /** Whether anything stood when the process began. */
  hasStanding(): Promise<boolean> {
    return this.#port.orders.hasAny()
  }

  /**
   * Takes up what stood before the process began. Call it when there is a session: as always, what may not be read any
   * more is ended when it would be told.
   */
  async resume(): Promise<void> {
    for (const { order, from, isSeen, value } of await this.#port.orders.recalled()) {
      // Nobody knows any more what they know.
      const asked = { ...value, fields: value.fields.map(field => ({ ...field, known: undefined })) }
      if (this.#isClosed || !this.#hasRoomFor(asked, from)) void this.#port.orders.forget(order)
      else {
        const one = this.#served(asked, from)
        this.#all.set(one, order)
        one.resume(!isSeen || this.#isThere(from))
      }
    }
    this.#pollLater()
  }

  /** Who has subscribed anew meanwhile has done so for this, too. */
  #hasRoomFor(asked: EventSubscription, from: Jid): boolean {
    const { subscriptions, allSubscriptions } = this.#port.limits
    const own = [...this.#all.keys()].filter(one => one.from === from)
    if (own.some(one => overlap(one.asked, asked))) return false
    return own.length < subscriptions && this.#all.size < allSubscriptions
  }

  #isThere(from: Jid): boolean {
    return this.#port.client.presence.allOf(bareOf(from)).some(({ jid }) => jid === from)
  }

  close(): void {
    this.#isClosed = true
    this.#port.orders.close()
    for (const one of this.#all.keys()) this.#end(one)
  }

  #listenIn(format: EventFormat): readonly Off[] {
    const { client } = this.#port
    const { report } = sensorData(format.generation)
    const begin = (asked: EventSubscription, { from }: Asker): Promise<ReadoutReport> =>
      this.#subscribe(asked, from)
    const end = async ({ id }: { readonly id: string }, { from }: Asker): Promise<undefined> => {
      for (const one of this.#all.keys())
        if (one.from === from && one.asked.id === id) await this.#forget(one)
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
    const replaced = this.#replacedBy(asked, from)
    const one = this.#served(asked, from)
    this.#all.set(one, undefined)
    try {
      await this.#keep(one)
    } catch (error) {
      await this.#forget(one)
      throw error
    }
    for (const old of replaced) this.#end(old)
    this.#pollLater()
    const { generation, id } = asked
    // Behind the answer.
    client.platform.clock.after(0, () => {
      one.begin().catch((error: unknown) => client.platform.report(error))
    })
    return { kind: 'accepted', generation, id, queued: false }
  }

  #served(asked: EventSubscription, from: Jid): ServedSubscription {
    const { client } = this.#port
    return new ServedSubscription(from, asked, {
      clock: client.platform.clock,
      read: field => this.#port.world.reads.read(field),
      select: subscription => this.#select(subscription),
      tell: subscription => this.#tell(subscription),
      fault: error => client.platform.report(error),
    })
  }

  /** Before it is confirmed. */
  async #keep(one: ServedSubscription): Promise<void> {
    const { orders } = this.#port
    const { from, asked } = one
    const order = await orders.keep({ from, isSeen: this.#isThere(from), value: asked })
    if (this.#all.has(one)) this.#all.set(one, order)
    else await orders.forget(order)
  }

  /**
   * A client has one subscription for a node: a new one takes the place of those it overlaps. Who went away and may never
   * be back under this address makes room for who is there. Throws `resource-constraint`.
   */
  #replacedBy(asked: EventSubscription, from: Jid): readonly ServedSubscription[] {
    const { subscriptions, allSubscriptions } = this.#port.limits
    const all = [...this.#all.keys()]
    const own = all.filter(one => one.from === from)
    const replaced = own.filter(one => overlap(one.asked, asked))
    const left = all.length - replaced.length
    const gone =
      left >= allSubscriptions ? all.find(one => !one.isOnline && !replaced.includes(one)) : undefined
    if (own.length - replaced.length >= subscriptions || left - (gone ? 1 : 0) >= allSubscriptions)
      throw stanzaError('resource-constraint', 'There are too many subscriptions')
    return gone ? [...replaced, gone] : replaced
  }

  async #select(one: ServedSubscription): Promise<readonly SelectedField[] | undefined> {
    try {
      const selection = await this.#port.select(readoutOf(one.asked, this.#now), one.from)
      return selection.current
    } catch (error) {
      if (!(error instanceof StanzaError)) throw error
      // As long as nobody can decide, nothing is told.
      if (error.condition !== 'remote-server-timeout') this.#refuse(one)
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
      return error.condition === 'remote-server-timeout' ? undefined : this.#refuse(one)
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
    void this.#forget(one)
  }

  /** Ends it; settles when it will not be taken up again. */
  #forget(one: ServedSubscription): Promise<void> {
    one.end()
    const order = this.#all.get(one)
    this.#all.delete(one)
    if (this.#all.size === 0) this.#poll?.cancel()
    return this.#port.orders.forget(order)
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

/** What a reference leaves out may be anything. */
function isMeantBy({ id, source, partition }: NodeRef, node: NodeRef): boolean {
  return (
    id === node.id &&
    (source === undefined || source === node.source) &&
    (partition === undefined || partition === node.partition)
  )
}

function overlap(a: EventSubscription, b: EventSubscription): boolean {
  if (a.nodes.length === 0 || b.nodes.length === 0) return a.nodes.length === b.nodes.length
  return a.nodes.some(one => b.nodes.some(other => sameNode(one, other)))
}

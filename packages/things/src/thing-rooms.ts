/** The rooms of a thing: what it is made of, each with what it needs of the others. */
import { domainOf, type Jid, localOf, parseJid } from '@waxwing/jid'
import {
  events,
  type Generation,
  generations,
  hasEvents,
  type NodeRef,
  type ReadoutRequest,
  SensorReport,
  sensorData,
} from '@waxwing/protocol'
import type { Wire } from '@waxwing/xml'
import { Concentration } from './concentrator/concentration.ts'
import { ControlRoom } from './control/control-room.ts'
import { Subscriptions } from './events/subscriptions.ts'
import { HistoryKeeper } from './history/history-keeper.ts'
import { memoryHistory } from './history/history-store.ts'
import { KeptOrders } from './history/kept-orders.ts'
import { NodeHistories } from './history/node-histories.ts'
import { Registration } from './ownership/registration.ts'
import { roundTrip } from './peer.ts'
import type { Off, ThingClient } from './port.ts'
import { decidedBy, Provisioned, provisioningOptions } from './provisioning/provisioned.ts'
import { ReadAccess } from './provisioning/read-access.ts'
import { Readouts } from './readout/readouts.ts'
import { lookedUp, type Readable, type Selection } from './readout/selection.ts'
import type { ReadoutWorld } from './readout/served-readout.ts'
import { SharedReads } from './readout/shared-reads.ts'
import { defaultThingLimits, type ThingOptions } from './thing-options.ts'

export class ThingRooms {
  readonly client: ThingClient
  readonly #given: ThingOptions
  /** With what a provisioning server decides. */
  readonly options: ThingOptions
  readonly world: ReadoutWorld
  readonly readable: Readable
  readonly access: ReadAccess
  readonly readouts: Readouts
  readonly subscriptions: Subscriptions
  readonly history: HistoryKeeper
  readonly #histories: NodeHistories
  /** Absent: the thing decides itself. */
  readonly #provisioned: Provisioned | undefined
  /** Absent: it is in no registry. */
  readonly registration: Registration | undefined
  readonly control: ControlRoom
  readonly concentration: Concentration

  constructor(client: ThingClient, options: ThingOptions) {
    const { clock } = client.platform
    const limits = { ...defaultThingLimits, ...options.limits }
    const own = parseJid(client.jid)
    const nodeId = options.nodeId ?? localOf(own) ?? domainOf(own)
    const reads = new SharedReads(clock, limits.readTimeoutMs, fault => client.platform.report(fault))
    this.client = client
    this.#given = options
    this.world = { clock, limits, nodeId, reads, room: () => roundTrip(client) }
    const remembering = {
      store: options.history ?? memoryHistory(),
      clock,
      reads,
      zone: options.zone ?? 0,
      report: (fault: unknown) => client.platform.report(fault),
    }
    this.history = new HistoryKeeper(remembering)
    this.#histories = new NodeHistories({ ...remembering, random: client.platform.random })
    this.concentration = new Concentration({
      client,
      options,
      limits,
      reads,
      messageSize: limits.reportBytes,
      zone: options.zone ?? 0,
      isTrusted: from => this.access.isTrusted(from),
      histories: this.#histories,
      valued: (node, names) => {
        this.subscriptions.changedAt(node.ref, names)
        this.#histories.changed(node, names)
      },
      telling: {
        permission: (request, from) => this.access.permission(request, from),
        select: (request, from) => this.access.select(request, from),
        tell: (request, from, selection) => this.readouts.tell(request, from, selection),
      },
    })
    const sources = lookedUp(this.concentration, options.lookup)
    this.readable = { nodeId, ...this.history.remembered(options), sources }
    const selecting = (request: ReadoutRequest, from: Jid): Promise<Selection> =>
      this.access.select(request, from)
    const port = { client, world: this.world, select: selecting }
    const readouts = new Readouts({
      ...port,
      zone: options.zone ?? 0,
      orders: this.#orders('readouts', one => sensorData(one).request),
    })
    this.readouts = readouts
    this.subscriptions = new Subscriptions({
      ...port,
      limits,
      orders: this.#orders('subscriptions', one => (hasEvents(one) ? events(one).subscribe : undefined)),
      send: (readout, report) => readouts.send(readout, report),
    })
    this.#provisioned =
      options.provisioning === undefined
        ? undefined
        : new Provisioned(client, provisioningOptions(options.provisioning), this.readable, () =>
            this.changed([]),
          )
    this.options = this.#provisioned ? decidedBy(this.#provisioned, options) : options
    this.access = new ReadAccess({
      client,
      readable: this.readable,
      options: this.options,
      owner: () => this.registration?.ownerOf(),
    })
    this.registration =
      options.registry === undefined ? undefined : new Registration(client, this.options, options.nodes ?? [])
    this.control = new ControlRoom({
      client,
      options: this.options,
      limits,
      readable: this.readable,
      reads,
      onSet: (name, node) => this.#wasSet(name, node),
    })
  }

  #wasSet(name: string, node: NodeRef | undefined): void {
    const isOfSource = node !== undefined && this.concentration.changed(node, [name])
    if (!isOfSource) this.history.changed([name])
  }

  /** Fields may have new values; no names: any. */
  changed(names: readonly string[]): void {
    this.subscriptions.changed(names)
    this.control.changed()
    this.history.changed(names)
  }

  /** @param offs what is begun, to be ended when something throws */
  listen(offs: Off[], close: () => void): void {
    const client = this.client
    const spoken = this.options.generations ?? generations
    offs.push(...this.readouts.listen(spoken), ...this.subscriptions.listen(spoken))
    offs.push(...this.control.listen())
    offs.push(...(this.registration?.listen() ?? []))
    offs.push(...(this.#provisioned?.listen(spoken) ?? []))
    offs.push(
      // A client that is closed comes back no more: nothing may keep the process waiting.
      client.on('state', ({ state }) => {
        if (state === 'closed') close()
      }),
      // What we have sent comes back: nobody is there to read it.
      client.onMessage(SensorReport, (_, { from, type }) => {
        if (type === 'error') this.subscriptions.drop(from)
      }),
    )
    if (this.options.history) offs.push(this.#resume())
  }

  close(): void {
    this.subscriptions.close()
    this.concentration.close()
    void this.control.close()
    void this.history.close()
    void this.#histories.close()
    this.readouts.close()
  }

  /** Settles when everything is kept that is to be. */
  async closed(): Promise<void> {
    await this.history.close()
    await this.#histories.close()
    await this.control.close()
  }

  /** What others were promised outlives the process where there is a store for it. */
  #orders<T extends { readonly generation: Generation }>(
    name: string,
    wire: (generation: Generation) => Wire<T> | undefined,
  ): KeptOrders<T> {
    const { history: store, generations: spoken = generations } = this.#given
    const report = (fault: unknown): void => this.client.platform.report(fault)
    return new KeptOrders({ store, name, generations: spoken, wire, report })
  }

  /** Once there is a session in which everybody has been heard of who is there. */
  #resume(): Off {
    let hasBegun = false
    const resume = async (): Promise<void> => {
      const rooms = [this.subscriptions, this.readouts]
      const waiting = await Promise.all(rooms.map(room => room.hasStanding()))
      if (!waiting.includes(true)) return
      await roundTrip(this.client)
      // The next session will do.
      hasBegun = this.client.state === 'online'
      if (!hasBegun) return
      await this.subscriptions.resume()
      await this.readouts.resume()
    }
    const begin = (state: string): void => {
      if (hasBegun || state !== 'online') return
      hasBegun = true
      resume().catch((fault: unknown) => this.client.platform.report(fault))
    }
    begin(this.client.state)
    return this.client.on('state', ({ state }) => begin(state))
  }
}

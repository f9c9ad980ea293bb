/** A thing: answers who asks for its fields, in every generation (XEP-0323, IEEE 1451.99). */
import { domainOf, type Jid, localOf, parseJid } from '@waxwing/jid'
import { generations, type NodeRef, type ReadoutRequest, SensorReport, stanzaError } from '@waxwing/protocol'
import { Concentration } from './concentrator/concentration.ts'
import type { Source, SourceOptions } from './concentrator/source.ts'
import { CommandError } from './control/command.ts'
import type { ShownParameter } from './control/control-form.ts'
import { ControlLog } from './control/control-log.ts'
import type { ControlRecord } from './control/control-options.ts'
import { Controls } from './control/controls.ts'
import { Subscriptions } from './events/subscriptions.ts'
import { HistoryKeeper } from './history/history-keeper.ts'
import { memoryHistory } from './history/history-store.ts'
import { Registration } from './ownership/registration.ts'
import { roundTrip } from './peer.ts'
import type { Off, ThingClient } from './port.ts'
import { decidedBy, Provisioned, provisioningOptions } from './provisioning/provisioned.ts'
import { ReadAccess } from './provisioning/read-access.ts'
import { Readouts } from './readout/readouts.ts'
import { lookedUp, type Readable, type Selection, select } from './readout/selection.ts'
import type { ReadoutWorld } from './readout/served-readout.ts'
import { SharedReads } from './readout/shared-reads.ts'
import { pastOf, presentOf, requestFor, type Told, type Wanted } from './readout/told.ts'
import { defaultThingLimits, type ThingOptions } from './thing-options.ts'

/** A thing that answers; see `thing`. */
export class Thing {
  readonly #client: ThingClient
  readonly #options: ThingOptions
  readonly #world: ReadoutWorld
  readonly #readable: Readable
  readonly #access: ReadAccess
  readonly #readouts: Readouts
  readonly #subscriptions: Subscriptions
  readonly #history: HistoryKeeper
  /** Absent: the thing decides itself. */
  readonly #provisioned: Provisioned | undefined
  /** Absent: it is in no registry. */
  readonly registration: Registration | undefined
  /** Absent: nothing can be set. */
  #controls: Controls | undefined
  readonly #log: ControlLog
  readonly #concentration: Concentration
  readonly #offs: Off[] = []

  constructor(client: ThingClient, options: ThingOptions) {
    const { clock } = client.platform
    const limits = { ...defaultThingLimits, ...options.limits }
    const own = parseJid(client.jid)
    const nodeId = options.nodeId ?? localOf(own) ?? domainOf(own)
    const reads = new SharedReads(clock, limits.readTimeoutMs, fault => client.platform.report(fault))
    this.#client = client
    this.#world = { clock, limits, nodeId, reads, room: () => roundTrip(client) }
    this.#log = new ControlLog(limits.logged)
    this.#history = new HistoryKeeper({
      store: options.history ?? memoryHistory(),
      clock,
      reads,
      zone: options.zone ?? 0,
      report: fault => client.platform.report(fault),
    })
    this.#concentration = new Concentration({
      client,
      options,
      limits,
      reads,
      messageSize: limits.reportBytes,
      zone: options.zone ?? 0,
      isTrusted: from => this.#access.isTrusted(from),
    })
    const sources = lookedUp(this.#concentration, options.lookup)
    this.#readable = { nodeId, ...this.#history.remembered(options), sources }
    const selecting = (request: ReadoutRequest, from: Jid): Promise<Selection> =>
      this.#access.select(request, from)
    const port = { client, world: this.#world, select: selecting }
    const readouts = new Readouts({ ...port, zone: options.zone ?? 0 })
    this.#readouts = readouts
    this.#subscriptions = new Subscriptions({
      ...port,
      limits,
      send: (readout, report) => readouts.send(readout, report),
    })
    this.#provisioned =
      options.provisioning === undefined
        ? undefined
        : new Provisioned(client, provisioningOptions(options.provisioning), this.#readable, () =>
            this.changed(),
          )
    this.#options = this.#noting(this.#provisioned ? decidedBy(this.#provisioned, options) : options)
    this.#access = new ReadAccess({
      client,
      readable: this.#readable,
      options: this.#options,
      owner: () => this.owner,
    })
    this.registration =
      options.registry === undefined
        ? undefined
        : new Registration(client, this.#options, options.nodes ?? [])
    this.#controls = Controls.isWanted(this.#readable)
      ? new Controls(client, this.#options, limits, this.#readable, reads)
      : undefined
    try {
      this.#listen()
      this.#history.start()
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** A link that makes somebody its owner; `undefined` while there is one, and where it is not registered. */
  get claimUri(): string | undefined {
    return this.registration?.claimUri()
  }

  /** Who owns it; `undefined`: nobody, or it is not known. */
  get owner(): Jid | undefined {
    return this.registration?.ownerOf()
  }

  /** What was set lately, or could not be, and by whom; the oldest first. Bounded by `logged`. */
  get log(): readonly ControlRecord[] {
    return this.#log.records
  }

  /** Readouts that run now. */
  get running(): number {
    return this.#readouts.running
  }

  /** Readouts that wait for their turn or their time. */
  get queued(): number {
    return this.#readouts.queued
  }

  /** Subscriptions of others to changes. */
  get subscriptions(): number {
    return this.#subscriptions.count
  }

  /** Subscriptions of others to what happens in sources. */
  get sourceSubscriptions(): number {
    return this.#concentration.subscriptions
  }

  /** Queries of others that run now. */
  get queries(): number {
    return this.#concentration.queries
  }

  /**
   * Adds a source of nodes: with the first one the thing is a concentrator. By convention the devices stand in
   * `MeteringTopology`. Throws `TypeError` when there is a source of this id. XEP-0326
   */
  source(id: string, options: SourceOptions = {}): Source {
    const source = this.#concentration.source(id, options)
    if (this.#concentration.size > 1) return source
    const spoken = this.#options.generations ?? generations
    this.#offs.push(...this.#concentration.listen(spoken))
    if (this.#controls) return source
    const { limits, reads } = this.#world
    this.#controls = new Controls(this.#client, this.#options, limits, this.#readable, reads)
    this.#offs.push(...this.#controls.listen(spoken))
    return source
  }

  /**
   * What somebody may read, as a readout in the newest generation would tell it.
   *
   * @param wanted fields by name, none: all; with a window their past instead of their value now
   * @throws StanzaError when they may not, or there is no such node
   */
  async tell(from: Jid, wanted: Wanted): Promise<Told> {
    const { window } = wanted
    const { current, past } = await this.#access.select(requestFor(wanted), from)
    return window
      ? { fields: past, samples: await pastOf(past, window) }
      : { fields: current, samples: await presentOf(current, this.#world.reads) }
  }

  /** Every value of now, of the thing itself, whoever may read it. */
  async values(): Promise<Told> {
    const { current } = select({ ...this.#readable, nodes: [] }, requestFor({}), 'all', 0)
    return { fields: current, samples: await presentOf(current, this.#world.reads) }
  }

  /** Names of the fields of the thing itself whose values somebody may read now. Never rejects with a refusal. */
  readable(from: Jid): Promise<readonly string[]> {
    return this.#access.names(from)
  }

  /** Parameters by their names, with texts for values; as a command would. Throws `CommandError`. */
  async command(
    from: Jid,
    values: Readonly<Record<string, string>>,
    nodes: readonly NodeRef[] = [],
  ): Promise<void> {
    if (!this.#controls) throw new CommandError(stanzaError('feature-not-implemented', 'Nothing can be set.'))
    await this.#controls.command(from, values, nodes)
  }

  /** What somebody may set, in the order of the form. Throws `CommandError`. */
  async settable(from: Jid, nodes: readonly NodeRef[] = []): Promise<readonly ShownParameter[]> {
    return (await this.#controls?.shown(from, nodes)) ?? []
  }

  /** Says that these fields may have new values, so that subscribers hear of it at once; no names: any. */
  changed(...names: readonly string[]): void {
    this.#subscriptions.changed(names)
    this.#history.changed(names)
  }

  /** Answers no more; readouts and subscriptions end where they are. */
  close(): void {
    this.#subscriptions.close()
    this.#concentration.close()
    void this.#history.close()
    for (const off of this.#offs.splice(0)) off()
    this.#readouts.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Closes, and waits until what was taken for its history is kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.#history.close()
  }

  /** What was set has changed. */
  #noting(options: ThingOptions): ThingOptions {
    return {
      ...options,
      onControl: record => {
        this.#log.add(record)
        options.onControl?.(record)
        if (record.error === undefined) this.#history.changed([record.name])
      },
    }
  }

  #listen(): void {
    const client = this.#client
    const spoken = this.#options.generations ?? generations
    this.#offs.push(...this.#readouts.listen(spoken), ...this.#subscriptions.listen(spoken))
    this.#offs.push(...(this.#controls?.listen(spoken) ?? []))
    this.#offs.push(...(this.registration?.listen() ?? []))
    this.#offs.push(...(this.#provisioned?.listen(spoken) ?? []))
    this.#offs.push(
      // A client that is closed comes back no more: nothing may keep the process waiting.
      client.on('state', ({ state }) => {
        if (state === 'closed') this.close()
      }),
      // What we have sent comes back: nobody is there to read it.
      client.onMessage(SensorReport, (_, { from, type }) => {
        if (type === 'error') this.#subscriptions.drop(from)
      }),
    )
  }
}

/**
 * Makes a client a thing: it announces sensor data and answers readouts until closed.
 *
 * Throws `TypeError` when the client is one already.
 */
export function thing(client: ThingClient, options: ThingOptions): Thing {
  return new Thing(client, options)
}

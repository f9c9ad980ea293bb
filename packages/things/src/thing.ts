/** A thing: answers who asks for its fields, in every generation (XEP-0323, IEEE 1451.99). */
import { bareOf, domainOf, type Jid, localOf, parseJid } from '@waxwing/jid'
import {
  CLIENT_NS,
  generations,
  millisecondsAt,
  type NodeRef,
  type ReadoutCancel,
  type ReadoutReport,
  type ReadoutRequest,
  type SensorDataFormat,
  SensorReport,
  StanzaError,
  sensorData,
  stanzaError,
} from '@waxwing/protocol'
import { el, toElement } from '@waxwing/xml'
import { CommandError } from './command.ts'
import type { ShownParameter } from './control-form.ts'
import { Controls } from './controls.ts'
import { Desk } from './desk.ts'
import type { HistoryWindow, ReadSample } from './field-types.ts'
import { Outlet } from './outlet.ts'
import type { Off, ThingClient } from './port.ts'
import { decidedBy, Provisioned, provisioningOptions } from './provisioned.ts'
import { Registration } from './registration.ts'
import { isWithin, type Readable, type SelectedField, type Selection, select } from './selection.ts'
import { type ReadoutWorld, ServedReadout } from './served-readout.ts'
import { SharedReads } from './shared-reads.ts'
import { Subscriptions } from './subscriptions.ts'
import { defaultThingLimits, type Permission, type ReadQuestion, type ThingOptions } from './thing-options.ts'

/** What somebody would like to know. */
export interface Wanted {
  readonly nodes?: readonly NodeRef[]
  readonly fields?: readonly string[]
  readonly window?: HistoryWindow
}

/** Fields, and beside each of them what there is of it. */
export interface Told {
  readonly fields: readonly SelectedField[]
  readonly samples: readonly (readonly ReadSample[])[]
}

/** Values of the past that are told to a person; of more, the first. */
const mostPast = 10_000

async function pastOf(fields: readonly SelectedField[], window: HistoryWindow): Promise<Told['samples']> {
  const all: ReadSample[][] = []
  for (const { field } of fields) {
    const samples: ReadSample[] = []
    for await (const sample of field.history?.(window) ?? []) {
      if (samples.length === mostPast) break
      if (sample.time && isWithin(window, sample.time)) samples.push(sample)
    }
    all.push(samples)
  }
  return all
}

/** A thing that answers; see `thing`. */
export class Thing {
  readonly #client: ThingClient
  readonly #options: ThingOptions
  readonly #world: ReadoutWorld
  readonly #readable: Readable
  readonly #desk: Desk
  readonly #subscriptions: Subscriptions
  /** Absent: the thing decides itself. */
  readonly #provisioned: Provisioned | undefined
  /** Absent: it is in no registry. */
  readonly registration: Registration | undefined
  /** Absent: nothing can be set. */
  readonly #controls: Controls | undefined
  readonly #offs: Off[] = []

  constructor(client: ThingClient, options: ThingOptions) {
    const { clock } = client.platform
    const limits = { ...defaultThingLimits, ...options.limits }
    const own = parseJid(client.jid)
    const nodeId = options.nodeId ?? localOf(own) ?? domainOf(own)
    const reads = new SharedReads(clock, limits.readTimeoutMs, fault => client.platform.report(fault))
    this.#client = client
    this.#desk = new Desk(limits)
    this.#world = { clock, limits, nodeId, reads }
    this.#readable = { nodeId, fields: options.fields ?? {}, nodes: options.nodes ?? [] }
    this.#subscriptions = new Subscriptions({
      client,
      world: this.#world,
      limits,
      select: (request, from) => this.#select(request, from),
      send: (readout, report) => this.#send(readout, report),
    })
    this.#provisioned =
      options.provisioning === undefined
        ? undefined
        : new Provisioned(client, provisioningOptions(options.provisioning), this.#readable, () =>
            this.changed(),
          )
    this.#options = this.#provisioned ? decidedBy(this.#provisioned, options) : options
    this.registration =
      options.registry === undefined ? undefined : new Registration(client, options, options.nodes ?? [])
    this.#controls = Controls.isWanted(this.#readable)
      ? new Controls(client, this.#options, limits, this.#readable, reads)
      : undefined
    try {
      this.#listen()
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

  /** Readouts that run now. */
  get running(): number {
    return this.#desk.count('running')
  }

  /** Readouts that wait for their turn or their time. */
  get queued(): number {
    return this.#desk.count('queued')
  }

  /** Subscriptions of others to changes. */
  get subscriptions(): number {
    return this.#subscriptions.count
  }

  /**
   * What somebody may read, as a readout in the newest generation would tell it.
   *
   * @param wanted fields by name, none: all; with a window their past instead of their value now
   * @throws StanzaError when they may not, or there is no such node
   */
  async tell(from: Jid, wanted: Wanted): Promise<Told> {
    const { nodes = [], fields = [], window } = wanted
    const categories = window ? (['historical'] as const) : []
    const tokens = { service: [], device: [], user: [] }
    const request = {
      generation: 'nfi',
      id: '0',
      nodes,
      fields,
      categories,
      periods: [],
      all: false,
      tokens,
    } as const
    const { current, past } = await this.#select(request, from)
    return window
      ? { fields: past, samples: await pastOf(past, window) }
      : { fields: current, samples: await Promise.all(current.map(async one => this.#sampleOf(one))) }
  }

  async #sampleOf({ field }: SelectedField): Promise<readonly ReadSample[]> {
    const outcome = await this.#world.reads.read(field)
    return outcome.kind === 'sample' ? [outcome.sample] : []
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
  }

  /** Answers no more; readouts and subscriptions end where they are. */
  close(): void {
    this.#subscriptions.close()
    for (const off of this.#offs.splice(0)) off()
    this.#desk.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #listen(): void {
    const client = this.#client
    const spoken = this.#options.generations ?? generations
    this.#offs.push(...(this.#controls?.listen(spoken) ?? []), ...this.#subscriptions.listen(spoken))
    this.#offs.push(...(this.registration?.listen() ?? []))
    this.#offs.push(...(this.#provisioned?.listen(spoken) ?? []))
    const formats = spoken.map(sensorData)
    for (const format of formats) {
      for (const type of ['get', 'set'] as const) {
        this.#offs.push(
          client.handle(format.request, type, format.report, (request, { from }) =>
            this.#answer(request, from),
          ),
          client.handle(format.cancel, type, format.report, (cancel, { from }) =>
            this.#cancel(format, cancel, from),
          ),
        )
      }
    }
    this.#offs.push(
      client.disco.addFeatures(...formats.map(({ ns }) => ns)),
      client.presence.on('change', ({ jid, presence }) => {
        if (!presence) this.#desk.drop(jid)
      }),
      // What we have sent comes back: nobody is there to read it.
      client.onMessage(SensorReport, (_, { from, type }) => {
        if (type !== 'error') return
        this.#desk.drop(from)
        this.#subscriptions.drop(from)
      }),
    )
  }

  async #answer(request: ReadoutRequest, from: Jid): Promise<ReadoutReport> {
    const readout = new ServedReadout(from, request, this.#world)
    try {
      this.#desk.open(readout)
    } catch (error) {
      throw this.#refusal(readout, error)
    }
    try {
      return await this.#begin(readout, await this.#select(request, from))
    } catch (error) {
      readout.end()
      throw this.#refusal(readout, error)
    }
  }

  async #select(request: ReadoutRequest, from: Jid): Promise<Selection> {
    const permission = await this.#permission(request, from)
    return select(this.#readable, request, permission, this.#options.zone ?? 0)
  }

  #permission(
    { nodes, fields, categories, all, tokens }: ReadoutRequest,
    from: Jid,
  ): Permission | Promise<Permission> {
    const question: ReadQuestion = { from, nodes, fields, categories, all, tokens }
    return this.#options.mayRead ? this.#options.mayRead(question) : this.#isTrusted(from) ? 'all' : 'none'
  }

  #isTrusted(from: Jid): boolean {
    const account = bareOf(from)
    return (
      account === bareOf(parseJid(this.#client.jid)) ||
      account === this.owner ||
      (this.#client.roster.get(account)?.seesUs ?? false)
    )
  }

  /** Starts at once, or later when there is no room or another time is wished. */
  #begin(readout: ServedReadout, selection: Selection): ReadoutReport | Promise<ReadoutReport> {
    const { generation, id, when } = readout.request
    // Cancelled while it was being decided.
    if (readout.isEnded) return accepted(readout, false)
    const { clock, limits } = this.#world
    const delay = when ? millisecondsAt(when, this.#options.zone ?? 0) - clock.wall() : 0
    if (delay > limits.horizonMs) throw stanzaError('bad-request', 'That is too far ahead to be scheduled')
    if (delay <= 0 && this.#desk.start(readout)) return this.#run(readout, selection, false)
    this.#desk.queue(readout)
    const begin = (): void => {
      this.#send(readout, { kind: 'started', generation, id })
      void this.#run(readout, selection, true)
    }
    // Also when it is due at once: the answer has to leave before.
    const timer = clock.after(Math.max(delay, 0), () => this.#desk.whenRoom(readout, begin))
    readout.whenEnded(() => timer.cancel())
    return accepted(readout, true)
  }

  #run(readout: ServedReadout, selection: Selection, isAnswered: boolean): Promise<ReadoutReport> {
    const mayInline = readout.format.family === 'short'
    const outlet = new Outlet({
      clock: this.#world.clock,
      accepted: accepted(readout, false),
      mayInline,
      isAnswered,
      send: report => this.#send(readout, report),
    })
    if (!mayInline) outlet.accept()
    readout.run(selection, outlet).catch((fault: unknown) => {
      this.#client.platform.report(fault)
      readout.end()
    })
    return outlet.answer
  }

  #send({ from, format }: ServedReadout, report: ReadoutReport): void {
    this.#client.raw.send(el(CLIENT_NS, 'message', { to: from }, toElement(format.report, report)))
  }

  async #cancel(
    format: SensorDataFormat,
    { id }: ReadoutCancel,
    from: Jid,
  ): Promise<ReadoutReport | undefined> {
    this.#desk.get(from, id)?.end()
    const { family, generation } = format
    return family === 'long' ? { kind: 'cancelled', generation, id } : undefined
  }

  /** In `sn` a refusal has an element of its own, which goes along. */
  #refusal({ request, format }: ServedReadout, known: unknown): unknown {
    if (request.generation !== 'sn' || !(known instanceof StanzaError)) return known
    const rejected = {
      kind: 'rejected',
      generation: 'sn',
      id: request.id,
      texts: [known.text ?? known.condition],
    } as const
    const { condition, type, text } = known
    return new StanzaError({ condition, type, text, app: toElement(format.report, rejected) })
  }
}

function accepted({ request: { generation, id } }: ServedReadout, queued: boolean): ReadoutReport {
  return { kind: 'accepted', generation, id, queued }
}

/**
 * Makes a client a thing: it announces sensor data and answers readouts until closed.
 *
 * Throws `TypeError` when the client is one already.
 */
export function thing(client: ThingClient, options: ThingOptions): Thing {
  return new Thing(client, options)
}

/** A thing: answers who asks for its fields, in every generation (XEP-0323, IEEE 1451.99). */
import type { Jid } from '@waxwing/jid'
import { generations, type NodeRef } from '@waxwing/protocol'
import type { Branch, Looker, PageWanted, Place } from './concentrator/branch.ts'
import type { DatabaseLook, DatabaseSource } from './concentrator/database.ts'
import { databaseBy } from './concentrator/kept-database.ts'
import type { Source, SourceOptions } from './concentrator/source.ts'
import type { ShownParameter } from './control/control-form.ts'
import type { ControlRecord, ControlWay } from './control/control-options.ts'
import type { DeclaredField } from './field-types.ts'
import type { Registration } from './ownership/registration.ts'
import type { Off, ThingClient } from './port.ts'
import type { ReadablePlace } from './provisioning/read-access.ts'
import { type SelectedField, select } from './readout/selection.ts'
import { pastOf, presentOf, requestFor, type Told, type Wanted } from './readout/told.ts'
import type { DeclaredFields, ThingOptions } from './thing-options.ts'
import { ThingRooms } from './thing-rooms.ts'

/** A thing that answers; see `thing`. */
export class Thing {
  readonly #rooms: ThingRooms
  #isConcentrator = false
  readonly #offs: Off[] = []

  constructor(client: ThingClient, options: ThingOptions) {
    this.#rooms = new ThingRooms(client, options)
    try {
      this.#rooms.listen(this.#offs, () => this.close())
      this.#rooms.history.start()
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Absent: it is in no registry. */
  get registration(): Registration | undefined {
    return this.#rooms.registration
  }

  /** A link that makes somebody its owner; `undefined` while there is one, and where it is not registered. */
  get claimUri(): string | undefined {
    return this.registration?.claimUri()
  }

  /** Who owns it; `undefined`: nobody, or it is not known. */
  get owner(): Jid | undefined {
    return this.registration?.ownerOf()
  }

  /**
   * What was set lately, or could not be: by whom, how, and what it was before; the oldest first. Bounded by `logged`.
   * With a `history` of its own the thing remembers it across processes.
   */
  get log(): readonly ControlRecord[] {
    return this.#rooms.control.log
  }

  /** Readouts that run now. */
  get running(): number {
    return this.#rooms.readouts.running
  }

  /** Readouts that wait for their turn or their time. */
  get queued(): number {
    return this.#rooms.readouts.queued
  }

  /** Forms of parameters that others are filling in. */
  get openForms(): number {
    return this.#rooms.control.openForms
  }

  /** Subscriptions of others to changes. */
  get subscriptions(): number {
    return this.#rooms.subscriptions.count
  }

  /** Subscriptions of others to what happens in sources. */
  get sourceSubscriptions(): number {
    return this.#rooms.concentration.subscriptions
  }

  /** Sniffers of others, on nodes of sources. */
  get sniffers(): number {
    return this.#rooms.concentration.sniffers
  }

  /** Queries of others that run now. */
  get queries(): number {
    return this.#rooms.concentration.queries
  }

  /**
   * Adds a source of nodes: with the first one the thing is a concentrator. By convention the devices stand in
   * `MeteringTopology`. Throws `TypeError` when there is a source of this id. XEP-0326
   */
  source(id: string, options: SourceOptions = {}): Source {
    const source = this.#rooms.concentration.source(id, options)
    this.#concentrate()
    return source
  }

  /**
   * Adds a database whose values others may read for nodes of its sources, in `sn` and `xep`; without a `read` one of
   * what fields remember by themselves. Throws `TypeError` when there is one of this id. XEP-0326 §3.9
   */
  database<const F extends DeclaredFields = Record<never, DeclaredField>>(
    id: string,
    source: DatabaseSource<F>,
  ): void
  database(id: string, look?: DatabaseLook): void
  database<const F extends DeclaredFields>(id: string, source: DatabaseSource<F> | DatabaseLook = {}): void {
    this.#rooms.concentration.addDatabase(id, databaseBy(id, source, this.#rooms.client.platform.clock))
    this.#concentrate()
  }

  /** With its first source or database it is a concentrator. */
  #concentrate(): void {
    if (this.#isConcentrator) return
    this.#isConcentrator = true
    const spoken = this.#rooms.options.generations ?? generations
    this.#offs.push(...this.#rooms.concentration.listen(spoken))
    this.#offs.push(...this.#rooms.control.furnish())
  }

  /** A page of what somebody sees at a place among sources and nodes. Throws `CommandError` `item-not-found`. */
  branch(who: Looker, place: Place, page: PageWanted): Promise<Branch> {
    return this.#rooms.concentration.branch(who, place, page)
  }

  /**
   * What somebody may read, as a readout in the newest generation would tell it.
   *
   * @param wanted fields by name, none: all; with a window their past instead of their value now
   * @throws StanzaError when they may not, or there is no such node
   */
  async tell(from: Jid, wanted: Wanted): Promise<Told> {
    const { window } = wanted
    const { current, past } = await this.#rooms.access.select(requestFor(wanted), from)
    return window
      ? { fields: past, samples: await pastOf(past, window) }
      : { fields: current, samples: await presentOf(current, this.#rooms.world.reads) }
  }

  /** Every value of now, of the thing itself and of its `nodes`, whoever may read it. */
  async values(): Promise<Told> {
    const { readable, world } = this.#rooms
    const own = Object.keys(readable.fields).length > 0 ? this.#selected([]) : []
    const fields = [...own, ...(readable.nodes.length > 0 ? this.#selected(readable.nodes) : [])]
    return { fields, samples: await presentOf(fields, world.reads) }
  }

  #selected(nodes: readonly NodeRef[]): readonly SelectedField[] {
    const { readable } = this.#rooms
    const { sources: _, ...atHand } = readable
    const among = nodes.length > 0 ? readable.nodes : []
    return select({ ...atHand, nodes: among }, requestFor({ nodes }), 'all', 0).current
  }

  /** Names of the fields of the thing itself whose values somebody may read now. Never rejects with a refusal. */
  readable(from: Jid): Promise<readonly string[]> {
    return this.#rooms.access.names(from)
  }

  /** The same with its `nodes`, as far as there is something to read. */
  readablePlaces(from: Jid): Promise<readonly ReadablePlace[]> {
    return this.#rooms.access.places(from)
  }

  /**
   * Parameters by their names, with texts for values; as a command would. Throws `CommandError`.
   *
   * @param way how it came, for the record
   */
  async command(
    from: Jid,
    values: Readonly<Record<string, string>>,
    nodes: readonly NodeRef[] = [],
    way: ControlWay = 'program',
  ): Promise<void> {
    await this.#rooms.control.command(from, { values, nodes, way })
  }

  /**
   * What somebody may set, in the order of the form. Throws `CommandError`.
   *
   * @param filledIn what they have filled in already, by name: it is judged, and others may change by it
   */
  settable(
    from: Jid,
    nodes: readonly NodeRef[] = [],
    filledIn?: ReadonlyMap<string, string>,
  ): Promise<readonly ShownParameter[]> {
    return this.#rooms.control.settable(from, nodes, filledIn)
  }

  /**
   * Says that these fields may have new values, so that subscribers hear of it at once, and who has a form of its
   * parameters open; no names: any.
   */
  changed(...names: readonly string[]): void {
    this.#rooms.changed(names)
  }

  /** Answers no more; readouts and subscriptions end where they are. */
  close(): void {
    this.#rooms.close()
    for (const off of this.#offs.splice(0)) off()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Closes, and waits until what was taken for its history and its record is kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.#rooms.closed()
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

/** Everything about setting a thing: its outputs, as soon as it has any, and the record of what was set. */
import type { Jid } from '@waxwing/jid'
import { type Generation, generations, type NodeRef, stanzaError } from '@waxwing/protocol'
import type { Off, ThingClient } from '../port.ts'
import type { Readable } from '../readout/selection.ts'
import type { SharedReads } from '../readout/shared-reads.ts'
import type { ThingLimits, ThingOptions } from '../thing-options.ts'
import { CommandError } from './command.ts'
import type { ShownParameter } from './control-form.ts'
import { ControlLog } from './control-log.ts'
import type { ControlRecord } from './control-options.ts'
import { Controls, type PlainCommand } from './controls.ts'

export interface ControlRoomOptions {
  readonly client: ThingClient
  readonly options: ThingOptions
  readonly limits: ThingLimits
  readonly readable: Readable
  readonly reads: SharedReads
  /** A parameter was set: its field may have a new value. */
  readonly onSet: (name: string, node: NodeRef | undefined) => void
}

export class ControlRoom {
  readonly #room: ControlRoomOptions
  readonly #log: ControlLog
  /** Absent: nothing can be set. */
  #controls: Controls | undefined

  constructor(room: ControlRoomOptions) {
    const { client, options, limits, readable } = room
    this.#room = room
    this.#log = new ControlLog({
      most: limits.logged,
      store: options.history,
      report: fault => client.platform.report(fault),
    })
    if (Controls.isWanted(readable)) this.#controls = this.#made()
  }

  /** The oldest first. */
  get log(): readonly ControlRecord[] {
    return this.#log.records
  }

  get openForms(): number {
    return this.#controls?.openForms ?? 0
  }

  listen(): readonly Off[] {
    return this.#controls?.listen(this.#spoken) ?? []
  }

  /** There may be something to set from now on. */
  furnish(): readonly Off[] {
    if (this.#controls) return []
    this.#controls = this.#made()
    return this.#controls.listen(this.#spoken)
  }

  get #spoken(): readonly Generation[] {
    return this.#room.options.generations ?? generations
  }

  /** Throws `CommandError`. */
  async command(from: Jid, command: PlainCommand): Promise<void> {
    if (!this.#controls) throw new CommandError(stanzaError('feature-not-implemented', 'Nothing can be set.'))
    await this.#controls.command(from, command)
  }

  /** Throws `CommandError`. */
  async settable(
    from: Jid,
    nodes: readonly NodeRef[],
    filledIn?: ReadonlyMap<string, string>,
  ): Promise<readonly ShownParameter[]> {
    return (await this.#controls?.shown(from, nodes, filledIn)) ?? []
  }

  /** Fields may have new values. */
  changed(): void {
    this.#controls?.changed()
  }

  /** Nobody is told anything more; settles when the record is kept. */
  async close(): Promise<void> {
    this.#controls?.close()
    await this.#log.kept
  }

  #made(): Controls {
    const { client, options, limits, readable, reads } = this.#room
    this.#log.begin()
    const onControl = (record: ControlRecord): void => this.#note(record)
    return new Controls(client, { ...options, onControl }, limits, readable, reads)
  }

  #note(record: ControlRecord): void {
    const { options, client } = this.#room
    this.#log.add(record)
    try {
      options.onControl?.(record)
    } catch (fault) {
      // What was done is done, whatever becomes of the news.
      client.platform.report(fault)
    }
    if (record.error !== undefined) return
    this.#room.onSet(record.name, record.node)
    this.#controls?.changed()
  }
}

/** A thing that sleeps: takes what waited when it wakes, and leaves its last values when it goes. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import {
  Asleep,
  asleepStatus,
  CLIENT_NS,
  Forget,
  Leaving,
  type Reader,
  type ReadoutData,
  sensorData,
  sleepNs,
  timestampOf,
} from '@waxwing/protocol'
import { el, toElement } from '@waxwing/xml'
import { spanMs } from '../history/history-periods.ts'
import { peerOf, type Skill } from '../peer.ts'
import type { Off, ThingClient } from '../port.ts'
import type { ReadablePlace } from '../provisioning/read-access.ts'
import { newReadoutId } from '../readout/read-options.ts'
import { ReportPacker } from '../readout/report-packer.ts'
import type { Thing } from '../thing.ts'
import { defaultThingLimits } from '../thing-options.ts'
import { Mailbox } from './mailbox.ts'

/** What sleeping needs of a client. The `Client` of `@waxwing/client` has all of it. */
export interface SleepingClient extends ThingClient {
  readonly roster: ThingClient['roster'] & Iterable<{ readonly jid: BareJid; readonly seesUs: boolean }>
  close(): Promise<void>
}

export interface SleeperOptions {
  /** Who tells the last values while the thing sleeps; it must let us see its presence. Default: nobody. */
  readonly keeper?: string
}

export interface SleepOptions {
  /** When it wakes. */
  readonly until?: Date
  /** Instead of `until`: how long it sleeps, as in `6h`. */
  readonly for?: string
  /** Keeps the connection, as those do that only switch off their radio. Default: the client is closed. */
  readonly stay?: boolean
}

export const keeping: Skill = { ns: () => sleepNs, what: 'place for last values' }

/** Readers in one stanza, and in all. */
const readersAtOnce = 50
const mostReaders = 1_000

/**
 * Has a thing take the settings that were sent to it while it slept (`setLater`), and lets it sleep. Call it before the
 * client shows its presence, or right after: what has waited comes then.
 */
export function sleeper(client: SleepingClient, thing: Thing, options: SleeperOptions = {}): Sleeper {
  return new Sleeper(client, thing, options)
}

export class Sleeper {
  readonly #client: SleepingClient
  readonly #thing: Thing
  readonly #keeper: string | undefined
  readonly #mailbox: Mailbox
  readonly #offs: readonly Off[]

  constructor(client: SleepingClient, thing: Thing, { keeper }: SleeperOptions) {
    this.#client = client
    this.#thing = thing
    this.#keeper = keeper
    this.#mailbox = new Mailbox(client, thing)
    this.#offs = [this.#mailbox.listen(), client.disco.addFeatures(sleepNs)]
  }

  /** Settles when the settings have been taken that came before. */
  woken(): Promise<void> {
    return this.#mailbox.emptied()
  }

  /**
   * Takes what has waited, leaves the values of now with the keeper, says goodbye, and closes the client. A keeper that
   * cannot be reached is reported, and holds nobody awake. Throws `TypeError` for a span that is none.
   */
  async sleep({ until, for: span, stay = false }: SleepOptions = {}): Promise<void> {
    const { clock } = this.#client.platform
    const end = span === undefined ? until : new Date(clock.wall() + spanMs(span))
    await this.woken()
    const since = new Date(clock.wall())
    const keeper = await this.#leave(since)
    const farewell: Asleep = { since, until: end, keeper: keeper && bareOf(keeper) }
    const status = el(CLIENT_NS, 'status', {}, asleepStatus(farewell))
    const announcement = toElement(Asleep, farewell)
    this.#client.raw.send(el(CLIENT_NS, 'presence', { type: 'unavailable' }, status, announcement))
    if (!stay) await this.#client.close()
  }

  /**
   * Has the keeper forget all that was left with it. Rejects when it cannot be reached, or there is none to be found.
   */
  async forget(): Promise<void> {
    if (this.#keeper === undefined) return
    const { jid } = await peerOf(this.#client, this.#keeper, { order: ['nfi'] }, keeping)
    await this.#client.iq.set(Forget, jid, {})
  }

  /** Takes no settings any more. */
  close(): void {
    for (const off of this.#offs) off()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** @returns who has the values now; nobody when it went wrong */
  async #leave(now: Date): Promise<Jid | undefined> {
    if (this.#keeper === undefined) return undefined
    const { iq, platform } = this.#client
    try {
      const { jid } = await peerOf(this.#client, this.#keeper, { order: ['nfi'] }, keeping)
      const readers = await this.#readers()
      for (const piece of pieces(readers, await this.#reports(now))) await iq.set(Leaving, jid, piece)
      return jid
    } catch (error) {
      platform.report(error)
      return undefined
    }
  }

  async #reports(now: Date): Promise<readonly ReadoutData[]> {
    const { fields, samples } = await this.#thing.values()
    const id = newReadoutId('nfi', this.#client.platform.random)
    const packer = new ReportPacker(sensorData('nfi'), id, defaultThingLimits)
    const full: ReadoutData[] = []
    for (const [index, { node, name, field }] of fields.entries())
      for (const { value, time = now, quality = field.quality } of samples[index] ?? []) {
        const { categories, localization } = field
        const told = { name, value, categories, periods: [], quality, localization }
        const report = packer.add({ node, time: timestampOf(time), field: told })
        if (report) full.push(report)
      }
    return [...full, packer.take(true)]
  }

  /** Contacts, as far as the thing would tell them something itself. */
  async #readers(): Promise<readonly Reader[]> {
    const { fields } = await this.#thing.values()
    const readers: Reader[] = []
    for (const { jid, seesUs } of this.#client.roster) {
      if (!seesUs || readers.length >= mostReaders) continue
      const places = await this.#thing.readablePlaces(jid)
      const count = places.reduce((sum, { names }) => sum + names.length, 0)
      if (count === fields.length) readers.push({ jid, fields: [], nodes: [] })
      else if (count > 0) readers.push({ jid, ...named(places) })
    }
    return readers
  }
}

function named(places: readonly ReadablePlace[]): Pick<Reader, 'fields' | 'nodes'> {
  return {
    fields: places.find(({ node }) => node === undefined)?.names ?? [],
    nodes: places.flatMap(({ node, names }) => (node ? [{ node, fields: names }] : [])),
  }
}

/** Readers and reports side by side, so that no stanza is too long. */
function pieces(readers: readonly Reader[], reports: readonly ReadoutData[]): readonly Leaving[] {
  const [first] = reports
  if (!first) return []
  const count = Math.max(reports.length, Math.ceil(readers.length / readersAtOnce))
  return Array.from({ length: count }, (_, index) => ({
    readers: readers.slice(index * readersAtOnce, (index + 1) * readersAtOnce),
    report: { ...first, parts: reports[index]?.parts ?? [], last: index === count - 1 },
  }))
}

/** Following things: `for await (const field of watch(client, jid, { fields: { Temperature: { by: 0.5 } } }))`. */
import { Feed } from '@waxwing/client'
import { bareOf, type Jid, localOf } from '@waxwing/jid'
import {
  type Duration,
  type EventGeneration,
  type EventSubscription,
  type EventTrigger,
  events,
  eventsNs,
  type FieldCategory,
  hasEvents,
  type NodeRef,
  type ReadoutReport,
  type ReadoutTokens,
  type SensorField,
  SensorReport,
} from '@waxwing/protocol'
import { NotSupportedError, refusalOf } from '../errors.ts'
import { peerOf, type Skill } from '../peer.ts'
import type { Off, ThingClient, Timer } from '../port.ts'
import { showTokens } from '../provisioning/token-desk.ts'
import { defaultOrder, newReadoutId } from '../readout/read-options.ts'
import { inWantedUnit, type Reading, readingsOf, type WantedUnits } from '../readout/reading.ts'
import { FieldUnits } from '../units/field-units.ts'

/** How much a field must change to be told of; nothing: at all. In the field's unit, above zero. */
export interface Threshold extends Omit<EventTrigger, 'name'> {
  /** The unit of the numbers, when it is not the field's own; the thing is read first, then, to see what that is. */
  readonly unit?: string
}

export interface WatchOptions {
  /** Names of fields, or thresholds by name. Default: every change of every field. */
  readonly fields?: readonly string[] | Readonly<Record<string, Threshold>>
  /** Default: `momentary`. */
  readonly types?: readonly FieldCategory[] | 'all'
  /** Nodes, by id alone or with their source. Default: the thing itself. */
  readonly nodes?: readonly (NodeRef | string)[]
  readonly tokens?: Partial<ReadoutTokens>
  /** Units to tell quantities in, by the names of their fields. Default: as they come. */
  readonly units?: WantedUnits
  /** Events are at least this far apart. */
  readonly minIntervalMs?: number
  /** Without a change an event comes after this, which also shows that the thing is there. Default 300,000. */
  readonly maxIntervalMs?: number
  /** Historical values not older than this come along. */
  readonly maxAge?: Duration
  /** Whether the values of now come at once. Default `true`. */
  readonly now?: boolean
  /** The generation to ask in, without looking what the thing can do. */
  readonly generation?: EventGeneration
  readonly signal?: AbortSignal
  /** Patience with answers, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number
  /** Readings that may wait for a slow loop; beyond it the oldest is dropped. Default 10,000. */
  readonly maxWaiting?: number
}

const defaults = { maxIntervalMs: 300_000, timeoutMs: 60_000, maxWaiting: 10_000 }

/**
 * Readings as they change; it goes on over lost connections and restarts of the thing. Leaving the loop, or the signal,
 * ends the subscription.
 *
 * @param jid a full JID, or a bare one whose presence we see
 * @throws NotAuthorizedError, UnreachableError, NotSupportedError, RefusedError at the beginning; JidError, or the
 *   signal's reason
 */
export async function* watch(
  client: ThingClient,
  jid: string,
  options: WatchOptions = {},
): AsyncGenerator<Reading, void, undefined> {
  options.signal?.throwIfAborted()
  const watching = new Watch(client, jid, options)
  await watching.subscribe()
  yield* watching.feed
}

const eventful: Skill = { ns: one => (hasEvents(one) ? eventsNs(one) : ''), what: 'events' }

class Watch {
  readonly feed: Feed<Reading>
  readonly #client: ThingClient
  readonly #address: string
  readonly #options: WatchOptions
  readonly #offs: Off[]
  #peer: { readonly jid: Jid; readonly generation: EventGeneration } | undefined
  #id = ''
  /** Begins again when nothing was heard for too long. */
  #patience: Timer | undefined
  #isSubscribing = false
  /** There was reason to subscribe anew while it was being done. */
  #isCalled = false

  constructor(client: ThingClient, address: string, options: WatchOptions) {
    this.#client = client
    this.#address = address
    this.#options = options
    const { maxWaiting = defaults.maxWaiting, signal } = options
    this.feed = new Feed<Reading>({ capacity: maxWaiting, signal }, () => this.#end())
    this.#offs = [
      client.onMessage(SensorReport, (report, { from, type }) => {
        if (from === this.#peer?.jid && type !== 'error' && report.id === this.#id) this.#hear(report)
      }),
      // A thing that comes back may have forgotten us, and may have another address.
      client.presence.on('change', ({ jid, presence }) => {
        if (presence && this.#peer && bareOf(jid) === bareOf(this.#peer.jid)) this.#again()
      }),
      client.on('state', ({ state }) => {
        if (state === 'online') this.#again()
        else if (state === 'closed') this.feed.end()
      }),
    ]
  }

  /** Rejects with why it cannot be. */
  async subscribe(): Promise<void> {
    this.#isSubscribing = true
    try {
      await this.#ask()
      this.#wait()
    } catch (error) {
      this.feed.end()
      throw error
    } finally {
      this.#isSubscribing = false
    }
  }

  async #ask(): Promise<void> {
    const { generation, signal, timeoutMs = defaults.timeoutMs } = this.#options
    const order = defaultOrder.filter(hasEvents)
    const found = await peerOf(this.#client, this.#address, { generation, order, signal }, eventful)
    if (!hasEvents(found.generation)) throw new NotSupportedError(`${found.jid} has no events`)
    const peer = { jid: found.jid, generation: found.generation }
    this.#peer = peer
    this.#id = newReadoutId(peer.generation, this.#client.platform.random)
    const { subscribe } = events(peer.generation)
    try {
      const asked = this.#request(peer.generation, await this.#triggers(peer))
      showTokens(this.#client, asked.tokens, peer.jid)
      this.#hear(await this.#client.iq.set(subscribe, peer.jid, asked, SensorReport, { timeoutMs, signal }))
    } catch (error) {
      throw refusalOf(error, peer.jid)
    }
  }

  /** Thresholds in the units of the fields. */
  async #triggers(peer: {
    readonly jid: Jid
    readonly generation: EventGeneration
  }): Promise<readonly EventTrigger[]> {
    const { fields = [], ...asked } = this.#options
    const thresholds = isList(fields) ? fields.map(name => [name, {}] as const) : Object.entries(fields)
    return triggersOf(thresholds, names =>
      FieldUnits.of(this.#client, peer.jid, names, { ...asked, generation: peer.generation }),
    )
  }

  #request(generation: EventGeneration, fields: readonly EventTrigger[]): EventSubscription {
    const { types = ['momentary'], nodes = [], tokens, maxAge, now = true } = this.#options
    const { minIntervalMs, maxIntervalMs = defaults.maxIntervalMs } = this.#options
    const all = types === 'all'
    return {
      generation,
      id: this.#id,
      nodes: nodes.map(node => (typeof node === 'string' ? { id: node } : node)),
      fields,
      categories: all ? [] : types,
      periods: [],
      all,
      maxAge,
      minIntervalMs,
      maxIntervalMs,
      tokens: { service: [], device: [], user: [], ...tokens },
      now,
    }
  }

  #hear(report: ReadoutReport): void {
    this.#wait()
    if (report.kind !== 'data') return
    for (const part of report.parts)
      for (const reading of readingsOf(part, this.#nodeOf(part.node), report.generation, this.#isWanted))
        this.feed.push(inWantedUnit(reading, this.#options.units))
  }

  /** A thing may send more than it was asked for. */
  readonly #isWanted = ({ name, categories }: SensorField): boolean => {
    const { fields = [], types = ['momentary'], maxAge } = this.#options
    const names = isList(fields) ? fields : Object.keys(fields)
    if (names.length > 0 && !names.includes(name)) return false
    if (types === 'all' || categories.length === 0) return true
    return categories.some(one => types.includes(one) || (maxAge !== undefined && one === 'historical'))
  }

  /** The long family names the thing itself as a node, by its localpart. */
  #nodeOf(node: NodeRef | undefined): NodeRef | undefined {
    if (!node || !this.#peer || node.source !== undefined || node.partition !== undefined) return node
    return node.id === localOf(this.#peer.jid) ? undefined : node
  }

  /** Something must come within the longest interval, and some patience. */
  #wait(): void {
    const { maxIntervalMs = defaults.maxIntervalMs, timeoutMs = defaults.timeoutMs } = this.#options
    this.#patience?.cancel()
    this.#patience = this.#client.platform.clock.after(maxIntervalMs + timeoutMs, () => this.#again())
  }

  /** Subscribes anew; what goes wrong now is tried again later. */
  #again(): void {
    this.#isCalled = true
    if (this.#isSubscribing || this.#client.state !== 'online') return
    this.#isSubscribing = true
    this.#isCalled = false
    let isDone = false
    this.#ask()
      .then(
        () => {
          isDone = true
        },
        () => {},
      )
      .finally(() => {
        this.#isSubscribing = false
        if (this.#offs.length === 0) return
        this.#wait()
        // Whom we asked was gone already; who has come meanwhile is asked at once.
        if (!isDone && this.#isCalled) this.#again()
      })
  }

  #end(): void {
    this.#patience?.cancel()
    for (const off of this.#offs.splice(0)) off()
    const peer = this.#peer
    if (!peer || this.#client.state !== 'online') return
    const { unsubscribe } = events(peer.generation)
    const { timeoutMs = defaults.timeoutMs } = this.#options
    // Whether it is heard or not, what still comes is not listened to.
    this.#client.iq
      .set(unsubscribe, peer.jid, { generation: peer.generation, id: this.#id }, undefined, { timeoutMs })
      .catch(() => {})
  }
}

/** @param unitsOf asked only when a threshold names a unit of its own */
async function triggersOf(
  thresholds: readonly (readonly [name: string, Threshold])[],
  unitsOf: (names: readonly string[]) => Promise<FieldUnits>,
): Promise<readonly EventTrigger[]> {
  const foreign = thresholds.flatMap(([name, { unit }]) => (unit === undefined ? [] : [name]))
  const units = foreign.length > 0 ? await unitsOf(foreign) : undefined
  return thresholds.map(([name, { unit, ...threshold }]) =>
    units === undefined || unit === undefined
      ? { name, ...threshold }
      : { name, ...inFieldUnit(name, threshold, unit, units) },
  )
}

/** Steps are differences; what is known is a value. */
function inFieldUnit(
  name: string,
  { known, by, up, down }: Omit<EventTrigger, 'name'>,
  unit: string,
  units: FieldUnits,
): Omit<EventTrigger, 'name'> {
  const step = (value: number | undefined): number | undefined =>
    value === undefined ? undefined : units.difference(name, { value, unit })
  return {
    by: step(by),
    up: step(up),
    down: step(down),
    known: known === undefined ? undefined : Number(units.value(name, { value: known, unit })),
  }
}

function isList(fields: NonNullable<WatchOptions['fields']>): fields is readonly string[] {
  return Array.isArray(fields)
}

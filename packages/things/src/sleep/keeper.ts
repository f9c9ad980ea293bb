/** Keeps the last values of things that sleep, and tells them to those who might read the things themselves. */
import { type BareJid, bareOf, type Jid, parseJid, tryJid } from '@waxwing/jid'
import {
  Fate,
  Forget,
  Leaving,
  type Reader,
  type ReadoutPart,
  sleepNs,
  stanzaError,
  stringValue,
} from '@waxwing/protocol'
import { parseElement, readWire, writeWire } from '@waxwing/xml'
import type { HistoryRow, HistoryStore } from '../history/history-store.ts'
import type { Off, ThingClient } from '../port.ts'
import { type Thing, thing } from '../thing.ts'
import type { NodeLookup, ThingNode } from '../thing-options.ts'
import { fieldsFor, type LastValue, type LastValues } from './last-values.ts'

/** What things may make a keeper hold. */
export interface KeeperLimits {
  /** Things; further ones are refused. Default 10,000. */
  readonly things: number
  /** Values of one thing; more are refused. Default 1,000. */
  readonly values: number
  /** Accounts that may read one thing; more are refused. Default 1,000. */
  readonly readers: number
  /** Characters of all that one thing leaves, as XML; more is refused. Default 262,144. */
  readonly characters: number
}

export interface KeeperOptions {
  /** Who may leave values. Default: the own account, and contacts that may see our presence. */
  readonly mayLeave?: (thing: BareJid) => boolean | Promise<boolean>
  /** Where it lasts longer than the process, such as `sqliteHistory`. Default: nowhere. */
  readonly store?: HistoryStore
  readonly limits?: Partial<KeeperLimits>
}

const defaults: KeeperLimits = { things: 10_000, values: 1_000, readers: 1_000, characters: 262_144 }

/** Values that still arrive. */
interface Arriving {
  readonly id: string
  readonly readers: Reader[]
  readonly parts: ReadoutPart[]
  characters: number
}

/**
 * Makes a client a keeper: each thing that has left values with it is a node whose id is the thing's
 * account; its own nodes are nodes whose source is that account.
 *
 * Throws `TypeError` when the client is a thing or a keeper already.
 */
export function keeper(client: ThingClient, options: KeeperOptions = {}): Keeper {
  return new Keeper(client, options)
}

export class Keeper {
  readonly #client: ThingClient
  readonly #mayLeave: KeeperOptions['mayLeave']
  readonly #limits: KeeperLimits
  readonly #store: HistoryStore | undefined
  readonly #kept = new Map<BareJid, LastValues>()
  readonly #arriving = new Map<BareJid, Arriving>()
  readonly #thing: Thing
  readonly #offs: readonly Off[]

  constructor(client: ThingClient, { mayLeave, store, limits }: KeeperOptions) {
    this.#client = client
    this.#mayLeave = mayLeave
    this.#store = store
    this.#limits = { ...defaults, ...limits }
    // Who may read what is decided with each thing; values change when they are left.
    this.#thing = thing(client, { mayRead: () => 'all', lookup: this.#lookUp, limits: { pollMs: 0 } })
    this.#offs = [
      // The answer is empty: nothing is ever written by its schema.
      client.handle(Leaving, 'set', Fate, async (leaving, { from }) => this.#take(leaving, from)),
      client.handle(
        Forget,
        'set',
        Fate,
        async (_, { from }): Promise<undefined> => this.forget(bareOf(from)),
      ),
      client.disco.addFeatures(sleepNs),
    ]
  }

  /** Forgets all that a thing has left; settles when it will not be recalled. */
  async forget(account: BareJid): Promise<undefined> {
    this.#arriving.delete(account)
    this.#kept.delete(account)
    const series = seriesOf(account)
    await this.#store?.write([{ do: 'drop', series, before: Number.MAX_SAFE_INTEGER }], { durable: true })
    this.#thing.changed()
  }

  /** Things that have left values with this process, or were asked for. */
  get things(): readonly BareJid[] {
    return [...this.#kept.keys()]
  }

  close(): void {
    for (const off of this.#offs) off()
    this.#thing.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #take(leaving: Leaving, from: Jid): Promise<undefined> {
    const { readers, report } = leaving
    const account = bareOf(from)
    if (!(await this.#isWelcome(account))) throw stanzaError('forbidden', 'Your values are not kept here')
    if (report.kind !== 'data') throw stanzaError('bad-request', 'These are no values')
    const arriving = this.#openFor(account, report.id)
    arriving.readers.push(...readers)
    arriving.parts.push(...report.parts)
    arriving.characters += writeWire(Leaving, leaving).length
    this.#mustFit(account, arriving)
    if (!report.last) return
    this.#arriving.delete(account)
    const whole = { readers: arriving.readers, report: { ...report, parts: arriving.parts } }
    await this.#store?.write([{ do: 'add', series: seriesOf(account), rows: [rowOf(whole)] }], {
      durable: true,
    })
    this.#kept.set(account, lastValuesOf(whole))
    this.#thing.changed()
  }

  #isWelcome(account: BareJid): boolean | Promise<boolean> {
    if (this.#mayLeave) return this.#mayLeave(account)
    const { jid, roster } = this.#client
    return account === bareOf(parseJid(jid)) || (roster.get(account)?.seesUs ?? false)
  }

  /** What was begun and never ended is forgotten with the next. */
  #openFor(account: BareJid, id: string): Arriving {
    const known = this.#arriving.get(account)
    if (known?.id === id) return known
    const arriving: Arriving = { id, readers: [], parts: [], characters: 0 }
    this.#arriving.set(account, arriving)
    return arriving
  }

  #mustFit(account: BareJid, { readers, parts, characters }: Arriving): void {
    const limits = this.#limits
    const values = parts.reduce((sum, part) => sum + (part.kind === 'fields' ? part.fields.length : 1), 0)
    const all = new Set([...this.#kept.keys(), ...this.#arriving.keys()]).size
    const fits =
      all <= limits.things &&
      values <= limits.values &&
      readers.length <= limits.readers &&
      characters <= limits.characters
    if (fits) return
    this.#arriving.delete(account)
    throw stanzaError('resource-constraint', 'That is more than is kept here')
  }

  /** What somebody may not hear of is not there for them. */
  readonly #lookUp: NodeLookup = async ({ from, nodes }) => {
    const found: ThingNode[] = []
    for (const { id, source, partition } of nodes) {
      // A thing is a node without source; what it has for nodes itself stands in the thing.
      const account = source === undefined && partition === undefined ? tryJid(id) : tryJid(source ?? '')
      const owner = account && bareOf(account)
      const kept = owner && (await this.#recall(owner))
      const own = source === undefined ? undefined : { id, partition }
      const fields = kept && fieldsFor(owner, bareOf(from), kept, own)
      if (fields) found.push({ id, source, partition, fields })
    }
    return found
  }

  async #recall(account: BareJid): Promise<LastValues | undefined> {
    const known = this.#kept.get(account)
    if (known || !this.#store) return known
    const [row] = await this.#store.read(seriesOf(account), { from: 0, to: 0, limit: 1 })
    if (!row) return undefined
    const values = lastValuesOf(readWire(Leaving, parseElement(row.value.text)))
    if (this.#kept.size < this.#limits.things) this.#kept.set(account, values)
    return values
  }
}

/** The newest takes the place of what was there: all have the same time. */
function rowOf(leaving: Leaving): HistoryRow {
  return { at: 0, value: stringValue(writeWire(Leaving, leaving)), quality: [] }
}

function seriesOf(account: BareJid): string {
  return JSON.stringify(['left', account])
}

function lastValuesOf({ readers, report }: Leaving): LastValues {
  const parts = report.kind === 'data' ? report.parts : []
  const values = parts.flatMap((part): readonly LastValue[] => {
    const { instant } = part.time
    return part.kind === 'fields' && instant
      ? part.fields.map(field => ({ field, time: instant, node: part.node }))
      : []
  })
  return { readers, values }
}

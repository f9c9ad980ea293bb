/** Keeps the last values of things that sleep, and tells them to those who might read the things themselves. */
import { type BareJid, bareOf, type Jid, parseJid, tryJid } from '@waxwing/jid'
import { Fate, Leaving, type Reader, sleepNs, stanzaError } from '@waxwing/protocol'
import type { Off, ThingClient } from '../port.ts'
import { type Thing, thing } from '../thing.ts'
import type { NodeLookup } from '../thing-options.ts'
import { fieldsFor, type LastValue, type LastValues } from './last-values.ts'

/** What things may make a keeper hold. */
export interface KeeperLimits {
  /** Things; further ones are refused. Default 10,000. */
  readonly things: number
  /** Values of one thing; more are refused. Default 1,000. */
  readonly values: number
  /** Accounts that may read one thing; more are refused. Default 1,000. */
  readonly readers: number
}

export interface KeeperOptions {
  /** Who may leave values. Default: the own account, and contacts that may see our presence. */
  readonly mayLeave?: (thing: BareJid) => boolean | Promise<boolean>
  readonly limits?: Partial<KeeperLimits>
}

const defaults: KeeperLimits = { things: 10_000, values: 1_000, readers: 1_000 }

/** Values that still arrive. */
interface Arriving {
  readonly id: string
  readonly readers: Reader[]
  readonly values: LastValue[]
}

/**
 * Makes a client a keeper: each thing that has left values with it is a node whose id is the thing's account. It lasts
 * as long as the process.
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
  readonly #kept = new Map<BareJid, LastValues>()
  readonly #arriving = new Map<BareJid, Arriving>()
  readonly #thing: Thing
  readonly #offs: readonly Off[]

  constructor(client: ThingClient, { mayLeave, limits }: KeeperOptions) {
    this.#client = client
    this.#mayLeave = mayLeave
    this.#limits = { ...defaults, ...limits }
    // Who may read what is decided with each thing; values change when they are left.
    this.#thing = thing(client, { mayRead: () => 'all', lookup: this.#lookUp, limits: { pollMs: 0 } })
    this.#offs = [
      // The answer is empty: nothing is ever written by its schema.
      client.handle(Leaving, 'set', Fate, async (leaving, { from }) => this.#take(leaving, from)),
      client.disco.addFeatures(sleepNs),
    ]
  }

  /** Things whose values are kept. */
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

  async #take({ readers, report }: Leaving, from: Jid): Promise<undefined> {
    const account = bareOf(from)
    if (!(await this.#isWelcome(account))) throw stanzaError('forbidden', 'Your values are not kept here')
    if (report.kind !== 'data') throw stanzaError('bad-request', 'These are no values')
    const arriving = this.#openFor(account, report.id)
    arriving.readers.push(...readers)
    for (const part of report.parts) {
      const { instant } = part.time
      if (part.kind === 'fields' && instant)
        arriving.values.push(...part.fields.map(field => ({ field, time: instant })))
    }
    this.#mustFit(account, arriving)
    if (!report.last) return
    this.#arriving.delete(account)
    this.#kept.set(account, arriving)
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
    const arriving: Arriving = { id, readers: [], values: [] }
    this.#arriving.set(account, arriving)
    return arriving
  }

  #mustFit(account: BareJid, { readers, values }: Arriving): void {
    const { things, values: mostValues, readers: mostReaders } = this.#limits
    const all = new Set([...this.#kept.keys(), ...this.#arriving.keys()]).size
    if (all <= things && values.length <= mostValues && readers.length <= mostReaders) return
    this.#arriving.delete(account)
    throw stanzaError('resource-constraint', 'That is more than is kept here')
  }

  /** What somebody may not hear of is not there for them. */
  readonly #lookUp: NodeLookup = ({ from, nodes }) =>
    nodes.flatMap(node => {
      const { id, source, partition } = node
      const account = tryJid(id)
      if (account === undefined || source !== undefined || partition !== undefined) return []
      const kept = this.#kept.get(bareOf(account))
      const fields = kept && fieldsFor(bareOf(account), bareOf(from), kept)
      return fields ? [{ id, fields }] : []
    })
}

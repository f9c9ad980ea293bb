/** Nodes in the store, and those of the services last used in memory. */
import type { BareJid, Jid } from '@waxwing/jid'
import type { Affiliation, SubscriptionState } from '@waxwing/protocol'
import type { Now } from '../../kernel/hooks.ts'
import { allKeys, column, key, log, mapped, type OpenedStores } from '../../store/store.ts'
import type { PubsubNode } from './node.ts'
import { nodeColumns, nodeOf, rowOf } from './node-rows.ts'

const service = key<BareJid>('service')
/** Names of nodes and addresses may hold anything: the entry is only unique, the columns say what it is. */
const person = { node: column.text() }

export const pubsubShapes = {
  nodes: mapped(service, 'node', nodeColumns),
  affiliations: mapped(service, 'entry', {
    ...person,
    jid: column.text<BareJid>(),
    affiliation: column.text<Affiliation>(),
  }),
  subscriptions: mapped(service, 'entry', {
    ...person,
    jid: column.text<Jid>(),
    state: column.text<SubscriptionState>(),
  }),
  /** In order of publication. The key is the service, a blank, and the name of the node. */
  items: log(
    'node',
    { item: column.text(), publisher: column.text<Jid>(), payload: column.text() },
    { indexes: ['item'] },
  ),
}

export type PubsubStores = OpenedStores<typeof pubsubShapes>

export type Nodes = ReadonlyMap<string, PubsubNode>

/** What names a node among all of a host. */
export function placeOf(service: BareJid, node: string): string {
  return `${service} ${node}`
}

function entryOf(node: string, jid: Jid): string {
  return `${node.length} ${node} ${jid}`
}

const noNodes: Nodes = new Map()

/** A service that is being read. */
interface Load {
  isStale: boolean
  nodes: Promise<Nodes>
}
const noLoad = Promise.resolve(noNodes)

export class NodeStore {
  readonly #stores: PubsubStores
  /** Services that may have nodes: for all others nothing is read. */
  readonly #holders: Set<BareJid>
  readonly #cached = new Map<BareJid, Nodes>()
  readonly #loads = new Map<BareJid, Load>()
  readonly #maxCached: number

  constructor(stores: PubsubStores, holders: Set<BareJid>, maxCached: number) {
    this.#stores = stores
    this.#holders = holders
    this.#maxCached = maxCached
  }

  get items(): PubsubStores['items'] {
    return this.#stores.items
  }

  get isEmpty(): boolean {
    return this.#holders.size === 0
  }

  holds(service: BareJid): boolean {
    return this.#holders.has(service)
  }

  /** All nodes of a service by name. */
  of(service: BareJid): Now<Nodes> {
    if (!this.#holders.has(service)) return noNodes
    const known = this.#cached.get(service)
    if (known) return this.#used(service, known)
    return this.#load(service)
  }

  /** Reads a service; whoever else wants it meanwhile waits for the same. */
  #load(service: BareJid): Promise<Nodes> {
    const running = this.#loads.get(service)
    if (running) return running.nodes
    const load: Load = { isStale: false, nodes: noLoad }
    load.nodes = this.#read(service)
      .finally(() => {
        if (this.#loads.get(service) === load) this.#loads.delete(service)
      })
      .then(nodes => (load.isStale ? this.of(service) : this.#used(service, nodes)))
    this.#loads.set(service, load)
    return load.nodes
  }

  async #read(service: BareJid): Promise<Nodes> {
    const { nodes, affiliations, subscriptions } = this.#stores
    const [rows, people, subscribers] = await Promise.all([
      nodes.all(service),
      affiliations.all(service),
      subscriptions.all(service),
    ])
    const found = new Map<string, PubsubNode>()
    for (const [name, row] of rows) found.set(name, nodeOf(name, row, people, subscribers))
    return found
  }

  /** What is being read will be older than what is about to be written. */
  #changing(service: BareJid): void {
    const load = this.#loads.get(service)
    if (!load) return
    load.isStale = true
    this.#loads.delete(service)
  }

  #used(service: BareJid, nodes: Nodes): Nodes {
    this.#cached.delete(service)
    this.#cached.set(service, nodes)
    if (this.#cached.size > this.#maxCached)
      for (const oldest of this.#cached.keys()) {
        this.#cached.delete(oldest)
        break
      }
    return nodes
  }

  /**
   * Writes a node as it is from now on, in the same turn as `more`. Settles when all is durable.
   *
   * @param before as it was; absent: it is new
   */
  async put(
    service: BareJid,
    before: PubsubNode | undefined,
    after: PubsubNode,
    more: readonly Promise<unknown>[] = [],
  ): Promise<void> {
    this.#holders.add(service)
    this.#changing(service)
    const { nodes, affiliations, subscriptions } = this.#stores
    const people = changesOf(before?.affiliations, after.affiliations)
    const subscribers = changesOf(before?.subscriptions, after.subscriptions)
    const node = after.name
    await this.#settled(service, [
      nodes.put(service, node, rowOf(after)),
      ...people.map(([jid, affiliation]) => {
        const entry = entryOf(node, jid)
        if (affiliation === undefined) return affiliations.delete(service, entry)
        return affiliations.put(service, entry, { node, jid, affiliation })
      }),
      ...subscribers.map(([jid, state]) => {
        const entry = entryOf(node, jid)
        if (state === undefined) return subscriptions.delete(service, entry)
        return subscriptions.put(service, entry, { node, jid, state })
      }),
      ...more,
    ])
    this.#change(service, nodes => nodes.set(node, after))
  }

  /** Removes a node with all it holds. */
  async remove(service: BareJid, node: PubsubNode): Promise<void> {
    this.#changing(service)
    const { nodes, affiliations, subscriptions, items } = this.#stores
    await this.#settled(service, [
      nodes.delete(service, node.name),
      items.clear(placeOf(service, node.name)),
      ...[...node.affiliations.keys()].map(jid => affiliations.delete(service, entryOf(node.name, jid))),
      ...[...node.subscriptions.keys()].map(jid => subscriptions.delete(service, entryOf(node.name, jid))),
    ])
    this.#change(service, nodes => nodes.delete(node.name))
    if (this.#cached.get(service)?.size === 0) this.#holders.delete(service)
  }

  /** Services whose nodes name people. */
  async peopled(): Promise<ReadonlySet<BareJid>> {
    const { affiliations, subscriptions } = this.#stores
    return new Set([...(await allKeys(affiliations)), ...(await allKeys(subscriptions))])
  }

  /** Removes all nodes of a service. */
  async forget(service: BareJid): Promise<void> {
    const known = await this.of(service)
    this.#changing(service)
    const { nodes, affiliations, subscriptions, items } = this.#stores
    await Promise.all([
      ...[...known.keys()].map(name => items.clear(placeOf(service, name))),
      nodes.clear(service),
      affiliations.clear(service),
      subscriptions.clear(service),
    ])
    this.#holders.delete(service)
    this.#cached.delete(service)
  }

  /** What could not be written is read anew. */
  async #settled(service: BareJid, writes: readonly Promise<unknown>[]): Promise<void> {
    try {
      await Promise.all(writes)
    } catch (error) {
      this.#cached.delete(service)
      throw error
    }
  }

  #change(service: BareJid, change: (nodes: Map<string, PubsubNode>) => void): void {
    const known = this.#cached.get(service)
    if (!known) return
    const nodes = new Map(known)
    change(nodes)
    this.#cached.set(service, nodes)
  }
}

/** Entries that are new, other, or gone (`undefined`). */
function changesOf<K, V>(
  before: ReadonlyMap<K, V> | undefined,
  after: ReadonlyMap<K, V>,
): [K, V | undefined][] {
  if (before === after) return []
  const changes: [K, V | undefined][] = [...after].filter(([name, value]) => before?.get(name) !== value)
  for (const name of before?.keys() ?? []) if (!after.has(name)) changes.push([name, undefined])
  return changes
}

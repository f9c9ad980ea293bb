/** Nodes in the store, and those of the services last used in memory. */
import type { BareJid, Jid } from '@waxwing/jid'
import type {
  AccessModel,
  Affiliation,
  LastItemMoment,
  NodeBound,
  NodeConfig,
  NotificationType,
  PublishModel,
  SubscriptionState,
} from '@waxwing/protocol'
import type { Now } from '../../kernel/hooks.ts'
import { allKeys, column, key, log, mapped, type OpenedStores, type Row } from '../../store/store.ts'
import type { PubsubNode } from './node.ts'

const nodeColumns = {
  created: column.time(),
  items: column.integer(),
  size: column.integer(),
  title: column.text(),
  description: column.text(),
  type: column.text(),
  access_model: column.text<AccessModel>(),
  roster_groups: column.json<readonly string[]>(),
  publish_model: column.text<PublishModel>(),
  persist_items: column.bool(),
  /** Absent: as many as the service allows. */
  max_items: column.integer().maybe(),
  /** Seconds; absent: for ever. */
  item_expire: column.integer().maybe(),
  send_last: column.text<LastItemMoment>(),
  deliver_notifications: column.bool(),
  deliver_payloads: column.bool(),
  notify_config: column.bool(),
  notify_delete: column.bool(),
  notify_retract: column.bool(),
  notification_type: column.text<NotificationType>(),
}

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

type NodeRow = Row<typeof nodeColumns>
export type Nodes = ReadonlyMap<string, PubsubNode>

/** What names a node among all of a host. */
export function placeOf(service: BareJid, node: string): string {
  return `${service} ${node}`
}

function entryOf(node: string, jid: Jid): string {
  return `${node.length} ${node} ${jid}`
}

const noNodes: Nodes = new Map()

export class NodeStore {
  readonly #stores: PubsubStores
  /** Services that may have nodes: for all others nothing is read. */
  readonly #holders: Set<BareJid>
  readonly #cached = new Map<BareJid, Nodes>()
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

  async #load(service: BareJid): Promise<Nodes> {
    const { nodes, affiliations, subscriptions } = this.#stores
    const [rows, people, subscribers] = await Promise.all([
      nodes.all(service),
      affiliations.all(service),
      subscriptions.all(service),
    ])
    // Of two loads under way the later one may be older than a change made in between.
    const known = this.#cached.get(service)
    if (known) return known
    const found = new Map<string, PubsubNode>()
    for (const [name, row] of rows) found.set(name, nodeOf(name, row, people, subscribers))
    return this.#used(service, found)
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

function nodeOf(
  name: string,
  row: NodeRow,
  people: ReadonlyMap<string, { node: string; jid: BareJid; affiliation: Affiliation }>,
  subscribers: ReadonlyMap<string, { node: string; jid: Jid; state: SubscriptionState }>,
): PubsubNode {
  const affiliations = new Map<BareJid, Affiliation>()
  for (const { node, jid, affiliation } of people.values())
    if (node === name) affiliations.set(jid, affiliation)
  const subscriptions = new Map<Jid, SubscriptionState>()
  for (const { node, jid, state } of subscribers.values()) if (node === name) subscriptions.set(jid, state)
  const { created, items, size } = row
  return { name, config: configOf(row), createdAt: created, items, size, affiliations, subscriptions }
}

function configOf(row: NodeRow): NodeConfig {
  return {
    title: row.title,
    description: row.description,
    type: row.type,
    accessModel: row.access_model,
    rosterGroups: row.roster_groups,
    publishModel: row.publish_model,
    persistItems: row.persist_items,
    maxItems: row.max_items ?? 'max',
    itemExpire: row.item_expire ?? 'max',
    sendLast: row.send_last,
    deliverNotifications: row.deliver_notifications,
    deliverPayloads: row.deliver_payloads,
    notifyConfig: row.notify_config,
    notifyDelete: row.notify_delete,
    notifyRetract: row.notify_retract,
    notificationType: row.notification_type,
  }
}

const columnOf = (bound: NodeBound): number | undefined => (bound === 'max' ? undefined : bound)

function rowOf({ config, createdAt, items, size }: PubsubNode): NodeRow {
  return {
    created: createdAt,
    items,
    size,
    title: config.title,
    description: config.description,
    type: config.type,
    access_model: config.accessModel,
    roster_groups: config.rosterGroups,
    publish_model: config.publishModel,
    persist_items: config.persistItems,
    max_items: columnOf(config.maxItems),
    item_expire: columnOf(config.itemExpire),
    send_last: config.sendLast,
    deliver_notifications: config.deliverNotifications,
    deliver_payloads: config.deliverPayloads,
    notify_config: config.notifyConfig,
    notify_delete: config.notifyDelete,
    notify_retract: config.notifyRetract,
    notification_type: config.notificationType,
  }
}

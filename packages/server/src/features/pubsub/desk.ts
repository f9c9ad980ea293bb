/** What all operations on nodes share: finding nodes, and doing one thing after the other. */
import type { BareJid, Jid } from '@waxwing/jid'
import { type DataForm, FormError, type NodeConfig, readNodeConfig, stanzaError } from '@waxwing/protocol'
import type { Clock, Random } from '@waxwing/stream'
import type { House, PubsubLimits } from './house.ts'
import type { PubsubNode } from './node.ts'
import type { NodeStore, Nodes } from './node-store.ts'
import { forbidden, nodeRequired, noSuchNode, refusal } from './refusals.ts'

/** Who asks for what: the service, and the address the request came from. */
export interface Asked {
  readonly service: BareJid
  readonly from: Jid
  /** What is to be told once the request has been answered; absent: at once. */
  readonly afterwards?: (() => void)[] | undefined
}

export class Desk {
  readonly store: NodeStore
  readonly house: House
  readonly limits: PubsubLimits
  readonly clock: Clock
  readonly random: Random
  /** The last change under way of each service that has any. */
  readonly #tails = new Map<BareJid, Promise<unknown>>()

  constructor(parts: Pick<Desk, 'store' | 'house' | 'limits' | 'clock' | 'random'>) {
    this.store = parts.store
    this.house = parts.house
    this.limits = parts.limits
    this.clock = parts.clock
    this.random = parts.random
  }

  /** Changes of one service are made one after the other. */
  async inTurn<T>(service: BareJid, change: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(service)
    const done = before ? before.then(change) : change()
    // Whoever comes next waits for the end, however it came about.
    const tail = done.catch(() => undefined)
    this.#tails.set(service, tail)
    try {
      return await done
    } finally {
      if (this.#tails.get(service) === tail) this.#tails.delete(service)
    }
  }

  /** Tells of a node, behind the answer to who has asked. XEP-0060 §7.1.2 */
  announce(asked: Asked, node: PubsubNode, notice: string): void {
    this.later(asked, () => this.house.announce(asked.service, node, notice))
  }

  later({ afterwards }: Asked, tell: () => void): void {
    if (afterwards) afterwards.push(tell)
    else tell()
  }

  /** @throws StanzaError forbidden, whether or not the node is there */
  async mustOwn({ service, from }: Asked): Promise<void> {
    if (!(await this.house.relation(service, from)).isOwner) throw forbidden()
  }

  /** @throws StanzaError forbidden for others than the owner, then as `find` */
  async owned(asked: Asked, name: string | undefined): Promise<PubsubNode> {
    await this.mustOwn(asked)
    return this.find(asked.service, name)
  }

  /** @throws StanzaError bad-request without a name, item-not-found */
  async find(service: BareJid, name: string | undefined): Promise<PubsubNode> {
    if (name === undefined || name === '') throw nodeRequired()
    const node = (await this.store.of(service)).get(name)
    if (!node) throw noSuchNode()
    return node
  }

  /** A configuration with what a form changes. @throws StanzaError for values that do not fit or cannot be had */
  changed(config: NodeConfig, form: DataForm | undefined): NodeConfig {
    return form ? this.checked({ ...config, ...this.readConfig(form).changes }) : config
  }

  readConfig(form: DataForm): ReturnType<typeof readNodeConfig> {
    try {
      return readNodeConfig(form)
    } catch (error) {
      if (error instanceof FormError) throw refusal('bad-request', 'invalid-options', error.message)
      throw error
    }
  }

  checked(config: NodeConfig): NodeConfig {
    const { maxItems, itemExpire, rosterGroups, title, description, type } = config
    const { limits } = this
    if (maxItems !== 'max' && maxItems > limits.maxItems)
      throw refusal('not-acceptable', 'invalid-options', `A node keeps ${limits.maxItems} items at most`)
    if (itemExpire !== 'max' && itemExpire > maxExpireSeconds)
      throw refusal('not-acceptable', 'invalid-options', 'Items are not kept that long')
    const words = [title, description, type, ...rosterGroups]
    if (rosterGroups.length > maxGroups || words.some(word => word.length > limits.maxNameLength))
      throw refusal('not-acceptable', 'invalid-options', 'The configuration is too long')
    return config
  }

  /** A node that is about to be made. @throws StanzaError when there may be no more, or not with this name */
  newNode(nodes: Nodes, name: string, config: NodeConfig): PubsubNode {
    if (nodes.size >= this.limits.maxNodes)
      throw refusal('not-allowed', 'max-nodes-exceeded', 'There are too many nodes')
    if (name.length > this.limits.maxNameLength) throw stanzaError('not-acceptable', 'The name is too long')
    return {
      name,
      config,
      createdAt: this.clock.wall(),
      items: 0,
      size: 0,
      affiliations: new Map(),
      subscriptions: new Map(),
    }
  }

  /** Items a node keeps. */
  roomOf({ persistItems, maxItems }: NodeConfig): number {
    if (!persistItems) return 0
    return maxItems === 'max' ? this.limits.maxItems : Math.min(maxItems, this.limits.maxItems)
  }

  /** Items published earlier than this, ms since 1970, are there no more. */
  oldest({ itemExpire }: NodeConfig): number {
    return itemExpire === 'max' ? 0 : this.clock.wall() - itemExpire * 1000
  }
}

const maxExpireSeconds = 10_000_000_000
const maxGroups = 100

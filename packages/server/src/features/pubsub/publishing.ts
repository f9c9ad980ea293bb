/** Items come, take the place of others, and go. XEP-0060 §7, §8.5. */
import {
  type FormHolder,
  fitsNodeConfig,
  formTypeOf,
  type NodeConfig,
  type NodeItems,
  PUBLISH_OPTIONS,
  type PubsubItem,
  stanzaError,
} from '@waxwing/protocol'
import { randomId } from '@waxwing/stream'
import type { EntryId } from '../../store/store.ts'
import { whyNotPublish } from './access.ts'
import { Changes } from './changes.ts'
import type { Asked, Desk } from './desk.ts'
import type { PubsubNode } from './node.ts'
import { type Nodes, placeOf } from './node-store.ts'
import { bareNotice, publishedNotice, purgedNotice, retractedNotice, type ToldItem } from './notices.ts'
import { payloadText } from './payload.ts'
import { forbidden, nodeRequired, noSuchNode, refusal, unsupported } from './refusals.ts'

/** What is to be published, and how it was written. */
export interface Publication {
  readonly publish: NodeItems
  readonly options?: FormHolder | undefined
  /** The request's children as they came. */
  readonly written: string
}

/** Entries that go, with what they weigh. */
interface Leaving {
  readonly ids: readonly EntryId[]
  readonly size: number
}

/** Entries looked at in one go. */
const batch = 256

export class Publishing {
  readonly changes: Changes = new Changes()
  readonly #desk: Desk

  constructor(desk: Desk) {
    this.#desk = desk
  }

  /** @returns the id of the item; `undefined`: there is none, as with nodes that only tell that something was. §7.1 */
  async publish(asked: Asked, publication: Publication): Promise<string | undefined> {
    const { service } = asked
    const node = publication.publish.node
    if (node === undefined || node === '') throw nodeRequired()
    const item = await this.#desk.inTurn(service, () => this.#publish(asked, node, publication))
    if (item) await this.changes.tell({ service, node, item })
    return item?.id
  }

  /** Publishes an item of the server's own making; a node that is not there is made with `wanted`. @throws StanzaError */
  async publishOwn(asked: Asked, name: string, item: ToldItem, wanted: Partial<NodeConfig>): Promise<void> {
    const desk = this.#desk
    this.#mustFit(item)
    await desk.inTurn(asked.service, async () => {
      const nodes = await desk.store.of(asked.service)
      const known = nodes.get(name)
      const node = known ?? desk.newNode(nodes, name, { ...desk.house.defaults, ...wanted })
      this.#tell(asked, await this.#keep(asked, nodes, known, node, item), item)
    })
    await this.changes.tell({ service: asked.service, node: name, item })
  }

  async #publish(asked: Asked, name: string, publication: Publication): Promise<ToldItem | undefined> {
    const { service, from } = asked
    const nodes = await this.#desk.store.of(service)
    const known = nodes.get(name)
    const relation = await this.#desk.house.relation(service, from)
    const refused = known ? whyNotPublish(known, from, relation) : relation.isOwner ? undefined : forbidden()
    if (refused) throw refused
    const node = this.#asWanted(nodes, name, publication.options)
    const item = this.#checked(node.config, publication)
    if (item === undefined) {
      if (!known) await this.#desk.store.put(service, undefined, node)
      if (node.config.deliverNotifications) this.#desk.announce(asked, node, bareNotice(name))
      return undefined
    }
    this.#tell(asked, await this.#keep(asked, nodes, known, node, item), item)
    return item
  }

  #tell(asked: Asked, node: PubsubNode, item: ToldItem): void {
    const { deliverNotifications, deliverPayloads } = node.config
    if (!deliverNotifications) return
    const told = deliverPayloads ? item : { ...item, payload: '' }
    this.#desk.announce(asked, node, publishedNotice(node.name, [told]))
  }

  /** The node as it is, or made by the way: what the options ask for must be so. §7.1.4, §7.1.5 */
  #asWanted(nodes: Nodes, name: string, options: FormHolder | undefined): PubsubNode {
    const desk = this.#desk
    const known = nodes.get(name)
    const form = options?.form
    if (form && ![undefined, PUBLISH_OPTIONS].includes(formTypeOf(form)))
      throw stanzaError('bad-request', 'The options are about something else')
    const { changes, unknown } = form ? desk.readConfig(form) : { changes: {}, unknown: [] }
    if (unknown.length > 0)
      throw refusal('conflict', 'precondition-not-met', `Nobody knows the option ${unknown[0]}`)
    if (!known) return desk.newNode(nodes, name, desk.checked({ ...desk.house.defaults, ...changes }))
    if (!fitsNodeConfig(known.config, changes))
      throw refusal('conflict', 'precondition-not-met', 'The node is configured otherwise')
    return known
  }

  /** @throws StanzaError when the request does not fit the configuration. §7.1.3.5 to §7.1.3.7 */
  #checked(config: NodeConfig, { publish, written }: Publication): ToldItem | undefined {
    const { items = [] } = publish
    const [item] = items
    if (items.length > 1) throw stanzaError('bad-request', 'One item at a time')
    const isBare = !config.persistItems && !config.deliverPayloads
    if (isBare && item) throw refusal('bad-request', 'item-forbidden', 'This node takes no items')
    if (isBare) return undefined
    if (!item) throw refusal('bad-request', 'item-required', 'The item is missing')
    const id = item.id ?? randomId(this.#desk.random)
    const told = { id, payload: this.#payloadOf(config, item, written) }
    this.#mustFit(told)
    return told
  }

  #mustFit({ id, payload }: ToldItem): void {
    const { maxNameLength, maxItemSize } = this.#desk.limits
    if (id.length > maxNameLength) throw stanzaError('not-acceptable', 'The id of the item is too long')
    if (Buffer.byteLength(payload) > maxItemSize)
      throw refusal('not-acceptable', 'payload-too-big', 'The payload is too large')
  }

  #payloadOf(config: NodeConfig, { payload = [] }: PubsubItem, written: string): string {
    const [element] = payload
    if (payload.length > 1 || (element && config.type !== '' && element.ns !== config.type))
      throw refusal('bad-request', 'invalid-payload', 'This node takes one payload of its own kind')
    if (!element) {
      if (config.deliverPayloads) throw refusal('bad-request', 'payload-required', 'The payload is missing')
      return ''
    }
    return payloadText(element, written)
  }

  /** Writes the item, without those whose place it takes. §7.1.2, §7.1.2.5 */
  async #keep(
    { service, from }: Asked,
    nodes: Nodes,
    known: PubsubNode | undefined,
    node: PubsubNode,
    item: ToldItem,
  ): Promise<PubsubNode> {
    const { store, clock, limits } = this.#desk
    const room = this.#desk.roomOf(node.config)
    if (room === 0) {
      if (!known) await store.put(service, undefined, node)
      return node
    }
    const place = placeOf(service, node.name)
    const same = known ? await this.#named(place, item.id) : none
    const old = known ? await this.#tooMany(place, node, room - 1, same) : none
    const size = node.size - same.size - old.size + Buffer.byteLength(item.payload)
    if (totalOf(nodes) - node.size + size > limits.maxTotalSize)
      throw stanzaError('resource-constraint', 'There is no more room for items')
    const gone = [...same.ids, ...old.ids]
    const after = { ...node, items: node.items - gone.length + 1, size }
    const row = { item: item.id, publisher: from, payload: item.payload }
    const removed = gone.length > 0 ? [store.items.remove(place, gone)] : []
    await store.put(service, known, after, [...removed, store.items.append(place, row, clock.wall())])
    return after
  }

  async #named(place: string, id: string): Promise<Leaving> {
    const { entries } = await this.#desk.store.items.page(place, { where: { item: id }, max: batch })
    return leaving(entries)
  }

  /** The oldest ones beyond what there is room for, and those that are over their time. */
  async #tooMany(place: string, node: PubsubNode, room: number, besides: Leaving): Promise<Leaving> {
    const surplus = node.items - besides.ids.length - room
    const { itemExpire } = node.config
    if (surplus <= 0 && itemExpire === 'max') return none
    const oldest = this.#desk.oldest(node.config)
    const max = Math.max(surplus, 0) + besides.ids.length + (itemExpire === 'max' ? 0 : batch)
    const { entries } = await this.#desk.store.items.page(place, { max })
    const others = entries.filter(({ id }) => !besides.ids.includes(id))
    return leaving(others.filter(({ at }, n) => n < surplus || at < oldest))
  }

  /** Takes items beyond the room of a changed configuration. */
  async trimmed(
    service: Asked['service'],
    node: PubsubNode,
  ): Promise<{ node: PubsubNode; writes: Promise<void>[] }> {
    const room = this.#desk.roomOf(node.config)
    const place = placeOf(service, node.name)
    const { store } = this.#desk
    if (room === 0) return { node: { ...node, items: 0, size: 0 }, writes: [store.items.clear(place)] }
    const old = await this.#tooMany(place, node, room, none)
    if (old.ids.length === 0) return { node, writes: [] }
    const after = { ...node, items: node.items - old.ids.length, size: node.size - old.size }
    return { node: after, writes: [store.items.remove(place, old.ids)] }
  }

  /** Takes an item back. §7.2 */
  async retract(asked: Asked, { node, items = [] }: NodeItems, notify: boolean): Promise<void> {
    const { service } = asked
    if (node === undefined || node === '') throw nodeRequired()
    const [id, ...others] = items.map(item => item.id)
    if (id === undefined || others.length > 0) throw refusal('bad-request', 'item-required', 'Which item?')
    await this.#desk.inTurn(service, () => this.#retract(asked, node, id, notify))
    await this.changes.tell({ service, node })
  }

  async #retract(asked: Asked, name: string, id: string, notify: boolean): Promise<void> {
    const { service, from } = asked
    const { house, store } = this.#desk
    const relation = await house.relation(service, from)
    const node = (await store.of(service)).get(name)
    if (!node) throw relation.isOwner ? noSuchNode() : forbidden()
    const refused = whyNotPublish(node, from, relation)
    if (refused) throw refused
    if (this.#desk.roomOf(node.config) === 0) throw unsupported('persistent-items')
    await this.#remove(asked, node, id, relation.isOwner)
    if (notify || node.config.notifyRetract) this.#desk.announce(asked, node, retractedNotice(name, [id]))
  }

  /** Who is not the owner takes back only what they have published. §7.2.3.1 */
  async #remove({ service, from }: Asked, node: PubsubNode, id: string, isOwner: boolean): Promise<void> {
    const { store } = this.#desk
    const place = placeOf(service, node.name)
    const { entries } = await store.items.page(place, { where: { item: id }, max: batch })
    if (entries.length === 0) throw stanzaError('item-not-found', 'There is no such item')
    if (!isOwner && entries.some(({ value }) => value.publisher !== from)) throw forbidden()
    const gone = leaving(entries)
    const after = { ...node, items: node.items - gone.ids.length, size: node.size - gone.size }
    await store.put(service, node, after, [store.items.remove(place, gone.ids)])
  }

  /** Takes all items. §8.5 */
  async purge(asked: Asked, name: string | undefined): Promise<void> {
    const { service } = asked
    await this.#desk.inTurn(service, async () => {
      const { store } = this.#desk
      const node = await this.#desk.owned(asked, name)
      if (this.#desk.roomOf(node.config) === 0) throw unsupported('persistent-items')
      const cleared = store.items.clear(placeOf(service, node.name))
      await store.put(service, node, { ...node, items: 0, size: 0 }, [cleared])
      this.#desk.announce(asked, node, purgedNotice(node.name))
    })
    await this.changes.tell({ service, node: name ?? '' })
  }
}

const none: Leaving = { ids: [], size: 0 }

function leaving(entries: readonly { id: EntryId; value: { payload: string } }[]): Leaving {
  return {
    ids: entries.map(({ id }) => id),
    size: entries.reduce((sum, { value }) => sum + Buffer.byteLength(value.payload), 0),
  }
}

function totalOf(nodes: Nodes): number {
  let total = 0
  for (const { size } of nodes.values()) total += size
  return total
}

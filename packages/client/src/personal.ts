/** Personal eventing: what accounts tell of themselves, and who wants to hear of it. XEP-0163, XEP-0060. */
import { type BareJid, bareOf } from '@waxwing/jid'
import {
  type AccessModel,
  type NodeBound,
  type NodeConfig,
  nodeConfigForm,
  PUBLISH_OPTIONS,
  Pubsub,
  PubsubEvent,
  type PubsubItem,
  PubsubOwner,
  pubsubConditionOf,
} from '@waxwing/protocol'
import { readWire, toElement, type Wire, WireError } from '@waxwing/xml'
import type { Client, Extension } from './client.ts'
import { StanzaError } from './errors.ts'
import { Emitter, type Off } from './events.ts'
import { Feed, type FeedOptions } from './feed.ts'
import type { RequestOptions } from './requests.ts'

/** How a node of ours is to be; what is left out is as the server has it: for contacts, the last item alone. */
export interface PersonalNodeOptions {
  /** Its name; the namespace of what is in it unless given. */
  readonly node?: string | undefined
  /**
   * Who may read it: `whitelist` is the account alone, and then only its own events are heard; `open` everybody,
   * `presence` who sees our presence.
   */
  readonly access?: AccessModel | undefined
  /** Items kept; 1 unless given. */
  readonly keep?: NodeBound | undefined
  /** When somebody who comes gets the last item. */
  readonly sendLast?: NodeConfig['sendLast'] | undefined
}

/** Something published. */
export interface PersonalItem<T> {
  readonly id: string
  readonly value: T
}

/** Something was published, or taken back: then there is no `value`. */
export interface PersonalEvent<T> {
  /** Whose it is: an account, ours among them. */
  readonly from: BareJid
  /** `undefined`: everything was taken back. */
  readonly id: string | undefined
  readonly value: T | undefined
}

/** Items asked for in one page. */
const pageSize = 50

/** `const personal = client.use(personal)`. */
export const personal: Extension<Personal> = { attach: client => new Personal(client) }

export class Personal {
  readonly #client: Client
  readonly #nodes = new Map<string, Set<(from: BareJid, event: PubsubEvent) => void>>()

  constructor(client: Client) {
    this.#client = client
    client.onMessage(PubsubEvent, (event, { from, type }) => {
      if (type !== 'error') this.#heard(bareOf(from), event)
    })
  }

  /** A kind of thing that accounts publish: `personal.node(Tune)`. */
  node<T>(wire: Wire<T>, options: PersonalNodeOptions = {}): PersonalNode<T> {
    const name = options.node ?? wire.ns
    const known = this.#nodes.get(name) ?? new Set()
    this.#nodes.set(name, known)
    return new PersonalNode(this.#client, wire, name, options, known)
  }

  #heard(from: BareJid, event: PubsubEvent): void {
    const node = (event.items ?? event.purge ?? event.delete)?.node
    for (const hear of this.#nodes.get(node ?? '') ?? []) hear(from, event)
  }
}

interface NodeEvents<T> {
  event: PersonalEvent<T>
}

/** One node of every account: ours is written, all are read. */
export class PersonalNode<T> {
  readonly name: string
  readonly #client: Client
  readonly #wire: Wire<T>
  readonly #config: Partial<NodeConfig>
  readonly #events: Emitter<NodeEvents<T>>
  readonly #hearers: Set<(from: BareJid, event: PubsubEvent) => void>
  readonly #hear = (from: BareJid, event: PubsubEvent): void => this.#heard(from, event)
  #listeners = 0
  #unfollow: Off | undefined

  /** Made by `Personal.node`. */
  constructor(
    client: Client,
    wire: Wire<T>,
    name: string,
    options: PersonalNodeOptions,
    hearers: Set<(from: BareJid, event: PubsubEvent) => void>,
  ) {
    this.name = name
    this.#client = client
    this.#wire = wire
    this.#hearers = hearers
    this.#config = {
      accessModel: options.access,
      maxItems: options.keep,
      sendLast: options.sendLast,
    } as Partial<NodeConfig>
    this.#events = new Emitter(fault => client.platform.report(fault))
  }

  /**
   * Publishes; what has the same id is replaced. The node is made if need be, and configured as it shall be. Settles
   * when the server keeps it. Rejects as `iq.set`. XEP-0060 §7.1
   *
   * @param options.id `current` unless given, for nodes that hold one thing
   */
  async publish(value: T, options: RequestOptions & { readonly id?: string } = {}): Promise<void> {
    const { id = 'current', ...request } = options
    const item = { id, payload: [toElement(this.#wire, value)] }
    const publish = { node: this.name, items: [item] }
    const form = nodeConfigForm(this.#config, 'submit', PUBLISH_OPTIONS)
    const publishOptions = (form.fields?.length ?? 0) > 1 ? { form } : undefined
    const ask = (): Promise<void> =>
      this.#client.iq.set(Pubsub, undefined, { publish, publishOptions }, undefined, request)
    try {
      await ask()
    } catch (error) {
      // The node is there and otherwise: it is ours to say how it shall be. §7.1.5
      if (!(error instanceof StanzaError) || pubsubConditionOf(error) !== 'precondition-not-met') throw error
      const configure = { node: this.name, form: nodeConfigForm(this.#config, 'submit') }
      await this.#client.iq.set(PubsubOwner, undefined, { configure }, undefined, request)
      await ask()
    }
  }

  /** Takes an item back and tells of it. Rejects as `iq.set`: `item-not-found` when there is none. §7.2 */
  async retract(id = 'current', options: RequestOptions = {}): Promise<void> {
    const retract = { node: this.name, notify: true, items: [{ id }] }
    await this.#client.iq.set(Pubsub, undefined, { retract }, undefined, options)
  }

  /** Removes the node with all it holds. Rejects as `iq.set`. §8.4 */
  async delete(options: RequestOptions = {}): Promise<void> {
    await this.#client.iq.set(PubsubOwner, undefined, { delete: { node: this.name } }, undefined, options)
  }

  /**
   * All items, the newest first; of our account unless `of` names another. What cannot be read is left out; without
   * such a node there are none. Rejects as `iq.get`. §6.5
   */
  async *items(of?: string, options: RequestOptions = {}): AsyncGenerator<PersonalItem<T>> {
    for (let after: string | undefined; ; ) {
      const answer = await this.#page(
        of,
        { items: { node: this.name }, page: { max: pageSize, after } },
        options,
      )
      yield* this.#readable(answer?.items?.items ?? [])
      const last = answer?.page?.last
      if (last === undefined || last === after) return
      after = last
    }
  }

  /** One item, the newest unless `id` names another; `undefined`: there is none. Rejects as `iq.get`. §6.5.8 */
  async item(of?: string, options: RequestOptions & { readonly id?: string } = {}): Promise<T | undefined> {
    const { id, ...request } = options
    const items = id === undefined ? { node: this.name, maxItems: 1 } : { node: this.name, items: [{ id }] }
    const answer = await this.#page(of, { items }, request)
    return this.#readable(answer?.items?.items ?? [])[0]?.value
  }

  async #page(
    of: string | undefined,
    question: Pubsub,
    options: RequestOptions,
  ): Promise<Pubsub | undefined> {
    try {
      return await this.#client.iq.get(Pubsub, of, question, Pubsub, options)
    } catch (error) {
      if (error instanceof StanzaError && error.condition === 'item-not-found') return undefined
      throw error
    }
  }

  /**
   * Hears of what contacts and our other clients publish, the last of it at once; our capabilities say that we want it
   * as long as anybody listens. XEP-0163 §4.2
   */
  on(listener: (event: PersonalEvent<T>) => void): Off {
    const off = this.#events.on('event', listener)
    if (this.#listeners++ === 0) {
      this.#hearers.add(this.#hear)
      this.#unfollow = this.#client.disco.addFeatures(`${this.name}+notify`)
    }
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      off()
      if (--this.#listeners > 0) return
      this.#hearers.delete(this.#hear)
      this.#unfollow?.()
    }
  }

  /** As `on`, for `for await`. */
  follow(options: FeedOptions = {}): Feed<PersonalEvent<T>> {
    const off = this.on(event => feed.push(event))
    const feed = new Feed<PersonalEvent<T>>(options, off)
    return feed
  }

  #heard(from: BareJid, { items }: PubsubEvent): void {
    // Anybody could send what looks like our own private data. XEP-0223 §6
    if (this.#config.accessModel === 'whitelist' && from !== this.#client.account) return
    const tell = (id: string | undefined, value: T | undefined): void =>
      this.#events.emit('event', { from, id, value })
    if (!items) return tell(undefined, undefined)
    for (const { id, value } of this.#readable(items.items ?? [])) tell(id, value)
    for (const { id } of items.retracted ?? []) tell(id, undefined)
  }

  /** Others may publish anything: what is something else is passed over. */
  #readable(items: readonly PubsubItem[]): readonly PersonalItem<T>[] {
    return items.flatMap(({ id = '', payload: [element] = [] }) => {
      try {
        return element ? [{ id, value: readWire(this.#wire, element) }] : []
      } catch (error) {
        if (error instanceof WireError) return []
        throw error
      }
    })
  }
}

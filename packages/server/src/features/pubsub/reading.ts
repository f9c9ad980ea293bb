/** What a node holds, for those who may read it. XEP-0060 §6.5. */
import type { BareJid } from '@waxwing/jid'
import { type ResultSet, stanzaError, type WantedItems } from '@waxwing/protocol'
import { comfortableBytes, fitting } from '../../kernel/wire-length.ts'
import type { EntryId, LogEntry } from '../../store/store.ts'
import { whyNotRead } from './access.ts'
import type { Asked, Desk } from './desk.ts'
import type { PubsubNode } from './node.ts'
import { placeOf } from './node-store.ts'
import type { ToldItem } from './notices.ts'

/** Items, the newest first. */
export interface FoundItems {
  readonly node: string
  readonly items: readonly ToldItem[]
  /** Which page it is, where it is not everything. XEP-0059 §2.2 */
  readonly page?: ResultSet | undefined
}

interface Row {
  readonly item: string
  readonly payload: string
}
type Entry = LogEntry<Row>

const told = ({ value: { item, payload } }: Entry): ToldItem => ({ id: item, payload })

export class Reading {
  readonly #desk: Desk

  constructor(desk: Desk) {
    this.#desk = desk
  }

  /** @throws StanzaError as the access model has it, item-not-found without the node. §6.5.9 */
  async items(asked: Asked, wanted: WantedItems, page: ResultSet | undefined): Promise<FoundItems> {
    const node = await this.readable(asked, wanted.node)
    const ids = (wanted.items ?? []).flatMap(({ id }) => id ?? [])
    if (ids.length > 0) return { node: node.name, items: await this.#named(asked.service, node, ids) }
    return this.#page(asked.service, node, wanted.maxItems, page)
  }

  /** A node that somebody may read. */
  async readable({ service, from }: Asked, name: string | undefined): Promise<PubsubNode> {
    const node = await this.#desk.find(service, name)
    const refused = whyNotRead(node, from, await this.#desk.house.relation(service, from))
    if (refused) throw refused
    return node
  }

  /** Several may be asked for by id; what is not there is left out. §6.5.6, §6.5.9.12 */
  async #named(service: BareJid, node: PubsubNode, ids: readonly string[]): Promise<readonly ToldItem[]> {
    const { maxPage, maxAnswerSize } = this.#desk.limits
    const found: ToldItem[] = []
    for (const id of new Set(ids.slice(0, maxPage))) {
      const item = await this.named(service, node, id)
      if (item) found.push(item)
    }
    return fitting(found, sizeOf, maxAnswerSize)
  }

  /** One item, whoever asks. */
  async named(service: BareJid, node: PubsubNode, id: string): Promise<ToldItem | undefined> {
    const query = { where: { item: id }, from: this.#desk.oldest(node.config), max: 1, backwards: true }
    const { entries } = await this.#desk.store.items.page(placeOf(service, node.name), query)
    return entries[0] && told(entries[0])
  }

  /** The last item published, and when. */
  async last(service: BareJid, node: PubsubNode): Promise<(ToldItem & { readonly at: number }) | undefined> {
    if (node.items === 0) return undefined
    const query = { from: this.#desk.oldest(node.config), max: 1, backwards: true }
    const [entry] = (await this.#desk.store.items.page(placeOf(service, node.name), query)).entries
    return entry && { ...told(entry), at: entry.at }
  }

  async #page(
    service: BareJid,
    node: PubsubNode,
    maxItems: number | undefined,
    page: ResultSet | undefined,
  ): Promise<FoundItems> {
    const { maxPage, maxItems: most, maxAnswerSize } = this.#desk.limits
    if (page?.index !== undefined) throw stanzaError('feature-not-implemented', 'There are no pages by place')
    if (page?.max === 0) return { node: node.name, items: [], page: { count: node.items } }
    const max = Math.min(page?.max ?? maxItems ?? (page ? maxPage : most), page ? maxPage : most)
    const forwards = page?.before !== undefined
    const range = await this.#rangeOf(service, node, page)
    const query = { ...range, from: this.#desk.oldest(node.config), max, backwards: !forwards }
    const { entries, complete } = await this.#desk.store.items.page(placeOf(service, node.name), query)
    // Nearest to where the page begins first: those are kept when not all fit.
    const near = forwards ? entries : entries.toReversed()
    const fits = fitting(near, entry => sizeOf(told(entry)), page ? comfortableBytes : maxAnswerSize)
    const items = (forwards ? fits.toReversed() : fits).map(told)
    const isAll = complete && fits.length === entries.length && page === undefined
    if (isAll || (maxItems !== undefined && !page)) return { node: node.name, items }
    return { node: node.name, items, page: pageOf(items, node.items) }
  }

  /** Pages go from the newest item to the oldest. XEP-0059 §2.2, §2.3 */
  async #rangeOf(
    service: BareJid,
    node: PubsubNode,
    page: ResultSet | undefined,
  ): Promise<{ before?: EntryId; after?: EntryId }> {
    if (page?.after !== undefined) return { before: await this.#entryOf(service, node, page.after) }
    if (page?.before === undefined || page.before === '') return {}
    return { after: await this.#entryOf(service, node, page.before) }
  }

  async #entryOf(service: BareJid, node: PubsubNode, id: string): Promise<EntryId> {
    const query = { where: { item: id }, max: 1 }
    const [entry] = (await this.#desk.store.items.page(placeOf(service, node.name), query)).entries
    if (!entry) throw stanzaError('item-not-found', 'There is no such item')
    return entry.id
  }
}

function sizeOf({ id, payload }: ToldItem): number {
  return id.length + payload.length + 32
}

function pageOf(items: readonly ToldItem[], count: number): ResultSet {
  const [first] = items
  const last = items.at(-1)
  return first && last ? { first: { id: first.id }, last: last.id, count } : { count }
}

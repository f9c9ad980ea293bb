/** One page of a list of items. XEP-0059 §2. */
import { type DiscoItem, type ResultSet, stanzaError } from '@waxwing/protocol'

interface ItemPage {
  readonly items: readonly DiscoItem[]
  readonly page: ResultSet
}

/** @throws StanzaError item-not-found for an id that no item has (any more). §2.2; bad-request when two pages are asked for */
export function itemPage(all: readonly DiscoItem[], asked: ResultSet): ItemPage {
  const count = all.length
  const [start, end] = placesOf(all, asked)
  const items = all.slice(start, end)
  const first = items[0]
  const last = items.at(-1)
  if (!first || !last) return { items, page: { count } }
  return { items, page: { count, first: { id: idOf(first), index: start }, last: idOf(last) } }
}

/** From which place to which, without the last one. */
function placesOf(all: readonly DiscoItem[], asked: ResultSet): readonly [number, number] {
  const { after, before, index, max = all.length } = asked
  if ([after, before, index].filter(one => one !== undefined).length > 1)
    throw stanzaError('bad-request', 'A page begins at one place')
  if (before !== undefined) {
    const end = before === '' ? all.length : placeOf(all, before)
    return [Math.max(0, end - max), end]
  }
  const start = Math.min(all.length, after === undefined ? (index ?? 0) : placeOf(all, after) + 1)
  return [start, Math.min(all.length, start + max)]
}

function placeOf(all: readonly DiscoItem[], id: string): number {
  const place = all.findIndex(item => idOf(item) === id)
  if (place < 0) throw stanzaError('item-not-found', 'There is no item with this id')
  return place
}

const idOf = ({ jid, node }: DiscoItem): string => (node === undefined ? jid : `${jid} ${node}`)

/** Places of messages among those a query selects. XEP-0059 §2.2, §2.6. */
import type { BareJid } from '@waxwing/jid'
import { stanzaError } from '@waxwing/protocol'
import type { LogRange } from '../../store/store.ts'
import type { Archived, ArchiveStore } from './archive.ts'

export type Range = LogRange<Archived, 'uid' | 'peer' | 'origin' | 'resource'>

/** With more than these, places and numbers are not worth what it costs to know them for every page. */
const maxPlaced = 500

export class Places {
  readonly #store: ArchiveStore

  constructor(store: ArchiveStore) {
    this.#store = store
  }

  /** How many the query selects; `undefined`: too many to say so by the way. */
  async total(owner: BareJid, range: Range): Promise<number | undefined> {
    const count = await this.#store.count(owner, range, maxPlaced + 1)
    return count > maxPlaced ? undefined : count
  }

  /** How many come before an entry. */
  async placeOf(owner: BareJid, range: Range, id: number): Promise<number> {
    return this.#store.count(owner, { ...range, before: Math.min(id, range.before ?? id) }, maxPlaced)
  }

  /**
   * What is left of a range from a place on; `undefined`: nothing.
   *
   * @throws StanzaError feature-not-implemented where there are too many to count. XEP-0059 §2.6
   */
  async from(
    owner: BareJid,
    range: Range,
    place: number,
  ): Promise<{ rest: Range | undefined; total: number }> {
    const total = await this.total(owner, range)
    if (total === undefined)
      throw stanzaError(
        'feature-not-implemented',
        `Of more than ${maxPlaced} messages pages are asked for by id`,
      )
    if (place >= total) return { rest: undefined, total }
    if (place === 0) return { rest: range, total }
    const [first] = (await this.#store.page(owner, { ...range, max: 1 })).entries
    const [last] = (await this.#store.page(owner, { ...range, max: 1, backwards: true })).entries
    // The entry sought has the largest id with no more than `place` entries before it: halved until it is found.
    let low = first?.id ?? 0
    let high = (last?.id ?? low) + 1
    while (high - low > 1) {
      const middle = low + Math.floor((high - low) / 2)
      if ((await this.#store.count(owner, { ...range, before: middle }, place + 1)) > place) high = middle
      else low = middle
    }
    return { rest: { ...range, after: low - 1 }, total }
  }
}

/** Pages of an archive. XEP-0313 §4, XEP-0059. */
import { type BareJid, bareOf, isFull, resourceOf } from '@waxwing/jid'
import { type ResultSet, stanzaError } from '@waxwing/protocol'
import type { LogEntry } from '../../store/store.ts'
import type { Archived, ArchiveStore } from './archive.ts'
import type { Conditions } from './conditions.ts'
import { Places, type Range } from './places.ts'

export type ArchiveEntry = LogEntry<Archived>

export interface PageLimits {
  /** Messages in a page that names no number, and in any page. */
  readonly pageSize: number
  readonly maxPage: number
  readonly maxPageBytes: number
}

export interface ArchivePage {
  /** Oldest first. */
  readonly entries: readonly ArchiveEntry[]
  /** Nothing more in the direction asked for. */
  readonly isComplete: boolean
  /** How many there are in all, where that is cheap to know. */
  readonly count: number | undefined
  /** How many come before the first one, where that is cheap to know. */
  readonly index?: number | undefined
}

/** Counting ends here: clients ask for it, nobody needs it to the last. XEP-0059 §2.7 */
const maxCounted = 10_000

export class ArchivePages {
  readonly #store: ArchiveStore
  readonly #places: Places
  readonly #limits: PageLimits

  constructor(store: ArchiveStore, limits: PageLimits) {
    this.#store = store
    this.#places = new Places(store)
    this.#limits = limits
  }

  /** @throws StanzaError item-not-found for ids that are not in the archive. XEP-0313 §4.1.3, §4.3.2 */
  async find(owner: BareJid, conditions: Conditions, page: ResultSet): Promise<ArchivePage> {
    const backwards = page.before !== undefined
    if (page.index !== undefined && (backwards || page.after !== undefined))
      throw stanzaError('bad-request', 'A page is asked for by id or by place')
    const max = Math.min(page.max ?? this.#limits.pageSize, this.#limits.maxPage)
    const whole = await this.#rangeOf(owner, conditions)
    const range = await this.#narrowed(owner, whole, page)
    if (conditions.ids.length > 0) return this.#chosen(owner, conditions.ids, range, max, page)
    if (max === 0) return this.#counted(owner, range)
    if (page.index !== undefined) return this.#from(owner, whole, page.index, max)
    const { entries, complete } = await this.#store.page(owner, { ...range, max, backwards })
    const fitting = this.#fitting(entries, complete, backwards)
    const isWhole = complete && !page.after && !page.before
    return isWhole ? placed(fitting, entries, entries.length) : this.#placed(owner, whole, fitting)
  }

  /** The page that begins at a place. XEP-0059 §2.6. */
  async #from(owner: BareJid, whole: Range, index: number, max: number): Promise<ArchivePage> {
    const { rest, total } = await this.#places.from(owner, whole, index)
    if (!rest) return { entries: [], isComplete: true, count: total }
    const { entries, complete } = await this.#store.page(owner, { ...rest, max })
    return { ...this.#fitting(entries, complete, false), count: total, index }
  }

  /** Says where a page is in the whole, if that is not too large. XEP-0059 §2.2. */
  async #placed(owner: BareJid, whole: Range, page: ArchivePage): Promise<ArchivePage> {
    const count = await this.#places.total(owner, whole)
    const [first] = page.entries
    if (count === undefined || !first) return { ...page, count }
    return { ...page, count, index: await this.#places.placeOf(owner, whole, first.id) }
  }

  /** The first and the last entry. XEP-0313 §5. */
  async ends(owner: BareJid): Promise<readonly [ArchiveEntry, ArchiveEntry] | undefined> {
    const [first] = (await this.#store.page(owner, { max: 1 })).entries
    const [last] = (await this.#store.page(owner, { max: 1, backwards: true })).entries
    return first && last && [first, last]
  }

  /** All that a query selects. */
  async #rangeOf(owner: BareJid, conditions: Conditions): Promise<Range> {
    const [behind] = await this.#named(owner, [conditions.afterId])
    const [ahead] = await this.#named(owner, [conditions.beforeId])
    return {
      after: behind?.id,
      before: ahead?.id,
      from: conditions.start,
      to: conditions.end,
      where: peerOf(conditions),
    }
  }

  /** What of it is behind one message, or ahead of one. */
  async #narrowed(owner: BareJid, whole: Range, page: ResultSet): Promise<Range> {
    const [behind] = await this.#named(owner, [page.after])
    const [ahead] = await this.#named(owner, [page.before])
    const after = behind ? Math.max(behind.id, whole.after ?? behind.id) : whole.after
    const before = ahead ? Math.min(ahead.id, whole.before ?? ahead.id) : whole.before
    return { ...whole, after, before }
  }

  /** The entries with these ids; those not given are passed over. */
  async #named(owner: BareJid, ids: readonly (string | undefined)[]): Promise<ArchiveEntry[]> {
    const found: ArchiveEntry[] = []
    for (const uid of ids) {
      if (!uid) continue
      const [entry] = (await this.#store.page(owner, { max: 1, where: { uid } })).entries
      if (!entry) throw stanzaError('item-not-found', 'A message with this id is not in the archive')
      found.push(entry)
    }
    return found
  }

  async #chosen(
    owner: BareJid,
    ids: readonly string[],
    range: Range,
    max: number,
    { before, index = 0 }: ResultSet,
  ): Promise<ArchivePage> {
    const backwards = before !== undefined
    if (ids.length > this.#limits.maxPage)
      throw stanzaError('policy-violation', `Not more than ${this.#limits.maxPage} ids at once`)
    const named = await this.#named(owner, [...new Set(ids)])
    const all = named.filter(entry => isWithin(entry, range)).sort((a, b) => a.id - b.id)
    const entries = backwards ? all.slice(Math.max(0, all.length - max)) : all.slice(index, index + max)
    const isComplete = index + entries.length >= all.length
    return placed(this.#fitting(entries, isComplete, backwards), all, all.length)
  }

  async #counted(owner: BareJid, range: Range): Promise<ArchivePage> {
    const count = await this.#store.count(owner, range, maxCounted)
    return { entries: [], isComplete: count === 0, count }
  }

  /** As much of a page as may go out at once, but one message at least. */
  #fitting(entries: readonly ArchiveEntry[], isComplete: boolean, backwards: boolean): ArchivePage {
    const ordered = backwards ? entries.toReversed() : entries
    let bytes = 0
    const tooMany = ordered.findIndex(({ value }, at) => {
      bytes += value.stanza.length
      return at > 0 && bytes > this.#limits.maxPageBytes
    })
    if (tooMany < 0) return { entries, isComplete, count: undefined }
    const fitting = ordered.slice(0, tooMany)
    return { entries: backwards ? fitting.toReversed() : fitting, isComplete: false, count: undefined }
  }
}

/** A page with its place among all there are. */
function placed(page: ArchivePage, all: readonly ArchiveEntry[], count: number): ArchivePage {
  const [first] = page.entries
  return { ...page, count, index: first && all.indexOf(first) }
}

/** A bare JID stands for all its resources. XEP-0313 §4.1.1. */
function peerOf({ with: jid }: Conditions): Range['where'] {
  if (jid === undefined) return undefined
  return isFull(jid) ? { peer: bareOf(jid), resource: resourceOf(jid) } : { peer: bareOf(jid) }
}

function isWithin({ id, at, value }: ArchiveEntry, { after, before, from, to, where }: Range): boolean {
  return (
    (after === undefined || id > after) &&
    (before === undefined || id < before) &&
    (from === undefined || at >= from) &&
    (to === undefined || at <= to) &&
    (where?.peer === undefined || value.peer === where.peer) &&
    (where?.resource === undefined || value.resource === where.resource)
  )
}

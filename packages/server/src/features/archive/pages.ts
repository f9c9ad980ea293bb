/** Pages of an archive. XEP-0313 §4, XEP-0059. */
import { type BareJid, bareOf, isFull, resourceOf } from '@waxwing/jid'
import { type ResultSet, stanzaError } from '@waxwing/protocol'
import type { LogEntry, LogRange } from '../../store/store.ts'
import type { Archived, ArchiveStore } from './archive.ts'
import type { Conditions } from './conditions.ts'

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
}

type Range = LogRange<Archived, 'uid' | 'peer' | 'origin' | 'resource'>

/** Counting ends here: clients ask for it, nobody needs it to the last. XEP-0059 §2.7 */
const maxCounted = 10_000

export class ArchivePages {
  readonly #store: ArchiveStore
  readonly #limits: PageLimits

  constructor(store: ArchiveStore, limits: PageLimits) {
    this.#store = store
    this.#limits = limits
  }

  /** @throws StanzaError item-not-found for ids that are not in the archive. XEP-0313 §4.1.3, §4.3.2 */
  async find(owner: BareJid, conditions: Conditions, page: ResultSet): Promise<ArchivePage> {
    if (page.index !== undefined)
      throw stanzaError('feature-not-implemented', 'Pages are asked for by id, not by place')
    const max = Math.min(page.max ?? this.#limits.pageSize, this.#limits.maxPage)
    const range = await this.#rangeOf(owner, conditions, page)
    const backwards = page.before !== undefined
    if (conditions.ids.length > 0) return this.#chosen(owner, conditions.ids, range, max, backwards)
    if (max === 0) return this.#counted(owner, range)
    const { entries, complete } = await this.#store.page(owner, { ...range, max, backwards })
    const isWhole = complete && !page.after && !page.before
    return this.#fitting(entries, complete, backwards, isWhole ? entries.length : undefined)
  }

  /** The first and the last entry. XEP-0313 §5. */
  async ends(owner: BareJid): Promise<readonly [ArchiveEntry, ArchiveEntry] | undefined> {
    const [first] = (await this.#store.page(owner, { max: 1 })).entries
    const [last] = (await this.#store.page(owner, { max: 1, backwards: true })).entries
    return first && last && [first, last]
  }

  async #rangeOf(owner: BareJid, conditions: Conditions, page: ResultSet): Promise<Range> {
    const behind = await this.#named(owner, [conditions.afterId, page.after])
    const ahead = await this.#named(owner, [conditions.beforeId, page.before])
    return {
      after: behind.length > 0 ? Math.max(...behind.map(entry => entry.id)) : undefined,
      before: ahead.length > 0 ? Math.min(...ahead.map(entry => entry.id)) : undefined,
      from: conditions.start,
      to: conditions.end,
      where: peerOf(conditions),
    }
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
    backwards: boolean,
  ): Promise<ArchivePage> {
    if (ids.length > this.#limits.maxPage)
      throw stanzaError('policy-violation', `Not more than ${this.#limits.maxPage} ids at once`)
    const named = await this.#named(owner, [...new Set(ids)])
    const all = named.filter(entry => isWithin(entry, range)).sort((a, b) => a.id - b.id)
    const entries = backwards ? all.slice(Math.max(0, all.length - max)) : all.slice(0, max)
    return this.#fitting(entries, entries.length === all.length, backwards, all.length)
  }

  async #counted(owner: BareJid, range: Range): Promise<ArchivePage> {
    const count = await this.#store.count(owner, range, maxCounted)
    return { entries: [], isComplete: count === 0, count }
  }

  /** As much of a page as may go out at once, but one message at least. */
  #fitting(
    entries: readonly ArchiveEntry[],
    isComplete: boolean,
    backwards: boolean,
    count: number | undefined,
  ): ArchivePage {
    const ordered = backwards ? entries.toReversed() : entries
    let bytes = 0
    const tooMany = ordered.findIndex(({ value }, at) => {
      bytes += value.stanza.length
      return at > 0 && bytes > this.#limits.maxPageBytes
    })
    if (tooMany < 0) return { entries, isComplete, count }
    const fitting = ordered.slice(0, tooMany)
    return { entries: backwards ? fitting.toReversed() : fitting, isComplete: false, count }
  }
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

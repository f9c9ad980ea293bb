/** The archive as collections: what was said with one contact on one day (UTC). XEP-0136 §4, §7. */
import { type BareJid, bareOf, type Jid, tryJid } from '@waxwing/jid'
import { CLIENT_NS, type Collection, type ResultSet, stanzaError } from '@waxwing/protocol'
import type { Clock } from '@waxwing/stream'
import { childOf, parseElement, textOf } from '@waxwing/xml'
import type { LogEntry, LogQuery } from '../../store/store.ts'
import type { Archived } from '../archive/archive.ts'
import type { ArchiveApi } from '../archive/feature.ts'

const dayMs = 86_400_000
/** Messages looked at in one go, and how many goes follow each other before somebody else has a turn. */
const piece = 250
const piecesInARow = 10
/** Behind so many messages a page of a list ends early, once it has something. */
const maxScanned = 10_000

type Entry = LogEntry<Archived>

export interface ListQuery {
  readonly with?: Jid | undefined
  readonly start?: Date | undefined
  readonly end?: Date | undefined
}

export interface CollectionPage<T> {
  readonly found: readonly T[]
  readonly page: ResultSet | undefined
}

const dayOf = (at: number): number => Math.floor(at / dayMs)
const wholeSecond = (at: number): number => Math.floor(at / 1_000) * 1_000

export class Collections {
  readonly #archive: ArchiveApi
  readonly #maxPage: number
  readonly #clock: Clock

  constructor(archive: ArchiveApi, maxPage: number, clock: Clock) {
    this.#archive = archive
    this.#maxPage = maxPage
    this.#clock = clock
  }

  /** Collections in order of their first message. §7.1 */
  async list(owner: BareJid, asked: ListQuery, page: ResultSet): Promise<CollectionPage<Collection>> {
    const max = this.#sizeOf(page)
    const last = page.after ? await this.#named(owner, page.after) : undefined
    const from = asked.start?.getTime()
    const seen = new Set<string>()
    const firsts: Entry[] = []
    let scanned = 0
    const range = {
      // The day of the last one known is gone through again: who has been seen on it, is not new.
      from: last ? Math.max(from ?? 0, dayOf(last.at) * dayMs) : from,
      to: asked.end && asked.end.getTime() - 1,
      where: asked.with && { peer: bareOf(asked.with) },
    }
    for await (const entry of this.#entries(owner, range)) {
      const name = `${dayOf(entry.at)} ${entry.value.peer}`
      const isNew = !seen.has(name)
      seen.add(name)
      if (isNew && (last === undefined || entry.id > last.id)) firsts.push(entry)
      if (firsts.length >= max || (++scanned >= maxScanned && firsts.length > 0)) break
    }
    return { found: firsts.map(collectionOf), page: pageOf(firsts) }
  }

  /**
   * Messages with a contact from `start` to the end of that day. §7.2
   *
   * @returns also when the message before these was, or the collection began
   * @throws StanzaError item-not-found
   */
  async retrieve(
    owner: BareJid,
    peer: Jid,
    start: Date,
    page: ResultSet,
  ): Promise<CollectionPage<Entry> & { readonly since: number }> {
    const max = this.#sizeOf(page)
    // Old clients know no fractions of seconds.
    const from = wholeSecond(start.getTime())
    const last = page.after ? await this.#named(owner, page.after) : undefined
    const range = { from, to: (dayOf(from) + 1) * dayMs - 1, where: { peer: bareOf(peer) } }
    const first = (await this.#archive.page(owner, { ...range, max: 1 })).entries[0]
    if (!first || wholeSecond(first.at) !== from)
      throw stanzaError('item-not-found', 'There is no such collection')
    const { entries } = await this.#archive.page(owner, { ...range, after: last?.id, max })
    return { found: entries, page: pageOf(entries), since: last?.at ?? from }
  }

  async *#entries(
    owner: BareJid,
    range: Omit<LogQuery<Archived, 'peer'>, 'max'>,
  ): AsyncGenerator<Entry, void, void> {
    let after: number | undefined
    for (let pieces = 1; ; pieces++) {
      const { entries, complete } = await this.#archive.page(owner, { ...range, after, max: piece })
      yield* entries
      if (complete) return
      after = entries.at(-1)?.id
      if (pieces % piecesInARow === 0) await new Promise<void>(resolve => void this.#clock.after(1, resolve))
    }
  }

  #sizeOf({ max, before, index }: ResultSet): number {
    if (before !== undefined || index !== undefined)
      throw stanzaError('feature-not-implemented', 'Pages lead forwards from one to the next')
    return Math.min(max ?? this.#maxPage, this.#maxPage)
  }

  async #named(owner: BareJid, uid: string): Promise<Entry> {
    const [entry] = (await this.#archive.page(owner, { max: 1, where: { uid } })).entries
    if (!entry) throw stanzaError('item-not-found', 'This page does not follow anything')
    return entry
  }
}

function collectionOf({ at, value }: Entry): Collection {
  return { with: value.peer, start: new Date(at), version: 0 }
}

function pageOf(entries: readonly Entry[]): ResultSet | undefined {
  const first = entries[0]
  const last = entries.at(-1)
  return first && last && { first: { id: first.value.uid }, last: last.value.uid }
}

/** Messages that have a body, with whole seconds between them that add up to the moment of each. §4.6 */
export function messagesOf(
  owner: BareJid,
  start: number,
  since: number,
  entries: readonly Entry[],
): NonNullable<Collection['messages']> {
  const seconds = (at: number): number => Math.floor((at - wholeSecond(start)) / 1_000)
  const messages: { kind: 'from' | 'to'; secs: number; body: string }[] = []
  let elapsed = seconds(since)
  for (const { at, value } of entries) {
    const message = parseElement(value.stanza, { ns: CLIENT_NS })
    const body = childOf(message, CLIENT_NS, 'body')
    if (!body) continue
    const from = tryJid(message.attrs.get('from') ?? '')
    const kind = from !== undefined && bareOf(from) === owner ? 'to' : 'from'
    messages.push({ kind, secs: seconds(at) - elapsed, body: textOf(body) })
    elapsed = seconds(at)
  }
  return messages
}

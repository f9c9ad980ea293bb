/** The things a registry knows: in memory all of them, and on disk. */
import type { BareJid } from '@waxwing/jid'
import type { NodeRef } from '@waxwing/protocol'
import { allKeys, type Mapped } from '../../store/store.ts'
import { type Entry, type EntryRow, entryIn, placeOf, rowOf } from './entry.ts'
import { Kept } from './kept.ts'
import { Postings } from './postings.ts'
import type { Search } from './search.ts'
import { TagIndex } from './tag-index.ts'
import { TagLists } from './tag-list.ts'
import { sameTags } from './tags.ts'

type Store = Mapped<BareJid, string, EntryRow>

export class Entries {
  readonly #store: Store
  /** By number, which is the order of their registration. */
  readonly #all = new Map<number, Kept>()
  /** A thing alone, or the thing and nodes behind it by their places. */
  readonly #byThing = new Map<BareJid, Kept | Map<string, Kept>>()
  readonly #byOwner = new Postings<BareJid>()
  readonly #byClaim = new Postings<string>()
  readonly #public = new TagIndex(number => this.#all.get(number)?.tags)
  readonly #tagLists = new TagLists()
  #next = 0
  /** Hear of things that have another owner or other tags. */
  readonly #watchers: ((thing: BareJid) => void)[] = []

  private constructor(store: Store) {
    this.#store = store
  }

  static async open(store: Store): Promise<Entries> {
    const entries = new Entries(store)
    const found: Entry[] = []
    for (const jid of await allKeys(store))
      for (const row of (await store.all(jid)).values()) found.push(entryIn(jid, row))
    for (const entry of found.sort((a, b) => a.since - b.since)) entries.#remember(entry)
    return entries
  }

  get size(): number {
    return this.#all.size
  }

  get(jid: BareJid, node: NodeRef | undefined): Entry | undefined {
    return this.#kept(jid, node)?.entry()
  }

  /** Who owns it; `undefined`: nobody, or it is not known. */
  ownerOf(jid: BareJid, node: NodeRef | undefined): BareJid | undefined {
    return this.#kept(jid, node)?.owner
  }

  /** A thing and the nodes behind it. */
  ofThing(jid: BareJid): readonly Entry[] {
    return this.#keptOf(jid).map(kept => kept.entry())
  }

  /** How many a thing and the nodes behind it are. */
  countOf(jid: BareJid): number {
    const kept = this.#byThing.get(jid)
    return kept instanceof Map ? kept.size : kept ? 1 : 0
  }

  ofOwner(owner: BareJid): readonly Entry[] {
    return this.#those(this.#byOwner.of(owner))
  }

  /** The same one after the other, for who does not need all of them and changes nothing meanwhile. */
  *eachOfOwner(owner: BareJid): Generator<Entry> {
    for (const number of this.#byOwner.of(owner)) {
      const kept = this.#all.get(number)
      if (kept) yield kept.entry()
    }
  }

  /** Things that were registered with these tags. */
  withClaim(claim: string): readonly Entry[] {
    return this.#those(this.#byClaim.of(claim))
  }

  /** Public things that fit, in the order of their registration. */
  *found({ fits, traits }: Search): Generator<Entry> {
    for (const number of this.#public.candidates(traits)) {
      const kept = this.#all.get(number)
      if (kept && fits(kept.tags)) yield kept.entry()
    }
  }

  /** Calls `changed` whenever a thing, or a node behind it, has another owner or other tags. */
  watch(changed: (thing: BareJid) => void): void {
    this.#watchers.push(changed)
  }

  /** Settles when it is durable; known at once. */
  put(entry: Entry): Promise<void> {
    const { jid, node } = entry
    const before = this.#kept(jid, node)
    const isNews = before?.owner !== entry.owner || (before && !sameTags(before.tags, entry.tags))
    this.#remember(entry)
    if (isNews) this.#tell(jid)
    return this.#store.put(jid, placeOf(node), rowOf(entry))
  }

  remove({ jid, node }: Pick<Entry, 'jid' | 'node'>): Promise<void> {
    const kept = this.#kept(jid, node)
    if (kept) {
      this.#forget(kept)
      this.#all.delete(kept.number)
      this.#unplace(kept)
    }
    this.#tell(jid)
    return this.#store.delete(jid, placeOf(node))
  }

  #tell(thing: BareJid): void {
    for (const changed of this.#watchers) changed(thing)
  }

  #those(numbers: readonly number[]): readonly Entry[] {
    return numbers.flatMap(number => this.#all.get(number)?.entry() ?? [])
  }

  #keptOf(jid: BareJid): readonly Kept[] {
    const kept = this.#byThing.get(jid)
    if (kept instanceof Map) return [...kept.values()]
    return kept ? [kept] : []
  }

  #kept(jid: BareJid, node: NodeRef | undefined): Kept | undefined {
    const kept = this.#byThing.get(jid)
    if (kept instanceof Map) return kept.get(placeOf(node))
    return kept && placeOf(kept.node) === placeOf(node) ? kept : undefined
  }

  /** Replaces what stands there already, in its place. */
  #remember(entry: Entry): void {
    const before = this.#kept(entry.jid, entry.node)
    const kept = new Kept(before?.number ?? this.#next++, entry, this.#tagLists.take(entry.tags))
    if (before) this.#forget(before)
    const { number, owner } = kept
    this.#all.set(number, kept)
    this.#place(kept)
    this.#byClaim.add(kept.claim, number)
    if (owner !== undefined) this.#byOwner.add(owner, number)
    if (kept.visibility === 'public') this.#public.add(number, kept.tags)
  }

  #forget({ number, claim, owner, visibility, tags }: Kept): void {
    this.#byClaim.remove(claim, number)
    if (owner !== undefined) this.#byOwner.remove(owner, number)
    if (visibility === 'public') this.#public.remove(number, tags)
    this.#tagLists.giveBack(tags)
  }

  #place(kept: Kept): void {
    const { jid, node } = kept
    const there = this.#byThing.get(jid)
    if (there instanceof Map) there.set(placeOf(node), kept)
    else if (!there || there.number === kept.number) this.#byThing.set(jid, kept)
    else
      this.#byThing.set(
        jid,
        new Map([
          [placeOf(there.node), there],
          [placeOf(node), kept],
        ]),
      )
  }

  #unplace({ jid, node }: Kept): void {
    const there = this.#byThing.get(jid)
    if (there instanceof Map) there.delete(placeOf(node))
    if (!(there instanceof Map) || there.size === 0) this.#byThing.delete(jid)
  }
}

/** The things a registry knows: in memory all of them, and on disk. */
import { type BareJid, type Jid, parseBareJid, tryJid } from '@waxwing/jid'
import type { NodeRef, RegistryGeneration } from '@waxwing/protocol'
import { allKeys, column, key, type Mapped, mapped, type Row } from '../../store/store.ts'
import { fingerprint, type Tags } from './tags.ts'

/** `private`: for its owner alone. `removed`: as that, and the thing need not tell anything more. XEP-0347 §3.10. */
export type Visibility = 'public' | 'private' | 'removed'

/** What a thing has still to be told. */
export type NoticeKind = 'claimed' | 'removed' | 'disowned'

export interface Entry {
  readonly jid: BareJid
  /** A node behind it; `undefined`: the thing itself. */
  readonly node: NodeRef | undefined
  /** Where it was heard of last. */
  readonly address: Jid
  /** How it speaks. */
  readonly generation: RegistryGeneration
  /** `undefined`: nobody. */
  readonly owner: BareJid | undefined
  /** It said itself that it is its own. XEP-0347 §3.7. */
  readonly selfOwned: boolean
  readonly visibility: Visibility
  readonly tags: Tags
  /** The tags a claim has to name: those of the registration. */
  readonly claim: string
  /** Digest of the key, until it is claimed. */
  readonly keyDigest: Uint8Array | undefined
  readonly since: number
  readonly notice: NoticeKind | undefined
}

const columns = {
  nodeId: column.text().maybe(),
  source: column.text().maybe(),
  partition: column.text().maybe(),
  address: column.text(),
  generation: column.text<RegistryGeneration>(),
  owner: column.text().maybe(),
  selfOwned: column.bool(),
  visibility: column.text<Visibility>(),
  tags: column.json<readonly (readonly [string, string | number])[]>(),
  claim: column.text(),
  keyDigest: column.blob().maybe(),
  since: column.time(),
  notice: column.text<NoticeKind>().maybe(),
}

export const thingsShape = mapped(key<BareJid>('jid'), 'place', columns)

type Store = Mapped<BareJid, string, Row<typeof columns>>

/** Keys of entries by something they have in common. */
class Index {
  readonly #keys = new Map<string, Set<string>>()

  of(value: string): ReadonlySet<string> {
    return this.#keys.get(value) ?? none
  }

  add(value: string, entry: string): void {
    const keys = this.#keys.get(value) ?? new Set()
    this.#keys.set(value, keys.add(entry))
  }

  remove(value: string, entry: string): void {
    const keys = this.#keys.get(value)
    keys?.delete(entry)
    if (keys?.size === 0) this.#keys.delete(value)
  }
}

const none: ReadonlySet<string> = new Set()

export class Entries {
  readonly #store: Store
  /** In the order of their registration. */
  readonly #all = new Map<string, Entry>()
  readonly #byThing = new Index()
  readonly #byOwner = new Index()
  readonly #byClaim = new Index()
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

  all(): Iterable<Entry> {
    return this.#all.values()
  }

  get(jid: BareJid, node: NodeRef | undefined): Entry | undefined {
    return this.#all.get(keyOf(jid, node))
  }

  /** A thing and the nodes behind it. */
  ofThing(jid: BareJid): readonly Entry[] {
    return this.#those(this.#byThing.of(jid))
  }

  ofOwner(owner: BareJid): readonly Entry[] {
    return this.#those(this.#byOwner.of(owner))
  }

  /** Things that were registered with these tags. */
  withClaim(claim: string): readonly Entry[] {
    return this.#those(this.#byClaim.of(claim))
  }

  /** Calls `changed` whenever a thing, or a node behind it, has another owner or other tags. */
  watch(changed: (thing: BareJid) => void): void {
    this.#watchers.push(changed)
  }

  /** Settles when it is durable; known at once. */
  put(entry: Entry): Promise<void> {
    const { jid, node } = entry
    const before = this.get(jid, node)
    this.#forget(jid, node)
    this.#remember(entry)
    if (before?.owner !== entry.owner || fingerprint(before?.tags ?? entry.tags) !== fingerprint(entry.tags))
      this.#tell(jid)
    return this.#store.put(jid, placeOf(node), rowOf(entry))
  }

  remove({ jid, node }: Pick<Entry, 'jid' | 'node'>): Promise<void> {
    this.#forget(jid, node)
    this.#all.delete(keyOf(jid, node))
    this.#tell(jid)
    return this.#store.delete(jid, placeOf(node))
  }

  #tell(thing: BareJid): void {
    for (const changed of this.#watchers) changed(thing)
  }

  #those(keys: ReadonlySet<string>): readonly Entry[] {
    return [...keys].flatMap(one => this.#all.get(one) ?? [])
  }

  /** Replaces what stands there already, in its place. */
  #remember(entry: Entry): void {
    const { jid, node, owner, claim } = entry
    const own = keyOf(jid, node)
    this.#all.set(own, entry)
    this.#byThing.add(jid, own)
    this.#byClaim.add(claim, own)
    if (owner !== undefined) this.#byOwner.add(owner, own)
  }

  #forget(jid: BareJid, node: NodeRef | undefined): void {
    const own = keyOf(jid, node)
    const entry = this.#all.get(own)
    if (!entry) return
    this.#byThing.remove(jid, own)
    this.#byClaim.remove(entry.claim, own)
    if (entry.owner !== undefined) this.#byOwner.remove(entry.owner, own)
  }
}

/** Which node it is, as a text; no node's is that of the thing itself. */
function placeOf(node: NodeRef | undefined): string {
  return node === undefined ? '-' : JSON.stringify([node.id, node.source ?? null, node.partition ?? null])
}

/** One text for one thing. */
export function keyOf(jid: BareJid, node: NodeRef | undefined): string {
  return `${jid} ${placeOf(node)}`
}

function rowOf(entry: Entry): Row<typeof columns> {
  const { node, address, generation, owner, selfOwned, visibility, tags, claim, keyDigest, since, notice } =
    entry
  return {
    nodeId: node?.id,
    source: node?.source,
    partition: node?.partition,
    address,
    generation,
    owner,
    selfOwned,
    visibility,
    tags: [...tags],
    claim,
    keyDigest,
    since,
    notice,
  }
}

function entryIn(jid: BareJid, row: Row<typeof columns>): Entry {
  const { nodeId, source, partition, address, owner, tags, ...rest } = row
  return {
    jid,
    node: nodeId === undefined ? undefined : { id: nodeId, source, partition },
    address: tryJid(address) ?? jid,
    owner: owner === undefined ? undefined : parseBareJid(owner),
    tags: new Map(tags),
    generation: rest.generation,
    selfOwned: rest.selfOwned,
    visibility: rest.visibility,
    claim: rest.claim,
    keyDigest: rest.keyDigest,
    since: rest.since,
    notice: rest.notice,
  }
}

/** A thing without owner, tags and a key that anybody knows: it has to register again. XEP-0347 §3.17. */
export function disowned(entry: Entry): Entry {
  return {
    ...entry,
    owner: undefined,
    selfOwned: false,
    visibility: 'private',
    tags: new Map(),
    claim: fingerprint(new Map()),
    keyDigest: undefined,
    notice: undefined,
  }
}

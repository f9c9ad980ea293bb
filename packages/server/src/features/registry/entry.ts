/** What a registry knows of one thing, and how it lies on disk. */
import { type BareJid, type Jid, parseBareJid, tryJid } from '@waxwing/jid'
import type { NodeRef, OwnedThing, RegistryGeneration } from '@waxwing/protocol'
import { column, key, mapped, type Row } from '../../store/store.ts'
import { claimOf, digestOf, type Tags, type TagValue } from './tags.ts'

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
  /** Stands for the tags a claim has to name: those of the registration. */
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
  tags: column.json<readonly (readonly [string, TagValue])[]>(),
  claim: column.text(),
  keyDigest: column.blob().maybe(),
  since: column.time(),
  notice: column.text<NoticeKind>().maybe(),
}

export type EntryRow = Row<typeof columns>

export const thingsShape = mapped(key<BareJid>('jid'), 'place', columns)

/** Which node it is, as a text; no node's is that of the thing itself. */
export function placeOf(node: NodeRef | undefined): string {
  return node === undefined ? '-' : JSON.stringify([node.id, node.source ?? null, node.partition ?? null])
}

/** One text for one thing. */
export function keyOf(jid: BareJid, node: NodeRef | undefined): string {
  return `${jid} ${placeOf(node)}`
}

export function rowOf(entry: Entry): EntryRow {
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

export function entryIn(jid: BareJid, row: EntryRow): Entry {
  const { nodeId, source, partition, address, owner, tags, claim, ...rest } = row
  return {
    jid,
    node: nodeId === undefined ? undefined : { id: nodeId, source, partition },
    address: tryJid(address) ?? jid,
    owner: owner === undefined ? undefined : parseBareJid(owner),
    tags: new Map(tags),
    generation: rest.generation,
    selfOwned: rest.selfOwned,
    visibility: rest.visibility,
    // Before, the tags themselves were kept there.
    claim: claim.startsWith('[') ? digestOf(claim) : claim,
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
    claim: claimOf(new Map()),
    keyDigest: undefined,
    notice: undefined,
  }
}

/** What came along, as somebody's own. Keys of things stay where they are: what has an owner has none. */
export function adopted(owner: BareJid, thing: OwnedThing, tags: Tags): Entry {
  const { jid, node, generation, visibility, claim, since } = thing
  const selfOwned = jid === owner
  return {
    jid,
    node,
    address: jid,
    generation,
    owner,
    selfOwned,
    visibility,
    tags,
    claim,
    keyDigest: undefined,
    since: since.getTime(),
    notice: selfOwned ? undefined : 'claimed',
  }
}

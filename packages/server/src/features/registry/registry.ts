/** What happens to entries when things and owners ask for it; the same in every generation. XEP-0347 §3. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import {
  type NodeRef,
  type OwnedThing,
  type RegistryGeneration,
  type StanzaError,
  stanzaError,
  type TagUpdate,
  type ThingAddress,
  type ThingClaim,
  type ThingRegistration,
} from '@waxwing/protocol'
import type { Now } from '../../kernel/hooks.ts'
import type { Allowance } from './allowance.ts'
import type { Entries } from './entries.ts'
import { adopted, disowned, type Entry, keyOf } from './entry.ts'
import { claimOf, merged, readTags, type TagRules, type Tags } from './tags.ts'

export interface RegistryRules extends TagRules {
  readonly maxThings: number
  readonly maxThingsPerAccount: number
  /** Characters the key of a thing has at least. */
  readonly minKeyLength: number
  readonly selfOwned: boolean
  /** Whether everybody finds things whose owner did not say. */
  readonly publicUnlessSaid: boolean
}

export interface RegistryParts {
  readonly rules: RegistryRules
  readonly entries: Entries
  /** Failed claims of somebody. */
  readonly claims: Allowance
  /** Wrong keys for a thing. */
  readonly wrongKeys: Allowance
  /** A digest that nobody else can make. */
  readonly digest: (key: string) => Now<Uint8Array>
  readonly equal: (a: Uint8Array, b: Uint8Array) => boolean
  /** Tells a thing; whether it has answered. */
  readonly tell: (entry: Entry, kind: 'claimed' | 'removed' | 'disowned') => Promise<boolean>
  readonly wall: () => number
}

const notFound = (): StanzaError => stanzaError('item-not-found')

export class Registry {
  readonly #parts: RegistryParts
  /** Things that are being told that they have no owner any more: they may register again before that is settled. */
  readonly #leaving = new Set<string>()

  constructor(parts: RegistryParts) {
    this.#parts = parts
  }

  /** @returns the entry when it has an owner already, who stays */
  async register(
    { node, selfOwned, tags: list }: ThingRegistration,
    from: Jid,
    generation: RegistryGeneration,
  ): Promise<Entry | undefined> {
    const { entries, rules, digest, wall } = this.#parts
    const jid = bareOf(from)
    const { tags, key } = readTags(list, rules)
    this.#checkKey(key, selfOwned)
    const keyDigest = key === undefined || selfOwned ? undefined : await digest(key)
    const known = entries.get(jid, node)
    if (known && known.owner !== undefined && !known.selfOwned && !this.#leaving.has(keyOf(jid, node))) {
      const told = { ...known, address: from, generation, notice: undefined }
      await entries.put(told)
      return told
    }
    if (!known) this.#checkRoom(jid)
    await entries.put({
      jid,
      node,
      address: from,
      generation,
      owner: selfOwned ? jid : undefined,
      selfOwned,
      visibility: selfOwned ? 'public' : 'private',
      tags,
      claim: claimOf(tags),
      keyDigest,
      since: known?.since ?? wall(),
      notice: undefined,
    })
    return undefined
  }

  #checkKey(key: string | undefined, selfOwned: boolean): void {
    const { rules } = this.#parts
    if (selfOwned && !rules.selfOwned)
      throw stanzaError('not-allowed', 'Things that own themselves are not taken here')
    if (!selfOwned && (key?.length ?? 0) < rules.minKeyLength)
      throw stanzaError('not-acceptable', `KEY must have ${rules.minKeyLength} characters at least`)
  }

  #checkRoom(jid: BareJid): void {
    const { entries, rules } = this.#parts
    if (entries.countOf(jid) >= rules.maxThingsPerAccount)
      throw stanzaError('resource-constraint', 'This address has registered too many things')
    if (entries.size >= rules.maxThings) throw stanzaError('resource-constraint', 'The registry is full')
  }

  /**
   * Somebody has come from another server, with what was theirs there.
   *
   * @throws StanzaError conflict when it is somebody else's here, resource-constraint, and as for a registration
   */
  async adopt(owner: BareJid, thing: OwnedThing): Promise<void> {
    const { entries, rules } = this.#parts
    const { jid, node } = thing
    const known = entries.ownerOf(jid, node)
    if (known !== undefined && known !== owner)
      throw stanzaError('conflict', `${jid} belongs to somebody else`)
    const { tags } = readTags(thing.tags, rules)
    if (!entries.get(jid, node)) this.#checkRoom(jid)
    await entries.put(adopted(owner, thing, tags))
  }

  /** Every failure looks alike. @returns the thing, which is the claimer's now */
  async claim({ node, isPublic, tags: list }: ThingClaim, from: Jid): Promise<Entry> {
    const { claims, rules, digest } = this.#parts
    const owner = bareOf(from)
    if (claims.isSpent(owner))
      throw stanzaError('resource-constraint', 'Too many claims have failed; try later')
    const { tags, key = '' } = readTags(list, rules)
    const keyDigest = await digest(key)
    const entry = this.#claimable(claimOf(tags), keyDigest, owner, node)
    if (!entry) {
      claims.spend(owner)
      throw notFound()
    }
    return this.#given(entry, owner, isPublic)
  }

  #claimable(
    claim: string,
    keyDigest: Uint8Array,
    owner: BareJid,
    node: NodeRef | undefined,
  ): Entry | undefined {
    const { entries, equal, wrongKeys } = this.#parts
    const candidates = entries.withClaim(claim).filter(entry => node === undefined || isNode(entry, node))
    // Somebody's own again, whose key is forgotten: it tells nothing they do not know.
    const own = candidates.find(entry => entry.owner === owner && !entry.selfOwned)
    if (own) return own
    const free = candidates.filter(entry => entry.keyDigest !== undefined)
    if (free.length === 0 || wrongKeys.isSpent(claim)) return undefined
    const right = free.find(entry => entry.keyDigest && equal(entry.keyDigest, keyDigest))
    if (!right) wrongKeys.spend(claim)
    return right
  }

  async #given(entry: Entry, owner: BareJid, isPublic: boolean | undefined): Promise<Entry> {
    const { entries, rules, tell } = this.#parts
    const isOld = entry.owner === owner && entry.visibility !== 'removed'
    const said = isPublic ?? (isOld ? entry.visibility === 'public' : rules.publicUnlessSaid)
    const visibility = said ? 'public' : 'private'
    const given: Entry = { ...entry, owner, visibility, keyDigest: undefined, notice: 'claimed' }
    await entries.put(given)
    void tell(given, 'claimed')
    return given
  }

  /** @returns `disowned` when it has no owner, and nothing was changed */
  async update({ jid: named, node, tags: list }: TagUpdate, from: Jid): Promise<'updated' | 'disowned'> {
    const { entries, rules } = this.#parts
    const sender = bareOf(from)
    const jid = named === undefined ? sender : bareOf(named)
    const { tags, key } = readTags(list, rules)
    if (key !== undefined) throw stanzaError('not-acceptable', 'A key is part of a registration')
    const entry = entries.get(jid, node)
    if (!entry || entry.visibility === 'removed') throw notFound()
    if (jid !== sender && entry.owner !== sender) throw notFound()
    if (entry.owner === undefined) return 'disowned'
    await entries.put(this.#updated(entry, tags, from))
    return 'updated'
  }

  #updated(entry: Entry, changes: Tags, from: Jid): Entry {
    const isOwn = bareOf(from) === entry.jid
    return {
      ...entry,
      tags: merged(entry.tags, changes, this.#parts.rules),
      address: isOwn ? from : entry.address,
    }
  }

  async unregister(node: NodeRef | undefined, from: Jid): Promise<void> {
    const entry = this.#parts.entries.get(bareOf(from), node)
    if (entry) await this.#parts.entries.remove(entry)
  }

  /** Out of the searches; it stays with its owner. XEP-0347 §3.10. */
  async remove(address: ThingAddress, from: Jid): Promise<void> {
    const entry = this.#owned(address, from)
    if (entry.visibility === 'removed') throw notFound()
    const removed: Entry = { ...entry, visibility: 'removed', notice: 'removed' }
    await this.#parts.entries.put(removed)
    void this.#parts.tell(removed, 'removed')
  }

  /** Only a thing that hears of it can be disowned: otherwise nobody could claim it again. XEP-0347 §3.17. */
  async disown(address: ThingAddress, from: Jid): Promise<void> {
    const entry = this.#owned(address, from)
    const leaving = keyOf(entry.jid, entry.node)
    if (this.#leaving.has(leaving))
      throw stanzaError('resource-constraint', 'The thing is being asked already')
    this.#leaving.add(leaving)
    const hasHeard = await this.#parts.tell(entry, 'disowned')
    this.#leaving.delete(leaving)
    // A thing that registered again in the same breath has left this owner already.
    const now = this.#parts.entries.get(entry.jid, entry.node)
    if (!now || now.owner !== entry.owner) return
    if (!hasHeard) throw stanzaError('not-allowed', 'The thing cannot be reached now')
    await this.#parts.entries.put(disowned(now))
  }

  #owned({ jid, node }: ThingAddress, from: Jid): Entry {
    const entry = this.#parts.entries.get(bareOf(jid), node)
    if (!entry || entry.owner !== bareOf(from)) throw notFound()
    return entry
  }

  /** An account is gone: its things with it, and those it owned are nobody's. */
  async forget(account: BareJid): Promise<void> {
    const { entries, tell } = this.#parts
    for (const entry of entries.ofThing(account)) await entries.remove(entry)
    for (const entry of entries.ofOwner(account)) {
      const free: Entry = { ...disowned(entry), notice: 'disowned' }
      await entries.put(free)
      void tell(free, 'disowned')
    }
  }
}

function isNode({ node: own }: Entry, node: NodeRef): boolean {
  return own?.id === node.id && own.source === node.source && own.partition === node.partition
}

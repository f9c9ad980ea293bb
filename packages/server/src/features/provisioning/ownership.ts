/**
 * Whose rules a thing goes by: of whoever claimed it at the registry, or else of whom it names itself. One that it
 * names has to name it, too: nobody can be made the owner of something, nor can a thing learn what others allow.
 */
import type { BareJid } from '@waxwing/jid'
import type { Now } from '../../kernel/hooks.ts'
import { column, type Keyed, key, keyed, type Mapped, mapped } from '../../store/store.ts'
import { noRules, type RuleBook, type ThingTags } from './rule.ts'
import type { RuleBooks } from './rule-books.ts'

export const ownerShapes = {
  owners: keyed(key<BareJid>('thing'), { owner: column.text() }),
  /** The same the other way round. */
  named: mapped(key<BareJid>('owner'), key<BareJid>('thing'), { since: column.time() }),
}

export interface OwnerStores {
  readonly owners: Keyed<BareJid, { readonly owner: string }>
  readonly named: Mapped<BareJid, BareJid, { readonly since: number }>
}

/** What a thing goes by. */
export interface Standing {
  readonly owner: BareJid
  /** Whether both sides agree. */
  readonly isConfirmed: boolean
  /** Empty while it is not confirmed. */
  readonly book: RuleBook
}

/** The registry of things. XEP-0347 §3.3 */
export interface Claims {
  ownerOf(thing: BareJid): BareJid | undefined
  tagsOf(thing: BareJid): ThingTags
}

export class Ownership {
  readonly #stores: OwnerStores
  readonly #books: RuleBooks
  readonly #claims: Claims
  readonly #wall: () => number

  constructor(stores: OwnerStores, books: RuleBooks, claims: Claims, wall: () => number) {
    this.#stores = stores
    this.#books = books
    this.#claims = claims
    this.#wall = wall
  }

  /** Who claimed the thing, or else whom it names; itself when that is nobody. */
  ownerOf(thing: BareJid): Now<BareJid> {
    return this.#claimant(thing) ?? this.namedBy(thing)
  }

  /** Things that own themselves in the registry may name somebody here. */
  #claimant(thing: BareJid): BareJid | undefined {
    const owner = this.#claims.ownerOf(thing)
    return owner === thing ? undefined : owner
  }

  /** Whom a thing names, whoever claimed it; itself when that is nobody. */
  namedBy(thing: BareJid): Now<BareJid> {
    const row = this.#stores.owners.get(thing)
    // What stands there was an address when it was written.
    const read = (found: Awaited<typeof row>): BareJid => (found ? (found.owner as BareJid) : thing)
    return row instanceof Promise ? row.then(read) : read(row)
  }

  /** @param owner `undefined`: the thing itself */
  async setOwner(thing: BareJid, owner: BareJid | undefined): Promise<void> {
    const { owners, named } = this.#stores
    const before = await this.namedBy(thing)
    if (before !== thing && before !== owner) await named.delete(before, thing)
    if (owner === undefined || owner === thing) return owners.delete(thing)
    await Promise.all([owners.put(thing, { owner }), named.put(owner, thing, { since: this.#wall() })])
  }

  /**
   * Somebody is gone: things that named them are their own again, so that whoever gets the address gets no things.
   *
   * @returns these things
   */
  async forgetOwner(owner: BareJid): Promise<readonly BareJid[]> {
    const { owners, named } = this.#stores
    const things = [...(await named.all(owner)).keys()]
    const theirs: BareJid[] = []
    for (const thing of things) if ((await this.namedBy(thing)) === owner) theirs.push(thing)
    await Promise.all([...theirs.map(thing => owners.delete(thing)), named.clear(owner)])
    return theirs
  }

  async of(thing: BareJid): Promise<Standing> {
    const owner = await this.ownerOf(thing)
    const book = await this.#books.of(owner)
    const isConfirmed = owner === thing || owner === this.#claimant(thing) || book.things.has(thing)
    return { owner, isConfirmed, book: isConfirmed ? book : noRules }
  }
}

/**
 * Whose rules a thing goes by: of whoever claimed it at the registry, or else of whom it names itself. One that it
 * names has to name it, too: nobody can be made the owner of something, nor can a thing learn what others allow.
 */
import type { BareJid } from '@waxwing/jid'
import type { Now } from '../../kernel/hooks.ts'
import { column, type Keyed, key, keyed } from '../../store/store.ts'
import { noRules, type RuleBook, type ThingTags } from './rule.ts'
import type { RuleBooks } from './rule-books.ts'

export const ownersShape = keyed(key<BareJid>('thing'), { owner: column.text() })

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
  readonly #store: Keyed<BareJid, { readonly owner: string }>
  readonly #books: RuleBooks
  readonly #claims: Claims

  constructor(store: Keyed<BareJid, { readonly owner: string }>, books: RuleBooks, claims: Claims) {
    this.#store = store
    this.#books = books
    this.#claims = claims
  }

  /** Who claimed the thing, or else whom it names; itself when that is nobody. */
  ownerOf(thing: BareJid): Now<BareJid> {
    return this.#claimant(thing) ?? this.#named(thing)
  }

  /** Things that own themselves in the registry may name somebody here. */
  #claimant(thing: BareJid): BareJid | undefined {
    const owner = this.#claims.ownerOf(thing)
    return owner === thing ? undefined : owner
  }

  #named(thing: BareJid): Now<BareJid> {
    const row = this.#store.get(thing)
    // What stands there was an address when it was written.
    const read = (found: Awaited<typeof row>): BareJid => (found ? (found.owner as BareJid) : thing)
    return row instanceof Promise ? row.then(read) : read(row)
  }

  /** @param owner `undefined`: the thing itself */
  async setOwner(thing: BareJid, owner: BareJid | undefined): Promise<void> {
    if (owner === undefined || owner === thing) await this.#store.delete(thing)
    else await this.#store.put(thing, { owner })
  }

  async of(thing: BareJid): Promise<Standing> {
    const owner = await this.ownerOf(thing)
    const book = await this.#books.of(owner)
    const isConfirmed = owner === thing || owner === this.#claimant(thing) || book.things.has(thing)
    return { owner, isConfirmed, book: isConfirmed ? book : noRules }
  }
}

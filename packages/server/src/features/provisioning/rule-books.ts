/** The rules of owners: as text in the store, read when they are needed. */
import type { BareJid } from '@waxwing/jid'
import { stanzaError } from '@waxwing/protocol'
import { column, type Keyed, key, keyed } from '../../store/store.ts'
import { noRules, type RuleBook } from './rule.ts'
import { type RuleLimits, readRules } from './rule-text.ts'

export const rulesShape = keyed(key<BareJid>('owner'), { text: column.text() })

/** Books kept ready. */
const mostBooks = 200

export class RuleBooks {
  readonly #store: Keyed<BareJid, { readonly text: string }>
  readonly #limits: RuleLimits
  /** Those used last are at the end. */
  readonly #ready = new Map<BareJid, RuleBook>()

  constructor(store: Keyed<BareJid, { readonly text: string }>, limits: RuleLimits) {
    this.#store = store
    this.#limits = limits
  }

  async textOf(owner: BareJid): Promise<string> {
    return (await this.#store.get(owner))?.text ?? ''
  }

  async of(owner: BareJid): Promise<RuleBook> {
    const known = this.#ready.get(owner)
    if (known) return this.#keep(owner, known)
    const text = await this.textOf(owner)
    // What has come into the store in the meantime is newer than what was read.
    const newer = this.#ready.get(owner)
    return newer ?? this.#keep(owner, text === '' ? noRules : readRules(text, this.#limits).book)
  }

  /** Settles when the text is there to stay; `book` is what it says. */
  put(owner: BareJid, text: string, book: RuleBook): Promise<void> {
    this.#keep(owner, book)
    return text === '' ? this.#store.delete(owner) : this.#store.put(owner, { text })
  }

  /**
   * Writes a text anew with nobody in between.
   *
   * @param change gets the text and what it says, gives the new text
   * @throws StanzaError resource-constraint when it becomes too much
   */
  async edit(owner: BareJid, change: (text: string, book: RuleBook) => string): Promise<void> {
    let isTooMuch = false
    await this.#store.update(owner, old => {
      const text = old?.text ?? ''
      const next = change(text, readRules(text, this.#limits).book)
      const { book, faults } = readRules(next, this.#limits)
      isTooMuch = faults.length > 0
      if (isTooMuch) return old
      this.#keep(owner, book)
      return next === '' ? undefined : { text: next }
    })
    if (isTooMuch) throw stanzaError('resource-constraint', 'There would be too many rules')
  }

  remove(owner: BareJid): Promise<void> {
    return this.put(owner, '', noRules)
  }

  #keep(owner: BareJid, book: RuleBook): RuleBook {
    this.#ready.delete(owner)
    this.#ready.set(owner, book)
    for (const oldest of this.#ready.keys()) {
      if (this.#ready.size <= mostBooks) break
      this.#ready.delete(oldest)
    }
    return book
  }
}

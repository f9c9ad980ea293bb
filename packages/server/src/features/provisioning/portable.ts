/** Rules and owners, as they go with an account from one server to another. XEP-0227. */
import type { BareJid } from '@waxwing/jid'
import { Rules, stanzaError, ThingOwner } from '@waxwing/protocol'
import { type Element, readWire, writeWire } from '@waxwing/xml'
import type { Portable } from '../../kernel/feature.ts'
import type { Ownership } from './ownership.ts'
import type { RuleBooks } from './rule-books.ts'
import { type RuleLimits, readRules } from './rule-text.ts'

export function portable(books: RuleBooks, ownership: Ownership, limits: RuleLimits): Portable {
  async function importRules(account: BareJid, element: Element): Promise<void> {
    const { text } = readWire(Rules, element)
    const { book, faults } = readRules(text, limits)
    const [first] = faults
    if (first) throw stanzaError('not-acceptable', `Rules, line ${first.line}: ${first.text}`)
    await books.put(account, text, book)
  }

  return {
    async *export(account) {
      const text = await books.textOf(account)
      if (text !== '') yield writeWire(Rules, { text })
      const owner = await ownership.ownerOf(account)
      if (owner !== account) yield writeWire(ThingOwner, { jid: owner })
    },
    async import(account, element) {
      if (element.ns !== Rules.ns) return false
      if (element.name === Rules.name) await importRules(account, element)
      else if (element.name === ThingOwner.name)
        await ownership.setOwner(account, readWire(ThingOwner, element).jid)
      else return false
      return true
    },
  }
}

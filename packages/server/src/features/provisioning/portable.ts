/** Rules, owners, tokens and what was decided, as they go with an account from one server to another. XEP-0227. */
import type { BareJid } from '@waxwing/jid'
import { Decisions, HeldToken, RULES_NS, Rules, stanzaError, ThingOwner } from '@waxwing/protocol'
import { type Element, readWire, type Wire, writeWire } from '@waxwing/xml'
import type { Portable } from '../../kernel/feature.ts'
import type { DecisionLog } from './decision-log.ts'
import type { Ownership } from './ownership.ts'
import type { RuleBooks } from './rule-books.ts'
import { type RuleLimits, readRules } from './rule-text.ts'
import { checkCertificate } from './tokens/certificate.ts'
import type { Tokens } from './tokens/tokens.ts'

export interface PortableParts {
  readonly books: RuleBooks
  readonly ownership: Ownership
  readonly tokens: Tokens
  readonly decisions: DecisionLog
  readonly limits: RuleLimits
  readonly wall: () => number
}

export function portable({ books, ownership, tokens, decisions, limits, wall }: PortableParts): Portable {
  async function importRules(account: BareJid, { text }: Rules): Promise<void> {
    const { book, faults } = readRules(text, limits)
    const [first] = faults
    if (first) throw stanzaError('not-acceptable', `Rules, line ${first.line}: ${first.text}`)
    await books.put(account, text, book)
  }

  async function importDecisions(account: BareJid, { thing, decisions: all }: Decisions): Promise<void> {
    if (thing === undefined) throw stanzaError('bad-request', 'It does not say what was decided about')
    await decisions.import(account, thing, all)
  }

  async function importToken(account: BareJid, held: HeldToken): Promise<void> {
    checkCertificate(held.certificate, wall())
    await tokens.take(account, held)
  }

  const importers = [
    importerOf(Rules, importRules),
    importerOf(ThingOwner, (account, { jid }) => ownership.setOwner(account, jid)),
    importerOf(HeldToken, importToken),
    importerOf(Decisions, importDecisions),
  ]

  return {
    async *export(account) {
      const text = await books.textOf(account)
      if (text !== '') yield writeWire(Rules, { text })
      const owner = await ownership.namedBy(account)
      if (owner !== account) yield writeWire(ThingOwner, { jid: owner })
      for (const held of await tokens.heldBy(account)) yield writeWire(HeldToken, held)
      for (const thing of await decisions.thingsOf(account)) {
        const all = await decisions.allOf(thing, account)
        if (all.length > 0) yield writeWire(Decisions, { thing, decisions: all })
      }
    },
    async import(account, element) {
      const importer = element.ns === RULES_NS && importers.find(({ name }) => name === element.name)
      if (!importer) return false
      await importer.run(account, element)
      return true
    },
  }
}

interface Importer {
  readonly name: string
  readonly run: (account: BareJid, element: Element) => Promise<void>
}

function importerOf<T>(wire: Wire<T>, take: (account: BareJid, value: T) => Promise<void>): Importer {
  return { name: wire.name, run: (account, element) => take(account, readWire(wire, element)) }
}

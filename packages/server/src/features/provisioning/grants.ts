/** What of a question is granted. What cannot be told as nodes times names is denied. XEP-0324 §3.3.2 … §3.4.3 */
import { type FieldCategory, fieldCategories, type NodeRef, sameNode, stanzaError } from '@waxwing/protocol'
import {
  coversCategory,
  coversNode,
  deciding,
  isAllowed,
  rulesFor,
  type Spot,
  type Wish,
} from './decision.ts'
import type { Rule, RuleBook } from './rule.ts'

/** Names of fields or parameters at some nodes, and types of values. */
export interface Asked {
  /** Empty: the thing itself. */
  readonly nodes: readonly NodeRef[]
  /** Empty: all. */
  readonly names: readonly string[]
  /** Empty: all, and where it is not about reading. */
  readonly categories: readonly FieldCategory[]
}

/** Nodes times names times types: each of them is allowed. Empty lists are what the question left empty. */
export type Grant =
  | { readonly result: false }
  | {
      readonly result: true
      readonly nodes: readonly NodeRef[]
      readonly names: readonly string[]
      /** Empty: all that were asked for. */
      readonly categories: readonly FieldCategory[]
    }

type Granted = Extract<Grant, { readonly result: true }>

/** Spots of one question: nodes times names. */
const mostSpots = 10_000

const denied: Grant = { result: false }

interface Budget {
  spots: number
}

/** Throws `StanzaError` when too much is asked at once. */
export function grantOf(book: RuleBook, wish: Wish, asked: Asked): Grant {
  const ranked = rulesFor(book, wish)
  const budget = { spots: mostSpots }
  if (ranked.every(rule => rule.categories.length === 0)) return productOf(ranked, asked, budget)
  const categories = asked.categories.length === 0 ? fieldCategories : asked.categories
  const each = categories.map(category => {
    const about = ranked.filter(rule => coversCategory(rule, category))
    return { category, grant: productOf(about, asked, budget, category) }
  })
  const first = each.find(({ grant }) => grant.result)?.grant
  if (!first?.result) return denied
  // Types of which something else is allowed cannot be told along with these.
  const alike = each.filter(({ grant }) => grant.result && isSame(grant, first))
  return {
    ...first,
    categories: alike.length === each.length ? [] : alike.map(({ category }) => category),
  }
}

function isSame(a: Granted, b: Granted): boolean {
  const sameNames = a.names.length === b.names.length && a.names.every(name => b.names.includes(name))
  const { nodes } = b
  return (
    sameNames && a.nodes.length === nodes.length && a.nodes.every((node, at) => sameNode(node, nodes[at]))
  )
}

/** @param category the one it is about; absent: no rule names any */
function productOf(
  ranked: readonly Rule[],
  { nodes, names }: Asked,
  budget: Budget,
  category?: FieldCategory,
): Grant {
  const places = nodes.length === 0 ? [undefined] : nodes
  const found = places
    .map(node => ({ node, names: allowedAt(ranked, { node, category }, names, budget) }))
    .filter(place => place.names !== 'none')
  const [first] = found
  if (!first) return denied
  const common = found.map(place => place.names).reduce(commonOf)
  // Where nodes have nothing in common, the first alone is granted: there is no way to tell more.
  const granted = common === 'none' ? [first] : found
  const grantedNames = common === 'none' ? first.names : common
  return {
    result: true,
    nodes: granted.flatMap(({ node }) => node ?? []),
    names: Array.isArray(grantedNames) ? grantedNames : [],
    categories: [],
  }
}

/** The rules that decide about what is asked, at most some of them. */
export function rulesBehind(
  book: RuleBook,
  wish: Wish,
  { nodes, names, categories }: Asked,
): readonly Rule[] {
  const ranked = rulesFor(book, wish)
  const found = new Set<Rule>()
  let spots = 0
  for (const node of nodes.length === 0 ? [undefined] : nodes)
    for (const name of names.length === 0 ? [undefined] : names)
      for (const category of categories.length === 0 ? [undefined] : categories) {
        if (++spots > mostExplained) return [...found]
        const rule = deciding(ranked, { node, name, category })
        if (rule) found.add(rule)
      }
  return [...found]
}

const mostExplained = 100

/** `all`: whatever its name is. */
type Names = 'all' | 'none' | readonly string[]

function allowedAt(
  all: readonly Rule[],
  spot: Omit<Spot, 'name'>,
  names: readonly string[],
  budget: Budget,
): Names {
  const ranked = all.filter(rule => coversNode(rule, spot.node))
  const known = names.length > 0 ? names : [...new Set(ranked.flatMap(rule => rule.names))]
  budget.spots -= known.length
  if (budget.spots < 0) throw stanzaError('resource-constraint', 'Ask for less at once', { type: 'modify' })
  if (names.length > 0) return orNone(names.filter(name => isAllowed(ranked, { ...spot, name })))
  const isOpen = isAllowed(ranked, spot)
  // "All but these" cannot be told: then only those are granted that a rule names.
  if (isOpen && known.every(name => isAllowed(ranked, { ...spot, name }))) return 'all'
  return orNone(known.filter(name => deciding(ranked, { ...spot, name })?.effect === 'allow'))
}

function orNone(names: readonly string[]): Names {
  return names.length === 0 ? 'none' : names
}

function commonOf(a: Names, b: Names): Names {
  if (a === 'none' || b === 'none') return 'none'
  if (a === 'all') return b
  if (b === 'all') return a
  return orNone(a.filter(name => b.includes(name)))
}

/** What of a question is granted. What cannot be told as nodes times names is denied. XEP-0324 §3.3.2 … §3.4.3 */
import { type NodeRef, stanzaError } from '@waxwing/protocol'
import { coversNode, deciding, isAllowed, rulesFor, type Wish } from './decision.ts'
import type { Rule, RuleBook } from './rule.ts'

/** Names of fields or parameters at some nodes. */
export interface Asked {
  /** Empty: the thing itself. */
  readonly nodes: readonly NodeRef[]
  /** Empty: all. */
  readonly names: readonly string[]
}

/** Nodes times names: each of them is allowed. Empty lists are what the question left empty. */
export type Grant =
  | { readonly result: false }
  | { readonly result: true; readonly nodes: readonly NodeRef[]; readonly names: readonly string[] }

/** Spots of one question: nodes times names. */
const mostSpots = 10_000

const denied: Grant = { result: false }

/** Throws `StanzaError` when too much is asked at once. */
export function grantOf(book: RuleBook, wish: Wish, asked: Asked): Grant {
  const { nodes, names } = asked
  const ranked = rulesFor(book, wish)
  const places = nodes.length === 0 ? [undefined] : nodes
  const budget = { spots: mostSpots }
  const found = places
    .map(node => ({ node, names: allowedAt(ranked, node, names, budget) }))
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
  }
}

/** `all`: whatever its name is. */
type Names = 'all' | 'none' | readonly string[]

function allowedAt(
  all: readonly Rule[],
  node: NodeRef | undefined,
  names: readonly string[],
  budget: { spots: number },
): Names {
  const ranked = all.filter(rule => coversNode(rule, node))
  const known = names.length > 0 ? names : [...new Set(ranked.flatMap(rule => rule.names))]
  budget.spots -= known.length
  if (budget.spots < 0) throw stanzaError('resource-constraint', 'Ask for less at once', { type: 'modify' })
  if (names.length > 0) return orNone(names.filter(name => isAllowed(ranked, { node, name })))
  const isOpen = isAllowed(ranked, { node })
  // "All but these" cannot be told: then only those are granted that a rule names.
  if (isOpen && known.every(name => isAllowed(ranked, { node, name }))) return 'all'
  return orNone(known.filter(name => deciding(ranked, { node, name })?.effect === 'allow'))
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

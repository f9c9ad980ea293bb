/** What an owner says about who may do what with which thing. */
import type { BareJid } from '@waxwing/jid'
import { type NodeRef, type RuleVerb, ruleVerbs } from '@waxwing/protocol'

export const verbs = ruleVerbs
export type Verb = RuleVerb

/** Who a rule is about. */
export type Subject =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'account'; readonly jid: BareJid }
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'domain'; readonly domain: string }
  | { readonly kind: 'everyone' }

export interface Rule {
  /** Where it stands, from 1. */
  readonly line: number
  /** As it was written, without what surrounds it. */
  readonly text: string
  readonly effect: 'allow' | 'deny'
  readonly subject: Subject
  readonly verb: Verb
  /** Absent: everything the owner has. */
  readonly thing: BareJid | undefined
  /** Absent: the thing itself and all nodes behind it. Parts of the address that are absent may be anything. */
  readonly node: NodeRef | undefined
  /** Fields, or parameters when it is about control; empty: all. */
  readonly names: readonly string[]
  /** Milliseconds since 1970 from which on it does not hold; absent: it always does. */
  readonly until: number | undefined
}

/** All that one owner says. */
export interface RuleBook {
  /** Things the owner says are theirs. */
  readonly things: ReadonlySet<BareJid>
  /** As they stand. */
  readonly rules: readonly Rule[]
  /** What the names of tags stand for; never further tags. */
  readonly tags: ReadonlyMap<string, readonly Subject[]>
}

export const noRules: RuleBook = { things: new Set(), rules: [], tags: new Map() }

/** How a subject is written. Tokens are secrets: only their beginning is shown. */
export function nameOf(subject: Subject): string {
  switch (subject.kind) {
    case 'token':
      return `the token ${subject.token.slice(0, 4)}…`
    case 'account':
      return subject.jid
    case 'tag':
      return `the tag ${subject.name}`
    case 'domain':
      return `the domain ${subject.domain}`
    case 'everyone':
      return 'everyone'
  }
}

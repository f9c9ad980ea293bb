/** What an owner says about who may do what with which thing. */
import type { BareJid } from '@waxwing/jid'
import { type FieldCategory, type NodeRef, type RuleVerb, ruleVerbs } from '@waxwing/protocol'

export const verbs = ruleVerbs
export type Verb = RuleVerb

/** What a token stands for: software, hardware or a person. XEP-0324 §5.6 */
export const tokenKinds = ['service', 'device', 'user'] as const
export type TokenKind = (typeof tokenKinds)[number]

/** What the registry knows of a thing: names in capitals, with their values. */
export interface ThingTags {
  get(name: string): string | number | undefined
}

/** A part of each day in UTC, in minutes since midnight; one that ends before it begins goes over midnight. */
export interface Hours {
  readonly from: number
  readonly to: number
}

/** Who a rule is about. */
export type Subject =
  /** `of` absent: whatever it stands for. */
  | { readonly kind: 'token'; readonly token: string; readonly of?: TokenKind | undefined }
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
  /** Tags a thing has at the registry, all of them; empty: any. Not together with `thing`. */
  readonly tags: readonly (readonly [name: string, value: string])[]
  /** Absent: the thing itself and all nodes behind it. Parts of the address that are absent may be anything. */
  readonly node: NodeRef | undefined
  /** Fields, or parameters when it is about control; empty: all. */
  readonly names: readonly string[]
  /** Kinds of values; empty: all. Only when it is about reading. */
  readonly categories: readonly FieldCategory[]
  /** Milliseconds since 1970 before which it does not hold; absent: it holds already. */
  readonly from: number | undefined
  /** Absent: all day. */
  readonly hours: Hours | undefined
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
      return `the ${subject.of === undefined ? '' : `${subject.of} `}token ${hint(subject.token)}`
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

/** Ours begin with the address of who gave them, which says nothing. */
function hint(token: string): string {
  return `${token.slice(token.lastIndexOf(':') + 1).slice(0, 4)}…`
}

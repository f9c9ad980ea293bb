// How owners of things speak with our own provisioning server: rules as text, and why something is allowed.
import type { BareJid, Jid } from '@waxwing/jid'
import {
  attr,
  bool,
  CodecError,
  children,
  custom,
  element,
  oneOf,
  string,
  type TextCodec,
  text,
  uint,
  type Wire,
} from '@waxwing/xml'
import { anyJid, bareJid } from '../jids.ts'
import { maxNameLength } from './sensor-limits.ts'
import { tokenList } from './sensor-raw.ts'

/** The namespace of rule books, which is also the feature of a server that keeps them. */
export const RULES_NS = 'urn:waxwing:rules:0'

/** What rules are about. */
export const ruleVerbs = ['befriend', 'read', 'control'] as const
export type RuleVerb = (typeof ruleVerbs)[number]

/** All rules of an account; set, they replace those before. */
export interface Rules {
  readonly text: string
}
export const Rules: Wire<Rules, { readonly text?: string }> = element(RULES_NS, 'rules', {
  text: text(string).or(''),
})

/** What would another text change? */
export const RulesTrial: Wire<Rules, { readonly text?: string }> = element(RULES_NS, 'trial', {
  text: text(string).or(''),
})

/** Something that would be allowed and is not, or the other way round. */
export interface RuleChange {
  /** For people. */
  readonly who: string
  readonly verb: RuleVerb
  /** For people. */
  readonly what: string
  readonly isAllowed: boolean
  /** Of the rule that would decide; absent: none would. */
  readonly line?: number | undefined
}

export interface RuleChanges {
  /** Whether all was tried. */
  readonly isComplete: boolean
  readonly changes: readonly RuleChange[]
}
export const RuleChanges: Wire<RuleChanges> = element(RULES_NS, 'changes', {
  isComplete: attr('complete', bool),
  changes: children(
    element(RULES_NS, 'change', {
      who: attr('who', string),
      verb: attr('verb', oneOf(...ruleVerbs)),
      what: attr('what', string),
      isAllowed: attr('allowed', bool),
      line: attr('line', uint).maybe(),
    }),
  ),
})

/** What is wrong with a text; beside the stanza error. Lines and columns count from 1. */
export interface RuleFaults {
  readonly faults: readonly { readonly line: number; readonly column: number; readonly text: string }[]
}
export const RuleFaults: Wire<RuleFaults> = element(RULES_NS, 'faults', {
  faults: children(
    element(RULES_NS, 'fault', {
      line: attr('line', uint),
      column: attr('column', uint),
      text: text(string).or(''),
    }),
  ),
})

const shortName: TextCodec<string> = custom(
  name => {
    if (name.length > maxNameLength) throw new CodecError('too long')
    return name
  },
  name => name,
  `a name of at most ${maxNameLength} characters`,
)

/** May somebody do something with a thing of mine, and why? */
export interface RuleQuestion {
  readonly caller: Jid
  readonly verb: RuleVerb
  readonly thing: BareJid
  /** A field or parameter; absent: any that no rule names. */
  readonly name?: string | undefined
  /** The id of a node behind it, with its source and partition. */
  readonly node?: string | undefined
  readonly source?: string | undefined
  readonly partition?: string | undefined
  readonly tokens: readonly string[]
}
export const RuleQuestion: Wire<RuleQuestion> = element(RULES_NS, 'explain', {
  caller: attr('caller', anyJid),
  verb: attr('verb', oneOf(...ruleVerbs)),
  thing: attr('thing', bareJid),
  name: attr('name', shortName).maybe(),
  node: attr('node', shortName).maybe(),
  source: attr('source', shortName).maybe(),
  partition: attr('partition', shortName).maybe(),
  tokens: attr('tokens', tokenList).or([]),
})

/** A rule with its place, and what is said of it. */
export interface ExplainedRule {
  readonly line: number
  readonly rule: string
  readonly why: string
}

export interface RuleExplanation {
  readonly isAllowed: boolean
  /** For people. */
  readonly why: string
  /** The rule that decides; absent: none does. */
  readonly line?: number | undefined
  readonly rule?: string | undefined
  readonly others: readonly ExplainedRule[]
}
export const RuleExplanation: Wire<RuleExplanation> = element(RULES_NS, 'explanation', {
  isAllowed: attr('allowed', bool),
  why: attr('why', string),
  line: attr('line', uint).maybe(),
  rule: attr('rule', string).maybe(),
  others: children(
    element(RULES_NS, 'other', {
      line: attr('line', uint),
      rule: attr('rule', string),
      why: attr('why', string),
    }),
  ),
})

/** Whose rules a thing goes by; it says so itself. Absent: its own. */
export interface ThingOwner {
  readonly jid?: BareJid | undefined
}
export const ThingOwner: Wire<ThingOwner> = element(RULES_NS, 'owner', { jid: attr('jid', bareJid).maybe() })

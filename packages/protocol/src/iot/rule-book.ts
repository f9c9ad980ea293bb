// How owners of things speak with our own provisioning server: rules as text, and why something is allowed.
import type { BareJid, Jid } from '@waxwing/jid'
import {
  any,
  attr,
  base64,
  bool,
  CodecError,
  children,
  custom,
  dateTime,
  type Element,
  element,
  intWithin,
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

/** What things ask about, and owners are asked. */
export const askedVerbs = ['befriend', 'read', 'control'] as const
export type AskedVerb = (typeof askedVerbs)[number]

/** What rules are about: that, and the use of services. */
export const ruleVerbs = [...askedVerbs, 'use'] as const
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

/** A question that waits for the owner's answer. */
export interface OpenQuestion {
  /** When it was asked first. */
  readonly asked: Date
  /** How often it was asked since. */
  readonly times: number
  /** Keys it had before more was asked for; the oldest come first. An answer with one is about what was asked then. */
  readonly before: readonly string[]
  /** As the message had it: a question of `provisioningOwner`. */
  readonly question: Element
}

/** The questions that wait. */
export interface QuestionList {
  /** The oldest come first. */
  readonly questions: readonly OpenQuestion[]
  /** Whether there are further ones, which come when these are answered. */
  readonly more?: boolean | undefined
}

/** Which questions wait? */
export const OpenQuestions: Wire<QuestionList> = element(RULES_NS, 'questions', {
  more: attr('more', bool).maybe(),
  questions: children(
    element(RULES_NS, 'question', {
      asked: attr('asked', dateTime),
      times: attr('times', uint),
      before: attr('before', tokenList).or([]),
      question: any(),
    }),
  ),
})

/** What was decided about a thing lately? */
export interface DecisionQuery {
  readonly thing: BareJid
  /** Entries wanted; absent: as many as the server likes. */
  readonly max?: number | undefined
}
export const DecisionQuery: Wire<DecisionQuery> = element(RULES_NS, 'log', {
  thing: attr('thing', bareJid),
  max: attr('max', intWithin(1, 10_000)).maybe(),
})

/** Something that was decided. */
export interface Decision {
  readonly at: Date
  readonly caller: Jid
  readonly verb: RuleVerb
  /** What it was about, for people; absent: the whole thing. */
  readonly what?: string | undefined
  readonly isAllowed: boolean
  /** What of it was allowed, when that is less; for people. */
  readonly granted?: string | undefined
  /** The rules that decided, one a line; absent: none did. */
  readonly rule?: string | undefined
}

/** What was decided about a thing. */
export interface Decisions {
  /** Said where it does not go without saying: in exports. */
  readonly thing?: BareJid | undefined
  /** The newest come last. */
  readonly decisions: readonly Decision[]
}
export const Decisions: Wire<Decisions> = element(RULES_NS, 'decisions', {
  thing: attr('thing', bareJid).maybe(),
  decisions: children(
    element(RULES_NS, 'decision', {
      at: attr('at', dateTime),
      caller: attr('caller', anyJid),
      verb: attr('verb', oneOf(...ruleVerbs)),
      what: attr('what', string).maybe(),
      isAllowed: attr('allowed', bool),
      granted: attr('granted', string).maybe(),
      rule: attr('rule', string).maybe(),
    }),
  ),
})

/** A token with its certificate in DER, as it goes with its holder from one server to another. */
export interface HeldToken {
  readonly token: string
  readonly since: Date
  readonly certificate: Uint8Array
}
export const HeldToken: Wire<HeldToken> = element(RULES_NS, 'token', {
  token: attr('id', shortName),
  since: attr('since', dateTime),
  certificate: text(base64),
})

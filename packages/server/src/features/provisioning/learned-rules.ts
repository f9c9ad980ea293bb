/** Rules that come from answers: they stand in the owner's text, marked and dated, and can be changed there like others. */
import { type BareJid, bareOf } from '@waxwing/jid'
import { type AskedVerb, type NodeRef, type OwnerAnswer, sameNode } from '@waxwing/protocol'
import type { Rule, RuleBook, Subject } from './rule.ts'
import { accountSubject, domainSubject, type RuleLine, writeRule } from './rule-line.ts'

/** The rules that an answer makes: one for each node it names. */
export function rulesOf(verb: AskedVerb, answer: OwnerAnswer): readonly RuleLine[] {
  const { nodes, partial = { names: [], categories: [] }, until } = answer
  const rule = {
    effect: answer.result ? ('allow' as const) : ('deny' as const),
    subject: subjectOf(answer),
    verb,
    thing: bareOf(answer.thing),
    names: partial.names,
    categories: partial.categories,
    until,
  }
  return nodes.length === 0 ? [rule] : nodes.map(node => ({ ...rule, node }))
}

function subjectOf({ origin, caller }: OwnerAnswer): Subject {
  switch (origin.kind) {
    case 'caller':
      return accountSubject(bareOf(caller))
    case 'domain':
      return domainSubject(caller)
    case 'everyone':
      return { kind: 'everyone' }
    default:
      return { kind: 'token', token: origin.token, of: origin.kind }
  }
}

/** @param day as in 2026-12-31 */
export function withLearned(text: string, book: RuleBook, rules: readonly RuleLine[], day: string): string {
  const isOld = (old: Rule): boolean => isLearned(old) && rules.some(rule => isAboutSame(old, rule))
  const kept = withoutRules(text, book, isOld)
  const lines = rules.map(rule => `${writeRule(rule)}  # learned ${day}`)
  return `${kept}${kept === '' || kept.endsWith('\n') ? '' : '\n'}${lines.join('\n')}\n`
}

/** A text without some of its rules; what else stands there stays as it is. */
export function withoutRules(text: string, book: RuleBook, isGone: (rule: Rule) => boolean): string {
  const gone = new Set(book.rules.filter(isGone).map(({ line }) => line))
  if (gone.size === 0) return text
  const kept = text.split('\n').filter((_, index) => !gone.has(index + 1))
  return kept.join('\n')
}

function isLearned({ text }: Rule): boolean {
  return /# learned \d{4}-\d\d-\d\d$/.test(text)
}

function isAboutSame(old: Rule, rule: RuleLine): boolean {
  return (
    old.verb === rule.verb &&
    old.thing === rule.thing &&
    sameNode(old.node, rule.node) &&
    isSameSubject(old.subject, rule.subject)
  )
}

function isSameSubject(a: Subject, b: Subject): boolean {
  const words = (subject: Subject): readonly (readonly [string, unknown])[] =>
    Object.entries(subject).sort(([one], [other]) => (one < other ? -1 : 1))
  return JSON.stringify(words(a)) === JSON.stringify(words(b))
}

/** Whether a rule is about this thing by name; with a node, about that alone. */
export function isNamed(rule: Rule, thing: BareJid, node: NodeRef | undefined): boolean {
  return rule.thing === thing && (node === undefined || sameNode(rule.node, node))
}

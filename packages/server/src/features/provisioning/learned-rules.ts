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

/**
 * A text with further rules. What was learned before about the same gives way, as far as it is the same: the last
 * answer counts.
 *
 * @param day as in 2026-12-31
 */
export function withLearned(text: string, book: RuleBook, rules: readonly RuleLine[], day: string): string {
  const lines = text.split('\n')
  for (const old of book.rules)
    for (const rule of rules)
      if (learnedOn.test(old.text) && isAboutSame(old, rule)) giveWay(lines, old, rule)
  const kept = lines.filter(line => line !== removed).join('\n')
  const learned = rules.map(rule => `${writeRule(rule)}  # learned ${day}`)
  return `${kept}${kept === '' || kept.endsWith('\n') ? '' : '\n'}${learned.join('\n')}\n`
}

/** No line has this in it. */
const removed = '\n'

/** The names that a new rule is about, too, are taken out of an old one; with none left, it goes. */
function giveWay(lines: string[], old: Rule, rule: RuleLine): void {
  const { names, categories, thing, until, text, line } = old
  if (!covers(rule.categories, categories) || thing === undefined) return
  const left = rule.names.length === 0 ? [] : names.filter(name => !rule.names.includes(name))
  if (covers(rule.names, names)) lines[line - 1] = removed
  else if (left.length < names.length && old.from === undefined && old.hours === undefined) {
    const [, day = ''] = learnedOn.exec(text) ?? []
    const end = until === undefined ? undefined : new Date(until)
    lines[line - 1] = `${writeRule({ ...old, thing, names: left, until: end })}  # learned ${day}`
  }
}

/** Whether one list has all of another; an empty one has everything. */
function covers(all: readonly string[], some: readonly string[]): boolean {
  return all.length === 0 || (some.length > 0 && some.every(one => all.includes(one)))
}

/** A text without some of its rules; what else stands there stays as it is. */
export function withoutRules(text: string, book: RuleBook, isGone: (rule: Rule) => boolean): string {
  const gone = new Set(book.rules.filter(isGone).map(({ line }) => line))
  if (gone.size === 0) return text
  const kept = text.split('\n').filter((_, index) => !gone.has(index + 1))
  return kept.join('\n')
}

const learnedOn = /# learned (\d{4}-\d\d-\d\d)$/

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

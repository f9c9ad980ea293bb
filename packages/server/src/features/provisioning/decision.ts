/**
 * Which rule decides. What no rule allows is denied. Of those that fit, the one decides that is
 *
 * 1. most specific about who: token, address, tag, domain, everyone;
 * 2. then most specific about what: a name of a node, a node, a name, a thing, everything;
 * 3. then the one that denies;
 * 4. then the first.
 */
import { type BareJid, bareOf, domainOf, type Jid } from '@waxwing/jid'
import type { NodeRef, ReadoutTokens } from '@waxwing/protocol'
import type { Rule, RuleBook, Subject, Verb } from './rule.ts'

/** Somebody at a certain time. */
export interface Caller {
  readonly jid: Jid
  readonly tokens: ReadoutTokens
}

/** What somebody would like to do with a thing. */
export interface Wish {
  readonly caller: Caller
  readonly verb: Verb
  readonly thing: BareJid
  /** Milliseconds since 1970. */
  readonly now: number
}

/** One place and name; `node` absent: the thing itself; `name` absent: any that no rule names. */
export interface Spot {
  readonly node?: NodeRef | undefined
  readonly name?: string | undefined
}

const subjectRanks: Readonly<Record<Subject['kind'], number>> = {
  token: 5,
  account: 4,
  tag: 3,
  domain: 2,
  everyone: 1,
}

export function subjectRank({ subject }: Rule): number {
  return subjectRanks[subject.kind]
}

export function objectRank({ thing, node, names }: Rule): number {
  if (node) return names.length > 0 ? 4 : 3
  if (names.length > 0) return 2
  return thing === undefined ? 0 : 1
}

/** Which of two rules that fit decides: negative when it is `a`. */
export function compareRules(a: Rule, b: Rule): number {
  return (
    subjectRank(b) - subjectRank(a) ||
    objectRank(b) - objectRank(a) ||
    (a.effect === b.effect ? 0 : a.effect === 'deny' ? -1 : 1) ||
    a.line - b.line
  )
}

/** Rules about this wish, whatever the spot; the first that fits a spot decides. */
export function rulesFor(book: RuleBook, wish: Wish): readonly Rule[] {
  const { verb, thing, caller, now } = wish
  const isCaller = matcher(book, caller)
  return book.rules
    .filter(rule => rule.verb === verb && (rule.thing ?? thing) === thing)
    .filter(rule => holdsAt(rule, now) && isCaller(rule.subject))
    .sort(compareRules)
}

/** Whether subjects are who asks; a tag is looked through once. */
export function matcher(book: RuleBook, caller: Caller): (subject: Subject) => boolean {
  const known = new Map<string, boolean>()
  return subject => {
    if (subject.kind !== 'tag') return isAbout(subject, caller)
    const isMember =
      known.get(subject.name) ?? book.tags.get(subject.name)?.some(member => isAbout(member, caller)) ?? false
    known.set(subject.name, isMember)
    return isMember
  }
}

export function holdsAt({ until }: Rule, now: number): boolean {
  return until === undefined || now < until
}

/** Whether a subject that is no tag is who asks. */
function isAbout(subject: Subject, caller: Caller): boolean {
  switch (subject.kind) {
    case 'token': {
      const { service, device, user } = caller.tokens
      return [service, device, user].some(some => some.includes(subject.token))
    }
    case 'account':
      return subject.jid === bareOf(caller.jid)
    case 'domain':
      return subject.domain === domainOf(caller.jid)
    case 'tag':
      return false
    case 'everyone':
      return true
  }
}

/** Whether a rule says something of a spot. */
export function covers(rule: Rule, spot: Spot): boolean {
  const { names } = rule
  if (!coversNode(rule, spot.node)) return false
  return names.length === 0 || (spot.name !== undefined && names.includes(spot.name))
}

/** Whether a rule says something of a place; `undefined`: the thing itself. */
export function coversNode({ node: rule }: Rule, node: NodeRef | undefined): boolean {
  return rule === undefined || (node !== undefined && isPartOf(rule, node))
}

function isPartOf(rule: NodeRef, node: NodeRef): boolean {
  return (
    rule.id === node.id &&
    (rule.source ?? node.source) === node.source &&
    (rule.partition ?? node.partition) === node.partition
  )
}

/** The rule that decides; `undefined`: none does, so it is denied. */
export function deciding(ranked: readonly Rule[], spot: Spot): Rule | undefined {
  return ranked.find(rule => covers(rule, spot))
}

export function isAllowed(ranked: readonly Rule[], spot: Spot): boolean {
  return deciding(ranked, spot)?.effect === 'allow'
}

/**
 * The rule that decides on friendship. Where none is about it, who may read or control anything is a friend, too:
 * without it they could not even ask.
 */
export function decidingFriend(book: RuleBook, wish: Omit<Wish, 'verb'>): Rule | undefined {
  const own = deciding(rulesFor(book, { ...wish, verb: 'befriend' }), {})
  return own ?? useful(book, { ...wish, verb: 'read' }) ?? useful(book, { ...wish, verb: 'control' })
}

/** A rule that allows something which no other takes away. */
function useful(book: RuleBook, wish: Wish): Rule | undefined {
  const ranked = rulesFor(book, wish)
  return ranked.find(
    rule => rule.effect === 'allow' && deciding(ranked, { node: rule.node, name: rule.names[0] }) === rule,
  )
}

/**
 * Which rule decides. What no rule allows is denied. Of those that fit, the one decides that is
 *
 * 1. most specific about who: token, address, tag, domain, everyone;
 * 2. then most specific about what: a name of a node, a node, a name, a thing, things with some tags, everything; and
 *    among these the one that names types of values, or, where it is about a service, the longer name;
 * 3. then the one that denies;
 * 4. then the first.
 */
import { type BareJid, bareOf, domainOf, type Jid } from '@waxwing/jid'
import type { FieldCategory, NodeRef, ReadoutTokens } from '@waxwing/protocol'
import { type Rule, type RuleBook, type Subject, type ThingTags, tokenKinds, type Verb } from './rule.ts'
import { holdsAt } from './rule-times.ts'

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
  /** What the registry says of it. */
  readonly tags: ThingTags
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * One place and name; `node` absent: the thing itself; `name` absent: any that no rule names; `category` absent: one
 * that no rule names.
 */
export interface Spot {
  readonly node?: NodeRef | undefined
  readonly name?: string | undefined
  readonly category?: FieldCategory | undefined
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

export function objectRank({ verb, thing, tags, node, names, categories }: Rule): number {
  const types = categories.length > 0 ? 0.5 : 0
  if (node) return types + (names.length > 0 ? 5 : 4)
  if (names.length > 0) return types + 3 + (verb === 'use' ? depthOf(names) : 0)
  if (thing !== undefined) return types + 2
  return types + (tags.length > 0 ? 1 : 0)
}

/** A privilege below another one is more specific. XEP-0324 §3.7.1 */
function depthOf([name = '']: readonly string[]): number {
  return Math.min(name.split('.').length, mostDepth) / (mostDepth * 10)
}

const mostDepth = 100

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
  const { verb, caller, now } = wish
  const isCaller = matcher(book, caller)
  return book.rules
    .filter(rule => rule.verb === verb && isAboutThing(rule, wish))
    .filter(rule => holdsAt(rule, now) && isCaller(rule.subject))
    .sort(compareRules)
}

/** Whether a rule is about the thing of a wish. */
export function isAboutThing(rule: Rule, { thing, tags }: Pick<Wish, 'thing' | 'tags'>): boolean {
  if (rule.thing !== undefined && rule.thing !== thing) return false
  return rule.tags.every(([name, value]) => {
    const found = tags.get(name)
    return found !== undefined && String(found) === value
  })
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

/** Whether a subject that is no tag is who asks. */
function isAbout(subject: Subject, caller: Caller): boolean {
  switch (subject.kind) {
    case 'token': {
      const kinds = subject.of === undefined ? tokenKinds : [subject.of]
      return kinds.some(kind => caller.tokens[kind].includes(subject.token))
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
  return coversNode(rule, spot.node) && coversCategory(rule, spot.category) && coversName(rule, spot.name)
}

function coversName({ verb, effect, names }: Rule, name: string | undefined): boolean {
  if (verb === 'use') return coversPrivilege(effect, names, name)
  return names.length === 0 || (name !== undefined && names.includes(name))
}

/** Privileges have to be named to be given, and one holds all below it. XEP-0324 §3.7.1 */
function coversPrivilege(
  effect: Rule['effect'],
  names: readonly string[],
  name: string | undefined,
): boolean {
  if (names.length === 0) return name === undefined || effect === 'deny'
  return name !== undefined && names.some(own => name === own || name.startsWith(`${own}.`))
}

/** Whether a rule says something of a place; `undefined`: the thing itself. */
export function coversNode({ node: rule }: Rule, node: NodeRef | undefined): boolean {
  return rule === undefined || (node !== undefined && isPartOf(rule, node))
}

export function coversCategory({ categories }: Rule, category: FieldCategory | undefined): boolean {
  return categories.length === 0 || (category !== undefined && categories.includes(category))
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

/** The rule that decides on the use of a service. Where none is about it, who has any privilege there may use it. */
export function decidingUse(book: RuleBook, wish: Omit<Wish, 'verb'>): Rule | undefined {
  const use = { ...wish, verb: 'use' } as const
  return deciding(rulesFor(book, use), {}) ?? useful(book, use)
}

/** The rule that decides, whatever it is about; `undefined`: none does, so it is denied. */
export function decidingOn(book: RuleBook, wish: Wish, spot: Spot): Rule | undefined {
  if (wish.verb === 'befriend') return decidingFriend(book, wish)
  if (wish.verb === 'use' && spot.name === undefined) return decidingUse(book, wish)
  return deciding(rulesFor(book, wish), spot)
}

/** A rule that allows something which no other takes away. */
function useful(book: RuleBook, wish: Wish): Rule | undefined {
  const ranked = rulesFor(book, wish)
  return ranked.find(
    rule =>
      rule.effect === 'allow' &&
      deciding(ranked, { node: rule.node, name: rule.names[0], category: rule.categories[0] }) === rule,
  )
}

/** Why something is allowed or denied, in words for people. */
import { formatDateTime } from '@waxwing/xml'
import {
  compareRules,
  covers,
  deciding,
  decidingFriend,
  holdsAt,
  matcher,
  objectRank,
  rulesFor,
  type Spot,
  subjectRank,
  type Wish,
} from './decision.ts'
import { nameOf, type Rule, type RuleBook } from './rule.ts'

export interface Explanation {
  readonly isAllowed: boolean
  /** The rule that decides; absent: none does. */
  readonly rule: Rule | undefined
  readonly why: string
  /** Rules that say something of it, too, and why they do not decide; at most 20. */
  readonly others: readonly { readonly rule: Rule; readonly why: string }[]
}

const mostOthers = 20

export function explain(book: RuleBook, wish: Wish, spot: Spot): Explanation {
  const rule = wish.verb === 'befriend' ? decidingFriend(book, wish) : deciding(rulesFor(book, wish), spot)
  const isCaller = matcher(book, wish.caller)
  const others = book.rules
    .filter(other => other !== rule && other.verb === wish.verb && (other.thing ?? wish.thing) === wish.thing)
    .filter(other => covers(other, spot) && isCaller(other.subject))
    .sort(compareRules)
    .slice(0, mostOthers)
  return {
    isAllowed: rule?.effect === 'allow',
    rule,
    why: whyOf(rule, wish),
    others: others.map(other => ({ rule: other, why: whyNot(other, rule, wish.now) })),
  }
}

function whyOf(rule: Rule | undefined, { verb }: Wish): string {
  if (!rule) return 'No rule is about this, and what no rule allows is denied.'
  const who = `Line ${rule.line} is about ${nameOf(rule.subject)} and ${objectOf(rule)}`
  if (rule.verb !== verb)
    return `${who}; who may ${rule.verb} may also befriend, since no rule is about that.`
  return `${who}, and nothing more specific is.`
}

function objectOf({ thing, node, names }: Rule): string {
  const where = thing ?? 'everything'
  const place = node ? `the node ${node.id} of ${where}` : where
  return names.length > 0 ? `${names.join(', ')} of ${place}` : place
}

function whyNot(other: Rule, rule: Rule | undefined, now: number): string {
  if (!holdsAt(other, now)) return `It held until ${formatDateTime(new Date(other.until ?? now))}.`
  if (!rule) return 'It does not decide.'
  const line = `line ${rule.line}`
  if (subjectRank(other) < subjectRank(rule))
    return `${nameOf(other.subject)} is less specific than ${nameOf(rule.subject)} in ${line}.`
  if (objectRank(other) < objectRank(rule))
    return `${objectOf(other)} is less specific than ${objectOf(rule)} in ${line}.`
  return other.effect === rule.effect ? `Line ${rule.line} stands before it.` : `Line ${rule.line} denies it.`
}

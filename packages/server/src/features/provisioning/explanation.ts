/** Why something is allowed or denied, in words for people. */
import { formatDateTime } from '@waxwing/xml'
import {
  compareRules,
  covers,
  decidingOn,
  isAboutThing,
  matcher,
  objectRank,
  type Spot,
  subjectRank,
  type Wish,
} from './decision.ts'
import { type Hours, nameOf, type Rule, type RuleBook } from './rule.ts'
import { holdsAt } from './rule-times.ts'

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
  const rule = decidingOn(book, wish, spot)
  const isCaller = matcher(book, wish.caller)
  const others = book.rules
    .filter(other => other !== rule && other.verb === wish.verb && isAboutThing(other, wish))
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

function objectOf({ thing, tags, node, names, categories }: Rule): string {
  const tagged = tags.map(([name, value]) => `${name} ${value}`).join(' and ')
  const where = thing ?? (tags.length > 0 ? `things with ${tagged}` : 'everything')
  const place = node ? `the node ${node.id} of ${where}` : where
  const whole = names.length > 0 ? `${names.join(', ')} of ${place}` : place
  return categories.length > 0 ? `${categories.join(', ')} values of ${whole}` : whole
}

function whyNot(other: Rule, rule: Rule | undefined, now: number): string {
  if (!holdsAt(other, now)) return whyNotNow(other, now)
  if (!rule) return 'It does not decide.'
  const line = `line ${rule.line}`
  if (subjectRank(other) < subjectRank(rule))
    return `${nameOf(other.subject)} is less specific than ${nameOf(rule.subject)} in ${line}.`
  if (objectRank(other) < objectRank(rule))
    return `${objectOf(other)} is less specific than ${objectOf(rule)} in ${line}.`
  return other.effect === rule.effect ? `Line ${rule.line} stands before it.` : `Line ${rule.line} denies it.`
}

function whyNotNow({ from, until, hours }: Rule, now: number): string {
  if (until !== undefined && until <= now) return `It held until ${formatDateTime(new Date(until))}.`
  if (from !== undefined && now < from) return `It holds from ${formatDateTime(new Date(from))} on.`
  return `It holds between ${hours ? nameOfHours(hours) : 'other times'}, UTC.`
}

function nameOfHours({ from, to }: Hours): string {
  const time = (minute: number): string =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
  return `${time(from)} and ${time(to)}`
}

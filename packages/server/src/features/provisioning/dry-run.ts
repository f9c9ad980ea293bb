/** What another text would change, tried with everybody and everything that either text speaks of. */
import { type BareJid, bareOf, type Jid, parseBareJid, tryJid } from '@waxwing/jid'
import {
  type Caller,
  deciding,
  decidingFriend,
  decidingOn,
  isAboutThing,
  rulesFor,
  type Spot,
  type Wish,
} from './decision.ts'
import { nameOf, type Rule, type RuleBook, type Subject, type ThingTags, type Verb, verbs } from './rule.ts'

/** Something that is allowed now and would not be, or the other way round. */
export interface Change {
  /** Who; for people. */
  readonly who: string
  readonly verb: Verb
  /** With what; for people. */
  readonly what: string
  readonly isAllowed: boolean
  /** The rule of the new text that decides; absent: none does. */
  readonly rule: Rule | undefined
}

export interface DryRun {
  readonly changes: readonly Change[]
  /** Whether all cases were tried; there may be too many. */
  readonly isComplete: boolean
}

/** A thing that is tried. */
interface TriedThing {
  readonly name: string
  readonly thing: BareJid
  readonly tags: ThingTags
}

interface Probe {
  readonly name: string
  readonly caller: Caller
}

/** Cases tried; a thing that somebody is new to counts as several, for what it costs. */
const mostCases = 2_000
const newThing = 4

/** Addresses that nobody has, for who and what no rule names. RFC 2606 §2 */
const stranger = parseBareJid('somebody@stranger.invalid')
const otherThing = parseBareJid('another@thing.invalid')

/**
 * @param now milliseconds since 1970
 * @param tagsOf what the registry says of a thing
 */
export function dryRun(
  before: RuleBook,
  after: RuleBook,
  now: number,
  tagsOf: (thing: BareJid) => ThingTags = () => noTags,
): DryRun {
  const things = thingsIn(before, after, tagsOf)
  const changes: Change[] = []
  let cases = 0
  for (const { name: who, caller } of probesOf(before, after))
    for (const verb of verbs)
      for (const { name, thing, tags } of things) {
        cases += newThing
        const wish = { caller, verb, thing, tags, now }
        const old = decider(before, after, wish)
        const next = decider(after, before, wish)
        for (const spot of spotsOf(before, after, wish)) {
          if (++cases > mostCases) return { changes, isComplete: false }
          const rule = next(spot)
          const isAllowed = rule?.effect === 'allow'
          if ((old(spot)?.effect === 'allow') !== isAllowed)
            changes.push({ who, verb, what: nameOfSpot(name, spot), isAllowed, rule })
        }
      }
  return { changes, isComplete: true }
}

/** What one text calls the owner's own and the other one does not goes by the rules of the one alone. */
function decider(book: RuleBook, other: RuleBook, wish: Wish): (spot: Spot) => Rule | undefined {
  if (other.things.has(wish.thing) && !book.things.has(wish.thing)) return () => undefined
  if (wish.verb === 'befriend') {
    const rule = decidingFriend(book, wish)
    return () => rule
  }
  if (wish.verb === 'use') return spot => decidingOn(book, wish, spot)
  const ranked = rulesFor(book, wish)
  return spot => deciding(ranked, spot)
}

/** One of each kind of caller that is named anywhere, and somebody who is not. */
function probesOf(...books: readonly RuleBook[]): readonly Probe[] {
  const subjects = books.flatMap(({ rules, tags }) => [
    ...rules.map(({ subject }) => subject),
    ...[...tags.values()].flat(),
  ])
  const probes = [...subjects.flatMap(subject => probeOf(subject) ?? []), somebody('anybody else', stranger)]
  return [...new Map(probes.map(probe => [keyOf(probe.caller), probe])).values()]
}

function keyOf({ jid, tokens }: Caller): string {
  return [jid, ...tokens.service, ...tokens.device, ...tokens.user].join(' ')
}

function probeOf(subject: Subject): Probe | undefined {
  switch (subject.kind) {
    case 'token':
      return {
        name: nameOf(subject),
        caller: { jid: stranger, tokens: { ...noTokens, [subject.of ?? 'user']: [subject.token] } },
      }
    case 'account':
      return somebody(subject.jid, subject.jid)
    case 'domain': {
      const address = tryJid(`somebody-else-there@${subject.domain}`)
      return address && somebody(`anybody else of ${subject.domain}`, address)
    }
    // Members of tags are tried each for themselves.
    case 'tag':
    case 'everyone':
      return undefined
  }
}

const noTokens = { service: [], device: [], user: [] }

function somebody(name: string, jid: Jid): Probe {
  return { name, caller: { jid: bareOf(jid), tokens: noTokens } }
}

const noTags: ThingTags = new Map()

/** Every thing that is spoken of, one of each kind that is, and another one. */
function thingsIn(
  before: RuleBook,
  after: RuleBook,
  tagsOf: (thing: BareJid) => ThingTags,
): readonly TriedThing[] {
  const rules = [...before.rules, ...after.rules]
  const named = new Set([...rules.flatMap(({ thing }) => thing ?? []), ...before.things, ...after.things])
  const kinds = new Map(rules.flatMap(({ tags }) => (tags.length > 0 ? [[JSON.stringify(tags), tags]] : [])))
  return [
    ...[...named].map(thing => ({ name: thing, thing, tags: tagsOf(thing) })),
    ...[...kinds.values()].map(tags => ({
      name: `things with ${tags.map(([name, value]) => `${name} ${value}`).join(' and ')}`,
      thing: otherThing,
      tags: new Map(tags),
    })),
    { name: 'other things', thing: otherThing, tags: noTags },
  ]
}

/** Every node and name that is spoken of, and another one of each; one after the other, for there may be very many. */
function* spotsOf(before: RuleBook, after: RuleBook, wish: Wish): Generator<Spot> {
  if (wish.verb === 'befriend') {
    yield {}
    return
  }
  const own = [...before.rules, ...after.rules].filter(
    rule => rule.verb === wish.verb && isAboutThing(rule, wish),
  )
  const nodes = new Map(own.map(({ node }) => [JSON.stringify(node), node]))
  const names = new Set(own.flatMap(rule => rule.names))
  const categories = new Set(own.flatMap(rule => rule.categories))
  for (const node of [undefined, ...[...nodes.values()].filter(one => one !== undefined)])
    for (const name of [undefined, ...names])
      for (const category of [undefined, ...categories]) yield { node, name, category }
}

function nameOfSpot(where: string, { node, name, category }: Spot): string {
  const place = `${where}${node ? ` node ${node.id}` : ''}${name === undefined ? '' : ` ${name}`}`
  return category === undefined ? place : `${place} (${category})`
}

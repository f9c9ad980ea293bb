/** What another text would change, tried with everybody and everything that either text speaks of. */
import { type BareJid, bareOf, type Jid, parseBareJid, tryJid } from '@waxwing/jid'
import { type Caller, deciding, decidingFriend, rulesFor, type Spot } from './decision.ts'
import { nameOf, type Rule, type RuleBook, type Subject, type Verb, verbs } from './rule.ts'

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

interface Probe {
  readonly name: string
  readonly caller: Caller
}

interface Target {
  readonly thing: BareJid
  readonly name: string
  readonly spot: Spot
}

/** Cases tried. */
const mostCases = 2_000

/** Addresses that nobody has, for who and what no rule names. RFC 2606 §2 */
const stranger = parseBareJid('somebody@stranger.invalid')
const otherThing = parseBareJid('another@thing.invalid')

/** @param now milliseconds since 1970 */
export function dryRun(before: RuleBook, after: RuleBook, now: number): DryRun {
  const changes: Change[] = []
  let cases = 0
  for (const { name, caller } of probesOf(before, after))
    for (const verb of verbs)
      for (const target of targetsOf(before, after, verb)) {
        if (++cases > mostCases) return { changes, isComplete: false }
        const wish = { caller, verb, thing: target.thing, now }
        const rule = isLost(after, before, target) ? undefined : decider(after, wish, target.spot)
        const isAllowed = rule?.effect === 'allow'
        const old = isLost(before, after, target) ? undefined : decider(before, wish, target.spot)
        if ((old?.effect === 'allow') !== isAllowed)
          changes.push({ who: name, verb, what: target.name, isAllowed, rule })
      }
  return { changes, isComplete: true }
}

/** What one text calls the owner's own and the other one does not, goes by the rules of the one alone. */
function isLost(book: RuleBook, other: RuleBook, { thing }: Target): boolean {
  return other.things.has(thing) && !book.things.has(thing)
}

function decider(book: RuleBook, wish: Parameters<typeof rulesFor>[1], spot: Spot): Rule | undefined {
  return wish.verb === 'befriend' ? decidingFriend(book, wish) : deciding(rulesFor(book, wish), spot)
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
  return [jid, ...tokens.user].join(' ')
}

function probeOf(subject: Subject): Probe | undefined {
  switch (subject.kind) {
    case 'token':
      return {
        name: nameOf(subject),
        caller: { jid: stranger, tokens: { ...noTokens, user: [subject.token] } },
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

/** Every thing, node and name that is spoken of, and another one of each. */
function targetsOf(before: RuleBook, after: RuleBook, verb: Verb): readonly Target[] {
  const all = [...before.rules, ...after.rules]
  const named = all.flatMap(({ thing }) => thing ?? [])
  const things = new Set([...named, ...before.things, ...after.things, otherThing])
  if (verb === 'befriend')
    return [...things].map(thing => ({
      thing,
      name: thing === otherThing ? 'other things' : thing,
      spot: {},
    }))
  const rules = all.filter(rule => rule.verb === verb)
  const targets = [...things].flatMap(thing => targetsAt(thing, rules))
  return [...new Map(targets.map(target => [target.name, target])).values()]
}

function targetsAt(thing: BareJid, rules: readonly Rule[]): readonly Target[] {
  const own = rules.filter(rule => (rule.thing ?? thing) === thing)
  const nodes = [undefined, ...own.flatMap(({ node }) => node ?? [])]
  const names = [undefined, ...own.flatMap(rule => rule.names)]
  const where = thing === otherThing ? 'other things' : thing
  return nodes.flatMap(node =>
    names.map(name => ({
      thing,
      name: `${where}${node ? ` node ${node.id}` : ''}${name === undefined ? '' : ` ${name}`}`,
      spot: { node, name },
    })),
  )
}

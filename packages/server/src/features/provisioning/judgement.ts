/** What is answered to things: by rules, except for those who need none. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import {
  type Generation,
  type OwnerGeneration,
  ownerGenerations,
  type ReadoutTokens,
} from '@waxwing/protocol'
import type { Clock } from '@waxwing/stream'
import type { Spot } from './decision.ts'
import { decidingFriend, type Wish } from './decision.ts'
import { type Explanation, explain } from './explanation.ts'
import { type Asked, type Grant, grantOf, rulesBehind } from './grants.ts'
import type { Inquiries, Shown } from './inquiries.ts'
import type { AskedWish } from './open-questions.ts'
import type { Claims, Standing } from './ownership.ts'
import type { Rule, ThingTags, Verb } from './rule.ts'

const noTokens: ReadoutTokens = { service: [], device: [], user: [] }

export class Judgement {
  readonly #clock: Clock
  readonly #inquiries: Inquiries
  readonly #claims: Claims
  /** The server's own address, which is everybody's friend. */
  readonly #self: () => Jid

  constructor(clock: Clock, inquiries: Inquiries, claims: Claims, self: () => Jid) {
    this.#clock = clock
    this.#inquiries = inquiries
    this.#claims = claims
    this.#self = self
  }

  wish<V extends Verb>(
    thing: BareJid,
    who: Jid,
    verb: V,
    tokens: ReadoutTokens = noTokens,
  ): Wish & { readonly verb: V } {
    return { caller: { jid: who, tokens }, verb, thing, tags: this.tagsOf(thing), now: this.#clock.wall() }
  }

  tagsOf(thing: BareJid): ThingTags {
    return this.#claims.tagsOf(thing)
  }

  /** The rule that decides whether they are friends; `undefined`: none does, or none is needed. */
  friendRule(standing: Standing, wish: Wish): Rule | undefined {
    return needsNoRule(standing, wish) ? undefined : decidingFriend(standing.book, wish)
  }

  isFriend(standing: Standing, wish: Wish): boolean {
    if (needsNoRule(standing, wish) || wish.caller.jid === this.#self()) return true
    return decidingFriend(standing.book, wish)?.effect === 'allow'
  }

  /** Throws `StanzaError` when too much is asked at once. */
  grant(standing: Standing, wish: Wish, asked: Asked): Grant {
    if (needsNoRule(standing, wish)) return { result: true, ...asked, categories: [] }
    return grantOf(standing.book, wish, asked)
  }

  /** Asks the owner, when no rule says anything of what was asked for. Only those who name the thing: it could name anybody. */
  inquire(
    { owner, book, isConfirmed }: Standing,
    wish: AskedWish,
    asked: Shown,
    generation: Generation,
  ): void {
    if (isConfirmed && rulesBehind(book, wish, asked).length === 0)
      this.#inquiries.ask(owner, wish, asked, ownerGenerationOf(generation))
  }

  /** Whether an owner still has to answer: the thing is theirs, and no rule says anything of it. */
  isOpen(standing: Standing, owner: BareJid, wish: Wish, asked: Asked): boolean {
    return (
      standing.owner === owner && standing.isConfirmed && rulesBehind(standing.book, wish, asked).length === 0
    )
  }

  /** To the owner of the thing alone. */
  explain(standing: Standing, wish: Wish, spot: Spot): Explanation {
    if (needsNoRule(standing, wish))
      return { isAllowed: true, rule: undefined, why: 'Things and their owners need no rule.', others: [] }
    const found = explain(standing.book, wish, spot)
    return standing.isConfirmed ? found : { ...found, why: notYours(wish.thing) }
  }
}

/** What owners of things that speak the long family are asked in: it has no words for them. */
function ownerGenerationOf(generation: Generation): OwnerGeneration {
  return ownerGenerations.find(one => one === generation) ?? 'nf'
}

export function notYours(thing: BareJid): string {
  return `${thing} does not go by your rules: it has to name you as its owner, and a line "own ${thing}" has to name it.`
}

/** Whose thing it is may do everything with it; but what somebody may do in a service has names. */
function needsNoRule({ owner }: Standing, { caller, thing, verb }: Wish): boolean {
  if (verb === 'use') return false
  const who = bareOf(caller.jid)
  return who === owner || who === thing
}

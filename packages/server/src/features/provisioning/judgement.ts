/** What is answered to things: by rules, except for those who need none. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import type { ReadoutTokens } from '@waxwing/protocol'
import type { Clock } from '@waxwing/stream'
import type { Spot } from './decision.ts'
import { decidingFriend, rulesFor, type Wish } from './decision.ts'
import { type Explanation, explain } from './explanation.ts'
import { type Asked, type Grant, grantOf } from './grants.ts'
import type { Inquiries } from './inquiries.ts'
import type { Standing } from './ownership.ts'
import type { Verb } from './rule.ts'

const noTokens: ReadoutTokens = { service: [], device: [], user: [] }

export class Judgement {
  readonly #clock: Clock
  readonly #inquiries: Inquiries
  /** The server's own address, which is everybody's friend. */
  readonly #self: () => Jid

  constructor(clock: Clock, inquiries: Inquiries, self: () => Jid) {
    this.#clock = clock
    this.#inquiries = inquiries
    this.#self = self
  }

  wish(thing: BareJid, who: Jid, verb: Verb, tokens: ReadoutTokens = noTokens): Wish {
    return { caller: { jid: who, tokens }, verb, thing, now: this.#clock.wall() }
  }

  isFriend(standing: Standing, wish: Wish): boolean {
    if (needsNoRule(standing, wish) || wish.caller.jid === this.#self()) return true
    return decidingFriend(standing.book, wish)?.effect === 'allow'
  }

  /** Throws `StanzaError` when too much is asked at once. */
  grant(standing: Standing, wish: Wish, asked: Asked): Grant {
    if (needsNoRule(standing, wish)) return { result: true, ...asked }
    const granted = grantOf(standing.book, wish, asked)
    if (!granted.result) this.inquire(standing, wish, asked.names)
    return granted
  }

  /** Lets the owner know, when no rule is about it. Only those who name the thing: it could name anybody. */
  inquire({ owner, book, isConfirmed }: Standing, wish: Wish, names: readonly string[]): void {
    if (isConfirmed && rulesFor(book, wish).length === 0) this.#inquiries.ask(owner, wish, names)
  }

  /** To the owner of the thing alone. */
  explain(standing: Standing, wish: Wish, spot: Spot): Explanation {
    if (needsNoRule(standing, wish))
      return { isAllowed: true, rule: undefined, why: 'Things and their owners need no rule.', others: [] }
    const found = explain(standing.book, wish, spot)
    return standing.isConfirmed ? found : { ...found, why: notYours(wish.thing) }
  }
}

export function notYours(thing: BareJid): string {
  return `${thing} does not go by your rules: it has to name you as its owner, and a line "own ${thing}" has to name it.`
}

function needsNoRule({ owner }: Standing, { caller, thing }: Wish): boolean {
  const who = bareOf(caller.jid)
  return who === owner || who === thing
}

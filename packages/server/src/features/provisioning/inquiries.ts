/** Tells owners what somebody would like to do that no rule is about, with the rule that would allow it. */
import { type BareJid, bareOf } from '@waxwing/jid'
import type { Clock } from '@waxwing/stream'
import type { Wish } from './decision.ts'

export interface InquiryRules {
  /** Inquiries to one owner in a day; 0: none. */
  readonly perDay: number
}

const dayMs = 86_400_000
/** Owners whose inquiries are remembered. */
const mostOwners = 10_000

interface Day {
  readonly since: number
  /** What was told; once is enough. */
  readonly told: Set<string>
}

export class Inquiries {
  readonly #clock: Clock
  readonly #rules: InquiryRules
  readonly #send: (owner: BareJid, text: string) => void
  readonly #days = new Map<BareJid, Day>()

  constructor(clock: Clock, rules: InquiryRules, send: (owner: BareJid, text: string) => void) {
    this.#clock = clock
    this.#rules = rules
    this.#send = send
  }

  /** @param names what it is about; empty: the whole thing */
  ask(owner: BareJid, wish: Wish, names: readonly string[]): void {
    const who = bareOf(wish.caller.jid)
    if (owner === wish.thing || this.#rules.perDay === 0) return
    const day = this.#dayOf(owner)
    const about = `${who} ${wish.verb} ${wish.thing}`
    if (day.told.has(about) || day.told.size >= this.#rules.perDay) return
    day.told.add(about)
    const only = names.length > 0 && names.length <= 10 ? ` only ${names.map(quoted).join(', ')}` : ''
    this.#send(
      owner,
      `${who} would like to ${wish.verb} ${wish.thing}, and no rule is about that. This one would allow it:\nallow ${who} to ${wish.verb} ${wish.thing}${wish.verb === 'befriend' ? '' : only}`,
    )
  }

  #dayOf(owner: BareJid): Day {
    const now = this.#clock.wall()
    const known = this.#days.get(owner)
    if (known && now - known.since < dayMs) return known
    const day = { since: now, told: new Set<string>() }
    this.#days.delete(owner)
    this.#days.set(owner, day)
    for (const oldest of this.#days.keys()) {
      if (this.#days.size <= mostOwners) break
      this.#days.delete(oldest)
    }
    return day
  }
}

/** A name as rules have it. A line break in it would make two lines of one. */
function quoted(name: string): string {
  const plain = name.replaceAll(/\s+/g, ' ')
  return /^[\w.-]+$/.test(plain) ? plain : `"${plain.replaceAll(/["\\]/g, '\\$&')}"`
}

/** What was decided about things, for their owners: the newest of each thing. */
import { type BareJid, type Jid, parseJid } from '@waxwing/jid'
import type { Decision } from '@waxwing/protocol'
import { fitting, wireLength } from '../../kernel/wire-length.ts'
import { column, key, type Log, log, type Row } from '../../store/store.ts'
import type { Wish } from './decision.ts'
import type { Rule, Verb } from './rule.ts'

const columns = {
  caller: column.text<Jid>(),
  verb: column.text<Verb>(),
  /** Whose rules it was. */
  owner: column.text<BareJid>(),
  what: column.text().maybe(),
  allowed: column.bool(),
  granted: column.text().maybe(),
  rule: column.text().maybe(),
}

export const decisionsShape = log(key<BareJid>('thing'), columns)

/** What was asked for and given, in words. */
export interface Decided {
  readonly what: string | undefined
  readonly isAllowed: boolean
  /** Absent: all of it, or nothing. */
  readonly granted?: string | undefined
  readonly rules: readonly Rule[]
}

/** Characters kept of anything. */
const mostText = 500
/** Entries beyond the limit that go at once. */
const spare = 20

export class DecisionLog {
  readonly #store: Log<BareJid, Row<typeof columns>>
  /** Entries of one thing; 0: none. */
  readonly #most: number

  constructor(store: Log<BareJid, Row<typeof columns>>, most: number) {
    this.#store = store
    this.#most = most
  }

  async add(owner: BareJid, { thing, caller, verb, now }: Wish, decided: Decided): Promise<void> {
    if (this.#most === 0) return
    const { what, isAllowed, granted, rules } = decided
    const rule = rules.length === 0 ? undefined : short(rules.map(({ text }) => text).join('\n'))
    const row = {
      caller: caller.jid,
      verb,
      owner,
      what: short(what),
      allowed: isAllowed,
      granted: short(granted),
      rule,
    }
    await this.#store.append(thing, row, now)
    await this.#shorten(thing)
  }

  /** What was decided by this owner's rules, the newest last. */
  async of(thing: BareJid, owner: BareJid, max: number): Promise<readonly Decision[]> {
    const { entries } = await this.#store.page(thing, {
      max: Math.min(max, this.#most + spare),
      backwards: true,
    })
    const own = entries.filter(({ value }) => value.owner === owner)
    // Who asked has chosen some of the words: of an answer that would be too long the oldest are left out.
    return fitting(own.toReversed(), ({ value }) => lengthOf(value))
      .toReversed()
      .map(({ at, value: { caller, verb, what, allowed, granted, rule } }) => ({
        at: new Date(at),
        caller: parseJid(caller),
        verb,
        what,
        isAllowed: allowed,
        granted,
        rule,
      }))
  }

  clear(thing: BareJid): Promise<void> {
    return this.#store.clear(thing)
  }

  async #shorten(thing: BareJid): Promise<void> {
    const count = await this.#store.count(thing)
    if (count <= this.#most + spare) return
    const { entries } = await this.#store.page(thing, { max: count - this.#most })
    await this.#store.remove(
      thing,
      entries.map(({ id }) => id),
    )
  }
}

function lengthOf({ caller, what = '', granted = '', rule = '' }: Row<typeof columns>): number {
  return 200 + wireLength(caller) + wireLength(what) + wireLength(granted) + wireLength(rule)
}

function short(text: string): string
function short(text: string | undefined): string | undefined
function short(text: string | undefined): string | undefined {
  return text !== undefined && text.length > mostText ? `${text.slice(0, mostText).toWellFormed()}…` : text
}

/** What was decided about things, for their owners: the newest of each thing. */
import { type BareJid, type Jid, parseJid } from '@waxwing/jid'
import type { Decision } from '@waxwing/protocol'
import { fitting, wireLength } from '../../kernel/wire-length.ts'
import {
  column,
  key,
  type Log,
  type LogEntry,
  log,
  type Mapped,
  mapped,
  type Row,
} from '../../store/store.ts'
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

export const decisionShapes = {
  decisions: log(key<BareJid>('thing'), columns),
  /** About which things something was decided by whose rules. */
  deciders: mapped(key<BareJid>('owner'), key<BareJid>('thing'), { since: column.time() }),
}

type DecisionRow = Row<typeof columns>

export interface DecisionStores {
  readonly decisions: Log<BareJid, DecisionRow>
  readonly deciders: Mapped<BareJid, BareJid, { readonly since: number }>
}

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
/** Pairs of owners and things remembered. */
const mostNoted = 10_000
/** Entries beyond the limit that go at once. */
const spare = 20

export class DecisionLog {
  readonly #store: Log<BareJid, DecisionRow>
  readonly #deciders: DecisionStores['deciders']
  /** Entries of one thing; 0: none. */
  readonly #most: number
  /** Owners and things of whom it is written down already; whoever is not in here is looked up. */
  readonly #noted = new Set<string>()

  constructor({ decisions, deciders }: DecisionStores, most: number) {
    this.#store = decisions
    this.#deciders = deciders
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
    await Promise.all([this.#store.append(thing, row, now), this.#note(owner, thing, now)])
    await this.#shorten(thing)
  }

  /** By it the owner's entries are found when they leave. */
  async #note(owner: BareJid, thing: BareJid, now: number): Promise<void> {
    const name = `${owner} ${thing}`
    if (this.#noted.has(name)) return
    if (this.#noted.size >= mostNoted) this.#noted.clear()
    this.#noted.add(name)
    if (!(await this.#deciders.get(owner, thing))) await this.#deciders.put(owner, thing, { since: now })
  }

  /** Things about which something was decided by this owner's rules. */
  async thingsOf(owner: BareJid): Promise<readonly BareJid[]> {
    return [...(await this.#deciders.all(owner)).keys()]
  }

  /** What came along from another server. */
  async import(owner: BareJid, thing: BareJid, entries: readonly Decision[]): Promise<void> {
    if (this.#most === 0) return
    for (const { at, caller, verb, what, isAllowed: allowed, granted, rule } of entries.slice(-this.#most)) {
      const texts = { what: short(what), granted: short(granted), rule: short(rule) }
      await this.#store.append(thing, { caller, verb, owner, allowed, ...texts }, at.getTime())
      await this.#note(owner, thing, at.getTime())
    }
    await this.#shorten(thing)
  }

  /** An owner is gone, and what was decided in their name with them. */
  async forgetOwner(owner: BareJid): Promise<void> {
    for (const thing of await this.thingsOf(owner)) {
      this.#noted.delete(`${owner} ${thing}`)
      const theirs = (await this.#rows(thing)).filter(({ value }) => value.owner === owner)
      await this.#store.remove(
        thing,
        theirs.map(({ id }) => id),
      )
    }
    await this.#deciders.clear(owner)
  }

  /** What was decided by this owner's rules, the newest last. */
  async of(thing: BareJid, owner: BareJid, max: number): Promise<readonly Decision[]> {
    const own = (await this.#rows(thing, max)).filter(({ value }) => value.owner === owner)
    // Who asked has chosen some of the words: of an answer that would be too long the oldest are left out.
    const fit = fitting(own.toReversed(), ({ value }) => lengthOf(value))
    return fit.toReversed().map(decisionIn)
  }

  /** The same, all of it. */
  async allOf(thing: BareJid, owner: BareJid): Promise<readonly Decision[]> {
    return (await this.#rows(thing)).filter(({ value }) => value.owner === owner).map(decisionIn)
  }

  /** A thing is gone. */
  async clear(thing: BareJid): Promise<void> {
    const owners = ownersIn(await this.#rows(thing))
    await Promise.all([...owners].map(owner => this.#unnote(owner, thing)))
    await this.#store.clear(thing)
  }

  async #rows(thing: BareJid, max = Number.POSITIVE_INFINITY): Promise<readonly LogEntry<DecisionRow>[]> {
    const most = Math.min(max, this.#most + spare + 1)
    return (await this.#store.page(thing, { max: most, backwards: true })).entries
  }

  async #unnote(owner: BareJid, thing: BareJid): Promise<void> {
    this.#noted.delete(`${owner} ${thing}`)
    await this.#deciders.delete(owner, thing)
  }

  async #shorten(thing: BareJid): Promise<void> {
    const count = await this.#store.count(thing)
    if (count <= this.#most + spare) return
    const { entries } = await this.#store.page(thing, { max: count - this.#most })
    await this.#store.remove(
      thing,
      entries.map(({ id }) => id),
    )
    // Owners of long ago have nothing here any more.
    const left = ownersIn(await this.#rows(thing))
    const gone = [...ownersIn(entries)].filter(owner => !left.has(owner))
    await Promise.all(gone.map(owner => this.#unnote(owner, thing)))
  }
}

function ownersIn(entries: readonly LogEntry<DecisionRow>[]): ReadonlySet<BareJid> {
  return new Set(entries.map(({ value }) => value.owner))
}

function decisionIn({ at, value }: LogEntry<DecisionRow>): Decision {
  const { caller, verb, what, allowed, granted, rule } = value
  return { at: new Date(at), caller: parseJid(caller), verb, what, isAllowed: allowed, granted, rule }
}

function lengthOf({ caller, what = '', granted = '', rule = '' }: DecisionRow): number {
  return 200 + wireLength(caller) + wireLength(what) + wireLength(granted) + wireLength(rule)
}

function short(text: string): string
function short(text: string | undefined): string | undefined
function short(text: string | undefined): string | undefined {
  return text !== undefined && text.length > mostText ? `${text.slice(0, mostText).toWellFormed()}…` : text
}

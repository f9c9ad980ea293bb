/** Questions that wait for their owners: each wish once, few of each, and not for ever. */
import { createHash } from 'node:crypto'
import { type BareJid, bareOf } from '@waxwing/jid'
import type { AskedVerb, FieldCategory, NodeRef, OwnerGeneration, ReadoutTokens } from '@waxwing/protocol'
import { column, key, type Mapped, mapped, type Row } from '../../store/store.ts'
import type { Wish } from './decision.ts'
import type { Asked } from './grants.ts'

const columns = {
  /** What answers have to name. */
  key: column.text(),
  generation: column.text<OwnerGeneration>(),
  thing: column.text<BareJid>(),
  caller: column.text<BareJid>(),
  verb: column.text<AskedVerb>(),
  nodes: column.json<readonly NodeRef[]>(),
  names: column.json<readonly string[]>(),
  categories: column.json<readonly FieldCategory[]>(),
  tokens: column.json<ReadoutTokens>(),
  asked: column.time(),
  times: column.integer(),
}

const earlierColumns = { wish: column.text(), names: column.json<readonly string[]>() }

export const questionShapes = {
  questions: mapped(key<BareJid>('owner'), 'wish', columns),
  /** What questions were before more was asked for, by the keys they had then. */
  earlier: mapped(key<BareJid>('owner'), 'key', earlierColumns),
}

/** What an owner is asked. */
export type KeptQuestion = Row<typeof columns>

export interface QuestionStores {
  readonly questions: Mapped<BareJid, string, KeptQuestion>
  readonly earlier: Mapped<BareJid, string, Row<typeof earlierColumns>>
}

/** A question that waits. */
export interface OpenQuestion extends KeptQuestion {
  /** Keys it had before more was asked for; the oldest come first. */
  readonly before: readonly string[]
}

/** A question as it was asked. */
export interface FoundQuestion {
  /** What it is about, as one text. */
  readonly wish: string
  /** As it is now. */
  readonly question: KeptQuestion
  /** What it was about when it had the key; empty: all. */
  readonly names: readonly string[]
}

export interface QuestionRules {
  /** Of one owner. */
  readonly most: number
  /** Of one owner, by one caller. */
  readonly mostOfCaller: number
  readonly lifetimeMs: number
}

/** A wish that owners can be asked about. */
export type AskedWish = Wish & { readonly verb: AskedVerb }

/** Names in one question, and their characters; with more it is about all. */
const mostNames = 100
const mostCharacters = 4_000
/** Keys that a question has had. */
const mostEarlier = 16

export class OpenQuestions {
  readonly #store: QuestionStores['questions']
  readonly #earlier: QuestionStores['earlier']
  readonly #rules: QuestionRules
  readonly #wall: () => number
  readonly #newKey: () => string

  constructor(
    { questions, earlier }: QuestionStores,
    rules: QuestionRules,
    wall: () => number,
    newKey: () => string,
  ) {
    this.#store = questions
    this.#earlier = earlier
    this.#rules = rules
    this.#wall = wall
    this.#newKey = newKey
  }

  /** @returns the question when it is a new one; `undefined` when it waits already, or there are too many or it is too long */
  async add(
    owner: BareJid,
    wish: AskedWish,
    asked: Asked,
    tokens: ReadoutTokens,
    generation: OwnerGeneration,
  ): Promise<KeptQuestion | undefined> {
    // Nobody reads through so much to answer it.
    if (lengthOf(asked.nodes) > mostCharacters) return undefined
    const name = nameOf(wish, asked.nodes)
    const waiting = await this.#waiting(owner)
    const caller = bareOf(wish.caller.jid)
    if (!waiting.has(name) && this.#isFull(waiting, caller)) return undefined
    let before: KeptQuestion | undefined
    const kept = await this.#store.update(owner, name, old => {
      before = old
      if (old) return this.#grown(old, asked.names)
      const { nodes, names, categories } = asked
      const { verb, thing } = wish
      const about = { thing, caller, verb, nodes, names: few(names), categories, tokens }
      return { key: this.#newKey(), generation, ...about, asked: this.#wall(), times: 1 }
    })
    if (before && kept && before.key !== kept.key) await this.#outgrow(owner, name, before)
    return before ? undefined : kept
  }

  /** Who has seen a question and answers it means what they have seen: with more in it, it is another one. */
  #grown(old: KeptQuestion, names: readonly string[]): KeptQuestion {
    const all = unionOf(old.names, names)
    const isSame = all.length === old.names.length
    return { ...old, times: old.times + 1, names: all, key: isSame ? old.key : this.#newKey() }
  }

  async #outgrow(owner: BareJid, wish: string, { key: old, names }: KeptQuestion): Promise<void> {
    await this.#earlier.put(owner, old, { wish, names })
    const [oldest, ...others] = (await this.#earlierOf(owner)).get(wish) ?? []
    if (oldest !== undefined && others.length >= mostEarlier) await this.#earlier.delete(owner, oldest)
  }

  /** Keys that questions have had, by their wishes; the oldest come first. */
  async #earlierOf(owner: BareJid): Promise<ReadonlyMap<string, readonly string[]>> {
    // Questions grow.
    const all = [...(await this.#earlier.all(owner))].sort(([, a], [, b]) => a.names.length - b.names.length)
    const keys = new Map<string, string[]>()
    for (const [its, { wish }] of all) keys.set(wish, [...(keys.get(wish) ?? []), its])
    return keys
  }

  #isFull(waiting: ReadonlyMap<string, KeptQuestion>, caller: BareJid): boolean {
    const { most, mostOfCaller } = this.#rules
    if (waiting.size >= most) return true
    return [...waiting.values()].filter(one => one.caller === caller).length >= mostOfCaller
  }

  /** The oldest come first. */
  async list(owner: BareJid): Promise<readonly OpenQuestion[]> {
    const earlier = await this.#earlierOf(owner)
    const all = [...(await this.#waiting(owner))]
    return all
      .map(([wish, question]) => ({ ...question, before: earlier.get(wish) ?? [] }))
      .sort((a, b) => a.asked - b.asked)
  }

  /** `undefined` when it was never asked, has been answered, or is too old. */
  async find(owner: BareJid, named: string): Promise<FoundQuestion | undefined> {
    const waiting = await this.#waiting(owner)
    for (const [wish, question] of waiting)
      if (question.key === named) return { wish, question, names: question.names }
    const earlier = await this.#earlier.get(owner, named)
    const question = earlier && waiting.get(earlier.wish)
    return question && { wish: earlier.wish, question, names: earlier.names }
  }

  /** An answer has come: what was asked for since waits on. */
  async answered(owner: BareJid, { wish, question, names }: FoundQuestion): Promise<void> {
    await this.#forgetEarlier(owner, wish)
    const isWhole = names.length === question.names.length
    const left = question.names.filter(name => !names.includes(name))
    if (isWhole) return this.#store.delete(owner, wish)
    if (left.length > 0) await this.#store.update(owner, wish, now => now && { ...now, names: left })
  }

  async remove(owner: BareJid, isGone: (question: KeptQuestion) => boolean): Promise<void> {
    const gone = [...(await this.#store.all(owner))].filter(([, question]) => isGone(question))
    await Promise.all(gone.map(([wish]) => this.#drop(owner, wish)))
  }

  async #drop(owner: BareJid, wish: string): Promise<void> {
    await Promise.all([this.#store.delete(owner, wish), this.#forgetEarlier(owner, wish)])
  }

  async #forgetEarlier(owner: BareJid, wish: string): Promise<void> {
    const keys = (await this.#earlierOf(owner)).get(wish) ?? []
    await Promise.all(keys.map(its => this.#earlier.delete(owner, its)))
  }

  /** Those that are too old go. */
  async #waiting(owner: BareJid): Promise<ReadonlyMap<string, KeptQuestion>> {
    const since = this.#wall() - this.#rules.lifetimeMs
    const all = new Map(await this.#store.all(owner))
    for (const [name, { asked }] of all) {
      if (asked > since) continue
      all.delete(name)
      // What cannot be deleted now is tried again another time.
      this.#drop(owner, name).catch(() => {})
    }
    return all
  }
}

function few(names: readonly string[]): readonly string[] {
  return names.length > mostNames || lengthOf(names) > mostCharacters ? [] : names
}

/** Characters, as they are kept. */
function lengthOf(list: readonly unknown[]): number {
  return JSON.stringify(list).length
}

function unionOf(a: readonly string[], b: readonly string[]): readonly string[] {
  return a.length === 0 || b.length === 0 ? [] : few([...new Set([...a, ...b])])
}

/** One text for one wish, whatever the names: those are gathered. */
function nameOf({ thing, verb, caller }: AskedWish, nodes: readonly NodeRef[]): string {
  const about = JSON.stringify([thing, verb, bareOf(caller.jid), nodes])
  return createHash('sha256').update(about).digest('hex')
}

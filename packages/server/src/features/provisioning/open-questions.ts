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

export const questionsShape = mapped(key<BareJid>('owner'), 'wish', columns)

/** What an owner is asked. */
export type KeptQuestion = Row<typeof columns>

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

export class OpenQuestions {
  readonly #store: Mapped<BareJid, string, KeptQuestion>
  readonly #rules: QuestionRules
  readonly #wall: () => number
  readonly #newKey: () => string

  constructor(
    store: Mapped<BareJid, string, KeptQuestion>,
    rules: QuestionRules,
    wall: () => number,
    newKey: () => string,
  ) {
    this.#store = store
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
    let isNew = false
    const kept = await this.#store.update(owner, name, old => {
      isNew = old === undefined
      if (old) return { ...old, times: old.times + 1, names: unionOf(old.names, asked.names) }
      const { nodes, names, categories } = asked
      const { verb, thing } = wish
      const about = { thing, caller, verb, nodes, names: few(names), categories, tokens }
      return { key: this.#newKey(), generation, ...about, asked: this.#wall(), times: 1 }
    })
    return isNew ? kept : undefined
  }

  #isFull(waiting: ReadonlyMap<string, KeptQuestion>, caller: BareJid): boolean {
    const { most, mostOfCaller } = this.#rules
    if (waiting.size >= most) return true
    return [...waiting.values()].filter(one => one.caller === caller).length >= mostOfCaller
  }

  /** The oldest come first. */
  async list(owner: BareJid): Promise<readonly KeptQuestion[]> {
    return [...(await this.#waiting(owner)).values()].sort((a, b) => a.asked - b.asked)
  }

  /** `undefined` when it was never asked, has been answered, or is too old. */
  async find(owner: BareJid, named: string): Promise<KeptQuestion | undefined> {
    return (await this.list(owner)).find(({ key: its }) => its === named)
  }

  async remove(owner: BareJid, isGone: (question: KeptQuestion) => boolean): Promise<void> {
    const gone = [...(await this.#store.all(owner))].filter(([, question]) => isGone(question))
    await Promise.all(gone.map(([name]) => this.#store.delete(owner, name)))
  }

  /** Those that are too old go. */
  async #waiting(owner: BareJid): Promise<ReadonlyMap<string, KeptQuestion>> {
    const since = this.#wall() - this.#rules.lifetimeMs
    const all = new Map(await this.#store.all(owner))
    for (const [name, { asked }] of all) {
      if (asked > since) continue
      all.delete(name)
      // What cannot be deleted now is tried again another time.
      this.#store.delete(owner, name).catch(() => {})
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

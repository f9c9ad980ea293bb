/** Asks owners about what no rule is about: a message for people and programs alike, with the rule that would allow it. */
import type { BareJid } from '@waxwing/jid'
import {
  CLIENT_NS,
  type OwnerGeneration,
  type OwnerQuestion,
  provisioningOwner,
  type ReadoutTokens,
} from '@waxwing/protocol'
import type { Clock } from '@waxwing/stream'
import { escapeText, writeWire } from '@waxwing/xml'
import type { Asked } from './grants.ts'
import type { AskedWish, KeptQuestion, OpenQuestions } from './open-questions.ts'
import { accountSubject, writeRule } from './rule-line.ts'

export interface InquiriesPort {
  readonly clock: Clock
  readonly questions: OpenQuestions
  /** Messages to one owner in a day; 0: none. */
  readonly perDay: number
  /** Whether an account can have rules here. */
  readonly isLocal: (account: BareJid) => boolean
  readonly send: (owner: BareJid, payload: string) => void
  readonly fault: (error: unknown) => void
}

const dayMs = 86_400_000
/** Owners whose messages are counted. */
const mostOwners = 10_000
/** Names in the rule that is proposed. */
const mostNames = 10

/** What was asked for, with the tokens that were shown: a rule may name them, and they count when they are proved. */
export type Shown = Asked & { readonly tokens: ReadoutTokens }

export class Inquiries {
  readonly #port: InquiriesPort
  readonly #days = new Map<BareJid, { readonly since: number; sent: number }>()

  constructor(port: InquiriesPort) {
    this.#port = port
  }

  /** Keeps a question, and tells the owner of it once. */
  ask(owner: BareJid, wish: AskedWish, asked: Shown, generation: OwnerGeneration): void {
    const { questions, isLocal, fault } = this.#port
    if (owner === wish.thing || !isLocal(owner)) return
    questions
      .add(owner, wish, asked, asked.tokens, generation)
      .then(question => {
        if (question && this.#mayTell(owner)) this.#port.send(owner, messageOf(question))
      })
      .catch(fault)
  }

  #mayTell(owner: BareJid): boolean {
    const day = this.#dayOf(owner)
    if (day.sent >= this.#port.perDay) return false
    day.sent++
    return true
  }

  #dayOf(owner: BareJid): { sent: number } {
    const now = this.#port.clock.wall()
    const known = this.#days.get(owner)
    if (known && now - known.since < dayMs) return known
    const day = { since: now, sent: 0 }
    this.#days.delete(owner)
    this.#days.set(owner, day)
    for (const oldest of this.#days.keys()) {
      if (this.#days.size <= mostOwners) break
      this.#days.delete(oldest)
    }
    return day
  }
}

/** For people and for programs. */
function messageOf(question: KeptQuestion): string {
  const { caller, verb, thing, names, categories, nodes } = question
  const [node, ...others] = nodes
  const wanted = verb === 'befriend' || names.length > mostNames ? [] : names
  const rule = writeRule({
    effect: 'allow',
    subject: accountSubject(caller),
    verb,
    thing,
    node: others.length === 0 ? node : undefined,
    names: wanted,
    categories: categories.length === 6 ? [] : categories,
  })
  const body = `${caller} would like to ${verb} ${thing}, and no rule is about that. This one would allow it:\n${rule}`
  return `<body>${escapeText(body)}</body>${questionText(question)}`
}

export function questionText(question: KeptQuestion): string {
  return writeWire(
    provisioningOwner(question.generation).questions[question.verb],
    questionOf(question),
    CLIENT_NS,
  )
}

export function questionOf(question: KeptQuestion): OwnerQuestion {
  const { generation, key, thing, caller, nodes, names, categories, tokens } = question
  return { generation, key, thing, caller, nodes, names, categories, all: false, tokens }
}

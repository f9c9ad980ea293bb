/** What others would like to do with one's things: `for await (const question of questions(client)) await question.allow()`. */
import { type BareJid, bareOf } from '@waxwing/jid'
import {
  type AskedVerb,
  askedVerbs,
  type FieldCategory,
  type NodeRef,
  type OpenQuestion,
  OpenQuestions,
  type OwnerQuestion,
  ownerGenerations,
  type PartialRule,
  provisioningOwner,
  type ReadoutTokens,
  type RuleOrigin,
} from '@waxwing/protocol'
import { readWire } from '@waxwing/xml'
import { NotSupportedError } from '../errors.ts'
import type { AskOptions, Off, ThingClient } from '../port.ts'
import type { ServiceOptions } from './own-services.ts'
import { type OwnerServer, ownerServerOf } from './owner-server.ts'

/** Whom an answer is about: who asked, everybody of their domain, everybody, or who proves to hold a token. */
export type AnswerFor =
  | 'caller'
  | 'domain'
  | 'everyone'
  | { readonly service: string }
  | { readonly device: string }
  | { readonly user: string }

export interface AnswerOptions extends AskOptions {
  /** Default: who asked. */
  readonly for?: AnswerFor
  /** Fields or parameters, or `everything` of the thing. Default: what was asked for. */
  readonly only?: readonly string[] | 'everything'
  /** Types of values. Default: all. */
  readonly types?: readonly FieldCategory[]
  /** How long it holds. Default: for ever. */
  readonly until?: Date
}

export interface Question {
  /** Names it among others. */
  readonly key: string
  /** What somebody would like to do: see the thing's presence, read or control it. */
  readonly verb: AskedVerb
  readonly thing: BareJid
  /** Who would like to. */
  readonly caller: BareJid
  /** Nodes behind the thing; empty: itself. */
  readonly nodes: readonly NodeRef[]
  /** Fields or parameters; empty: all. */
  readonly names: readonly string[]
  /** Types of values; empty: all. */
  readonly types: readonly FieldCategory[]
  readonly tokens: ReadoutTokens
  /** When it was asked first; `undefined`: now. */
  readonly asked: Date | undefined
  /** Keys it had before more was asked for; the oldest come first. */
  readonly before: readonly string[]
  /** Makes a rule of it that allows. @throws StanzaError (`item-not-found` when it has been answered, or is too old) */
  allow(options?: AnswerOptions): Promise<void>
  /** Makes a rule of it that denies. Rejects as `allow`. */
  deny(options?: AnswerOptions): Promise<void>
}

export interface QuestionsOptions extends ServiceOptions {
  /** Whether to wait for further ones. Default: yes. */
  readonly follow?: boolean
}

/** Questions that wait in the loop; further ones are asked again later. */
const mostWaiting = 1_000

/**
 * Questions of the provisioning server: those that wait, then those that come. Leaving the loop, or the signal, ends it.
 *
 * @throws NotSupportedError when there is no server that asks owners, or what discovery rejects with
 */
export async function* questions(
  client: ThingClient,
  options: QuestionsOptions = {},
): AsyncGenerator<Question, void, undefined> {
  const server = await ownerServerOf(client, options)
  const heard = new Heard(client, server)
  const stop = (): void => heard.wake()
  options.signal?.addEventListener('abort', stop)
  try {
    let isMore = server.keepsRules && (await takeWaiting(heard, client, server, options))
    for (;;) {
      const next = heard.next()
      options.signal?.throwIfAborted()
      if (next) yield next
      else if (isMore) isMore = await takeWaiting(heard, client, server, options)
      else if (options.follow === false) return
      else await heard.more()
    }
  } finally {
    options.signal?.removeEventListener('abort', stop)
    heard.close()
  }
}

/** In the order in which they are there, each once. */
class Heard {
  readonly #client: ThingClient
  readonly #server: OwnerServer
  readonly #offs: readonly Off[]
  readonly #waiting: Question[] = []
  readonly #keys = new Set<string>()
  #wake: (() => void) | undefined

  constructor(client: ThingClient, server: OwnerServer) {
    this.#client = client
    this.#server = server
    this.#offs = ownerGenerations.flatMap(generation => {
      const { questions: asked } = provisioningOwner(generation)
      return askedVerbs.map(verb =>
        client.onMessage(asked[verb], (question, { from, type }) => {
          // Nobody else may ask us: the answer would be lost on them, and their words on us.
          if (type !== 'error' && bareOf(from) === server.jid)
            this.take({ verb, question, asked: undefined, before: [] })
        }),
      )
    })
  }

  /** Whether it is a new one. */
  take(told: ToldQuestion): boolean {
    const { key } = told.question
    if (this.#keys.has(key) || this.#waiting.length >= mostWaiting) return false
    if (this.#keys.size >= mostWaiting) this.#keys.clear()
    this.#keys.add(key)
    this.#waiting.push(questionFrom(told, this.#client, this.#server))
    this.wake()
    return true
  }

  next(): Question | undefined {
    return this.#waiting.shift()
  }

  more(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  close(): void {
    for (const off of this.#offs) off()
  }
}

interface ToldQuestion {
  readonly verb: AskedVerb
  readonly question: OwnerQuestion
  readonly asked: Date | undefined
  readonly before: readonly string[]
}

/** Whether there may be further ones: the answer has room for so many, and the next come when these are answered. */
async function takeWaiting(
  heard: Heard,
  client: ThingClient,
  { jid }: OwnerServer,
  { timeoutMs, signal }: AskOptions,
): Promise<boolean> {
  const answer = await client.iq.get(OpenQuestions, jid, { questions: [] }, OpenQuestions, {
    timeoutMs,
    signal,
  })
  let isNew = false
  for (const told of answer.questions.flatMap(one => toldIn(one) ?? [])) if (heard.take(told)) isNew = true
  // With nothing new in it, it would be the same the next time.
  return isNew && answer.more === true
}

/** `undefined` for one that newer servers ask. */
function toldIn({ question, asked, before }: OpenQuestion): ToldQuestion | undefined {
  for (const generation of ownerGenerations)
    for (const verb of askedVerbs) {
      const wire = provisioningOwner(generation).questions[verb]
      if (wire.ns === question.ns && wire.name === question.name)
        return { verb, question: readWire(wire, question), asked, before }
    }
  return undefined
}

function questionFrom(
  { verb, question, asked, before }: ToldQuestion,
  client: ThingClient,
  server: OwnerServer,
): Question {
  const { key, thing, caller, nodes, names, categories, all, tokens } = question
  const answer = async (result: boolean, options: AnswerOptions = {}): Promise<void> => {
    const { for: whom = 'caller', until, timeoutMs, signal } = options
    if (until && !server.keepsRules) throw new NotSupportedError(`${server.jid} keeps no rules that end`)
    const wire = provisioningOwner(question.generation).answers[verb]
    const said = {
      generation: question.generation,
      key,
      thing,
      caller,
      result,
      origin: originOf(whom, verb),
      nodes,
      partial: partOf(question, options),
      until,
    }
    await client.iq.set(wire, server.jid, said, undefined, { timeoutMs, signal })
  }
  return {
    key,
    verb,
    thing: bareOf(thing),
    caller: bareOf(caller),
    nodes,
    names,
    types: all ? [] : categories,
    tokens,
    asked,
    before,
    allow: options => answer(true, options),
    deny: options => answer(false, options),
  }
}

function originOf(whom: AnswerFor, verb: AskedVerb): RuleOrigin {
  if (typeof whom === 'string') return { kind: whom }
  if (verb === 'befriend') throw new TypeError('Friendship is with addresses, not with tokens.')
  if ('service' in whom) return { kind: 'service', token: whom.service }
  return 'device' in whom ? { kind: 'device', token: whom.device } : { kind: 'user', token: whom.user }
}

/** `undefined`: all of it. */
function partOf({ names }: OwnerQuestion, { only, types = [] }: AnswerOptions): PartialRule | undefined {
  const wanted = only === 'everything' ? [] : (only ?? names)
  return wanted.length === 0 && types.length === 0 ? undefined : { names: wanted, categories: types }
}

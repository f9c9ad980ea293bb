/** What owners answer to questions, and have their things and rules forget. IEEE 1451.99, provisioning for owners. */
import { type BareJid, bareOf } from '@waxwing/jid'
import {
  type AskedVerb,
  askedVerbs,
  CLIENT_NS,
  OpenQuestions as OpenQuestionsWire,
  type OwnerAnswer,
  type OwnerClearing,
  type OwnerFormat,
  registry as registryFormat,
  stanzaError,
} from '@waxwing/protocol'
import { parseElement, writeWire } from '@waxwing/xml'
import { type IqHandler, onGet, onSet } from '../../kernel/feature.ts'
import { fitting } from '../../kernel/wire-length.ts'
import type { RegistryApi } from '../registry/feature.ts'
import { mustBeLocal, type OwnersPort } from './for-owners.ts'
import { questionText } from './inquiries.ts'
import { isNamed, rulesOf, withLearned, withoutRules } from './learned-rules.ts'
import type { KeptQuestion, OpenQuestions } from './open-questions.ts'

export interface AnswersPort extends OwnersPort {
  readonly questions: OpenQuestions
  readonly registry: RegistryApi
}

export function forAnswers(format: OwnerFormat, port: AnswersPort): readonly IqHandler[] {
  const { news, books, registry } = port
  const { owned } = registryFormat(format.generation)
  return [
    ...askedVerbs.map(verb =>
      onSet(format.answers[verb], 'host', async ({ account, payload }) => {
        mustBeLocal(account, port)
        await learn(verb, payload, account, port)
        return { payload: '', more: () => news.changed(account) }
      }),
    ),
    onSet(format.clearCache, 'host', async ({ account, payload: { thing } }) => {
      const one = thing && (await ownThing(thing, account, port))
      return { payload: '', more: () => (one ? news.changedFor(one) : news.changed(account)) }
    }),
    onSet(format.deleteRules, 'host', async ({ account, payload }) => {
      mustBeLocal(account, port)
      const thing = payload.thing && (await ownThing(payload.thing, account, port))
      await books.edit(account, (text, book) =>
        withoutRules(text, book, rule => !thing || isNamed(rule, thing, payload.node)),
      )
      return { payload: '', more: () => news.changed(account) }
    }),
    ...(owned
      ? [onGet(owned, 'host', ({ payload, from }) => registry.owned(format.generation, payload, from))]
      : []),
  ]
}

/** Questions that wait, in our own words. Those that a rule has answered in the meantime wait no more. */
export function forInbox(port: AnswersPort): IqHandler {
  return onGet(OpenQuestionsWire, 'host', async ({ account }) => {
    const { questions } = port
    const answered = new Set<string>()
    for (const one of await questions.list(account))
      if (await isAnswered(one, account, port)) answered.add(one.key)
    if (answered.size > 0) await questions.remove(account, ({ key }) => answered.has(key))
    const waiting = (await questions.list(account)).map(one => ({ ...one, text: questionText(one) }))
    const told = fitting(waiting, ({ text }) => Buffer.byteLength(text))
    const list = told.map(({ asked, times, before, text }) => ({
      asked: new Date(asked),
      times,
      before,
      question: parseElement(text, { ns: CLIENT_NS }),
    }))
    const more = told.length < waiting.length || undefined
    return writeWire(OpenQuestionsWire, { questions: list, more }, CLIENT_NS)
  })
}

async function isAnswered(
  { thing, caller, verb, nodes, names, categories }: KeptQuestion,
  account: BareJid,
  { ownership, judgement }: AnswersPort,
): Promise<boolean> {
  const wish = judgement.wish(thing, caller, verb)
  return !judgement.isOpen(await ownership.of(thing), account, wish, { nodes, names, categories })
}

/**
 * An answer counts once, from who was asked, about what was asked: the question as it was when it had the key. What was
 * asked for since waits on. Throws `StanzaError` item-not-found.
 */
async function learn(
  verb: AskedVerb,
  answer: OwnerAnswer,
  account: BareJid,
  port: AnswersPort,
): Promise<void> {
  const { questions, ownership, books, clock } = port
  const found = await questions.find(account, answer.key)
  if (!found || !isAbout(found.question, verb, answer))
    throw stanzaError('item-not-found', 'There is no such question')
  // The question waits on: whoever mistook the day can answer again.
  if (answer.until !== undefined && answer.until.getTime() <= clock.wall())
    throw stanzaError('not-acceptable', 'The time until which this should hold is over already')
  const { thing } = found.question
  const { owner, isConfirmed } = await ownership.of(thing)
  const isTheirs = owner === account && isConfirmed
  if (isTheirs) {
    const day = new Date(clock.wall()).toISOString().slice(0, 10)
    await books.edit(account, (text, book) => withLearned(text, book, rulesOf(verb, answer), day))
    await questions.answered(account, found)
  } else {
    await questions.remove(account, ({ key }) => key === found.question.key)
    throw stanzaError('item-not-found', 'This thing is not yours')
  }
}

function isAbout(question: KeptQuestion, verb: AskedVerb, answer: OwnerAnswer): boolean {
  return (
    question.verb === verb &&
    question.thing === bareOf(answer.thing) &&
    question.caller === bareOf(answer.caller)
  )
}

/** What is not one's own is as if it were not there. */
async function ownThing(
  jid: NonNullable<OwnerClearing['thing']>,
  account: BareJid,
  { ownership }: AnswersPort,
): Promise<BareJid> {
  const thing = bareOf(jid)
  const { owner, isConfirmed } = await ownership.of(thing)
  if (owner !== account || !isConfirmed) throw stanzaError('item-not-found', `${thing} is not yours`)
  return thing
}

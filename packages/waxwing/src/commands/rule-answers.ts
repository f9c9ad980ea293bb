/** `waxwing rule questions`, `answer` and `log`: what others would like to do with your things, and what was decided. */

import type { Client } from '@waxwing/client'
import { bareOf } from '@waxwing/jid'
import {
  type Decision,
  DecisionQuery,
  Decisions,
  type FieldCategory,
  fieldCategories,
  StanzaError,
} from '@waxwing/protocol'
import { type AnswerFor, type AnswerOptions, type Question, questions } from '@waxwing/things'
import { parseDateTime } from '@waxwing/xml'
import { type Command, Option } from 'commander'
import { CommandError } from '../explain.ts'
import { printable } from '../export-text.ts'
import { addressOf } from '../login.ts'
import { say } from '../terminal.ts'
import { patienceOf, type RuleOptions, withRules, withServer } from './rule.ts'

const tokenKinds = ['service', 'device', 'user'] as const
/** Whom an answer is about, instead of who asked; of tokens, the first that was shown. */
const others = ['domain', 'everyone', 'service', 'device', 'user'] as const

interface AnswerCommand extends RuleOptions {
  readonly for?: (typeof others)[number]
  readonly everything?: boolean
  readonly only?: string
  readonly types?: string
  readonly until?: string
}

export function addAnswerCommands(rule: Command): void {
  withServer(rule.command('questions'))
    .description('Show what others would like to do, and no rule is about.')
    .option('--follow', 'wait for further ones')
    .addHelpText('after', '\nExample:\n  waxwing rule questions --as you@example.org')
    .action(showQuestions)
  withServer(rule.command('answer <key> <allow|deny>'))
    .description('Make a rule of a question, by its key or the beginning of it.')
    .addOption(new Option('--for <whom>', 'whom it is about, instead of who asked').choices(others))
    .option('--everything', 'of the thing, instead of what was asked for')
    .option('--only <names>', 'fields or parameters, with commas between them')
    .option('--types <types>', `types of values, with commas: ${fieldCategories.join(', ')}`)
    .option('--until <time>', 'how long it holds: 2h, 3d, a day or a time')
    .addHelpText(
      'after',
      '\nExample:\n  waxwing rule answer 7QxB allow --only Temperature --until 2026-12-31 --as you@example.org',
    )
    .action(answerQuestion)
  withServer(rule.command('log <thing>'))
    .description('Show what was decided about a thing lately, and by which rule.')
    .option('--max <entries>', 'how many', '50')
    .addHelpText('after', '\nExample:\n  waxwing rule log boiler@example.org --as you@example.org')
    .action(showLog)
}

async function showQuestions({
  follow = false,
  ...options
}: RuleOptions & { follow?: boolean }): Promise<void> {
  await withRules(options, async (client, server) => {
    let count = 0
    for await (const question of questions(client, { server, follow, ...patienceOf(options) })) {
      count++
      say(printable(lineOf(question)))
    }
    if (count === 0) say('Nobody asks for anything.')
  })
}

function lineOf({ key, caller, verb, thing, names, types, nodes, tokens }: Question): string {
  const shown = tokenKinds.filter(kind => tokens[kind].length > 0).map(kind => `token of a ${kind}`)
  const places = nodes.map(({ id }) => `node ${id}`).join(', ')
  const what = [names.join(', '), types.join(', '), places, ...shown]
  const details = what.filter(part => part !== '')
  return `${key}  ${caller} would like to ${verb} ${thing}${details.length > 0 ? ` (${details.join('; ')})` : ''}`
}

/** An answer is about the question as it was shown: its key stands for that. */
async function answerQuestion(key: string, verdict: string, options: AnswerCommand): Promise<void> {
  if (verdict !== 'allow' && verdict !== 'deny') throw new CommandError(`${verdict}: say allow or deny.`)
  await withRules(options, async (client, server) => {
    const question = await questionOf(client, server, key, options)
    const answer = answerOf(options, question)
    await question[verdict]({ ...answer, ...patienceOf(options) }).catch((error: unknown) => {
      if (error instanceof StanzaError && error.condition === 'item-not-found') throw ended(key)
      throw error
    })
    const what = namesIn(answer, question)
    const about = `${question.verb} ${question.thing}${what === '' ? '' : ` (${what})`}`
    say(`${question.caller} may ${verdict === 'allow' ? '' : 'not '}${about}: it is among your rules.`)
  })
}

function ended(key: string): CommandError {
  return new CommandError(
    `No question has the key ${key}: it was answered, a rule is about it now, or it is too old. waxwing rule questions shows those that wait.`,
  )
}

/** What an answer is about, for people; empty: everything. */
function namesIn({ only }: AnswerOptions, { names }: Question): string {
  return only === 'everything' ? '' : (only ?? names).join(', ')
}

async function questionOf(
  client: Client,
  server: string,
  key: string,
  options: AnswerCommand,
): Promise<Question> {
  const found: Question[] = []
  const changed: Question[] = []
  for await (const one of questions(client, { server, follow: false, ...patienceOf(options) })) {
    if (one.key.startsWith(key)) found.push(one)
    else if (one.before.some(its => its.startsWith(key))) changed.push(one)
  }
  const [question, ...others] = found
  const [other] = changed
  // Who says what they mean means that, whatever else is asked for.
  const isSaid = options.only !== undefined || options.everything === true
  if (!question && other && isSaid && changed.length === 1) return other
  if (!question && other)
    throw new CommandError(
      `More has been asked for since. Now it is\n  ${printable(lineOf(other))}\nNothing was answered; use the new key.`,
    )
  if (!question) throw ended(key)
  if (others.length > 0 || other)
    throw new CommandError(
      `${key} is the beginning of ${found.length + changed.length} keys: give more of it.`,
    )
  return question
}

function answerOf(
  { for: whom, everything, only, types, until }: AnswerCommand,
  question: Question,
): AnswerOptions {
  return {
    for: answerFor(whom, question),
    ...(everything ? { only: 'everything' as const } : {}),
    ...(only === undefined ? {} : { only: listed(only) }),
    ...(types === undefined ? {} : { types: listed(types).map(typeOf) }),
    ...(until === undefined ? {} : { until: momentOf(until) }),
  }
}

function answerFor(whom: AnswerCommand['for'], { tokens }: Question): AnswerFor {
  if (whom === undefined) return 'caller'
  if (whom === 'domain' || whom === 'everyone') return whom
  const [token] = tokens[whom]
  if (token === undefined) throw new CommandError(`Whoever asked showed no token of a ${whom}.`)
  if (whom === 'service') return { service: token }
  return whom === 'device' ? { device: token } : { user: token }
}

function listed(text: string): readonly string[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
}

function typeOf(text: string): FieldCategory {
  const found = fieldCategories.find(one => one === text)
  if (!found) throw new CommandError(`${text} is no type of values: ${fieldCategories.join(', ')}.`)
  return found
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A day is over at its end, in UTC, as in rules. */
function momentOf(text: string): Date {
  const [, amount, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  if (amount !== undefined && (unit === 'm' || unit === 'h' || unit === 'd'))
    return new Date(Math.floor(Date.now() / 1000) * 1000 + Number(amount) * units[unit])
  const moment = readMoment(text)
  if (moment.getTime() <= Date.now()) throw new CommandError(`--until ${text}: that is over already.`)
  return moment
}

function readMoment(text: string): Date {
  try {
    return parseDateTime(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T24:00:00Z` : text)
  } catch {
    throw new CommandError(
      `--until ${text}: give 2h, 3d, a day as in 2026-12-31, or a time as in 2026-12-31T12:00:00Z.`,
    )
  }
}

async function showLog(
  thing: string,
  { max: most, ...options }: RuleOptions & { max: string },
): Promise<void> {
  const max = Number(most)
  if (!Number.isInteger(max) || max < 1 || max > 10_000)
    throw new CommandError(`--max ${most}: give a number, as in 50.`)
  await withRules(options, async (client, server) => {
    const about = { thing: bareOf(addressOf(thing)), max }
    const { decisions } = await client.iq.get(DecisionQuery, server, about, Decisions, patienceOf(options))
    for (const decision of decisions) for (const line of decisionLines(decision)) say(printable(line))
    if (decisions.length === 0) say(`Nothing was decided about ${thing} by your rules.`)
  })
}

function decisionLines({ at, caller, verb, what, isAllowed, granted, rule }: Decision): readonly string[] {
  const about = `${at.toISOString()}  ${caller} may ${isAllowed ? '' : 'not '}${verb}${what === undefined ? '' : ` ${what}`}`
  const part = granted === undefined ? '' : `, but only ${granted}`
  const why = rule === undefined ? ['no rule decides'] : rule.split('\n')
  return [`${about}${part}`, ...why.map(line => `    ${line}`)]
}

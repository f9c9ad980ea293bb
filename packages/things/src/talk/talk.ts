/** People talk to things: values, the last day at a glance, and commands, with any chat client and by the same rights. */
import { type BareJid, bareOf, type Jid, parseJid } from '@waxwing/jid'
import { StanzaError } from '@waxwing/protocol'
import { CommandError, refusalText } from '../control/command.ts'
import type { Clock, Off } from '../port.ts'
import type { Thing } from '../thing.ts'
import { belongsTo, log, past, spanOf, values } from './told-text.ts'

/** What talking needs of a client. */
export interface TalkingClient {
  /** Our own address. */
  readonly jid: string
  readonly roster: { get(jid: string): { readonly seesUs: boolean } | undefined }
  readonly platform: { readonly clock: Clock; report(fault: unknown): void }
  on(
    event: 'message',
    listener: (message: {
      readonly from: Jid
      readonly body: string
      readonly delayedSince: Date | undefined
      reply(text: string): unknown
    }) => void,
  ): Off
}

/** Characters of one message; nobody says more to a thing, and nobody shall have us look through it. */
const mostSaid = 4_000

/** Answers to one sender in a minute: two things must not talk to each other for ever. */
const perMinute = 30
const minuteMs = 60_000

/**
 * Answers the own account and contacts that may see us; strangers hear nothing. `help` tells what can be asked. Call
 * what it gives to stop.
 */
export function talk(client: TalkingClient, thing: Thing): Off {
  const { clock } = client.platform
  const own = bareOf(parseJid(client.jid))
  const patience = new Patience(clock)
  return client.on('message', message => {
    const sender = bareOf(message.from)
    const isTrusted = sender === own || client.roster.get(sender)?.seesUs === true
    // What was said while we were away is old news.
    if (message.delayedSince || !isTrusted || !patience.has(sender)) return
    answer({ thing, clock, own }, message.from, message.body.trim()).then(
      text => message.reply(text),
      (error: unknown) => client.platform.report(error),
    )
  })
}

interface Listening {
  readonly thing: Thing
  readonly clock: Clock
  /** Our own account. */
  readonly own: BareJid
}

/** How often somebody is answered. */
class Patience {
  readonly #clock: Clock
  readonly #counts = new Map<Jid, number>()
  #since = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  has(sender: Jid): boolean {
    const now = this.#clock.wall()
    if (now - this.#since > minuteMs) {
      this.#since = now
      this.#counts.clear()
    }
    const count = (this.#counts.get(sender) ?? 0) + 1
    this.#counts.set(sender, count)
    return count <= perMinute
  }
}

async function answer(listening: Listening, from: Jid, said: string): Promise<string> {
  try {
    return await understood(listening, from, said)
  } catch (error) {
    if (error instanceof CommandError) return refusalText(error)
    if (error instanceof StanzaError) return error.text ?? error.condition
    throw error
  }
}

async function understood({ thing, clock, own }: Listening, from: Jid, said: string): Promise<string> {
  if (said.length > mostSaid) return 'That is too long for me.'
  const [word = '', ...rest] = said.split(/\s+/)
  const assignment = assignmentIn(said.replace(/^set\s+/i, ''))
  if (assignment) {
    const [name, value] = assignment
    await thing.command(from, { [name]: value }, [], 'chat')
    return `${name} is set to ${value}.`
  }
  switch (word.toLowerCase()) {
    case 'help':
    case 'hello':
    case 'hi':
    case '?':
    case '':
      return help(thing, own, from)
    case 'all':
    case 'values':
    case 'read':
      return values(await thing.tell(from, { fields: rest }))
    case 'settings':
    case 'parameters':
      return settings(thing, from)
    case 'log':
      return log(thing, own, from)
    case 'day':
    case 'week':
    case 'history':
      return past(thing, clock.wall(), from, { span: spanOf(word), name: rest.join(' ') })
    default:
      return named(thing, from, said)
  }
}

/** `name = value`, or `name: value`. */
function assignmentIn(text: string): readonly [name: string, value: string] | undefined {
  const [, name, value] = /^([^=:\n]{1,200}?)\s*[=:]\s*(\S[^\n]*)$/.exec(text) ?? []
  return name === undefined || value === undefined ? undefined : [name, value]
}

async function help(thing: Thing, own: BareJid, from: Jid): Promise<string> {
  const { fields } = await thing.tell(from, {})
  const example = fields[0]?.name
  const settable = await thing.settable(from).catch(() => [])
  const lines = ['values: everything I measure', 'day, week: the last 24 hours or 7 days at a glance']
  if (example !== undefined) lines.push(`${example}: that value alone`)
  const [first] = settable
  if (first) lines.push('settings: what you can set', `${first.name} = ${first.value ?? '…'}: sets it`)
  if (belongsTo(thing, own, from)) lines.push('log: who set what')
  return lines.join('\n')
}

/** The value of that name, or all whose names hold the word. */
async function named(thing: Thing, from: Jid, said: string): Promise<string> {
  const told = await thing.tell(from, {})
  const wanted = said.toLowerCase()
  const isNamed = (name: string): boolean => name.toLowerCase() === wanted
  const isExact = told.fields.some(({ name }) => isNamed(name))
  const fits = (name: string): boolean => (isExact ? isNamed(name) : name.toLowerCase().includes(wanted))
  const found = told.fields.flatMap((field, index) => (fits(field.name) ? [index] : []))
  if (found.length === 0) return `I do not know what "${said.slice(0, 100)}" means. Write "help".`
  return values({
    fields: told.fields.filter((_, index) => found.includes(index)),
    samples: told.samples.filter((_, index) => found.includes(index)),
  })
}

async function settings(thing: Thing, from: Jid): Promise<string> {
  const lines = (await thing.settable(from)).map(
    ({ name, value = 'unknown', parameter, readOnly = false }) => {
      const { range, options, kind } = parameter
      const choice = options ? Object.keys(options).join(' | ') : kind
      const bounds = range ? ` from ${range.min ?? '…'} to ${range.max ?? '…'}` : ''
      return `${name} = ${value} (${readOnly ? 'not to be set now' : choice + bounds})`
    },
  )
  return lines.join('\n') || 'Nothing can be set.'
}

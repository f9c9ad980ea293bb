/** People talk to things: values, the last day at a glance, and commands, with any chat client and by the same rights. */
import { bareOf, type Jid, parseJid } from '@waxwing/jid'
import { type SensorValue, StanzaError } from '@waxwing/protocol'
import { CommandError, refusalText } from './command.ts'
import type { ReadSample } from './field-types.ts'
import type { Clock, Off } from './port.ts'
import type { SelectedField } from './selection.ts'
import { sparkline } from './sparkline.ts'
import type { Thing } from './thing.ts'
import type { Told } from './told.ts'

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

/** Answers to one sender in a minute: two things must not talk to each other for ever. */
const perMinute = 30
const minuteMs = 60_000

const dayMs = 86_400_000

/** Values in one answer; people ask for more by name. */
const mostLines = 100

/**
 * Answers the own account and contacts that may see us; strangers hear nothing. `help` tells what can be asked. Call
 * what it gives to stop.
 */
export function talk(client: TalkingClient, thing: Thing): Off {
  const { clock } = client.platform
  const patience = new Patience(clock)
  return client.on('message', message => {
    const sender = bareOf(message.from)
    const isTrusted = sender === bareOf(parseJid(client.jid)) || client.roster.get(sender)?.seesUs === true
    // What was said while we were away is old news.
    if (message.delayedSince || !isTrusted || !patience.has(sender)) return
    answer(thing, clock, message.from, message.body.trim()).then(
      text => message.reply(text),
      (error: unknown) => client.platform.report(error),
    )
  })
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

async function answer(thing: Thing, clock: Clock, from: Jid, said: string): Promise<string> {
  try {
    return await understood(thing, clock, from, said)
  } catch (error) {
    if (error instanceof CommandError) return refusalText(error)
    if (error instanceof StanzaError) return error.text ?? error.condition
    throw error
  }
}

async function understood(thing: Thing, clock: Clock, from: Jid, said: string): Promise<string> {
  const [word = '', ...rest] = said.split(/\s+/)
  const assignment = assignmentIn(said.replace(/^set\s+/i, ''))
  if (assignment) {
    const [name, value] = assignment
    await thing.command(from, { [name]: value })
    return `${name} is set to ${value}.`
  }
  switch (word.toLowerCase()) {
    case 'help':
    case 'hello':
    case 'hi':
    case '?':
    case '':
      return help(thing, from)
    case 'all':
    case 'values':
    case 'read':
      return values(await thing.tell(from, { fields: rest }))
    case 'settings':
    case 'parameters':
      return settings(thing, from)
    case 'day':
    case 'week':
    case 'history':
      return past(thing, clock, from, { span: spanOf(word), name: rest.join(' ') })
    default:
      return named(thing, from, said)
  }
}

/** `name = value`, or `name: value`. */
function assignmentIn(text: string): readonly [name: string, value: string] | undefined {
  const [, name, value] = /^([^=:\n]{1,200}?)\s*[=:]\s*(\S[^\n]*)$/.exec(text) ?? []
  return name === undefined || value === undefined ? undefined : [name, value]
}

async function help(thing: Thing, from: Jid): Promise<string> {
  const { fields } = await thing.tell(from, {})
  const example = fields[0]?.name
  const settable = await thing.settable(from).catch(() => [])
  const lines = ['values: everything I measure', 'day, week: the last 24 hours or 7 days at a glance']
  if (example !== undefined) lines.push(`${example}: that value alone`)
  const [first] = settable
  if (first) lines.push('settings: what you can set', `${first.name} = ${first.value ?? '…'}: sets it`)
  return lines.join('\n')
}

function values({ fields, samples }: Told): string {
  const lines = fields.map(({ node, name }, index) => {
    const value = samples[index]?.[0]?.value
    const place = node ? `${node.id} ` : ''
    return `${place}${name}: ${value ? textOf(value) : 'unknown'}`
  })
  if (lines.length > mostLines)
    lines.splice(mostLines, lines.length, `… and ${lines.length - mostLines} more`)
  return lines.join('\n') || 'There is nothing to tell.'
}

function textOf(value: SensorValue): string {
  if (value.kind === 'quantity') return value.unit === undefined ? value.text : `${value.text} ${value.unit}`
  if (value.kind === 'boolean') return value.value ? 'yes' : 'no'
  return value.text
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
  const lines = (await thing.settable(from)).map(({ name, value = 'unknown', parameter }) => {
    const { range, options, kind } = parameter
    const choice = options ? Object.keys(options).join(' | ') : kind
    const bounds = range ? ` from ${range.min ?? '…'} to ${range.max ?? '…'}` : ''
    return `${name} = ${value} (${choice}${bounds})`
  })
  return lines.join('\n') || 'Nothing can be set.'
}

interface Past {
  readonly span: Span
  /** Empty: everything. */
  readonly name: string
}

interface Span {
  readonly ms: number
  readonly words: string
}

function spanOf(word: string): Span {
  return word.toLowerCase() === 'week' ? { ms: 7 * dayMs, words: 'week' } : { ms: dayMs, words: 'day' }
}

/** What a thing remembers of its fields, each in one line. */
async function past(thing: Thing, clock: Clock, from: Jid, { span, name }: Past): Promise<string> {
  const to = clock.wall()
  const window = { from: new Date(to - span.ms), to: new Date(to) }
  const wanted = name.toLowerCase()
  const isMeant = (field: string): boolean => wanted === '' || field.toLowerCase() === wanted
  const { fields, samples } = await thing.tell(from, { window })
  const lines = fields.flatMap((field, index) =>
    isMeant(field.name) ? glance(field, samples[index] ?? [], to, span) : [],
  )
  return (
    lines.slice(0, mostLines).join('\n') ||
    `I remember nothing of ${name === '' ? 'it' : name.slice(0, 100)} in the last ${span.words}.`
  )
}

function glance(
  { node, name }: SelectedField,
  samples: readonly ReadSample[],
  to: number,
  { ms }: Span,
): readonly string[] {
  const points = samples.flatMap(({ time, value }) =>
    time && (value.kind === 'quantity' || value.kind === 'int') && Number.isFinite(value.value)
      ? [{ at: time.getTime(), value }]
      : [],
  )
  if (points.length === 0) return []
  const ordered = points.map(({ value }) => value).toSorted((a, b) => a.value - b.value)
  const [least, greatest] = [ordered.at(0)?.text, ordered.at(-1)?.text]
  const numbers = points.map(({ at, value }) => [at, value.value] as const)
  const [first] = samples
  const unit = first?.value.kind === 'quantity' && first.value.unit ? ` ${first.value.unit}` : ''
  const place = node ? `${node.id} ` : ''
  return [`${place}${name} ${sparkline(numbers, to - ms, to)} ${least} … ${greatest}${unit}`]
}

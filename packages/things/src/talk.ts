/** People talk to things: values, the last day at a glance, and commands, with any chat client and by the same rights. */
import type { Jid } from '@waxwing/jid'
import { type SensorValue, StanzaError } from '@waxwing/protocol'
import { CommandError } from './command.ts'
import type { ReadSample } from './field-types.ts'
import type { Clock, Off } from './port.ts'
import { sparkline } from './sparkline.ts'
import type { Thing, Told } from './thing.ts'

/** What talking needs of a client. */
export interface TalkingClient {
  readonly platform: { readonly clock: Clock; report(fault: unknown): void }
  on(
    event: 'message',
    listener: (message: { readonly from: Jid; readonly body: string; reply(text: string): unknown }) => void,
  ): Off
}

const dayMs = 86_400_000

/** Values in one answer; people ask for more by name. */
const mostLines = 100

/** Answers whoever writes to the thing; `help` tells what can be asked. Call what it gives to stop. */
export function talk(client: TalkingClient, thing: Thing): Off {
  const { clock } = client.platform
  return client.on('message', ({ from, body, reply }) => {
    answer(thing, clock, from, body.trim()).then(
      text => reply(text),
      (error: unknown) => client.platform.report(error),
    )
  })
}

async function answer(thing: Thing, clock: Clock, from: Jid, said: string): Promise<string> {
  try {
    return await understood(thing, clock, from, said)
  } catch (error) {
    if (error instanceof CommandError) return refusal(error)
    if (error instanceof StanzaError) return error.text ?? error.condition
    throw error
  }
}

function refusal({ error, faults }: CommandError): string {
  const lines = faults.map(({ name, text }) => `${name}: ${text}`)
  return [error.text, ...lines].filter(line => line !== undefined).join('\n')
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
    case 'values':
    case 'read':
      return values(await thing.tell(from, { fields: rest }))
    case 'settings':
    case 'parameters':
      return settings(thing, from)
    case 'day':
    case 'history':
      return day(thing, clock, from, rest.join(' '))
    default:
      return oneValue(thing, from, said)
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
  const lines = ['values: everything I measure', 'day: the last 24 hours at a glance']
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

async function oneValue(thing: Thing, from: Jid, said: string): Promise<string> {
  const told = await thing.tell(from, {})
  const found = told.fields.findIndex(({ name }) => name.toLowerCase() === said.toLowerCase())
  if (found < 0) return `I do not know what "${said.slice(0, 100)}" means. Write "help".`
  const [field, samples] = [told.fields[found], told.samples[found]]
  return field && samples ? values({ fields: [field], samples: [samples] }) : 'unknown'
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

async function day(thing: Thing, clock: Clock, from: Jid, name: string): Promise<string> {
  const to = clock.wall()
  const window = { from: new Date(to - dayMs), to: new Date(to) }
  const told = await thing.tell(from, { fields: name === '' ? [] : [name], window })
  const lines = told.fields.flatMap(({ name }, index) => glance(name, told.samples[index] ?? [], to))
  return lines.join('\n') || 'I remember nothing of the last day.'
}

function glance(name: string, samples: readonly ReadSample[], to: number): readonly string[] {
  const points = samples.flatMap(({ time, value }) =>
    time && (value.kind === 'quantity' || value.kind === 'int')
      ? [[time.getTime(), value.value] as const]
      : [],
  )
  if (points.length === 0) return []
  const numbers = points.map(([, value]) => value)
  const [first] = samples
  const unit = first?.value.kind === 'quantity' && first.value.unit ? ` ${first.value.unit}` : ''
  return [
    `${name} ${sparkline(points, to - dayMs, to)} ${Math.min(...numbers)} … ${Math.max(...numbers)}${unit}`,
  ]
}

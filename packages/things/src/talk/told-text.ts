/** What a thing tells people, in lines. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import type { SensorValue } from '@waxwing/protocol'
import { whyOf } from '../control/control-log.ts'
import type { ReadSample } from '../field-types.ts'
import type { SelectedField } from '../readout/selection.ts'
import type { Told } from '../readout/told.ts'
import type { Thing } from '../thing.ts'
import { sparkline } from './sparkline.ts'

const dayMs = 86_400_000

/** What was set, in one answer. */
const mostLogged = 20

/** Values in one answer; people ask for more by name. */
const mostLines = 100

/** Values of now, each in a line. */
export function values({ fields, samples }: Told): string {
  const lines = fields.map(({ node, name }, index) => {
    const value = samples[index]?.[0]?.value
    const place = node ? `${node.id} ` : ''
    return `${place}${name}: ${value ? textOf(value) : 'unknown'}`
  })
  if (lines.length > mostLines)
    lines.splice(mostLines, lines.length, `… and ${lines.length - mostLines} more`)
  return lines.join('\n') || 'There is nothing to tell.'
}

/** A value with its unit, for people. */
export function textOf(value: SensorValue): string {
  if (value.kind === 'quantity') return value.unit === undefined ? value.text : `${value.text} ${value.unit}`
  if (value.kind === 'boolean') return value.value ? 'yes' : 'no'
  return value.text
}

/** Whether somebody is its owner, or its own account. */
export function belongsTo(thing: Thing, own: BareJid, from: Jid): boolean {
  const sender = bareOf(from)
  return sender === own || (thing.owner !== undefined && sender === bareOf(thing.owner))
}

/** What was set lately names people: it is for whom the thing belongs to. */
export function log(thing: Thing, own: BareJid, from: Jid): string {
  if (!belongsTo(thing, own, from)) return 'Only my owner may know who set what.'
  const lines = thing.log.slice(-mostLogged).map(record => {
    const { at, from, node, name, before, value, way, decision } = record
    const when = at.toISOString().slice(0, 19).replace('T', ' ')
    const place = node ? `${node.id} ` : ''
    const about = [
      ...(before === undefined ? [] : [`was ${before}`]),
      `by ${way}`,
      ...(decision ? [`allowed by ${bareOf(decision.by)}`] : []),
      ...(record.error === undefined ? [] : [`failed: ${whyOf(record)}`]),
    ]
    return `${when} UTC ${bareOf(from)}: ${place}${name} = ${value} (${about.join(', ')})`
  })
  return lines.join('\n') || 'Nothing was set lately.'
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

export function spanOf(word: string): Span {
  return word.toLowerCase() === 'week' ? { ms: 7 * dayMs, words: 'week' } : { ms: dayMs, words: 'day' }
}

/** What a thing remembers of its fields, each in one line. `to`: now. Throws `StanzaError`. */
export async function past(thing: Thing, to: number, from: Jid, { span, name }: Past): Promise<string> {
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

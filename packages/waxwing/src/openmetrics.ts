/** Readings as OpenMetrics text: https://prometheus.io/docs/specs/om/open_metrics_spec/ */
import { areAlike, convert, type FieldReading, type Reading, sameUnit, UnitError } from '@waxwing/things'

/** What was read of one thing. */
export interface ReadThing {
  readonly jid: string
  /** Whether the readout came to its end. */
  readonly isUp: boolean
  readonly readings: readonly Reading[]
  /** Seconds the readout took. */
  readonly tookS: number
}

export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

type Labels = readonly (readonly [name: string, value: string])[]

interface Family {
  readonly type: 'gauge' | 'info'
  /** The suffix of the name. */
  readonly unit: string | undefined
  readonly help: string
  /** Lines by their labels: nothing is told twice. */
  readonly samples: Map<string, string>
}

/** Units that monitoring has words for: everything that measures the same is told in them. */
const words: readonly (readonly [unit: string, word: string])[] = [
  ['°C', 'celsius'],
  ['1', 'ratio'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['VA', 'volt_amperes'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['coulomb', 'coulombs'],
  ['Ω', 'ohms'],
  ['Hz', 'hertz'],
  ['Pa', 'pascals'],
  ['m', 'meters'],
  ['m2', 'square_meters'],
  ['m3', 'cubic_meters'],
  ['m3/s', 'cubic_meters_per_second'],
  ['m/s', 'meters_per_second'],
  ['g', 'grams'],
  ['s', 'seconds'],
  ['lx', 'lux'],
  ['°', 'degrees'],
  ['B', 'bytes'],
  ['B/s', 'bytes_per_second'],
]

/** Characters of a label: a thing may say much. */
const maxLabel = 256
/** Characters of a number: zeros before and behind it cost nothing. */
const maxNumber = 64
/** Samples in all: monitoring does not want more of one place, either. */
const maxSamples = 50_000

/** The whole answer to a scrape. */
export function openMetrics(things: readonly ReadThing[]): string {
  const families = new Families()
  for (const thing of things) addThing(families, thing)
  return families.text
}

class Families {
  readonly #all = new Map<string, Family>()
  #samples = 0

  /** @param base the name without unit; taken by something else it becomes another one */
  add(base: string, about: Omit<Family, 'samples'>, labels: Labels, value: string): void {
    const { type } = about
    let name = nameOf(base, about)
    for (let other = base; !this.#isFree(name, about); name = nameOf(other, about)) other += '_other'
    const family = this.#all.get(name) ?? { ...about, samples: new Map<string, string>() }
    this.#all.set(name, family)
    const written = labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(',')
    if (!family.samples.has(written) && ++this.#samples > maxSamples) return
    family.samples.set(written, `${name}${type === 'info' ? '_info' : ''}{${written}} ${value}`)
  }

  #isFree(name: string, { type, unit }: Pick<Family, 'type' | 'unit'>): boolean {
    const known = this.#all.get(name)
    return known === undefined || (known.type === type && known.unit === unit)
  }

  get text(): string {
    const lines = [...this.#all].flatMap(([name, { type, unit, help, samples }]) => [
      `# TYPE ${name} ${type}`,
      ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
      `# HELP ${name} ${escaped(help)}`,
      ...samples.values(),
    ])
    return `${[...lines, '# EOF'].join('\n')}\n`
  }
}

/** Endings that mean something in names. */
const reserved = /_(?:total|created|bucket|count|sum|gcount|gsum|info)$/

function nameOf(base: string, { unit }: Pick<Family, 'unit'>): string {
  if (unit !== undefined) return `${base}_${unit}`
  return reserved.test(base) ? `${base}_value` : base
}

function addThing(families: Families, { jid, isUp, readings, tookS }: ReadThing): void {
  const labels: Labels = [['thing', jid]]
  const up = { type: 'gauge', unit: undefined, help: 'Whether the thing could be read.' } as const
  families.add('thing_up', up, labels, isUp ? '1' : '0')
  const took = { type: 'gauge', unit: 'seconds', help: 'How long reading the thing took.' } as const
  families.add('thing_readout', took, labels, tookS.toFixed(3))
  for (const reading of readings) if (reading.kind !== 'error') addField(families, jid, reading)
}

function addField(families: Families, jid: string, reading: FieldReading): void {
  const { name, node, time } = reading
  const labels: Labels = [
    ['thing', jid],
    ...(node ? [['node', node.id] as const] : []),
    ...(node?.source === undefined ? [] : [['source', node.source] as const]),
    ...(node?.partition === undefined ? [] : [['partition', node.partition] as const]),
    ['field', name],
  ]
  const base = `thing_${wordOf(name)}`
  const number = numberIn(reading)
  if (number === undefined) {
    const about = { type: 'info', unit: undefined, help: `${name} as a text.` } as const
    families.add(`${base}_text`, about, [...labels, ['value', reading.text]], '1')
    return
  }
  const help = `${name} as the thing tells it.`
  const at = time.instant ? ` ${time.instant.getTime() / 1_000}` : ''
  families.add(base, { type: 'gauge', unit: number.unit, help }, labels, number.text + at)
}

interface Measured {
  readonly text: string
  readonly unit: string | undefined
}

/** `undefined` for what is no number. */
function numberIn(reading: FieldReading): Measured | undefined {
  switch (reading.kind) {
    case 'boolean':
      return { text: reading.value ? '1' : '0', unit: undefined }
    case 'int':
    case 'long':
      return { text: reading.text, unit: undefined }
    case 'quantity':
      return inBaseUnit(briefly(reading), reading.unit ?? '')
    default:
      return undefined
  }
}

/** As the thing wrote it, unless no double is so large or fine, or nobody needs so many digits: not every reader takes that. */
function briefly({ text, value }: { readonly text: string; readonly value: number }): string {
  const isPlain = Number.isFinite(value) && value !== 0 && text.length <= maxNumber
  return isPlain || /^[+-]?[0.]{1,20}$/.test(text) ? text : String(value).replace('Infinity', 'INF')
}

function inBaseUnit(text: string, unit: string): Measured {
  if (unit === '' || sameUnit(unit, '1')) return { text: numberText(text), unit: undefined }
  const known = words.find(([base]) => areAlike(base, unit))
  if (!known) return { text: numberText(text), unit: unitWord(unit) }
  const [base, word] = known
  try {
    return { text: numberText(convert(text, unit, base)), unit: word }
  } catch (error) {
    if (error instanceof UnitError) return { text: 'NaN', unit: word }
    throw error
  }
}

function numberText(text: string): string {
  return text.replace(/^\+?INF$/, '+Inf').replace('-INF', '-Inf')
}

function unitWord(unit: string): string {
  const spelled = unit
    .normalize('NFKC')
    .replaceAll('/', ' per ')
    .replaceAll('μ', 'micro')
    .replaceAll('°', 'degrees ')
  return wordOf(spelled)
}

/** A name as metrics have them. */
function wordOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toLowerCase()
  return plain.slice(0, 80) || 'field'
}

/** Labels and help: three characters are told by two. */
function escaped(text: string): string {
  const short = text.length > maxLabel ? `${text.slice(0, maxLabel - 1)}…` : text
  return short.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

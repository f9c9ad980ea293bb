/** What is to be simulated: kinds of things with their fields, signals and faults, as a file says it or as is usual. */
import { parseDuration, parseToml } from '@waxwing/server'
import { CommandError } from '../explain.ts'
import { type FaultRates, faultKinds } from './faults.ts'
import type { Part, Signal } from './signal.ts'

export interface FieldPlan {
  readonly name: string
  readonly kind: 'quantity' | 'int' | 'boolean'
  readonly unit: string
  /** Decimals of a quantity. */
  readonly precision: number
  readonly category: 'momentary' | 'status'
  /** The lowest and the highest value that can be. */
  readonly min: number
  readonly max: number
  readonly signal: Signal
  /** Whoever may read it may set it; then it stays as it was set. */
  readonly settable: boolean
}

export interface KindPlan {
  /** Accounts are called so, with a number behind it. */
  readonly name: string
  readonly count: number
  readonly fields: readonly FieldPlan[]
  readonly faults: FaultRates
}

export interface Plan {
  readonly seed: number
  readonly kinds: readonly KindPlan[]
}

/** Things of all kinds together. */
export const mostThings = 100_000
const mostFields = 100
/** Values lie between this and its opposite where the plan says nothing. */
export const widest = 1e15
const hourMs = 3_600_000

/** As JSON and TOML have it, not looked at yet. */
type Given = Readonly<Record<string, unknown>>

/**
 * Reads a plan: TOML where the file is called so, JSON otherwise.
 *
 * @param count things instead of as many as the file says
 * @throws CommandError, ConfigError
 */
export function readPlan(
  text: string,
  file: string,
  count: number | undefined,
  seed: number | undefined,
): Plan {
  const read = new Reading(file)
  const given = read.object(parsed(text, file), 'the file')
  const kinds = read
    .list(given['things'], 'things')
    .map((one, at) => read.kind(read.object(one, `things[${at}]`), `things[${at}]`))
  read.only(given, ['things', 'seed'], 'the file')
  const plan = { seed: seed ?? read.number(given['seed'], 'seed', 1), kinds: scaled(kinds, count) }
  const names = new Set(kinds.map(({ name }) => name))
  if (kinds.length === 0 || names.size < kinds.length)
    throw new CommandError(`${file}: things of each kind need a name of their own.`)
  const all = plan.kinds.reduce((sum, kind) => sum + kind.count, 0)
  if (all > mostThings) throw new CommandError(`${file}: these are ${all} things, more than ${mostThings}.`)
  return plan
}

/** As many things as wanted, in the same proportion; none of a kind becomes none at all as long as they suffice. */
function scaled(kinds: readonly KindPlan[], count: number | undefined): readonly KindPlan[] {
  const all = kinds.reduce((sum, kind) => sum + kind.count, 0)
  if (count === undefined || all === 0) return kinds
  let before = 0
  return kinds.map(kind => {
    const from = Math.round((before * count) / all)
    before += kind.count
    return { ...kind, count: Math.round((before * count) / all) - from }
  })
}

function parsed(text: string, file: string): unknown {
  if (file.endsWith('.toml')) return parseToml({ file, text })
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CommandError(`${file} is no JSON: ${error instanceof Error ? error.message : ''}`)
  }
}

/** Says where in the file something is wrong. */
class Reading {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  kind(given: Given, at: string): KindPlan {
    this.only(given, ['name', 'count', 'fields', 'faults'], at)
    const fields = Object.entries(this.object(given['fields'] ?? {}, `${at}.fields`))
    if (fields.length > mostFields) this.fail(`${at}.fields`, `has more than ${mostFields} fields`)
    const name = this.text(given['name'], `${at}.name`)
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) this.fail(`${at}.name`, 'is a word of small letters')
    const plans = fields.map(([field, one]) =>
      this.#field(field, this.object(one, `${at}.fields.${field}`), `${at}.fields.${field}`),
    )
    for (const { signal, name: field } of plans)
      for (const part of signal)
        if (part.kind === 'follows' && !plans.some(other => other.name === part.name))
          this.fail(`${at}.fields.${field}`, `follows ${part.name}, which is not there`)
    return {
      name,
      count: this.number(given['count'], `${at}.count`, 1, 0, mostThings),
      fields: plans,
      faults: this.#faults(this.object(given['faults'] ?? {}, `${at}.faults`), `${at}.faults`),
    }
  }

  #field(name: string, given: Given, at: string): FieldPlan {
    const known = ['unit', 'kind', 'precision', 'category', 'min', 'max', 'signal', 'settable']
    this.only(given, known, at)
    return {
      name,
      kind: this.#oneOf(given['kind'], `${at}.kind`, ['quantity', 'int', 'boolean']),
      unit: given['unit'] === undefined ? '' : this.text(given['unit'], `${at}.unit`),
      precision: this.number(given['precision'], `${at}.precision`, 1, 0, 10),
      category: this.#oneOf(given['category'], `${at}.category`, ['momentary', 'status']),
      min: this.number(given['min'], `${at}.min`, -widest),
      max: this.number(given['max'], `${at}.max`, widest),
      settable: this.#flag(given['settable'], `${at}.settable`),
      signal: this.list(given['signal'], `${at}.signal`).map((one, n) =>
        this.#part(this.object(one, `${at}.signal[${n}]`), `${at}.signal[${n}]`),
      ),
    }
  }

  #part(given: Given, at: string): Part {
    const [kind] = Object.keys(given)
    const size = (): number => this.number(given[kind ?? ''], `${at}.${kind}`)
    const span = (name: string, usual: number): number => this.#duration(given[name], `${at}.${name}`, usual)
    switch (kind) {
      case 'mean':
        this.only(given, ['mean', 'spread'], at)
        return { kind, value: size(), spread: this.number(given['spread'], `${at}.spread`, 0) }
      case 'day':
        this.only(given, ['day', 'peak'], at)
        return { kind, size: size(), peakMs: span('peak', 14 * hourMs) }
      case 'walk':
        this.only(given, ['walk', 'over'], at)
        return { kind, size: size(), overMs: span('over', hourMs) }
      case 'noise':
        this.only(given, ['noise'], at)
        return { kind, size: size() }
      case 'steps':
        this.only(given, ['steps', 'every'], at)
        return {
          kind,
          values: this.list(given['steps'], `${at}.steps`).map(value => this.number(value, `${at}.steps`)),
          everyMs: span('every', hourMs),
        }
      case 'spikes':
        this.only(given, ['spikes', 'every', 'lasting'], at)
        return { kind, size: size(), everyMs: span('every', hourMs), lastingMs: span('lasting', 60_000) }
      case 'grows':
        this.only(given, ['grows'], at)
        return { kind, perHour: size(), sinceMs: Date.UTC(2020, 0, 1) }
      case 'follows':
        this.only(given, ['follows', 'factor', 'lag'], at)
        return {
          kind,
          name: this.text(given['follows'], `${at}.follows`),
          factor: this.number(given['factor'], `${at}.factor`, 1),
          lagMs: span('lag', 0),
        }
      default:
        return this.fail(at, 'begins with mean, day, walk, noise, steps, spikes, grows or follows')
    }
  }

  #faults(given: Given, at: string): FaultRates {
    this.only(given, [...faultKinds, 'spell'], at)
    const rate = (name: string): number => this.number(given[name], `${at}.${name}`, 0, 0, 1)
    return {
      silent: rate('silent'),
      slow: rate('slow'),
      wrong: rate('wrong'),
      clock: rate('clock'),
      cut: rate('cut'),
      spellMs: this.#duration(given['spell'], `${at}.spell`, 300_000),
    }
  }

  object(given: unknown, at: string): Given {
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      this.fail(at, 'is an object: { … }')
    return { ...given }
  }

  list(given: unknown, at: string): readonly unknown[] {
    if (!Array.isArray(given)) return this.fail(at, 'is a list: [ … ]')
    return given
  }

  text(given: unknown, at: string): string {
    if (typeof given !== 'string') return this.fail(at, 'is a text')
    return given
  }

  number(given: unknown, at: string, usual?: number, min = -widest, max = widest): number {
    const value = given ?? usual
    if (typeof value !== 'number' || value < min || value > max)
      return this.fail(at, min === 0 ? `is a number from 0 to ${max}` : 'is a number')
    return value
  }

  /** Nothing else may be there: it would be a mistake that nobody notices. */
  only(given: Given, known: readonly string[], at: string): void {
    const other = Object.keys(given).find(name => !known.includes(name))
    if (other !== undefined) this.fail(at, `has no "${other}"; it has ${known.join(', ')}`)
  }

  fail(at: string, what: string): never {
    throw new CommandError(`${this.#file}: ${at} ${what}.`)
  }

  #duration(given: unknown, at: string, usual: number): number {
    if (given === undefined) return usual
    const found = typeof given === 'string' ? parseDuration(given) : undefined
    return found ?? this.fail(at, 'is a time, as in "90s", "6h" or "1d"')
  }

  #flag(given: unknown, at: string): boolean {
    if (given === undefined || typeof given === 'boolean') return given ?? false
    return this.fail(at, 'is true or false')
  }

  #oneOf<const T extends string>(given: unknown, at: string, words: readonly [T, ...T[]]): T {
    const found = given === undefined ? words[0] : words.find(word => word === given)
    return found ?? this.fail(at, `is one of ${words.join(', ')}`)
  }
}

/** What can be set of a thing: what a parameter takes, how it looks in a form, and what writing it does. */
import { type ControlKind, parseSensorValue, type ValueKind } from '@waxwing/protocol'
import { CodecError, formatZone } from '@waxwing/xml'
import type { Localized } from '../concentrator/node-options.ts'
import { spanMs } from '../history/history-periods.ts'
import { convert, parseAmount, UnitError } from '../units/units.ts'
import { type Bounds, boundsOf, type Range } from './bounds.ts'

/** How a parameter is shown in forms. */
export interface ParameterLook {
  /** For people, perhaps by language; absent: the name. */
  readonly label?: Localized | undefined
  /** What it does, for people. */
  readonly description?: Localized | undefined
  /** Parameters of one group belong to one output; `group` makes those that are set together. XEP-0325 §5.4 */
  readonly group?: string | undefined
  /** The page of the form it stands on. XEP-0141 */
  readonly page?: string | undefined
  /**
   * Whether whoever fills in a form asks what becomes of it as soon as this was edited, before anything is set. Absent:
   * where others depend on it, and where it has a `check`. XEP-0336 §3.1
   */
  readonly postBack?: boolean | undefined
}

/** How often something may be done: `{ times: 5, per: '1min' }`. */
export interface Rate {
  readonly times: number
  /** A span, as in `10s` or `PT1M`. */
  readonly per: string
}

/** Texts of all parameters of the same thing or node by name, as they are or as somebody fills them in. */
export type ValuesAround = Readonly<Record<string, string | undefined>>

/** What becomes of a parameter by the values of others; what is absent stays as it is declared. XEP-0336 §3.2, §3.3 */
export interface Dependent extends Range {
  readonly options?: readonly string[] | Readonly<Record<string, string>> | undefined
  /** It is shown, and cannot be set. */
  readonly readOnly?: boolean | undefined
  /** `false`: it is not shown, and cannot be set. */
  readonly isThere?: boolean | undefined
  /** The text it is shown with as long as nobody fills in another one. */
  readonly value?: string | undefined
}

/** What makes a field a parameter, too. */
export interface ParameterSource<W> extends ParameterLook {
  /**
   * Sets the output; settles when that is done. Throw a `WriteError` to tell who asks what went wrong; the text of any
   * other error stays here.
   */
  write?(value: W): void | Promise<void>
  /**
   * What is wrong with a value that has the right type and lies within its bounds, for people; `undefined`: nothing.
   * Asked before anything is set, and while a form is filled in.
   */
  check?(value: W): string | undefined
  /**
   * What becomes of it by the values of others: `({ Country }) => ({ options: regionsOf(Country) })`. Asked when a form
   * is shown or sent back, and before it is set.
   */
  depending?(values: ValuesAround): Dependent
  /** How often it may be set, whoever does it; more is refused with `resource-constraint`. Default: as often as wanted. */
  readonly atMost?: Rate | undefined
}

/** Throw it from `write`: its text is told to whoever asks. */
export class WriteError extends Error {
  override readonly name = 'WriteError'
}

/** A value that cannot be set; the text says why. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError'
}

/** A parameter of a thing. */
export interface DeclaredParameter extends ParameterLook {
  readonly kind: ControlKind
  /** Whether a colour has its opacity. XEP-0331 §3 */
  readonly hasAlpha: boolean
  /** The name of an enumeration. */
  readonly dataType: string | undefined
  /** Bounds as they are written. */
  readonly range: Pick<Bounds, 'min' | 'max'> | undefined
  /** The values there are, with their labels. */
  readonly options: Readonly<Record<string, string>> | undefined
  readonly atMost: (Rate & { readonly perMs: number }) | undefined
  /** Those that are written with it; `undefined`: it is written alone. */
  readonly team: ParameterTeam | undefined
  /** Whether somebody but us knows what is wrong with a value. */
  readonly hasCheck: boolean
  /** Reads a value without setting it. @throws ParameterError */
  read(kind: ControlKind, text: string): unknown
  /** Sets what `read` gave. */
  write(value: unknown): Promise<void>
  /** As it is while others have these values; `undefined`: it depends on nothing. */
  readonly given: ((values: ValuesAround) => GivenParameter) | undefined
}

/** A parameter among values of others. */
export interface GivenParameter {
  readonly parameter: DeclaredParameter
  readonly readOnly: boolean
  readonly isThere: boolean
  readonly value: string | undefined
}

/** Parameters that are checked and written together; made by `group`. */
export interface ParameterTeam {
  /** What is wrong with the values of all, by name. */
  check(values: Readonly<Record<string, unknown>>): ReadonlyMap<string, string>
  /** Absent: each is written by itself, one after the other. */
  readonly write: ((values: Readonly<Record<string, unknown>>) => Promise<void>) | undefined
}

const controlKindOf: Readonly<Record<ValueKind, ControlKind>> = {
  boolean: 'boolean',
  date: 'date',
  dateTime: 'dateTime',
  duration: 'duration',
  enum: 'enum',
  int: 'int',
  long: 'long',
  quantity: 'double',
  string: 'string',
  time: 'time',
}

const numbers: readonly ControlKind[] = ['int', 'long', 'double']
const texts: readonly ControlKind[] = ['string', 'enum']

/** Numbers stand for each other where nothing is lost, and so do texts; a form gives texts for everything. */
function isCompatible(wanted: ControlKind, given: ControlKind): boolean {
  if (wanted === given) return true
  return numbers.includes(wanted) ? numbers.includes(given) : texts.includes(wanted) && texts.includes(given)
}

export interface ParameterType {
  readonly kind: ValueKind
  /** Of a quantity: texts may name another one that measures the same. */
  readonly unit?: string | undefined
  readonly dataType?: string | undefined
  /** Texts that are colours, with their opacity or without. */
  readonly color?: 'opaque' | 'alpha' | undefined
  readonly range?: Range | undefined
  readonly options?: readonly string[] | Readonly<Record<string, string>> | undefined
}

const colors = {
  opaque: { form: /^[0-9A-Fa-f]{6}$/, expected: 'Expected a colour as in 3399FF.' },
  alpha: { form: /^[0-9A-Fa-f]{8}$/, expected: 'Expected a colour with its opacity as in 3399FFC0.' },
} as const

/** @returns `undefined` when the source cannot be written */
export function parameterOf<W>(
  type: ParameterType,
  source: ParameterSource<W>,
): DeclaredParameter | undefined {
  return source.write ? inputOf(type, source) : undefined
}

/** The same for a value that is filled in, whether or not something is written then. */
export function inputOf<W>(type: ParameterType, source: ParameterSource<W>): DeclaredParameter {
  const parameter = fixedOf(type, source)
  return source.depending ? { ...parameter, given: values => givenAmong(type, source, values) } : parameter
}

function givenAmong<W>(
  type: ParameterType,
  source: ParameterSource<W>,
  values: ValuesAround,
): GivenParameter {
  const { readOnly = false, isThere = true, value, ...dependent } = source.depending?.(values) ?? {}
  const { options = type.options, min = type.range?.min, max = type.range?.max } = dependent
  return { parameter: fixedOf({ ...type, options, range: { min, max } }, source), readOnly, isThere, value }
}

/** Whatever the values of others are. */
function fixedOf<W>(type: ParameterType, source: ParameterSource<W>): DeclaredParameter {
  const { label, description, group, page, postBack, atMost } = source
  const { dataType, range = {} } = type
  const kind = type.color === undefined ? controlKindOf[type.kind] : 'color'
  const options = optionsOf(type.options)
  const bounds = boundsOf(type.kind, range)
  return {
    label,
    description,
    group,
    page,
    postBack,
    atMost: atMost && { ...atMost, perMs: spanMs(atMost.per) },
    kind,
    hasAlpha: type.color === 'alpha',
    dataType,
    range: bounds,
    options,
    team: undefined,
    hasCheck: source.check !== undefined,
    given: undefined,
    read(given, text) {
      if (!isCompatible(kind, given)) throw new ParameterError('Invalid parameter type.')
      const { value, text: plain } = parsed(type, text)
      if (bounds?.has(value, plain) === false) throw new ParameterError(outside(bounds))
      if (options && !Object.hasOwn(options, text))
        throw new ParameterError(`Expected one of: ${Object.keys(options).join(', ')}.`)
      // What was read is what the kind of the field has for a value.
      const wrong = source.check?.(value as W)
      if (wrong !== undefined) throw new ParameterError(wrong)
      return value
    },
    write: async value => source.write?.(value as W),
  }
}

const hasZone = /(?:Z|[+-]\d\d:\d\d)\s*$/

/** A value with the time zone it is meant in. @param zone minutes east of UTC, for those that name none */
export function withZone(kind: ControlKind, text: string, zone: number): string {
  return kind === 'dateTime' && !hasZone.test(text) ? `${text.trim()}${formatZone(zone)}` : text
}

/** People write `70 °F`. */
function inOwnUnit(text: string, { kind, unit }: ParameterType): string {
  const amount = kind === 'quantity' && unit !== undefined ? parseAmount(text) : undefined
  if (!amount) return text
  try {
    return convert(amount.value, amount.unit, unit)
  } catch (error) {
    throw error instanceof UnitError ? new ParameterError(error.message) : error
  }
}

/** A value with the lexical form of it that was given. */
function parsed(type: ParameterType, text: string): { readonly value: unknown; readonly text: string } {
  const { form, expected } = colors[type.color ?? 'opaque']
  if (type.color !== undefined && !form.test(text)) throw new ParameterError(expected)
  try {
    const read = parseSensorValue(type.kind, inOwnUnit(text, type), { dataType: type.dataType })
    if (read.value === undefined) throw new ParameterError('Expected a time zone.')
    return read
  } catch (error) {
    if (error instanceof CodecError) throw new ParameterError('Invalid parameter value.')
    throw error
  }
}

function outside({ min, max }: Bounds): string {
  if (max === undefined) return `Expected a value of at least ${min}.`
  return min === undefined ? `Expected a value of at most ${max}.` : `Expected a value from ${min} to ${max}.`
}

function optionsOf(given: ParameterType['options']): Readonly<Record<string, string>> | undefined {
  if (given === undefined) return undefined
  return isList(given) ? Object.fromEntries(given.map(value => [value, value])) : given
}

function isList(given: NonNullable<ParameterType['options']>): given is readonly string[] {
  return Array.isArray(given)
}

/** What can be set of a thing: what a parameter takes, how it looks in a form, and what writing it does. */
import { type ControlKind, parseSensorValue, type ValueKind } from '@waxwing/protocol'
import { CodecError, formatZone } from '@waxwing/xml'
import type { Localized } from '../concentrator/node-options.ts'
import { convert, parseAmount, UnitError } from '../units/units.ts'

/** How a parameter is shown in forms. */
export interface ParameterLook {
  /** For people, perhaps by language; absent: the name. */
  readonly label?: Localized | undefined
  /** What it does, for people. */
  readonly description?: Localized | undefined
  /** Parameters of one group belong to one output. XEP-0336 */
  readonly group?: string | undefined
  /** The page of the form it stands on. XEP-0141 */
  readonly page?: string | undefined
  /** Whether whoever fills in a form asks what is wrong as soon as this was edited, before anything is set. XEP-0336 */
  readonly postBack?: boolean | undefined
}

/** What makes a field a parameter, too. */
export interface ParameterSource<W> extends ParameterLook {
  /**
   * Sets the output; settles when that is done. Throw a `WriteError` to tell who asks what went wrong; the text of any
   * other error stays here.
   */
  write?(value: W): void | Promise<void>
}

/** Bounds, both included. */
export interface NumberRange {
  readonly min?: number | undefined
  readonly max?: number | undefined
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
  /** The name of an enumeration. */
  readonly dataType: string | undefined
  readonly range: NumberRange | undefined
  /** The values there are, with their labels. */
  readonly options: Readonly<Record<string, string>> | undefined
  /** Reads a value without setting it. @throws ParameterError */
  read(kind: ControlKind, text: string): unknown
  /** Sets what `read` gave. */
  write(value: unknown): Promise<void>
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
  /** Texts that are colours. */
  readonly isColor?: boolean | undefined
  readonly range?: NumberRange | undefined
  readonly options?: readonly string[] | Readonly<Record<string, string>> | undefined
}

const color = /^(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$/

/** @returns `undefined` when the source cannot be written */
export function parameterOf<W>(
  type: ParameterType,
  source: ParameterSource<W>,
): DeclaredParameter | undefined {
  return source.write ? inputOf(type, source) : undefined
}

/** The same for a value that is filled in, whether or not something is written then. */
export function inputOf<W>(type: ParameterType, source: ParameterSource<W>): DeclaredParameter {
  const { label, description, group, page, postBack } = source
  const { range, dataType } = type
  const kind = type.isColor === true ? 'color' : controlKindOf[type.kind]
  const options = optionsOf(type.options)
  const valueOf = (text: string): unknown => {
    if (kind === 'color' && !color.test(text)) throw new ParameterError('Expected a colour as in 3399FF.')
    const { value } = parseSensorValue(type.kind, inOwnUnit(text, type), { dataType })
    if (value === undefined) throw new ParameterError('Expected a time zone.')
    return value
  }
  return {
    kind,
    dataType,
    range,
    options,
    label,
    description,
    group,
    page,
    postBack,
    read(given, text) {
      if (!isCompatible(kind, given)) throw new ParameterError('Invalid parameter type.')
      const value = parsed(valueOf, text)
      if (typeof value === 'number' || typeof value === 'bigint') mustLieWithin(range, Number(value))
      if (options && !Object.hasOwn(options, text))
        throw new ParameterError(`Expected one of: ${Object.keys(options).join(', ')}.`)
      return value
    },
    // What `read` gave is what the kind of the field has for a value.
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

function parsed(valueOf: (text: string) => unknown, text: string): unknown {
  try {
    return valueOf(text)
  } catch (error) {
    if (error instanceof CodecError) throw new ParameterError('Invalid parameter value.')
    throw error
  }
}

function mustLieWithin(range: NumberRange | undefined, value: number): void {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = range ?? {}
  // What is no number lies within nothing.
  if (!range || (value >= min && value <= max)) return
  if (range.max === undefined) throw new ParameterError(`Expected a value of at least ${min}.`)
  if (range.min === undefined) throw new ParameterError(`Expected a value of at most ${max}.`)
  throw new ParameterError(`Expected a value from ${min} to ${max}.`)
}

function optionsOf(given: ParameterType['options']): Readonly<Record<string, string>> | undefined {
  if (given === undefined) return undefined
  return isList(given) ? Object.fromEntries(given.map(value => [value, value])) : given
}

function isList(given: NonNullable<ParameterType['options']>): given is readonly string[] {
  return Array.isArray(given)
}

/** What fields hold: declared once for the thing that has them and for whoever reads them. */
import {
  booleanValue,
  type CalendarDate,
  type Duration,
  dateTimeValue,
  dateValue,
  durationValue,
  enumValue,
  type FieldCategory,
  type FieldQuality,
  type HistoryPeriod,
  intValue,
  type Localization,
  longValue,
  quantityValue,
  type SensorValue,
  stringValue,
  type TimeOfDay,
  timeValue,
  type ValueKind,
} from '@waxwing/protocol'
import type { Bound, Range } from './control/bounds.ts'
import { type DeclaredParameter, inputOf, type ParameterType, parameterOf } from './control/parameters.ts'
import type {
  ColorSource,
  FieldSource,
  NumberSource,
  QuantitySource,
  RangedSource,
  WordSource,
} from './field-sources.ts'
import type { HistoryOptions } from './history/history-policy.ts'

/** The value of one kind, as it is read. */
export type ValueOfKind<K extends ValueKind> = Extract<SensorValue, { readonly kind: K }>

/** What a field holds. */
export interface FieldType<K extends ValueKind = ValueKind> {
  readonly kind: K
  /** Of a quantity. */
  readonly unit?: string | undefined
  /** Of an enumeration: its name. */
  readonly dataType?: string | undefined
  /** Whether a snapshot may do without it. */
  readonly isOptional?: boolean
}

/** A value with what is known about it, for `read` and `history` to return. */
export class Sample<V> {
  readonly value: V
  /** When it was so; absent: now. */
  readonly time: Date | undefined
  /** What it is worth; absent: what the field says. */
  readonly quality: readonly FieldQuality[] | undefined

  constructor(value: V, time?: Date, quality?: readonly FieldQuality[]) {
    this.value = value
    this.time = time
    this.quality = quality
  }
}

/** A value of the past that knows its period. */
export class Past extends Sample<SensorValue> {
  readonly period: HistoryPeriod
  readonly categories: readonly FieldCategory[]

  constructor(
    value: SensorValue,
    time: Date,
    quality: readonly FieldQuality[],
    about: { readonly period: HistoryPeriod; readonly categories: readonly FieldCategory[] },
  ) {
    super(value, time, quality)
    this.period = about.period
    this.categories = about.categories
  }
}

/** A value with its time or quality. */
export function sample<V>(
  value: V,
  about: { readonly time?: Date; readonly quality?: readonly FieldQuality[] } = {},
): Sample<V> {
  return new Sample(value, about.time, about.quality)
}

/** Both ends are included; absent: open. */
export interface HistoryWindow {
  readonly from: Date | undefined
  readonly to: Date | undefined
}

/** Samples at once or one after the other. */
export type Samples<V> = Iterable<Sample<V>> | AsyncIterable<Sample<V>>

/** A field of a thing. */
export interface DeclaredField<K extends ValueKind = ValueKind> extends FieldType<K> {
  readonly categories: readonly FieldCategory[]
  readonly quality: readonly FieldQuality[]
  readonly period: HistoryPeriod | undefined
  readonly writable: boolean | undefined
  readonly localization: Localization | undefined
  /** `undefined`: it cannot be set. */
  readonly parameter: DeclaredParameter | undefined
  /** How a form takes a value of it, whether or not it can be set. */
  readonly input: DeclaredParameter
  readonly read: () => Promise<ReadSample | undefined>
  /** `undefined`: there is no history. */
  readonly history:
    | ((window: HistoryWindow, periods?: readonly HistoryPeriod[]) => AsyncIterable<ReadSample>)
    | undefined
  /** Whether `history` can tell every period that is asked for. */
  readonly hasAllPeriods?: boolean
  /** What the thing keeps of it; `undefined`: nothing. */
  readonly keep: string | HistoryOptions | undefined
  readonly every: string | undefined
}

/** A sample in the terms of the wire. */
export type ReadSample = Sample<SensorValue>

/** Throw it from `read` or `history`: its text is told to whoever asks. */
export class ReadError extends Error {
  override readonly name = 'ReadError'
}

/** A type for reading, or with a source a field of a thing. */
interface Declare<K extends ValueKind, V, W = V, S extends FieldSource<V, W> = FieldSource<V, W>> {
  (): FieldType<K>
  (source: S): DeclaredField<K>
}

function declared<K extends ValueKind, V, W>(
  type: FieldType<K>,
  source: FieldSource<V, W>,
  encode: (value: V) => SensorValue,
  taken: Omit<ParameterType, 'kind'> = {},
): DeclaredField<K> {
  const parameter = parameterOf({ ...type, ...taken }, source)
  const encoded = (given: V | Sample<V>): ReadSample =>
    given instanceof Sample
      ? new Sample(encode(given.value), given.time, given.quality)
      : new Sample(encode(given))
  const own = typeof source.history === 'function' ? source.history : undefined
  async function* history(window: HistoryWindow): AsyncIterable<ReadSample> {
    for await (const past of (await own?.(window)) ?? []) yield encoded(past)
  }
  return {
    ...type,
    categories: source.categories ?? ['momentary'],
    quality: source.quality ?? ['automaticReadout'],
    period: source.period,
    writable: source.writable ?? (parameter ? true : undefined),
    parameter,
    input: parameter ?? inputOf({ ...type, ...taken }, source),
    localization: source.localization,
    async read() {
      const given = await source.read()
      return given === undefined ? undefined : encoded(given)
    },
    history: own && history,
    keep: typeof source.history === 'function' ? undefined : source.history,
    every: source.every,
  }
}

function declare<K extends ValueKind, V, W = V, S extends FieldSource<V, W> = FieldSource<V, W>>(
  kind: K,
  encode: (value: V) => SensorValue,
  taken: (source: S) => Omit<ParameterType, 'kind'> = () => ({}),
): Declare<K, V, W, S> {
  const type: FieldType<K> = { kind }
  function make(): FieldType<K>
  function make(source: S): DeclaredField<K>
  function make(source?: S): FieldType<K> | DeclaredField<K> {
    return source ? declared<K, V, W>(type, source, encode, taken(source)) : type
  }
  return make
}

const rangeOf = ({ min, max }: Range): Omit<ParameterType, 'kind'> => ({ range: { min, max } })

/** A type whose values can be bounded. */
type DeclareRanged<K extends ValueKind, V, W, B extends Bound> = Declare<K, V, W, RangedSource<V, W, B>>

function ranged<K extends ValueKind, V extends B, W extends B, B extends Bound>(
  kind: K,
  encode: (value: V) => SensorValue,
): DeclareRanged<K, V, W, B> {
  return declare<K, V, W, RangedSource<V, W, B>>(kind, encode, rangeOf)
}

/** A quantity whose unit the compiler knows. */
export interface QuantityType<U extends string> extends FieldType<'quantity'> {
  readonly unit: U
}

/** A number with a unit: `quantity('°C', { precision: 1, read: () => sensor.celsius() })`. */
export function quantity(): FieldType<'quantity'>
export function quantity<const U extends string>(unit: U): QuantityType<U>
export function quantity(unit: string, source: QuantitySource): DeclaredField<'quantity'>
export function quantity(unit?: string, source?: QuantitySource): FieldType<'quantity'> {
  const type = { kind: 'quantity', unit } as const
  if (!source) return type
  return declared(
    type,
    source,
    value => quantityValue(textOf(value, source.precision), unit),
    rangeOf(source),
  )
}

/** Beyond this the platform writes numbers with an exponent. */
const maxFixed = 1e21

function textOf(value: number | string, precision: number | undefined): number | string {
  if (typeof value === 'string' || precision === undefined || !(Math.abs(value) < maxFixed)) return value
  return value.toFixed(precision)
}

/** One word of several; `dataType` names the enumeration. */
export function enumeration(dataType: string): FieldType<'enum'>
export function enumeration(dataType: string, source: WordSource): DeclaredField<'enum'>
export function enumeration(dataType: string, source?: WordSource): FieldType<'enum'> {
  const type = { kind: 'enum', dataType } as const
  if (!source) return type
  return declared(type, source, value => enumValue(value, dataType), { options: source.options })
}

/** Yes or no. */
export const bool: Declare<'boolean', boolean> = declare('boolean', booleanValue)
/** A whole number of 32 bits. */
export const int: Declare<'int', number, number, NumberSource<number>> = declare<
  'int',
  number,
  number,
  NumberSource<number>
>('int', intValue, rangeOf)
/** A whole number of 64 bits. */
export const long: Declare<'long', bigint | number, bigint, NumberSource<bigint | number, bigint>> = declare<
  'long',
  bigint | number,
  bigint,
  NumberSource<bigint | number, bigint>
>('long', value => longValue(BigInt(value)), rangeOf)
/** Text, perhaps one of some. */
export const string: Declare<'string', string, string, WordSource> = declare(
  'string',
  stringValue,
  ({ options }) => ({ options }),
)
/** A colour: six hexadecimal digits, with `alpha` eight. Read as a text. XEP-0325 §3.2.10, XEP-0331 */
export const color: Declare<'string', string, string, ColorSource> = declare<
  'string',
  string,
  string,
  ColorSource
>('string', stringValue, ({ alpha = false }) => ({ color: alpha ? 'alpha' : 'opaque' }))
/** A day. */
export const date: DeclareRanged<'date', CalendarDate | string, CalendarDate, CalendarDate | string> = ranged(
  'date',
  dateValue,
)
/** A point in time. */
export const dateTime: DeclareRanged<'dateTime', Date | string, Date, Date | string> = ranged(
  'dateTime',
  dateTimeValue,
)
/** A span of time. */
export const duration: DeclareRanged<'duration', Duration | string, Duration, Duration | string> = ranged(
  'duration',
  durationValue,
)
/** A time of day. */
export const time: DeclareRanged<'time', TimeOfDay | string, TimeOfDay, TimeOfDay | string> = ranged(
  'time',
  timeValue,
)

/** The same type, but a snapshot may do without it: `optional(quantity('%'))`. */
export function optional<T extends FieldType>(type: T): T & { readonly isOptional: true } {
  return { ...type, isOptional: true }
}

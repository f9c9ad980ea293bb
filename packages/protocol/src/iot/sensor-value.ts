// The value of a field: every type of every generation, its lexical form kept beside it (XEP-0323 §3).
import { bool, CodecError, double, int, isDay, long, parseZone } from '@waxwing/xml'
import { type CalendarDate, formatDate, formatTime, parseTime, type TimeOfDay } from '../date-time.ts'
import { type Duration, formatDuration, parseDuration } from './duration.ts'
import { parseTimestamp, timestampOf } from './timestamp.ts'

/** A day, perhaps in a time zone (xs:date). */
export interface ZonedDate extends CalendarDate {
  /** Minutes east of UTC; absent: not told. */
  readonly zone?: number | undefined
}

interface Typed<Kind extends string, T> {
  readonly kind: Kind
  readonly value: T
  /** The lexical form: written as it was read, so that decimals, zones and leading zeros survive. */
  readonly text: string
}

export type BooleanValue = Typed<'boolean', boolean>
export type DateValue = Typed<'date', ZonedDate>
/** `value` is `undefined` when the text names no time zone. */
export type DateTimeValue = Typed<'dateTime', Date | undefined>
export type DurationValue = Typed<'duration', Duration>
export interface EnumValue extends Typed<'enum', string> {
  /** The name of the enumeration. */
  readonly dataType: string
}
/** 32 bits. */
export type IntValue = Typed<'int', number>
/** 64 bits. */
export type LongValue = Typed<'long', bigint>
/** The number of decimals in `text` tells the precision. */
export interface QuantityValue extends Typed<'quantity', number> {
  readonly unit: string | undefined
}
export type StringValue = Typed<'string', string>
export type TimeValue = Typed<'time', TimeOfDay>

export type SensorValue =
  | BooleanValue
  | DateValue
  | DateTimeValue
  | DurationValue
  | EnumValue
  | IntValue
  | LongValue
  | QuantityValue
  | StringValue
  | TimeValue

export type ValueKind = SensorValue['kind']

export const valueKinds: readonly ValueKind[] = [
  'boolean',
  'date',
  'dateTime',
  'duration',
  'enum',
  'int',
  'long',
  'quantity',
  'string',
  'time',
]

/** What stands beside the text of two of the types. */
export interface ValueSides {
  readonly unit?: string | undefined
  readonly dataType?: string | undefined
}

/** The value a text stands for. Throws `CodecError` when the text is no such value. */
export function parseSensorValue(kind: ValueKind, text: string, sides: ValueSides = {}): SensorValue {
  switch (kind) {
    case 'boolean':
      return booleanValue(bool.parse(text))
    case 'date':
      return dateValue(text)
    case 'dateTime':
      return dateTimeValue(text)
    case 'duration':
      return durationValue(text)
    case 'enum':
      return enumValue(text, sides.dataType ?? '')
    case 'int':
      return intValue(text)
    case 'long':
      return longValue(text)
    case 'quantity':
      return quantityValue(text, sides.unit)
    case 'string':
      return stringValue(text)
    default:
      return timeValue(text)
  }
}

export function booleanValue(value: boolean): BooleanValue {
  return { kind: 'boolean', value, text: String(value) }
}

const dateForm = /^(-?[0-9]{4,6})-([0-9]{2})-([0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?$/

/** @throws CodecError when the text is no xs:date, or the day in no calendar */
export function dateValue(from: string | CalendarDate): DateValue {
  const text = typeof from === 'string' ? from.trim() : formatDate(from)
  const parts = dateForm.exec(text)
  const [, year, month, day] = (parts ?? []).map(Number)
  if (year === undefined || month === undefined || day === undefined || !isDay(year, month, day)) {
    throw new CodecError('not a date')
  }
  const zone = parts?.[4]
  return {
    kind: 'date',
    text,
    value: { year, month, day, zone: zone === undefined ? undefined : parseZone(zone) },
  }
}

/** @throws CodecError when the text is no xs:dateTime */
export function dateTimeValue(from: string | Date): DateTimeValue {
  const { text, instant } = typeof from === 'string' ? parseTimestamp(from) : timestampOf(from)
  return { kind: 'dateTime', text, value: instant }
}

/** @throws CodecError when the text is no xs:duration */
export function durationValue(from: string | Duration): DurationValue {
  const text = typeof from === 'string' ? from.trim() : formatDuration(from)
  return { kind: 'duration', text, value: parseDuration(text) }
}

/** @throws CodecError without the name of the enumeration */
export function enumValue(value: string, dataType: string): EnumValue {
  if (dataType === '') throw new CodecError('no enumeration')
  return { kind: 'enum', value, text: value, dataType }
}

/** @throws CodecError when it is no whole number of 32 bits */
export function intValue(from: string | number): IntValue {
  const text = typeof from === 'string' ? from.trim() : int.format(from)
  return { kind: 'int', text, value: int.parse(text) }
}

/** @throws CodecError when it is no whole number of 64 bits */
export function longValue(from: string | bigint): LongValue {
  const text = typeof from === 'string' ? from.trim() : long.format(from)
  return { kind: 'long', text, value: long.parse(text) }
}

/**
 * @param from a number, or its text when the number of decimals matters: `'23.40'`
 * @throws CodecError when the text is no xs:double
 */
export function quantityValue(from: string | number, unit?: string): QuantityValue {
  const text = typeof from === 'string' ? from.trim() : double.format(from)
  return { kind: 'quantity', text, value: double.parse(text), unit: unit === '' ? undefined : unit }
}

export function stringValue(value: string): StringValue {
  return { kind: 'string', value, text: value }
}

/** @throws CodecError when the text is no xs:time */
export function timeValue(from: string | TimeOfDay): TimeValue {
  const text = typeof from === 'string' ? from.trim() : formatTime(from)
  return { kind: 'time', text, value: parseTime(text) }
}

/** Bounds of values, compared as exactly as they are written: no digit of a long, a second or a duration is lost. */
import {
  type CalendarDate,
  type Duration,
  dateTimeValue,
  dateValue,
  durationValue,
  parseSensorValue,
  type TimeOfDay,
  timeValue,
  type ValueKind,
} from '@waxwing/protocol'
import { CodecError } from '@waxwing/xml'

/** A bound, in the terms of its type: a number, a moment, a day, a time of day or a span, or its text as in `PT5M`. */
export type Bound = number | bigint | string | Date | CalendarDate | TimeOfDay | Duration

/** Bounds of a value, both included; absent: open. */
export interface Range<B extends Bound = Bound> {
  readonly min?: B | undefined
  readonly max?: B | undefined
}

/** A range as forms tell it, and whether a value lies in it. XEP-0122 §3.2.3 */
export interface Bounds {
  readonly min: string | undefined
  readonly max: string | undefined
  /** @param text the lexical form that `value` was read from */
  has(value: unknown, text: string): boolean
}

/** Throws `CodecError` for a bound that is no value of the type, and for a moment without a time zone. */
export function boundsOf(kind: ValueKind, { min, max }: Range): Bounds | undefined {
  if (min === undefined && max === undefined) return undefined
  const low = min === undefined ? undefined : limitOf(kind, min)
  const high = max === undefined ? undefined : limitOf(kind, max)
  return {
    min: low?.text,
    max: high?.text,
    has: (value, text) =>
      (low === undefined || low.isAtMost(value, text)) && (high === undefined || high.isAtLeast(value, text)),
  }
}

interface Limit {
  readonly text: string
  isAtMost(value: unknown, text: string): boolean
  isAtLeast(value: unknown, text: string): boolean
}

function limitOf(kind: ValueKind, bound: Bound): Limit {
  if (kind === 'int' || kind === 'long' || kind === 'quantity') return numberLimit(kind, bound)
  const text = textOf(kind, bound)
  return {
    text,
    isAtMost: (_, other) => isOrdered(kind, text, other),
    isAtLeast: (_, other) => isOrdered(kind, other, text),
  }
}

/** Whole numbers and others compare by what they are, whatever their size; what is no number lies nowhere. */
function numberLimit(kind: 'int' | 'long' | 'quantity', bound: Bound): Limit {
  const known = typeof bound === 'string' ? parseSensorValue(kind, bound).value : bound
  if (typeof known !== 'number' && typeof known !== 'bigint') throw new CodecError('a bound is no number')
  const isNumber = (value: unknown): value is number | bigint =>
    typeof value === 'number' || typeof value === 'bigint'
  return {
    text: typeof bound === 'string' ? bound.trim() : String(known),
    isAtMost: value => isNumber(value) && known <= value,
    isAtLeast: value => isNumber(value) && known >= value,
  }
}

function textOf(kind: ValueKind, bound: Bound): string {
  if (kind === 'dateTime' && (typeof bound === 'string' || bound instanceof Date)) {
    const { value, text } = dateTimeValue(bound)
    if (value === undefined) throw new CodecError('a bound needs a time zone')
    return text
  }
  if (typeof bound === 'string') return parseSensorValue(kind, bound).text
  if (typeof bound === 'object') {
    if (kind === 'date' && 'day' in bound) return dateValue(bound).text
    if (kind === 'time' && 'hour' in bound) return timeValue(bound).text
    if (kind === 'duration' && 'isNegative' in bound) return durationValue(bound).text
  }
  throw new CodecError(`a bound is no ${kind}`)
}

/** Whether one comes before another or is the same; durations that may be either way are not. */
function isOrdered(kind: ValueKind, early: string, late: string): boolean {
  switch (kind) {
    case 'date':
    case 'time': {
      const [a, b] = [placeOf(kind, early), placeOf(kind, late)]
      // Who names no time zone means that of the other.
      const hasZones = a.zone !== undefined && b.zone !== undefined
      return hasZones ? a.at - zoned(a.zone) <= b.at - zoned(b.zone) : a.at <= b.at
    }
    case 'dateTime':
      return momentOf(early) <= momentOf(late)
    case 'duration':
      return references.every(begin => endOf(begin, early) <= endOf(begin, late))
    default:
      return false
  }
}

/** Seconds have up to 30 digits behind the point. */
const digits = 30
const second = 10n ** BigInt(digits)
const fraction = /\.([0-9]+)/

const zoned = (minutes: number): bigint => BigInt(minutes * 60) * second

/** Whole seconds, with the fraction that stands in a text. */
function scaled(seconds: number, text: string): bigint {
  const [, behind = ''] = fraction.exec(text) ?? []
  return BigInt(seconds) * second + BigInt(behind.padEnd(digits, '0'))
}

interface Place {
  readonly at: bigint
  readonly zone: number | undefined
}

function placeOf(kind: 'date' | 'time', text: string): Place {
  if (kind === 'date') {
    const { year, month, day, zone } = dateValue(text).value
    return { at: (daysBefore(year, month - 1) + BigInt(day)) * 86_400n * second, zone }
  }
  const { zone, ...clock } = timeValue(text).value
  return { at: scaled(clock.hour * 3_600 + clock.minute * 60 + clock.second, text), zone }
}

function momentOf(text: string): bigint {
  const whole = dateTimeValue(text.replace(fraction, '')).value
  return scaled((whole?.getTime() ?? 0) / 1_000, text)
}

/** Spans are compared by where they lead from each of these months, first of each. XML Schema 1.0 part 2 §3.2.6.2 */
const references: readonly (readonly [year: number, month: number])[] = [
  [1696, 9],
  [1697, 2],
  [1903, 3],
  [1903, 7],
]

function endOf([year, month]: readonly [year: number, month: number], text: string): bigint {
  const whole = durationValue(text.replace(fraction, '')).value
  const { isNegative, years, months, days, hours, minutes, seconds } = whole
  const sign = isNegative ? -1 : 1
  // The calendar of the platform ends sooner than spans may.
  const count = year * 12 + month - 1 + sign * (years * 12 + months)
  const first = daysBefore(Math.floor(count / 12), ((count % 12) + 12) % 12)
  const clock = BigInt(hours) * 3_600n + BigInt(minutes) * 60n
  const rest = (BigInt(days) * 86_400n + clock) * second + scaled(seconds, text)
  return first * 86_400n * second + BigInt(sign) * rest
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Days before the first of a month, `month` from 0, counted from the year 0. */
function daysBefore(year: number, month: number): bigint {
  const y = BigInt(year)
  const floor = (a: bigint, b: bigint): bigint => (a >= 0n ? a / b : -((-a + b - 1n) / b))
  const last = y - 1n
  const leaps = floor(last, 4n) - floor(last, 100n) + floor(last, 400n)
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const before = monthLengths.slice(0, month).reduce((sum, length) => sum + length, 0)
  return y * 365n + leaps + BigInt(before + (isLeap && month > 1 ? 1 : 0))
}

// Date and time profiles (XEP-0082).
import {
  CodecError,
  custom,
  formatZone,
  isDay,
  isTime,
  millisecondsOf,
  parseZone,
  type TextCodec,
} from '@waxwing/xml'

export { dateTime, formatDateTime, parseDateTime } from '@waxwing/xml'

/** A day of the calendar, in no time zone. XEP-0082 §3.1. */
export interface CalendarDate {
  readonly year: number
  /** 1 … 12 */
  readonly month: number
  /** 1 … 31 */
  readonly day: number
}

/** A time on a clock. XEP-0082 §3.3. */
export interface TimeOfDay {
  /** 0 … 24; 24 only as 24:00:00, the end of the day */
  readonly hour: number
  readonly minute: number
  /** 0 … 60; 60 is a leap second */
  readonly second: number
  readonly millisecond: number
  /** Minutes east of UTC; absent: the time zone is not told. */
  readonly zone?: number | undefined
}

const dateForm = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/
const timeForm = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,30}))?(Z|[+-][0-9]{2}:[0-9]{2})?$/
const legacyForm = /^([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})$/

/** Reads `1776-07-04`; throws `CodecError` for days no calendar has. XEP-0082 §3.1. */
export function parseDate(text: string): CalendarDate {
  const [, year, month, day] = (dateForm.exec(text) ?? []).map(Number)
  if (year === undefined || month === undefined || day === undefined || !isDay(year, month, day)) {
    throw new CodecError('not a Date')
  }
  return { year, month, day }
}

/** Writes `1776-07-04`. Throws `CodecError` for what would not read back. */
export function formatDate({ year, month, day }: CalendarDate): string {
  const text = `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`
  parseDate(text)
  return text
}

/** Reads `16:00:00`, with or without fraction and zone; finer than milliseconds is cut off. XEP-0082 §3.3. */
export function parseTime(text: string): TimeOfDay {
  const parts = timeForm.exec(text)
  const [, hour, minute, second] = (parts ?? []).map(Number)
  if (hour === undefined || minute === undefined || second === undefined || !isTime(hour, minute, second)) {
    throw new CodecError('not a Time')
  }
  const zone = parts?.[5]
  return {
    hour,
    minute,
    second,
    millisecond: millisecondsOf(parts?.[4]),
    zone: zone === undefined ? undefined : parseZone(zone),
  }
}

/** Writes a time, its fraction only if there is one. Throws `CodecError` for what would not read back. */
export function formatTime({ hour, minute, second, millisecond, zone }: TimeOfDay): string {
  const fraction = millisecond === 0 ? '' : `.${digits(millisecond, 3)}`
  const offset = zone === undefined ? '' : formatZone(zone)
  const text = `${digits(hour, 2)}:${digits(minute, 2)}:${digits(second, 2)}${fraction}${offset}`
  parseTime(text)
  return text
}

/**
 * COMPAT(peers of before 2003): reads `20020910T23:08:25`, always UTC, as XEP-0091 wrote it. XEP-0082 §4.
 * Throws `CodecError`.
 */
export function parseLegacyDateTime(text: string): Date {
  const [, year, month, day, hour, minute, second] = (legacyForm.exec(text) ?? []).map(Number)
  if (year === undefined || month === undefined || day === undefined || !isDay(year, month, day)) {
    throw new CodecError('not a legacy DateTime')
  }
  if (hour === undefined || minute === undefined || second === undefined || !isTime(hour, minute, second)) {
    throw new CodecError('not a legacy DateTime')
  }
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  return date
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0')
}

/** A Date of XEP-0082 §3.1. */
export const calendarDate: TextCodec<CalendarDate> = custom(parseDate, formatDate, 'a Date (XEP-0082)')

/** A Time of XEP-0082 §3.3. */
export const timeOfDay: TextCodec<TimeOfDay> = custom(parseTime, formatTime, 'a Time (XEP-0082)')

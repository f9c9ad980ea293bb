// Instants as XMPP writes them (XEP-0082 §3.2, a profile of ISO 8601).
import { CodecError, custom, type TextCodec } from './codec.ts'

const dateTimeForm =
  /^[\t\n\r ]*(-?[0-9]{4,6})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,30}))?(Z|[+-][0-9]{2}:[0-9]{2})[\t\n\r ]*$/
const zoneForm = /^([+-])([0-9]{2}):([0-9]{2})$/

/** Days of a month in the Gregorian calendar; `month` is 1 … 12. */
function daysOf(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
}

/** Whether the calendar has this day. */
export function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)
}

/** Minutes east of UTC of `Z` or `±hh:mm`; throws `CodecError` for anything else. XEP-0082 §3.2. */
export function parseZone(text: string): number {
  if (text === 'Z') return 0
  const [, sign, hours = '', minutes = ''] = zoneForm.exec(text) ?? []
  if (sign === undefined || Number(hours) > 14 || Number(minutes) > 59)
    throw new CodecError('not a time zone')
  const total = Number(hours) * 60 + Number(minutes)
  return sign === '-' ? 0 - total : total
}

/** `Z` for zero, otherwise `±hh:mm`. */
export function formatZone(minutesEast: number): string {
  if (minutesEast === 0) return 'Z'
  const size = Math.abs(minutesEast)
  return `${minutesEast < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** Whole milliseconds of a fraction's digits; what is finer is cut off, so that no instant moves forward. */
export function millisecondsOf(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'))
}

/**
 * The instant of a DateTime such as `2002-09-10T23:41:07.5-06:00`. Finer than milliseconds is cut off; a leap
 * second (`:60`) is the first instant of the next minute. Throws `CodecError` for what no calendar has.
 */
export function parseDateTime(text: string): Date {
  const parts = dateTimeForm.exec(text)
  if (!parts) throw new CodecError('not a DateTime')
  const [, year, month, day, hour, minute, second] = parts.map(Number)
  if (year === undefined || month === undefined || day === undefined || !isDay(year, month, day)) {
    throw new CodecError('no such day')
  }
  if (hour === undefined || minute === undefined || second === undefined || !isTime(hour, minute, second)) {
    throw new CodecError('no such time')
  }
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute - parseZone(parts[8] ?? ''), second, millisecondsOf(parts[7]))
  if (Number.isNaN(date.getTime())) throw new CodecError('beyond the calendar')
  return date
}

/** Whether a clock shows this; 24:00:00 is the end of the day, :60 a leap second. */
export function isTime(hour: number, minute: number, second: number): boolean {
  if (hour === 24) return minute === 0 && second === 0
  return hour < 24 && minute < 60 && second <= 60
}

/** UTC with as many digits behind the second as needed: none or three. Throws `RangeError` for an invalid date. */
export function formatDateTime(date: Date): string {
  const text = date.toISOString().replace('.000Z', 'Z')
  // The platform writes years outside 0 … 9999 as ±yyyyyy, of which only the minus is part of the profile.
  return text.startsWith('+') ? text.slice(1).replace(/^0(?=[0-9]{5}-)/, '') : text
}

/** A DateTime of XEP-0082 as an instant. */
export const dateTime: TextCodec<Date> = custom(parseDateTime, formatDateTime, 'a DateTime (XEP-0082)')

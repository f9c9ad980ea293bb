/** Periods of history: their lengths, and where they begin. */
import { type HistoryPeriod, historyPeriods, parseDuration } from '@waxwing/protocol'
import { CodecError } from '@waxwing/xml'

/** A period with a beginning and an end. */
export type Period = Exclude<HistoryPeriod, 'other'>

const minute = 60_000
const hour = 3_600_000
const day = 86_400_000

/** Milliseconds; months and years as long as they are on average. */
const lengths: Readonly<Record<Period, number>> = {
  second: 1_000,
  minute,
  hour,
  day,
  week: 7 * day,
  month: 30.4375 * day,
  quarter: 91.3125 * day,
  year: 365.25 * day,
}

export function isPeriod(period: HistoryPeriod): period is Period {
  return period !== 'other'
}

export function lengthOf(period: Period): number {
  return lengths[period]
}

/** The name of a distance between values. */
export function periodOfLength(ms: number | undefined): HistoryPeriod {
  return historyPeriods.find(period => isPeriod(period) && lengths[period] === ms) ?? 'other'
}

/** 1970 began on a Thursday. */
const mondayOffset = 4 * day

/**
 * When the period around a time began.
 *
 * @param zone minutes east of UTC in which days begin
 */
export function beginningOf(period: Period, at: number, zone: number): number {
  const shift = zone * minute
  const local = at + shift
  const floor = (ms: number, offset = 0): number => Math.floor((local - offset) / ms) * ms + offset - shift
  if (period === 'week') return floor(lengths.week, mondayOffset)
  if (lengths[period] <= day) return floor(lengths[period])
  const date = new Date(local)
  const month = date.getUTCMonth()
  const first = period === 'year' ? 0 : period === 'quarter' ? month - (month % 3) : month
  return Date.UTC(date.getUTCFullYear(), first, 1) - shift
}

/** When the next one begins. */
export function endOf(period: Period, at: number, zone: number): number {
  const start = beginningOf(period, at, zone)
  // A period and a quarter is always within the next one.
  return beginningOf(period, start + Math.ceil(lengths[period] * 1.25), zone)
}

const short = /^(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|min|h|d|w|y)$/
const shortLengths: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['min', minute],
  ['h', hour],
  ['d', day],
  ['w', lengths.week],
  ['y', lengths.year],
])

/** Milliseconds of a span such as `30d`, `15min` or `PT1M`. @throws TypeError for what is none, or not above zero */
export function spanMs(text: string): number {
  const [, count, unit = ''] = short.exec(text.trim()) ?? []
  const ms = count === undefined ? durationMs(text.trim()) : Number(count) * (shortLengths.get(unit) ?? 0)
  if (ms > 0) return ms
  throw new TypeError(`${text} is no span of time: write it as 30d, 15min or PT1M`)
}

function durationMs(text: string): number {
  try {
    const { isNegative, years, months, days, hours, minutes, seconds } = parseDuration(text)
    if (isNegative) return 0
    const dates = years * lengths.year + months * lengths.month + days * day
    return dates + hours * hour + minutes * minute + seconds * 1_000
  } catch (error) {
    if (error instanceof CodecError) return 0
    throw error
  }
}

// xs:duration: years and months have no fixed length, so it stays in its parts.
import { CodecError } from '@waxwing/xml'

/** A span of time in its parts, all of them zero or more. */
export interface Duration {
  readonly isNegative: boolean
  readonly years: number
  readonly months: number
  readonly days: number
  readonly hours: number
  readonly minutes: number
  /** May have a fraction. */
  readonly seconds: number
}

const form =
  /^(-)?P(?:([0-9]{1,9})Y)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})D)?(T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,30})?)S)?)?$/

/** Reads an xs:duration such as `P1DT12H`; throws `CodecError` for anything else. */
export function parseDuration(text: string): Duration {
  const [, sign, years, months, days, time, hours, minutes, seconds] = form.exec(text) ?? [
    undefined,
    undefined,
  ]
  const timeParts = [hours, minutes, seconds]
  const hasTime = timeParts.some(part => part !== undefined)
  if ((time !== undefined) !== hasTime || ![years, months, days, time].some(part => part !== undefined)) {
    throw new CodecError('not a duration')
  }
  return {
    isNegative: sign !== undefined,
    years: Number(years ?? 0),
    months: Number(months ?? 0),
    days: Number(days ?? 0),
    hours: Number(hours ?? 0),
    minutes: Number(minutes ?? 0),
    seconds: Number(seconds ?? 0),
  }
}

/** Writes an xs:duration without the parts that are zero. Throws `CodecError` for what would not read back. */
export function formatDuration(duration: Duration): string {
  const date = part(duration.years, 'Y') + part(duration.months, 'M') + part(duration.days, 'D')
  const time = part(duration.hours, 'H') + part(duration.minutes, 'M') + part(duration.seconds, 'S')
  const body = date === '' && time === '' ? 'T0S' : date + (time === '' ? '' : `T${time}`)
  const text = `${duration.isNegative ? '-' : ''}P${body}`
  parseDuration(text)
  return text
}

function part(value: number, unit: string): string {
  return value === 0 ? '' : `${value}${unit}`
}

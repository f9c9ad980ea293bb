// xs:dateTime as things write it: the time zone may be missing, and then nobody may invent one (XEP-0323 §6.1).
import { CodecError, custom, formatDateTime, parseDateTime, type TextCodec } from '@waxwing/xml'

/** A point in time as it was written. */
export interface Timestamp {
  /** The lexical form, such as `2013-03-07T16:24:30`; kept, never rewritten. */
  readonly text: string
  /** The instant; `undefined` when the text names no time zone, or is no time at all. */
  readonly instant: Date | undefined
}

const maxLength = 64
const hasZone = /(?:Z|[+-][0-9]{2}:[0-9]{2})$/

/** Reads an xs:dateTime, with or without time zone; throws `CodecError` for anything else. */
export function parseTimestamp(text: string): Timestamp {
  const trimmed = text.trim()
  if (trimmed.length > maxLength) throw new CodecError('too long for a time')
  if (hasZone.test(trimmed)) return { text: trimmed, instant: parseDateTime(trimmed) }
  parseDateTime(`${trimmed}Z`)
  return { text: trimmed, instant: undefined }
}

/** An instant as a timestamp, in UTC. */
export function timestampOf(instant: Date): Timestamp {
  return { text: formatDateTime(instant), instant }
}

/** A timestamp as its text; what is no xs:dateTime is refused. */
export const timestamp: TextCodec<Timestamp> = custom(
  parseTimestamp,
  ({ text }) => parseTimestamp(text).text,
  'a time (xs:dateTime)',
)

/** The timestamp of a text, or one without instant when the text is no time. */
export function timestampFrom(text: string): Timestamp {
  try {
    return parseTimestamp(text)
  } catch {
    return { text: '', instant: undefined }
  }
}

/**
 * Milliseconds since 1970.
 *
 * @param zone minutes east of UTC to take for a text that names no time zone
 * @returns NaN for what is no time
 */
export function millisecondsAt({ text, instant }: Timestamp, zone: number): number {
  if (instant) return instant.getTime()
  try {
    return parseDateTime(`${text}Z`).getTime() - zone * 60_000
  } catch {
    return Number.NaN
  }
}

/**
 * Negative, zero or positive as `a` lies before, at or after `b`; `undefined` when that cannot be known, because
 * only one of the two names a time zone or one is no time.
 */
export function compareTimestamps(a: Timestamp, b: Timestamp): number | undefined {
  if ((a.instant === undefined) !== (b.instant === undefined)) return undefined
  const difference = millisecondsAt(a, 0) - millisecondsAt(b, 0)
  return Number.isNaN(difference) ? undefined : difference
}

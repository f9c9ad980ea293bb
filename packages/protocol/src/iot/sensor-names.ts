// How the two families spell the words of sensor data.
import type { FieldCategory, FieldQuality, HistoryPeriod } from './field-flags.ts'
import type { Generation } from './generations.ts'
import type { ValueKind } from './sensor-value.ts'

type Spelling<K extends string> = Readonly<Record<K, string>>

export const longCategories: Spelling<FieldCategory> = {
  momentary: 'momentary',
  peak: 'peak',
  status: 'status',
  computed: 'computed',
  identity: 'identity',
  historical: 'historical',
}

export const shortCategories: Spelling<FieldCategory> = {
  momentary: 'm',
  peak: 'p',
  status: 's',
  computed: 'c',
  identity: 'i',
  historical: 'h',
}

/** Only the long family tells distances. */
export const longPeriods: Spelling<HistoryPeriod> = {
  second: 'historicalSecond',
  minute: 'historicalMinute',
  hour: 'historicalHour',
  day: 'historicalDay',
  week: 'historicalWeek',
  month: 'historicalMonth',
  quarter: 'historicalQuarter',
  year: 'historicalYear',
  other: 'historicalOther',
}

export const longQualities: Spelling<FieldQuality> = {
  missing: 'missing',
  inProgress: 'inProgress',
  automaticEstimate: 'automaticEstimate',
  manualEstimate: 'manualEstimate',
  manualReadout: 'manualReadout',
  automaticReadout: 'automaticReadout',
  timeOffset: 'timeOffset',
  warning: 'warning',
  error: 'error',
  signed: 'signed',
  invoiced: 'invoiced',
  endOfSeries: 'endOfSeries',
  powerFailure: 'powerFailure',
  invoiceConfirmed: 'invoiceConfirmed',
}

export const shortQualities: Spelling<FieldQuality> = {
  missing: 'ms',
  inProgress: 'pr',
  automaticEstimate: 'ae',
  manualEstimate: 'me',
  manualReadout: 'mr',
  automaticReadout: 'ar',
  timeOffset: 'of',
  warning: 'w',
  error: 'er',
  signed: 'so',
  invoiced: 'iv',
  endOfSeries: 'eos',
  powerFailure: 'pf',
  invoiceConfirmed: 'ic',
}

/** Elements of values in the long family with the type they hold; `timeSpan` is the duration of `sn`. */
export const longValues = {
  boolean: 'boolean',
  date: 'date',
  dateTime: 'dateTime',
  duration: 'duration',
  timeSpan: 'duration',
  enum: 'enum',
  int: 'int',
  long: 'long',
  numeric: 'quantity',
  string: 'string',
  time: 'time',
} as const satisfies Readonly<Record<string, ValueKind>>
export type LongValueName = keyof typeof longValues

export const shortValues = {
  b: 'boolean',
  d: 'date',
  dt: 'dateTime',
  dr: 'duration',
  e: 'enum',
  i: 'int',
  l: 'long',
  q: 'quantity',
  s: 'string',
  t: 'time',
} as const satisfies Readonly<Record<string, ValueKind>>
export type ShortValueName = keyof typeof shortValues

export const shortValueNames: Readonly<Record<ValueKind, ShortValueName>> = {
  boolean: 'b',
  date: 'd',
  dateTime: 'dt',
  duration: 'dr',
  enum: 'e',
  int: 'i',
  long: 'l',
  quantity: 'q',
  string: 's',
  time: 't',
}

const longValueNames: Readonly<Record<ValueKind, LongValueName>> = {
  boolean: 'boolean',
  date: 'date',
  dateTime: 'dateTime',
  duration: 'duration',
  enum: 'enum',
  int: 'int',
  long: 'long',
  quantity: 'numeric',
  string: 'string',
  time: 'time',
}

/** `sn` has fewer types: days and times become texts, whole numbers quantities without unit. */
const snValueNames: Readonly<Record<ValueKind, LongValueName>> = {
  ...longValueNames,
  date: 'string',
  duration: 'timeSpan',
  int: 'numeric',
  long: 'numeric',
  time: 'string',
}

/** The element a type of value is written as in the long family. */
export function longValueName(generation: Generation, kind: ValueKind): LongValueName {
  return (generation === 'sn' ? snValueNames : longValueNames)[kind]
}

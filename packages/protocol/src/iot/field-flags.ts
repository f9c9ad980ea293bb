// What is said of a field besides its value: its categories (XEP-0323 §3, "field types") and its quality.

/** What kind of reading a field is. A field may be of several. */
export const fieldCategories = ['momentary', 'peak', 'status', 'computed', 'identity', 'historical'] as const
export type FieldCategory = (typeof fieldCategories)[number]

/** The distance between historical values. Only the long family has words for it. */
export const historyPeriods = [
  'second',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'year',
  'other',
] as const
export type HistoryPeriod = (typeof historyPeriods)[number]

/** What a value is worth, in order of importance. No word at all means `automaticReadout`. */
export const fieldQualities = [
  'missing',
  'inProgress',
  'automaticEstimate',
  'manualEstimate',
  'manualReadout',
  'automaticReadout',
  'timeOffset',
  'warning',
  'error',
  'signed',
  'invoiced',
  'endOfSeries',
  'powerFailure',
  'invoiceConfirmed',
] as const
export type FieldQuality = (typeof fieldQualities)[number]

// Subscriptions to sensor data (IEEE 1451.99 events, and the draft for XEP-0323 that came before it).
import {
  attr,
  CodecError,
  children,
  custom,
  double,
  element,
  type InputOf,
  mapped,
  string,
  type TextCodec,
  type TypeOf,
  type Wire,
} from '@waxwing/xml'
import { type Duration, formatDuration, parseDuration } from './duration.ts'
import { type FieldCategory, fieldCategories, type HistoryPeriod, historyPeriods } from './field-flags.ts'
import { type EventGeneration, eventsNs, familyOf } from './generations.ts'
import type { NodeRef, ReadoutTokens } from './readout.ts'
import { maxSelectors } from './sensor-limits.ts'
import * as longNodes from './sensor-long-values.ts'
import { mark, markAll, marked, marks } from './sensor-marks.ts'
import { longCategories, longPeriods, shortCategories } from './sensor-names.ts'
import { listOrNone, readoutId, tokenList } from './sensor-raw.ts'
import * as shortNodes from './sensor-short-values.ts'

/** When a field is worth an event; without `by`, `up` and `down` every change is. All are positive, in the field's unit. */
export interface EventTrigger {
  readonly name: string
  /** The value the subscriber knows already; absent: the thing's own. */
  readonly known?: number | undefined
  /** A change by at least this. */
  readonly by?: number | undefined
  readonly up?: number | undefined
  readonly down?: number | undefined
}

/** Tell me of changes. */
export interface EventSubscription {
  readonly generation: EventGeneration
  /** Names every event of the subscription. */
  readonly id: string
  /** Empty: the thing itself. */
  readonly nodes: readonly NodeRef[]
  /** Empty: every field. */
  readonly fields: readonly EventTrigger[]
  readonly categories: readonly FieldCategory[]
  readonly periods: readonly HistoryPeriod[]
  readonly all: boolean
  /** Historical values not older than this come along. */
  readonly maxAge?: Duration | undefined
  /** Events are at least this far apart, ms. */
  readonly minIntervalMs?: number | undefined
  /** Even without a change an event comes after this, ms. */
  readonly maxIntervalMs?: number | undefined
  readonly tokens: ReadoutTokens
  /** The values of now are wanted at once. */
  readonly now: boolean
}

export interface EventUnsubscription {
  readonly generation: EventGeneration
  readonly id: string
}

/** How one generation writes subscriptions; the answer and the events are its sensor data. */
export interface EventFormat {
  readonly generation: EventGeneration
  readonly ns: string
  readonly subscribe: Wire<EventSubscription>
  readonly unsubscribe: Wire<EventUnsubscription>
}

const span: TextCodec<Duration> = custom(parseDuration, formatDuration, 'an xs:duration')

const msOf = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1_000 } as const

/** Months and years have no fixed length, and are none here. */
function milliseconds(duration: Duration): number {
  const { isNegative, years, months, days, hours, minutes, seconds } = duration
  if (isNegative || years > 0 || months > 0) throw new CodecError('no interval')
  // Fractions of seconds are not exact: what was written in whole milliseconds reads back so.
  return Math.round(days * msOf.days + hours * msOf.hours + minutes * msOf.minutes + seconds * msOf.seconds)
}

function durationOf(ms: number): Duration {
  const seconds = ms / 1_000
  return { isNegative: false, years: 0, months: 0, days: 0, hours: 0, minutes: 0, seconds }
}

const interval: TextCodec<number> = custom(
  text => milliseconds(parseDuration(text)),
  ms => formatDuration(durationOf(ms)),
  'a duration in days and less',
)

const positive: TextCodec<number> = custom(
  text => {
    const value = double.parse(text)
    if (!(value > 0 && Number.isFinite(value))) throw new CodecError('not above zero')
    return value
  },
  value => double.format(value),
  'a number above zero',
)

interface Raw extends Readonly<Record<FieldCategory, boolean>> {
  readonly id: string
  readonly all: boolean
  readonly maxAge?: Duration | undefined
  readonly min?: number | undefined
  readonly max?: number | undefined
  readonly service: readonly string[]
  readonly device: readonly string[]
  readonly user: readonly string[]
  readonly now: boolean
  readonly fields: readonly EventTrigger[]
}

function subscriptionFrom(
  generation: EventGeneration,
  raw: Raw,
  nodes: readonly (NodeRef | undefined)[],
  periods: readonly HistoryPeriod[],
): EventSubscription {
  const { id, all, maxAge, min, max, service, device, user, now, fields } = raw
  if (nodes.length + fields.length > maxSelectors) throw new CodecError('too much is asked at once')
  if (min !== undefined && max !== undefined && min > max)
    throw new CodecError('the least interval is the longer')
  const categories = marked(fieldCategories, raw)
  return {
    generation,
    id,
    nodes: nodes.flatMap(node => (node ? [node] : [])),
    fields: fields.map(({ name, known, by, up, down }) => ({ name, known, by, up, down })),
    categories: periods.length > 0 && !raw.historical ? [...categories, 'historical'] : categories,
    periods: raw.historical ? [] : periods,
    all,
    maxAge,
    minIntervalMs: min,
    maxIntervalMs: max,
    tokens: { service, device, user },
    now,
  }
}

function plainAttributes(subscription: EventSubscription) {
  const { id, all, maxAge, minIntervalMs: min, maxIntervalMs: max, tokens, now } = subscription
  return {
    id,
    all,
    maxAge,
    min,
    max,
    service: listOrNone(tokens.service),
    device: listOrNone(tokens.device),
    user: listOrNone(tokens.user),
    now,
  }
}

function longSubscribe(generation: 'xep', ns: string): Wire<EventSubscription> {
  const raw = element(ns, 'subscribe', {
    id: attr('seqnr', readoutId),
    ...marks(longCategories),
    ...marks(longPeriods),
    all: attr('all', mark).or(false),
    maxAge: attr('maxAge', span).maybe(),
    min: attr('minInterval', interval).maybe(),
    max: attr('maxInterval', interval).maybe(),
    service: attr('serviceToken', tokenList).or([]),
    device: attr('deviceToken', tokenList).or([]),
    user: attr('userToken', tokenList).or([]),
    now: attr('req', mark).or(false),
    nodes: children(element(ns, 'node', longNodes.nodeAttributes)),
    fields: children(
      element(ns, 'field', {
        name: attr('name', string),
        known: attr('currentValue', double).maybe(),
        by: attr('changedBy', positive).maybe(),
        up: attr('changedUp', positive).maybe(),
        down: attr('changedDown', positive).maybe(),
      }),
    ),
  })
  return mapped(
    raw,
    (asked: TypeOf<typeof raw>): EventSubscription =>
      subscriptionFrom(generation, asked, asked.nodes.map(longNodes.readNode), marked(historyPeriods, asked)),
    (subscription): InputOf<typeof raw> => {
      const { categories, periods, nodes, fields } = subscription
      const words = periods.length > 0 ? categories.filter(word => word !== 'historical') : categories
      return {
        ...plainAttributes(subscription),
        ...markAll(words),
        ...markAll(periods),
        nodes: nodes.map(longNodes.writeNode),
        fields,
      }
    },
  )
}

function shortSubscribe(generation: Exclude<EventGeneration, 'xep'>, ns: string): Wire<EventSubscription> {
  const raw = element(ns, 'subscribe', {
    id: attr('id', readoutId),
    ...marks(shortCategories),
    all: attr('all', mark).or(false),
    maxAge: attr('maxAge', span).maybe(),
    min: attr('minInt', interval).maybe(),
    max: attr('maxInt', interval).maybe(),
    service: attr('st', tokenList).or([]),
    device: attr('dt', tokenList).or([]),
    user: attr('ut', tokenList).or([]),
    now: attr('req', mark).or(false),
    nodes: children(element(ns, 'nd', shortNodes.nodeAttributes)),
    fields: children(
      element(ns, 'f', {
        name: attr('n', string),
        known: attr('v', double).maybe(),
        by: attr('by', positive).maybe(),
        up: attr('up', positive).maybe(),
        down: attr('dn', positive).maybe(),
      }),
    ),
  })
  return mapped(
    raw,
    (asked: TypeOf<typeof raw>): EventSubscription =>
      subscriptionFrom(generation, asked, asked.nodes.map(shortNodes.readNode), []),
    (subscription): InputOf<typeof raw> => ({
      ...plainAttributes(subscription),
      ...markAll(subscription.categories),
      nodes: subscription.nodes.map(shortNodes.writeNode),
      fields: subscription.fields,
    }),
  )
}

function formatOf(generation: EventGeneration): EventFormat {
  const ns = eventsNs(generation)
  const idName = familyOf(generation) === 'long' ? 'seqnr' : 'id'
  return {
    generation,
    ns,
    subscribe: generation === 'xep' ? longSubscribe(generation, ns) : shortSubscribe(generation, ns),
    unsubscribe: mapped(
      element(ns, 'unsubscribe', { id: attr(idName, readoutId) }),
      ({ id }): EventUnsubscription => ({ generation, id }),
      ({ id }) => ({ id }),
    ),
  }
}

const formats: Readonly<Record<EventGeneration, EventFormat>> = {
  xep: formatOf('xep'),
  ieee: formatOf('ieee'),
  nf: formatOf('nf'),
  nfi: formatOf('nfi'),
}

/** The format of subscriptions in a generation. */
export function events(generation: EventGeneration): EventFormat {
  return formats[generation]
}

// Entity time (XEP-0202).
import {
  custom,
  dateTime,
  element,
  formatZone,
  parseZone,
  type TextCodec,
  textChild,
  type Wire,
} from '@waxwing/xml'
import type { Empty } from './streams.ts'

const NS = 'urn:xmpp:time'

const timeZone: TextCodec<number> = custom(parseZone, formatZone, 'a time zone (XEP-0082)')

/** The question. XEP-0202 §2. */
export const EntityTimeQuery: Wire<Empty> = element(NS, 'time', {})

/** The answer. XEP-0202 §2. */
export interface EntityTime {
  /** Minutes east of UTC. */
  readonly tzo: number
  readonly utc: Date
}
export const EntityTime: Wire<EntityTime> = element(NS, 'time', {
  tzo: textChild('tzo', timeZone),
  utc: textChild('utc', dateTime),
})

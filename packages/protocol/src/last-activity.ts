// Last activity (XEP-0012).
import { attr, count, element, string, text, type Wire } from '@waxwing/xml'
import type { Empty } from './streams.ts'

const NS = 'jabber:iq:last'

/** The question. XEP-0012 §2. */
export const LastActivityQuery: Wire<Empty> = element(NS, 'query', {})

/** The answer. XEP-0012 §2; what it means for an account, a resource and a server: §3 to §5. */
export interface LastActivity {
  /** Seconds since the last activity, the last log-out, or the start. */
  readonly seconds: number
  /** The status of the last unavailable presence; empty if there was none. */
  readonly status?: string | undefined
}
export const LastActivity: Wire<LastActivity> = element(NS, 'query', {
  seconds: attr('seconds', count),
  status: text(string).or(''),
})

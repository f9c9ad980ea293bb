// Tokens for logging in again (XEP-0484).
import { attr, bool, element, string, textChildren, uint, type Wire } from '@waxwing/xml'
import { dateTime } from './date-time.ts'

const NS = 'urn:xmpp:fast:0'

/** As a feature: what tokens can be had for (§3.1). In a login: it is by token (§3.4, §3.6). */
export interface Fast {
  readonly mechanisms?: readonly string[] | undefined
  /** Logins may travel in TLS early data. */
  readonly earlyData?: boolean | undefined
  /** Grows with each login by the same token. */
  readonly count?: number | undefined
  /** The token is of no use afterwards. */
  readonly invalidate?: boolean | undefined
}
export const Fast: Wire<Fast> = element(NS, 'fast', {
  mechanisms: textChildren('mechanism', string),
  earlyData: attr('tls-0rtt', bool).or(false),
  count: attr('count', uint).maybe(),
  invalidate: attr('invalidate', bool).or(false),
})

/** §3.2 */
export interface FastRequest {
  readonly mechanism: string
}
export const FastRequest: Wire<FastRequest> = element(NS, 'request-token', {
  mechanism: attr('mechanism', string),
})

/** §3.3 */
export interface FastToken {
  readonly token: string
  readonly expiry: Date
}
export const FastToken: Wire<FastToken> = element(NS, 'token', {
  token: attr('token', string),
  expiry: attr('expiry', dateTime),
})

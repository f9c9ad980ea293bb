// What has access to an account, and an end of that (XEP-0494).
import { attr, bool, child, children, element, flag, oneOf, string, textChild, type Wire } from '@waxwing/xml'
import { dateTime } from './date-time.ts'
import type { Empty } from './streams.ts'

const NS = 'urn:xmpp:cam:0'

/** §3.1 */
export const ClientListQuery: Wire<Empty> = element(NS, 'list', {})

/** How it gets in. §3.1 */
export interface AccessMeans {
  readonly password?: boolean | undefined
  readonly grant?: boolean | undefined
  readonly fast?: boolean | undefined
}
const AccessMeans: Wire<AccessMeans> = element(NS, 'auth', {
  password: flag('password'),
  grant: flag('grant'),
  fast: flag('fast'),
})

export interface AccessAgent {
  readonly software?: string | undefined
  readonly uri?: string | undefined
  readonly device?: string | undefined
}
const AccessAgent: Wire<AccessAgent> = element(NS, 'user-agent', {
  software: textChild('software', string).maybe(),
  uri: textChild('uri', string).maybe(),
  device: textChild('device', string).maybe(),
})

const Permission: Wire<{ readonly status: 'unrestricted' | 'normal' | 'restricted' }> = element(
  NS,
  'permission',
  { status: attr('status', oneOf('unrestricted', 'normal', 'restricted')) },
)

/** One client. §3.1 */
export interface AccessClient {
  readonly id: string
  readonly connected: boolean
  readonly type: 'session' | 'access'
  readonly firstSeen?: Date | undefined
  readonly lastSeen?: Date | undefined
  readonly auth: AccessMeans
  readonly permission: { readonly status: 'unrestricted' | 'normal' | 'restricted' }
  readonly userAgent?: AccessAgent | undefined
}
export const AccessClient: Wire<AccessClient> = element(NS, 'client', {
  connected: attr('connected', bool),
  id: attr('id', string),
  type: attr('type', oneOf('session', 'access')),
  firstSeen: textChild('first-seen', dateTime).maybe(),
  lastSeen: textChild('last-seen', dateTime).maybe(),
  auth: child(AccessMeans),
  permission: child(Permission),
  userAgent: child(AccessAgent).maybe(),
})

export interface ClientList {
  readonly clients: readonly AccessClient[]
}
export const ClientList: Wire<ClientList> = element(NS, 'clients', { clients: children(AccessClient) })

/** §3.2 */
export interface RevokeAccess {
  readonly id: string
}
export const RevokeAccess: Wire<RevokeAccess> = element(NS, 'revoke', { id: attr('id', string) })

/** Beside `service-unavailable`: only a new password keeps this client out. §3.2 */
export const PasswordResetRequired: Wire<Empty> = element(NS, 'password-reset-required', {})

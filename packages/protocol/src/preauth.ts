// Pre-authenticated roster subscription (XEP-0379) and registration (XEP-0445).
import { attr, element, string, type Wire } from '@waxwing/xml'

/** Namespace of the stream feature `register` where tokens are taken. XEP-0445 §3. */
export const IBR_TOKEN_NS = 'urn:xmpp:ibr-token:0'

/** The token of an invitation: in a subscription request (XEP-0379 §3.4), or ahead of a registration (XEP-0445 §4). */
export interface PreAuth {
  readonly token: string
}
export const PreAuth: Wire<PreAuth> = element('urn:xmpp:pars:0', 'preauth', { token: attr('token', string) })

// Message carbons (XEP-0280).
import { child, element, type Wire } from '@waxwing/xml'
import { Forwarded } from './forwarding.ts'
import type { Empty } from './streams.ts'

const NS = 'urn:xmpp:carbons:2'

/** Says in service discovery that exactly the rules of §6.1 hold. XEP-0280 §6.2. */
export const CARBON_RULES_NS = 'urn:xmpp:carbons:rules:0'

/** From now on copies, please. XEP-0280 §4. */
export const EnableCarbons: Wire<Empty> = element(NS, 'enable', {})

/** No more copies. XEP-0280 §5. */
export const DisableCarbons: Wire<Empty> = element(NS, 'disable', {})

/** In a message: no copies of it. XEP-0280 §9. */
export const PrivateMessage: Wire<Empty> = element(NS, 'private', {})

/** A copy; to be believed only from the own bare JID. XEP-0280 §11. */
export interface Carbon {
  readonly forwarded: Forwarded
}

/** Somebody wrote this to the account. XEP-0280 §7. */
export const CarbonReceived: Wire<Carbon> = element(NS, 'received', { forwarded: child(Forwarded) })

/** The account wrote this from another resource. XEP-0280 §8. */
export const CarbonSent: Wire<Carbon> = element(NS, 'sent', { forwarded: child(Forwarded) })

// Client state indication (XEP-0352).
import { element, type Wire } from '@waxwing/xml'
import type { Empty } from './streams.ts'

const NS = 'urn:xmpp:csi:0'

/** Among the stream features: the server wants to know. XEP-0352 §4.1. */
export const ClientStateFeature: Wire<Empty> = element(NS, 'csi', {})

/** Somebody looks at the client. XEP-0352 §4.2. */
export const ClientActive: Wire<Empty> = element(NS, 'active', {})

/** Nobody looks at the client. XEP-0352 §4.2. */
export const ClientInactive: Wire<Empty> = element(NS, 'inactive', {})

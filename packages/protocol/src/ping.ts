// Ping (XEP-0199).
import { element, type Wire } from '@waxwing/xml'
import type { Empty } from './streams.ts'

/** Answered by an empty result, or by an error: either shows that somebody is there. XEP-0199 §4. */
export const Ping: Wire<Empty> = element('urn:xmpp:ping', 'ping', {})

// Up to where conversations have been shown on some device of an account (XEP-0490).
import { child, element, type Wire } from '@waxwing/xml'
import { StanzaId } from './stanza-ids.ts'

/** The node, and the namespace of what is in it; the id of an item is the address of the conversation. XEP-0490 §4.1. */
export const DISPLAYED_NODE = 'urn:xmpp:mds:displayed:0'
/** Says that a server takes such elements out of messages and publishes them. XEP-0490 §4.5.2. */
export const DISPLAYED_ASSIST_NS = 'urn:xmpp:mds:server-assist:0'

/** Everything up to this message has been shown. XEP-0490 §4.1. */
export interface DisplayedUpTo {
  readonly stanzaId: StanzaId
}
export const DisplayedUpTo: Wire<DisplayedUpTo> = element(DISPLAYED_NODE, 'displayed', {
  stanzaId: child(StanzaId),
})

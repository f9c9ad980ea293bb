// Delayed delivery (XEP-0203).
import type { Jid } from '@waxwing/jid'
import { attr, dateTime, element, string, text, type Wire } from '@waxwing/xml'
import { anyJid } from './jids.ts'

/** When a stanza was first sent or stored. XEP-0203 §2. */
export interface Delay {
  /** Who delayed it: a server, a room, or the client itself. */
  readonly from?: Jid | undefined
  readonly stamp: Date
  /** Why, for people; empty if not said. */
  readonly reason?: string | undefined
}
export const Delay: Wire<Delay> = element('urn:xmpp:delay', 'delay', {
  from: attr('from', anyJid).maybe(),
  stamp: attr('stamp', dateTime),
  reason: text(string).or(''),
})

// Unique and stable stanza ids (XEP-0359).
import type { Jid } from '@waxwing/jid'
import { attr, element, string, type Wire } from '@waxwing/xml'
import { anyJid } from './jids.ts'

const NS = 'urn:xmpp:sid:0'

/** What the sender's client calls a message, the same however often it is sent. XEP-0359 §2.2. */
export interface OriginId {
  readonly id: string
}
export const OriginId: Wire<OriginId> = element(NS, 'origin-id', { id: attr('id', string) })

/** What an entity on the way calls a message: an archive, a room. XEP-0359 §2.1. */
export interface StanzaId {
  readonly id: string
  /** Who gave the id; only what the own account or a room we are in says of itself is to be believed. §3 */
  readonly by: Jid
}
export const StanzaId: Wire<StanzaId> = element(NS, 'stanza-id', {
  id: attr('id', string),
  by: attr('by', anyJid),
})

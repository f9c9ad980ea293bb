// Resource binding (RFC 6120 §7).
import type { FullJid } from '@waxwing/jid'
import { element, string, textChild, type Wire } from '@waxwing/xml'
import { fullJid } from './jids.ts'

/** A wish for a resource, or the address that was bound; empty as a feature. RFC 6120 §7.4, §7.6, §7.7. */
export interface Bind {
  /** The resourcepart the client would like; absent: the server makes one. */
  readonly resource?: string | undefined
  /** In the result: the address from now on. */
  readonly jid?: FullJid | undefined
}
export const Bind: Wire<Bind> = element('urn:ietf:params:xml:ns:xmpp-bind', 'bind', {
  resource: textChild('resource', string).maybe(),
  jid: textChild('jid', fullJid).maybe(),
})

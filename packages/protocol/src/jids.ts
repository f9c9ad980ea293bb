// Addresses as attribute and element text (RFC 7622).
import { type BareJid, type FullJid, type Jid, parseBareJid, parseFullJid, parseJid } from '@waxwing/jid'
import { custom, type TextCodec } from '@waxwing/xml'

const asWritten = (address: string): string => address

/** A bare or full JID; read in its prepared form. */
export const anyJid: TextCodec<Jid> = custom(parseJid, asWritten, 'a JID')

/** A JID without resourcepart. */
export const bareJid: TextCodec<BareJid> = custom(parseBareJid, asWritten, 'a bare JID')

/** A JID with resourcepart. */
export const fullJid: TextCodec<FullJid> = custom(parseFullJid, asWritten, 'a full JID')

// Namespaces of what clients say to each other in messages and a server only recognises.

/** Chat markers (XEP-0333). */
export const CHAT_MARKERS_NS = 'urn:xmpp:chat-markers:0'
/** Message reactions (XEP-0444). */
export const REACTIONS_NS = 'urn:xmpp:reactions:0'
/** Message retraction (XEP-0424), now and before 0.4. */
export const RETRACTION_NS = 'urn:xmpp:message-retract:1'
export const RETRACTION_0_NS = 'urn:xmpp:message-retract:0'
/** Message fastening (XEP-0422), which retraction was made of. */
export const FASTENING_NS = 'urn:xmpp:fasten:0'
/** OMEMO (XEP-0384), its generations. */
export const OMEMO_NAMESPACES: readonly string[] = [
  'eu.siacs.conversations.axolotl',
  'urn:xmpp:omemo:1',
  'urn:xmpp:omemo:2',
]
/** OpenPGP for XMPP (XEP-0373). */
export const OPENPGP_NS = 'urn:xmpp:openpgp:0'
/** Current Jabber OpenPGP usage (XEP-0027). */
export const OLD_OPENPGP_NS = 'jabber:x:encrypted'
/** Direct invitations to rooms (XEP-0249). */
export const DIRECT_INVITATION_NS = 'jabber:x:conference'
/** What a chat room says of its occupants and to them (XEP-0045). */
export const ROOM_USER_NS = 'http://jabber.org/protocol/muc#user'
/** Events of nodes (XEP-0060). */
export const PUBSUB_EVENT_NS = 'http://jabber.org/protocol/pubsub#event'

/** Addresses: parse, prepare (RFC 7622, PRECIS), escape (XEP-0106), `xmpp:` URIs (RFC 5122). */
export { escapeLocal, unescapeLocal } from './escape.ts'
export {
  type BareJid,
  bareJid,
  bareOf,
  domainOf,
  type FullJid,
  fullJid,
  isFull,
  type Jid,
  jid,
  localOf,
  parseBareJid,
  parseFullJid,
  parseJid,
  resourceOf,
  sameBare,
  tryJid,
  withResource,
} from './jid.ts'
export { JidError, type JidPart } from './jid-error.ts'
export { PreparationError, type PreparationReason } from './precis/preparation-error.ts'
export { nickname, nicknameKey, opaqueString, usernameCaseMapped } from './precis/profiles.ts'
export { saslPrep } from './precis/saslprep.ts'
export { formatXmppUri, parseXmppUri, type XmppUri, XmppUriError } from './xmpp-uri.ts'

// Stanzas: kinds, types and content namespaces (RFC 6120 §8).

/** The content namespace between client and server. RFC 6120 §4.8.3. */
export const CLIENT_NS = 'jabber:client'
/** The content namespace between servers. RFC 6120 §4.8.3. */
export const SERVER_NS = 'jabber:server'
/** The content namespace between a server and a component that connects to it. XEP-0114 §3. */
export const COMPONENT_NS = 'jabber:component:accept'

/** A default namespace stanzas are exchanged in. */
export type ContentNs = typeof CLIENT_NS | typeof SERVER_NS | typeof COMPONENT_NS

export const contentNamespaces: readonly ContentNs[] = [CLIENT_NS, SERVER_NS, COMPONENT_NS]

/** The three kinds of stanza. RFC 6120 §8.2. */
export const stanzaKinds = ['message', 'presence', 'iq'] as const
export type StanzaKind = (typeof stanzaKinds)[number]

/** RFC 6121 §5.2.2; a message without type, or with another, is `normal`. */
export const messageTypes = ['normal', 'chat', 'groupchat', 'headline', 'error'] as const
export type MessageType = (typeof messageTypes)[number]

/** RFC 6121 §4.7.1; a presence without type says that the sender is available. */
export const presenceTypes = [
  'error',
  'probe',
  'subscribe',
  'subscribed',
  'unavailable',
  'unsubscribe',
  'unsubscribed',
] as const
export type PresenceType = (typeof presenceTypes)[number]

/** RFC 6120 §8.2.3. */
export const iqTypes = ['get', 'set', 'result', 'error'] as const
export type IqType = (typeof iqTypes)[number]

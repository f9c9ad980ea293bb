/** Sessions for applications and devices: connect, roster, presence, messages, requests. */
export type { IqHandler, IqRequest, RestHandler } from './answers.ts'
export {
  type Archive,
  type ArchivedMessage,
  type ArchivePage,
  archive,
  type HistoryOptions,
  type PageOptions,
  type Preferences,
} from './archive.ts'
export {
  type Avatar,
  type AvatarEvents,
  type Avatars,
  avatars,
  type PublishAvatarOptions,
} from './avatars.ts'
export { type BackOff, defaultBackOff, waitBefore } from './back-off.ts'
export { type Blocking, type BlockingEvents, blocking } from './blocking.ts'
export { type CarbonEvents, type Carbons, carbons } from './carbons.ts'
export type { CarriedMessage } from './carried-message.ts'
export type { Chat, ReceiptPolicy } from './chat.ts'
export type { ChatMessage } from './chat-message.ts'
export { Client, type Extension } from './client.ts'
export { connect } from './connect.ts'
export type { Connection, Connector, ConnectorRequest } from './connector.ts'
export type { Contact } from './contact.ts'
export type { Delivery, DeliveryState } from './delivery.ts'
export type { Disco, DiscoNode, DiscoOptions } from './disco.ts'
export type { ClientEvents, SessionStart } from './engine.ts'
export {
  AuthError,
  ConnectError,
  DisconnectedError,
  isRetryable,
  OverflowError,
  PolicyError,
  ProtocolError,
  ResolveError,
  StanzaError,
  StreamFailure,
  TimeoutError,
  TlsError,
  XmppError,
} from './errors.ts'
export { Emitter, type Off } from './events.ts'
export { Feed, type FeedOptions } from './feed.ts'
export {
  type AccountOptions,
  type Invitation,
  makeAccount,
  parseInvitation,
  type SigningKey,
} from './make-account.ts'
export type { KeptMessage, MessageQueue } from './message-queue.ts'
export type { SendOptions } from './message-text.ts'
export type { IncomingMessage, MessageHandler } from './messages.ts'
export type { ClientOptions, ReconnectOptions, Software } from './options.ts'
export type { OutboxLimits } from './outbox.ts'
export {
  type Personal,
  type PersonalEvent,
  type PersonalItem,
  type PersonalNode,
  type PersonalNodeOptions,
  personal,
} from './personal.ts'
export { type Platform, webPlatform } from './platform.ts'
export type { Availability, OwnPresence, PresenceEvents, Presences } from './presence.ts'
export { type Push, type PushOptions, push } from './push.ts'
export type { Raw } from './raw.ts'
export type { Iq, RequestOptions } from './requests.ts'
export type {
  AddOptions,
  Roster,
  RosterEvents,
  SubscribeOptions,
  SubscriptionAnswer,
  SubscriptionRequest,
} from './roster.ts'
export { memoryLogins, type SavedLogin, type SavedLogins } from './saved-logins.ts'
export type { Status } from './session-keeper.ts'
export { type Settle, type WaitOptions, waitFor } from './waiting.ts'
export { webSocketConnector } from './websocket.ts'

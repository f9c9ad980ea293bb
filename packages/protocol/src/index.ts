/** Wire formats of XMPP: what is said, never what is done about it. */
export { Bind } from './bind.ts'
export {
  BLOCKING_ERRORS_NS,
  Block,
  BlockItem,
  type BlockItems,
  Blocklist,
  blockedCondition,
  Unblock,
} from './blocking.ts'
export { Caps, capsText } from './caps.ts'
export { CHAT_STATES_NS, ChatState, type ChatStateName, chatStates } from './chat-states.ts'
export { Handshake } from './component.ts'
export {
  DataForm,
  FieldOption,
  type FieldType,
  FORM_TYPE,
  FormField,
  type FormFields,
  type FormKind,
  fieldOf,
  fieldTypes,
  formTypeField,
  formTypeOf,
  formTypes,
  valueOf,
  valuesOf,
} from './data-forms.ts'
export {
  type CalendarDate,
  calendarDate,
  dateTime,
  formatDate,
  formatDateTime,
  formatTime,
  parseDate,
  parseDateTime,
  parseLegacyDateTime,
  parseTime,
  type TimeOfDay,
  timeOfDay,
} from './date-time.ts'
export { Delay } from './delay.ts'
export { DiscoInfo, DiscoItem, DiscoItems, Identity } from './disco.ts'
export { EntityTime, EntityTimeQuery } from './entity-time.ts'
export * from './iot/index.ts'
export { type Iq, iqIn } from './iq.ts'
export { anyJid, bareJid, fullJid } from './jids.ts'
export { type LangText, langText } from './lang-text.ts'
export { LastActivity, LastActivityQuery } from './last-activity.ts'
export { type Message, messageIn, type Thread, textFor } from './message.ts'
export { type NamedCondition, namedCondition } from './named-condition.ts'
export { Ping } from './ping.ts'
export { type Presence, presenceIn, type Show, shows } from './presence.ts'
export { PrivateXml } from './private-xml.ts'
export { Receipt, ReceiptRequest } from './receipts.ts'
export { OutOfBand, Registration } from './registration.ts'
export { Roster, RosterItem, type RosterSubscription, rosterSubscriptions } from './roster.ts'
export {
  ChannelBindings,
  Mechanisms,
  SaslAbort,
  SaslAuth,
  SaslChallenge,
  SaslFailure,
  type SaslFailureCondition,
  SaslResponse,
  SaslSuccess,
  saslFailureConditions,
} from './sasl.ts'
export {
  defaultErrorType,
  type ErrorPayload,
  errorIn,
  STANZA_ERRORS_NS,
  StanzaError,
  type StanzaErrorCondition,
  type StanzaErrorOptions,
  type StanzaErrorType,
  stanzaError,
  stanzaErrorConditions,
  stanzaErrorTypes,
} from './stanza-errors.ts'
export {
  CLIENT_NS,
  COMPONENT_NS,
  type ContentNs,
  contentNamespaces,
  type IqType,
  iqTypes,
  type MessageType,
  messageTypes,
  type PresenceType,
  presenceTypes,
  SERVER_NS,
  type StanzaKind,
  stanzaKinds,
} from './stanzas.ts'
export {
  STREAM_ERRORS_NS,
  StreamError,
  type StreamErrorCondition,
  type StreamErrorOptions,
  StreamErrorPayload,
  streamError,
  streamErrorConditions,
  writeStreamError,
} from './stream-errors.ts'
export { SessionFeature, StreamFeatures, writeStreamFeatures } from './stream-features.ts'
export {
  HandledCountTooHigh,
  SmAck,
  SmEnable,
  SmEnabled,
  SmFailed,
  SmFeature,
  type SmPosition,
  SmRequest,
  SmResume,
  SmResumed,
} from './stream-management.ts'
export { type Empty, STREAMS_NS, StartTls, TlsFailure, TlsProceed } from './streams.ts'
export {
  descriptionOf,
  emailOf,
  fullNameOf,
  nicknameOf,
  type Photo,
  photoOf,
  urlOf,
  VCard,
} from './vcard-temp.ts'
export { Version, VersionQuery } from './version.ts'

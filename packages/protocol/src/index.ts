/** Wire formats of XMPP: what is said, never what is done about it. */

export {
  Amp,
  type AmpAction,
  type AmpCondition,
  type AmpFault,
  AmpRule,
  ampActions,
  ampCondition,
  ampConditions,
} from './amp.ts'
export {
  ARCHIVE_EXTENDED_NS,
  ARCHIVE_GROUPCHAT_FIELD_NS,
  type ArchiveEnd,
  ArchiveFin,
  ArchiveMetadata,
  ArchivePreferences,
  ArchivePreferences1,
  ArchiveQuery,
  ArchiveResult,
  type ArchiveRule,
  archiveRules,
} from './archive.ts'
export {
  AVATAR_CONVERSION_NS,
  AVATAR_DATA_NODE,
  AVATAR_METADATA_NODE,
  AvatarData,
  type AvatarInfo,
  AvatarMetadata,
  CardPhoto,
  PhotoUpdate,
} from './avatars.ts'
export { Bind } from './bind.ts'
export { Bind2, Bound } from './bind2.ts'
export {
  BLOCKING_ERRORS_NS,
  Block,
  BlockItem,
  type BlockItems,
  Blocklist,
  blockedCondition,
  Unblock,
} from './blocking.ts'
export {
  BOOKMARKS_COMPAT_NS,
  BOOKMARKS_NODE,
  Bookmark,
  type OldBookmark,
  OldBookmarks,
} from './bookmarks.ts'
export { Caps, capsText } from './caps.ts'
export {
  CARBON_RULES_NS,
  type Carbon,
  CarbonReceived,
  CarbonSent,
  DisableCarbons,
  EnableCarbons,
  PrivateMessage,
} from './carbons.ts'
export { CHAT_STATES_NS, ChatState, type ChatStateName, chatStates } from './chat-states.ts'
export {
  AccessClient,
  ClientList,
  ClientListQuery,
  PasswordResetRequired,
  RevokeAccess,
} from './client-access.ts'
export {
  AppendCertificate,
  type CertificateItem,
  Certificates,
  CertificatesQuery,
  DisableCertificate,
  RevokeCertificate,
} from './client-certificates.ts'
export { ClientActive, ClientInactive, ClientStateFeature } from './client-state.ts'
export {
  COMMANDS_NS,
  Command,
  type CommandAction,
  type CommandFault,
  CommandMoves,
  CommandNote,
  type CommandStatus,
  commandActions,
  commandCondition,
  commandStatuses,
  type NoteType,
  noteTypes,
} from './commands.ts'
export { Handshake } from './component.ts'
export {
  CHAT_MARKERS_NS,
  DIRECT_INVITATION_NS,
  FASTENING_NS,
  OLD_OPENPGP_NS,
  OMEMO_NAMESPACES,
  OPENPGP_NS,
  PUBSUB_EVENT_NS,
  REACTIONS_NS,
  RETRACTION_0_NS,
  RETRACTION_NS,
  ROOM_USER_NS,
} from './conversations.ts'
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
export {
  type DeclaredField,
  type DeclaredForm,
  declareForm,
  FormError,
  type FormWords,
  field,
  type OptionalField,
  type ValuesOf,
} from './declared-forms.ts'
export { Delay } from './delay.ts'
export { DiscoInfo, DiscoItem, DiscoItems, Identity } from './disco.ts'
export { DISPLAYED_ASSIST_NS, DISPLAYED_NODE, DisplayedUpTo } from './displayed-sync.ts'
export * from './dynamic-forms.ts'
export { EntityTime, EntityTimeQuery } from './entity-time.ts'
export { Fast, FastRequest, FastToken } from './fast.ts'
export { type ListRange, Validate, type ValidRange } from './form-validation.ts'
export { Forwarded } from './forwarding.ts'
export { Geolocation } from './geolocation.ts'
export { Header, Headers, headerOf, type TimePeriod, timePeriodIn } from './headers.ts'
export { Hint, type HintName, hints } from './hints.ts'
export * from './iot/index.ts'
export { type Iq, iqIn } from './iq.ts'
export { anyJid, bareJid, fullJid } from './jids.ts'
export { type LangText, langText } from './lang-text.ts'
export { LastActivity, LastActivityQuery } from './last-activity.ts'
export { type Message, messageIn, type Thread, textFor } from './message.ts'
export {
  ARCHIVING_AUTO_NS,
  ARCHIVING_MANAGE_NS,
  ARCHIVING_PREF_NS,
  type ArchivingMethod,
  type ArchivingMode,
  ArchivingModes,
  AutoArchiving,
  type CollectedMessage,
  Collection,
  CollectionList,
  type ContactMode,
  type DefaultMode,
  type OtrMode,
  otrModes,
  RemovedModes,
  RetrieveCollection,
  type SaveMode,
  saveModes,
} from './message-archiving.ts'
export {
  actionIn,
  Correction,
  Displayed,
  Fallback,
  type FallbackRange,
  Markable,
  Reactions,
  Reply,
} from './message-references.ts'
export { type NamedCondition, namedCondition } from './named-condition.ts'
export { OutOfBand, OutOfBandRequest } from './out-of-band.ts'
export { Ping } from './ping.ts'
export { PIE_NS, ScramCredentials } from './portable.ts'
export { IBR_TOKEN_NS, PreAuth } from './preauth.ts'
export { type Presence, presenceIn, type Show, shows } from './presence.ts'
export {
  type PrivacyChoice,
  PrivacyItem,
  PrivacyList,
  PrivacyLists,
} from './privacy-lists.ts'
export { PrivateXml } from './private-xml.ts'
export {
  type Affiliated,
  type Affiliation,
  type Affiliations,
  affiliations,
  type FormHolder,
  type NodeItems,
  PUBSUB_NS,
  Pubsub,
  type PubsubItem,
  type Subscription,
  type SubscriptionState,
  type Subscriptions,
  subscriptionStates,
  type WantedItems,
} from './pubsub.ts'
export {
  type AccessModel,
  accessModels,
  type Bound as NodeBound,
  type ConfigChange,
  fitsNodeConfig,
  type LastItemMoment,
  NODE_CONFIG,
  NODE_META_DATA,
  type NodeConfig,
  type NotificationType,
  nodeConfigForm,
  PUBLISH_OPTIONS,
  type PublishModel,
  readNodeConfig,
  SUBSCRIBE_AUTHORIZATION,
} from './pubsub-config.ts'
export {
  type DeleteNode,
  ExportedNodes,
  type ItemsEvent,
  PUBSUB_ERRORS_NS,
  PUBSUB_OWNER_NS,
  type PubsubCondition,
  PubsubEvent,
  PubsubOwner,
  pubsubCondition,
  pubsubConditionOf,
  pubsubConditions,
} from './pubsub-owner.ts'
export { DisablePush, EnablePush, PUSH_SUMMARY, PublishPush, PushNotification } from './push.ts'
export { Receipt, ReceiptRequest } from './receipts.ts'
export { Registration } from './registration.ts'
export { Report, reportReasons } from './reports.ts'
export { type FirstOfPage, ResultSet } from './result-sets.ts'
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
  SASL_UPGRADE_NS,
  Sasl2Abort,
  Sasl2Authenticate,
  Sasl2Challenge,
  Sasl2Continue,
  type Sasl2Data,
  Sasl2Failure,
  Sasl2Feature,
  type Sasl2Inline,
  Sasl2Next,
  Sasl2Response,
  Sasl2Success,
  Sasl2TaskData,
  type UpgradeSalt,
  UserAgent,
} from './sasl2.ts'
export {
  plainSignatures,
  SIGNED_FORM,
  type SignatureMethod,
  signatureBase,
  signatureEscape,
  signatureFields,
  signatureKey,
  signatureMethods,
} from './signed-forms.ts'
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
export { OriginId, StanzaId } from './stanza-ids.ts'
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
export { StreamLimits } from './stream-limits.ts'
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
export { Activity, Mood, Nickname, Tune } from './user-state.ts'
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

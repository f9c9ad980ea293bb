/** One XML stream, both roles, without I/O: header, features, TLS, SASL, bind (RFC 6120 §4-§7), counting (XEP-0198). */
export {
  ComponentInitiator,
  type ComponentInitiatorOptions,
  type ComponentInitiatorOwner,
} from './component-initiator.ts'
export { HandledCounter, UnackedQueue } from './counting.ts'
export { GuestInitiator, type GuestInitiatorOptions, type GuestInitiatorOwner } from './guest-initiator.ts'
export { domainIn, faultOf, type HeaderFields, isStreamError, openStream, speaksVersion1 } from './header.ts'
export { Initiator, type InitiatorOptions, type InitiatorOwner } from './initiator.ts'
export type { BearerCredentials } from './initiator-bearer.ts'
export {
  AuthError,
  ConnectError,
  PolicyError,
  ResolveError,
  StreamFailure,
  TimeoutError,
  TlsError,
  XmppError,
  type XmppErrorOptions,
} from './initiator-errors.ts'
export { FrameStream, framingNs } from './initiator-frames.ts'
export type { InitiatorLinkOptions, InitiatorStage } from './initiator-link.ts'
export type { Credentials, LoginRules } from './initiator-login.ts'
export type { HeldToken, TokenRules } from './initiator-token.ts'
export { Joined } from './joined.ts'
export { keptBy } from './kept.ts'
export {
  type ChannelBindingType,
  type Clock,
  channelBindingTypes,
  type Random,
  randomId,
  type Timer,
  type TlsFacts,
  type Transport,
  type TransportOwner,
} from './port.ts'
export { Responder } from './responder.ts'
export type {
  LoginGround,
  LoginOutcome,
  LoginPolicy,
  LoginRequest,
  LoginTask,
  ProvenLogin,
} from './responder-login.ts'
export type { ResponderOwner, ResponderPolicy } from './responder-owner.ts'
export * from './sasl/index.ts'
export { type StreamOwner, XmlStream, type XmlStreamOptions } from './xml-stream.ts'

/** SASL (RFC 4422) for both sides, without I/O. */
export { AnonymousInitiator, AnonymousResponder } from './anonymous.ts'
export { type Certified, certifiedUsernames, chooseCertified } from './authorization.ts'
export { decodeBase64, encodeBase64 } from './base64.ts'
export {
  chooseMechanism,
  type MechanismChoice,
  type MechanismName,
  type MechanismPreferences,
} from './choose-mechanism.ts'
export type { SaslCrypto, ScramHash } from './crypto.ts'
export {
  type SaslCondition,
  SaslError,
  type SaslFault,
  type SaslInitiator,
  type SaslResponder,
  type SaslStep,
} from './exchange.ts'
export { ExternalInitiator, ExternalResponder, type ExternalResponderOptions } from './external.ts'
export {
  HashedTokenInitiator,
  HashedTokenResponder,
  type HashedTokenResponderOptions,
  hashedTokenMechanisms,
  type TokenCandidate,
} from './hashed-token.ts'
export type { Now } from './now.ts'
export {
  OAuthBearerInitiator,
  type OAuthBearerInitiatorOptions,
  OAuthBearerResponder,
  type OAuthBearerResponderOptions,
} from './oauth-bearer.ts'
export {
  PlainInitiator,
  type PlainInitiatorOptions,
  PlainResponder,
  type PlainResponderOptions,
} from './plain.ts'
export {
  defaultMaxIterations,
  defaultMinIterations,
  type ScramBinding,
  ScramInitiator,
  type ScramInitiatorOptions,
} from './scram-initiator.ts'
export { deriveScramKeys, type StoredKeys, scramKeysOf } from './scram-keys.ts'
export { offerHash, type SaslOffer, scramVariant } from './scram-offer.ts'
export { ScramResponder, type ScramResponderOptions } from './scram-responder.ts'
export { webCrypto } from './web-crypto.ts'

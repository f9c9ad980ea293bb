/** Why a service refuses, as XEP-0060 words it. */
import {
  type PubsubCondition,
  pubsubCondition,
  type StanzaError,
  type StanzaErrorCondition,
  type StanzaErrorType,
  stanzaError,
} from '@waxwing/protocol'

/** An error with a condition of pubsub beside its own. XEP-0060 §17.2. */
export function refusal(
  condition: StanzaErrorCondition,
  detail: PubsubCondition,
  text?: string,
  type?: StanzaErrorType,
): StanzaError {
  return stanzaError(condition, text, { type, app: pubsubCondition(detail) })
}

/** Something a service does not do at all. XEP-0060 §17.2. */
export function unsupported(feature: string): StanzaError {
  const app = pubsubCondition('unsupported', feature)
  return stanzaError('feature-not-implemented', `There is no ${feature} here`, { app })
}

export function noSuchNode(): StanzaError {
  return stanzaError('item-not-found', 'There is no such node')
}

export function forbidden(): StanzaError {
  return stanzaError('forbidden', 'Only the owner may do this')
}

export function nodeRequired(): StanzaError {
  return refusal('bad-request', 'nodeid-required', 'Which node?')
}

/** Which of the mechanisms offered a client takes: RFC 6120 §6.3.3, RFC 5802 §6, XEP-0440. */
import type { SaslOffer } from './scram-offer.ts'

/** Strongest first. */
const byStrength = [
  'EXTERNAL',
  'SCRAM-SHA-512-PLUS',
  'SCRAM-SHA-256-PLUS',
  'SCRAM-SHA-1-PLUS',
  'SCRAM-SHA-512',
  'SCRAM-SHA-256',
  'SCRAM-SHA-1',
  'OAUTHBEARER',
  'PLAIN',
  'ANONYMOUS',
] as const

export type MechanismName = (typeof byStrength)[number]

export interface MechanismPreferences {
  /** Channel-binding types that this connection has data for, preferred first; empty without TLS. */
  readonly bindings: readonly string[]
  /** Whether the password may be shown to the server; only over TLS. */
  readonly allowPlain: boolean
  readonly hasPassword: boolean
  /** Whether a certificate was presented that may stand for the account. Default `false`. */
  readonly hasCertificate?: boolean
  /** Whether there is a token of an identity provider that may be shown to the server; only over TLS. Default `false`. */
  readonly hasToken?: boolean
  /** Whether to log in as nobody. Default `false`. */
  readonly anonymous?: boolean
  /** The mechanism that worked before: none weaker is taken. */
  readonly pinned?: string
}

/** What to log in with. */
export type MechanismChoice =
  | { readonly mechanism: MechanismName; readonly flag: 'p'; readonly binding: string }
  /** `y` tells the server that we could bind and saw no offer, which exposes whoever took it out (RFC 5802 §6). */
  | { readonly mechanism: MechanismName; readonly flag: 'n' | 'y' }

/** The strongest mechanism that both sides can do and the preferences allow; `undefined` if there is none. */
export function chooseMechanism(
  offer: SaslOffer,
  preferences: MechanismPreferences,
): MechanismChoice | undefined {
  const binding = bindingFor(offer, preferences.bindings)
  const lowest = preferences.pinned === undefined ? byStrength.length - 1 : rankOf(preferences.pinned)
  const mechanism = byStrength.find(
    (name, rank) =>
      rank <= lowest && offer.mechanisms.includes(name) && isAllowed(name, preferences, binding),
  )
  if (mechanism === undefined) return undefined
  if (isPlus(mechanism)) return binding === undefined ? undefined : { mechanism, flag: 'p', binding }
  const deniesOffer = preferences.bindings.length > 0 && !offer.mechanisms.some(isPlus)
  return { mechanism, flag: deniesOffer ? 'y' : 'n' }
}

/** Servers that name no types know the one that RFC 5802 §6 makes the default, and often no other. */
function bindingFor(offer: SaslOffer, ours: readonly string[]): string | undefined {
  const { bindings } = offer
  if (bindings) return ours.find(type => bindings.includes(type))
  return ours.includes('tls-unique') ? 'tls-unique' : ours[0]
}

function isAllowed(
  name: MechanismName,
  preferences: MechanismPreferences,
  binding: string | undefined,
): boolean {
  switch (name) {
    case 'EXTERNAL':
      return preferences.hasCertificate ?? false
    case 'ANONYMOUS':
      return preferences.anonymous ?? false
    case 'OAUTHBEARER':
      return preferences.hasToken ?? false
    case 'PLAIN':
      return preferences.hasPassword && preferences.allowPlain
    default:
      return preferences.hasPassword && (binding !== undefined || !isPlus(name))
  }
}

const isPlus = (name: string): boolean => name.endsWith('-PLUS')

/** Place of a name, 0 the strongest; -1 for one not known here, below which nothing at all is allowed. */
function rankOf(name: string): number {
  return (byStrength as readonly string[]).indexOf(name)
}

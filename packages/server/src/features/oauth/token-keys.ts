/** Public keys of whoever hands out tokens: PEM, or a JSON web key set (RFC 7517 §5). */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'

/** Ways to sign a token that are believed. RFC 7518 §3.1, RFC 8037 §3.1. */
export type TokenAlgorithm = 'RS256' | 'ES256' | 'EdDSA'

export interface TokenKey {
  readonly algorithm: TokenAlgorithm
  readonly key: KeyObject
  /** Absent: the key has no name. */
  readonly id: string | undefined
}

/** Fewest bits of an RSA key. RFC 7518 §3.3 */
const minRsaBits = 2_048

/** @throws Error when there is no key of use in the text */
export function readKeys(text: string): readonly TokenKey[] {
  const found = text.trimStart().startsWith('{') ? fromJson(text) : fromPem(text)
  const keys = found.flatMap(({ key, id }) => {
    const algorithm = algorithmOf(key)
    return algorithm ? [{ algorithm, key, id }] : []
  })
  if (keys.length === 0) throw new Error('there is no RSA key of 2,048 bits, P-256 key or Ed25519 key in it')
  return keys
}

interface Named {
  readonly key: KeyObject
  readonly id: string | undefined
}

function fromPem(text: string): readonly Named[] {
  const blocks = text.match(/-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g) ?? []
  return blocks.map(block => ({ key: createPublicKey(block), id: undefined }))
}

function fromJson(text: string): readonly Named[] {
  const value: unknown = JSON.parse(text)
  const keys = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined
  if (!Array.isArray(keys)) throw new Error('it is no key set: "keys" is missing')
  return keys.flatMap((jwk: unknown) => fromJwk(jwk))
}

/** Keys of kinds not known here are passed over: RFC 7517 §5. */
function fromJwk(jwk: unknown): readonly Named[] {
  if (typeof jwk !== 'object' || jwk === null) return []
  const id = 'kid' in jwk && typeof jwk.kid === 'string' ? jwk.kid : undefined
  try {
    return [{ key: createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }), id }]
  } catch {
    return []
  }
}

function algorithmOf(key: KeyObject): TokenAlgorithm | undefined {
  const details = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return (details.modulusLength ?? 0) >= minRsaBits ? 'RS256' : undefined
    case 'ec':
      return details.namedCurve === 'prime256v1' ? 'ES256' : undefined
    case 'ed25519':
      return 'EdDSA'
    default:
      return undefined
  }
}

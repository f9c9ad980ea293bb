/** SCRAM mechanisms by name, and protection of the offer against tampering (XEP-0474). */
import { encodeBase64 } from './base64.ts'
import type { SaslCrypto, ScramHash } from './crypto.ts'
import { after, type Now } from './now.ts'
import { encodeUtf8 } from './utf8.ts'

/** Hash and binding of a SCRAM mechanism; `undefined` for any other name. */
export function scramVariant(mechanism: string): { hash: ScramHash; isPlus: boolean } | undefined {
  const isPlus = mechanism.endsWith('-PLUS')
  switch (isPlus ? mechanism.slice(0, -5) : mechanism) {
    case 'SCRAM-SHA-1':
      return { hash: 'SHA-1', isPlus }
    case 'SCRAM-SHA-256':
      return { hash: 'SHA-256', isPlus }
    case 'SCRAM-SHA-512':
      return { hash: 'SHA-512', isPlus }
    default:
      return undefined
  }
}

/** What a server offered on a stream. */
export interface SaslOffer {
  readonly mechanisms: readonly string[]
  /** Channel-binding types (XEP-0440); absent when the server named none at all. */
  readonly bindings?: readonly string[]
}

/** Hashes by the list of mechanisms: a server makes the same offer again and again. */
const hashed = /* @__PURE__ */ new WeakMap<readonly string[], Map<string, string>>()

/** The hash over an offer that the server signs along: XEP-0474 §6.1, in base64. */
export function offerHash(crypto: SaslCrypto, hash: ScramHash, offer: SaslOffer): Now<string> {
  const known = hashed.get(offer.mechanisms) ?? new Map<string, string>()
  const key = offer.bindings === undefined ? hash : `${hash} ${offer.bindings.join(' ')}`
  const before = known.get(key)
  if (before !== undefined) return before
  hashed.set(offer.mechanisms, known)
  return after(hashOf(crypto, hash, offer), text => {
    known.set(key, text)
    return text
  })
}

function hashOf(crypto: SaslCrypto, hash: ScramHash, offer: SaslOffer): Now<string> {
  const bindings = offer.bindings === undefined ? '' : `\x1f${offer.bindings.toSorted().join('\x1e')}`
  const text = offer.mechanisms.toSorted().join('\x1e') + bindings
  return after(crypto.hash(hash, encodeUtf8(text)), encodeBase64)
}

/** JSON web tokens: whether one is good, and what it says. RFC 7519, RFC 8725. */
import { verify } from 'node:crypto'
import type { TokenKey } from './token-keys.ts'

export interface TokenRules {
  readonly keys: readonly TokenKey[]
  readonly issuer: string
  readonly audience: string
  /** How far the clocks may be apart. */
  readonly skewMs: number
  readonly maxLength: number
}

type Claims = Readonly<Record<string, unknown>>

/** What a token says; `undefined` for one that is not good now. */
export function claimsOf(token: string, rules: TokenRules, now: number): Claims | undefined {
  if (token.length > rules.maxLength) return undefined
  const [head, body, signature, ...more] = token.split('.')
  if (!head || !body || !signature || more.length > 0) return undefined
  const header = jsonIn(head)
  // RFC 7515 §4.1.11: what must be understood, and is not
  if (!header || 'crit' in header) return undefined
  if (!isSigned(`${head}.${body}`, signature, header, rules.keys)) return undefined
  const claims = jsonIn(body)
  return claims && isFor(claims, rules) && isNow(claims, rules.skewMs, now) ? claims : undefined
}

/** The key says which algorithm it is for, never the token alone: RFC 8725 §3.1. */
function isSigned(text: string, signature: string, header: Claims, keys: readonly TokenKey[]): boolean {
  const { alg, kid } = header
  const bytes = bytesIn(signature)
  return keys.some(({ algorithm, key, id }) => {
    if (algorithm !== alg || bytes === undefined) return false
    if (kid !== undefined && id !== undefined && kid !== id) return false
    const hash = algorithm === 'EdDSA' ? null : 'sha256'
    const options = algorithm === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : key
    return verify(hash, Buffer.from(text), options, bytes)
  })
}

function isFor({ iss, aud }: Claims, { issuer, audience }: TokenRules): boolean {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  return iss === issuer && audiences.includes(audience)
}

/** A token without end is none: it could never be taken back. Times are seconds. */
function isNow({ exp, nbf = 0 }: Claims, skewMs: number, now: number): boolean {
  if (typeof exp !== 'number' || typeof nbf !== 'number') return false
  return now < exp * 1_000 + skewMs && nbf * 1_000 - skewMs <= now
}

function jsonIn(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(bytesIn(part)?.toString('utf8') ?? '')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function bytesIn(part: string): Buffer | undefined {
  return /^[A-Za-z0-9_-]*$/.test(part) ? Buffer.from(part, 'base64url') : undefined
}

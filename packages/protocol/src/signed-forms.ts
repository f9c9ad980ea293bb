// Signed data forms (XEP-0348): what is signed, and where the signature stands. The cryptography is the caller's.
import type { DataForm, FormField } from './data-forms.ts'

/** FORM_TYPE of a form to be signed with OAuth 1.0, and the feature that announces it. XEP-0348 §2, §4. */
export const SIGNED_FORM = 'urn:xmpp:xdata:signature:oauth1'

/** The fields of a signature. XEP-0348 §2. */
export const signatureFields = {
  version: 'oauth_version',
  method: 'oauth_signature_method',
  token: 'oauth_token',
  tokenSecret: 'oauth_token_secret',
  nonce: 'oauth_nonce',
  timestamp: 'oauth_timestamp',
  consumerKey: 'oauth_consumer_key',
  signature: 'oauth_signature',
} as const

/** How a form may be signed. XEP-0348 §2.1. */
export const signatureMethods = ['HMAC-SHA1', 'RSA-SHA1', 'PLAINTEXT'] as const
export type SignatureMethod = (typeof signatureMethods)[number]

/** Neither secrets nor the signature itself are signed. XEP-0348 §2.2. */
const unsigned: readonly (string | undefined)[] = [
  undefined,
  signatureFields.tokenSecret,
  signatureFields.signature,
]

/** Percent-encoding of everything but unreserved characters, in Normalization Form C. XEP-0348 §2. */
export function signatureEscape(text: string): string {
  return encodeURIComponent(text.normalize('NFC').toWellFormed()).replace(
    /[!'()*]/g,
    mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/**
 * The text over which the signature goes. XEP-0348 §2.2-§2.4.
 *
 * @param to where the form is sent, as the stanza writes it
 */
export function signatureBase(form: DataForm, to: string): string {
  const pairs = (form.fields ?? [])
    .filter((field): field is FormField & { var: string } => !unsigned.includes(field.var))
    .flatMap(({ var: name, values }) => values.map(value => [name, value] as const))
    .toSorted(([a, one], [b, other]) => compare(a, b) || compare(one, other))
  const text = pairs.map(([name, value]) => `${signatureEscape(name)}=${signatureEscape(value)}`).join('&')
  return [form.type, to, text].map(signatureEscape).join('&')
}

/** The key of HMAC-SHA1. XEP-0348 §2.5. */
export function signatureKey(consumerSecret: string, tokenSecret: string): string {
  return `${signatureEscape(consumerSecret)}&${signatureEscape(tokenSecret)}`
}

/**
 * The signature by PLAINTEXT. XEP-0348 §2.5.
 *
 * @returns as it is written there, and as in RFC 5849 §3.4.4, which has a mark between the two
 */
export function plainSignatures(consumerSecret: string, tokenSecret: string): readonly [string, string] {
  return [
    signatureEscape(consumerSecret) + signatureEscape(tokenSecret),
    signatureKey(consumerSecret, tokenSecret),
  ]
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

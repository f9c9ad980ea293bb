/** Whether a form is signed by a maker of devices: three methods, on plain data. XEP-0348 §2.5, §2.7 */
import { createHash, createHmac, type KeyObject, timingSafeEqual, verify } from 'node:crypto'
import {
  type DataForm,
  plainSignatures,
  type SignatureMethod,
  signatureBase,
  signatureFields,
  signatureKey,
  valueOf,
} from '@waxwing/protocol'

/** What is known of a maker; without anything, nobody is. */
export interface Maker {
  readonly secret: string | undefined
  readonly publicKey: KeyObject | undefined
}

/** A form as it came. */
export interface SignedForm {
  readonly form: DataForm
  /** Where it was sent, as the stanza writes it. */
  readonly to: string
  /** What the connection was given; what the form says of it does not count (§6.2). */
  readonly tokenSecret: string
}

type Check = (signed: SignedForm, maker: Maker) => boolean

/** A method that a maker has no key for never fits; who is a maker is no secret, what they sign with is. */
const checks: Readonly<Record<SignatureMethod, Check>> = {
  'HMAC-SHA1': ({ form, to, tokenSecret }, { secret }) => {
    const wanted = createHmac('sha1', signatureKey(secret ?? '', tokenSecret))
      .update(signatureBase(form, to))
      .digest()
    return isSame(signatureIn(form), wanted) && secret !== undefined
  },
  // RFC 5849 §3.4.3: RSASSA-PKCS1-v1_5 with SHA-1. What was signed names the token of this connection.
  'RSA-SHA1': ({ form, to }, { publicKey }) =>
    publicKey !== undefined &&
    verify('sha1', Buffer.from(signatureBase(form, to)), publicKey, signatureIn(form)),
  PLAINTEXT: ({ form, tokenSecret }, { secret }) => {
    const found = digestOf(valueOf(form, signatureFields.signature) ?? '')
    const isOne = plainSignatures(secret ?? '', tokenSecret).map(text => isSame(found, digestOf(text)))
    return isOne.includes(true) && secret !== undefined
  },
}

/** Whether the maker has signed the form by this method. */
export function isSigned(method: SignatureMethod, signed: SignedForm, maker: Maker): boolean {
  return checks[method](signed, maker)
}

/** §2.5 escapes the signature once more; not everybody does. */
function signatureIn(form: DataForm): Buffer {
  const text = valueOf(form, signatureFields.signature) ?? ''
  try {
    return Buffer.from(decodeURIComponent(text), 'base64')
  } catch {
    return Buffer.from(text, 'base64')
  }
}

function isSame(found: Uint8Array, wanted: Uint8Array): boolean {
  return found.length === wanted.length && timingSafeEqual(found, wanted)
}

/** Of the same length whatever the text, so that the comparison does not tell it. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

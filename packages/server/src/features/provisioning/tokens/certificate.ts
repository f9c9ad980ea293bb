/** Certificates that tokens stand for: which are taken, and what only their holders can read. XEP-0324 §3.1.3 */
import {
  constants,
  createCipheriv,
  createHash,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  publicEncrypt,
  X509Certificate,
} from 'node:crypto'
import { RULES_NS, stanzaError } from '@waxwing/protocol'

const curves = ['prime256v1', 'secp384r1', 'secp521r1']
/** Bits of a key. */
const least = 2_048
const most = 8_192
/** Beyond it, encryption takes long. */
const mostExponent = 0xffff_ffffn

/**
 * @param der X.509, as it was sent
 * @param now milliseconds since 1970
 * @throws StanzaError bad-request when it is none, not-acceptable for one that does not hold now or has another key
 */
export function checkCertificate(der: Uint8Array, now: number): X509Certificate {
  const certificate = read(der)
  if (!certificate) throw stanzaError('bad-request', 'This is no X.509 certificate')
  if (!isCurrent(certificate, now)) throw stanzaError('not-acceptable', 'The certificate does not hold now')
  if (!isFit(certificate.publicKey))
    throw stanzaError(
      'not-acceptable',
      `The key has to be RSA of ${least} to ${most} bits, or on one of the curves P-256, P-384 and P-521`,
    )
  return certificate
}

/** For other keys nothing can be encrypted, and the text has no other way. */
function isFit({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): boolean {
  if (type === 'ec') return curves.includes(details.namedCurve ?? '')
  const { modulusLength: bits = 0, publicExponent = mostExponent + 1n } = details
  return type === 'rsa' && bits >= least && bits <= most && publicExponent <= mostExponent
}

/** Whether it holds, by its own dates. */
export function isCurrentAt(der: Uint8Array, now: number): boolean {
  const certificate = read(der)
  return certificate !== undefined && isCurrent(certificate, now)
}

function isCurrent({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() <= now && now < validToDate.getTime()
}

function read(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der)
  } catch {
    return undefined
  }
}

/** SHA-256, in hexadecimal digits. */
export function fingerprintOf(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex')
}

/**
 * What only who has the key can read. The text says how neither for RSA nor for curves: OAEP with SHA-1 is what others
 * do; on curves it is ECIES, with a key pair for this one time, whose public half (SPKI, its length before it in one
 * byte) stands before the AES-256-GCM of the secret, under HKDF-SHA-256 of what both keys have in common.
 */
export function sealedFor({ publicKey }: X509Certificate, secret: Uint8Array): Uint8Array {
  if (publicKey.asymmetricKeyType === 'ec') return sealedOnCurve(publicKey, secret)
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  return publicEncrypt({ key: publicKey, padding, oaepHash: 'sha1' }, secret)
}

function sealedOnCurve(publicKey: KeyObject, secret: Uint8Array): Uint8Array {
  const { namedCurve = '' } = publicKey.asymmetricKeyDetails ?? {}
  const once = generateKeyPairSync('ec', { namedCurve })
  const shown = once.publicKey.export({ format: 'der', type: 'spki' })
  const common = diffieHellman({ privateKey: once.privateKey, publicKey })
  // The key is used once: so may be the nonce.
  const key = new Uint8Array(hkdfSync('sha256', common, shown, RULES_NS, 32))
  const cipher = createCipheriv('aes-256-gcm', key, new Uint8Array(12))
  const sealed = [cipher.update(secret), cipher.final(), cipher.getAuthTag()]
  return Buffer.concat([Uint8Array.of(shown.length), shown, ...sealed])
}

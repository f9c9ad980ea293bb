/** Certificates that tokens stand for: which are taken, and what only their holders can read. XEP-0324 §3.1.3 */
import { constants, createHash, publicEncrypt, X509Certificate } from 'node:crypto'
import { stanzaError } from '@waxwing/protocol'

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
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey
  const { modulusLength: bits = 0, publicExponent = mostExponent + 1n } = details ?? {}
  // With other kinds of keys nothing can be encrypted, and the text has no other way.
  if (type !== 'rsa' || bits < least || bits > most || publicExponent > mostExponent)
    throw stanzaError('not-acceptable', `The key has to be RSA of ${least} to ${most} bits`)
  return certificate
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

/** The text names no padding; OAEP with SHA-1 is what others do. */
export function sealedFor(certificate: X509Certificate, secret: Uint8Array): Uint8Array {
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  return publicEncrypt({ key: certificate.publicKey, padding, oaepHash: 'sha1' }, secret)
}

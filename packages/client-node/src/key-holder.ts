/** The key of a certificate, for tokens that stand for it: `tokenFor` of `@waxwing/things`. XEP-0324 §3.1.3 */
import {
  constants,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  privateDecrypt,
  X509Certificate,
} from 'node:crypto'
import { RULES_NS } from '@waxwing/protocol'

/**
 * Who has the key of a certificate: RSA, or on one of the curves that our own server takes.
 *
 * @param certificate PEM
 * @param key PEM, without a password
 * @throws Error when one of them cannot be read, or they do not belong together
 */
export function keyHolder(
  certificate: string,
  key: string,
): { readonly certificate: Uint8Array; open(sealed: Uint8Array): Uint8Array } {
  const shown = new X509Certificate(certificate)
  const own = createPrivateKey(key)
  if (!shown.checkPrivateKey(own)) throw new Error('This is not the key of the certificate')
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  return {
    certificate: shown.raw,
    open: sealed =>
      own.asymmetricKeyType === 'ec'
        ? openedOnCurve(own, sealed)
        : privateDecrypt({ key: own, padding, oaepHash: 'sha1' }, sealed),
  }
}

const tagBytes = 16

/** As our server seals it: the length of a public key (SPKI) in one byte, that key, AES-256-GCM. Throws when it is not for us. */
function openedOnCurve(own: KeyObject, sealed: Uint8Array): Uint8Array {
  const [length = 0] = sealed
  const shown = sealed.subarray(1, 1 + length)
  const publicKey = createPublicKey({ key: Buffer.from(shown), format: 'der', type: 'spki' })
  const common = diffieHellman({ privateKey: own, publicKey })
  const key = new Uint8Array(hkdfSync('sha256', common, shown, RULES_NS, 32))
  const decipher = createDecipheriv('aes-256-gcm', key, new Uint8Array(12), { authTagLength: tagBytes })
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  return Buffer.concat([decipher.update(sealed.subarray(1 + length, -tagBytes)), decipher.final()])
}

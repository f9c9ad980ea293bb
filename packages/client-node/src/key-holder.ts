/** The key of a certificate, for tokens that stand for it: `tokenFor` of `@waxwing/things`. XEP-0324 §3.1.3 */
import { constants, createPrivateKey, privateDecrypt, X509Certificate } from 'node:crypto'

/**
 * Who has the key of a certificate.
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
    open: sealed => privateDecrypt({ key: own, padding, oaepHash: 'sha1' }, sealed),
  }
}

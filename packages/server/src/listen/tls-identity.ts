/** The certificate this server shows, ready for TLS sockets; replaced as a whole when the files change. */
import { createHash, X509Certificate } from 'node:crypto'
import {
  createSecureContext,
  DEFAULT_CIPHERS,
  type SecureContext,
  type SecureContextOptions,
  type SecureVersion,
  type TLSSocketOptions,
} from 'node:tls'

/**
 * Node's list with AES-128 in front, which is what small devices have in hardware; its SHA-256 is faster than SHA-384
 * where processors calculate it themselves, and a handshake hashes a great deal.
 */
const preferred = 'TLS_AES_128_GCM_SHA256'
const ciphers = [preferred, ...DEFAULT_CIPHERS.split(':').filter(name => name !== preferred)].join(':')

export interface TlsIdentityOptions {
  readonly certificate: string
  readonly key: string
  readonly minVersion: SecureVersion
  /** PEM of the authorities whose client certificates are believed; absent: certificates are not asked for. */
  readonly clientAuthorities?: string | undefined
  /** Whether clients are asked for a certificate that only the account itself vouches for. */
  readonly asksForCertificate?: boolean | undefined
}

export class TlsIdentity {
  readonly endPointDigest: Uint8Array | undefined
  /** For listeners that make contexts themselves. */
  readonly material: SecureContextOptions
  readonly #context: SecureContext
  /** Whether anybody is there whose word on client certificates counts. */
  readonly hasAuthorities: boolean
  /** Whether clients are asked for a certificate at all. */
  readonly asksForCertificate: boolean

  constructor(options: TlsIdentityOptions) {
    const { certificate, key, minVersion, clientAuthorities } = options
    this.material = {
      cert: certificate,
      key,
      minVersion,
      ciphers,
      honorCipherOrder: true,
      ...(clientAuthorities === undefined ? {} : { ca: clientAuthorities }),
    }
    this.#context = createSecureContext(this.material)
    this.hasAuthorities = clientAuthorities !== undefined
    this.asksForCertificate = this.hasAuthorities || options.asksForCertificate === true
    this.endPointDigest = endPointDigest(certificate)
  }

  serverOptions(): TLSSocketOptions {
    return {
      secureContext: this.#context,
      requestCert: this.asksForCertificate,
      rejectUnauthorized: false,
    }
  }
}

/**
 * tls-server-end-point: the certificate hashed as it was signed, at least with SHA-256; `undefined` where the
 * signature names no hash of its own (Ed25519, RSASSA-PSS). RFC 5929 §4.1.
 */
export function endPointDigest(pem: string): Uint8Array | undefined {
  const certificate = new X509Certificate(pem)
  const [, named] =
    /(?:sha|md)-?(1|5|224|256|384|512)(?!\d)/i.exec(certificate.signatureAlgorithm ?? '') ?? []
  if (named === undefined) return undefined
  const hash = named === '1' || named === '5' ? '256' : named
  return createHash(`sha${hash}`).update(certificate.raw).digest()
}

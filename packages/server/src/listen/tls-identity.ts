/** The certificate this server shows, ready for TLS sockets; replaced as a whole when the files change. */
import { createHash, X509Certificate } from 'node:crypto'
import {
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type SecureVersion,
  type TLSSocketOptions,
} from 'node:tls'

export interface TlsIdentityOptions {
  readonly certificate: string
  readonly key: string
  readonly minVersion: SecureVersion
  /** PEM of the authorities whose client certificates are believed; absent: certificates are not asked for. */
  readonly clientAuthorities?: string | undefined
}

export class TlsIdentity {
  readonly endPointDigest: Uint8Array
  /** For listeners that make contexts themselves. */
  readonly material: SecureContextOptions
  readonly #context: SecureContext
  readonly #asksForCertificate: boolean

  constructor(options: TlsIdentityOptions) {
    const { certificate, key, minVersion, clientAuthorities } = options
    this.material = {
      cert: certificate,
      key,
      minVersion,
      ...(clientAuthorities === undefined ? {} : { ca: clientAuthorities }),
    }
    this.#context = createSecureContext(this.material)
    this.#asksForCertificate = clientAuthorities !== undefined
    this.endPointDigest = endPointDigest(certificate)
  }

  serverOptions(): TLSSocketOptions {
    return {
      secureContext: this.#context,
      requestCert: this.#asksForCertificate,
      rejectUnauthorized: false,
    }
  }
}

/** tls-server-end-point: the certificate hashed as it was signed, at least with SHA-256. RFC 5929 §4.1. */
export function endPointDigest(pem: string): Uint8Array {
  const certificate = new X509Certificate(pem)
  const signature = certificate.signatureAlgorithm ?? ''
  const hash = /sha(384|512)/i.exec(signature)?.[1] ?? '256'
  return createHash(`sha${hash}`).update(certificate.raw).digest()
}

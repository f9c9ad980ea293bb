/** TLS as a client of one domain does it. */
import { isIP } from 'node:net'
import { type ConnectionOptions, createSecureContext, type SecureVersion, type TLSSocket } from 'node:tls'
import { domainToASCII } from 'node:url'
import { TlsError } from '@waxwing/client'
import { faultOf, type Trust } from './trust.ts'

export interface TlsOptions {
  /** Whom to trust instead of the public authorities. */
  readonly trust?: Trust | undefined
  /** PEM of a client certificate that stands for the account, with its chain (XEP-0178), and of its key. */
  readonly certificate?: { readonly chain: string; readonly key: string } | undefined
  /** Default `TLSv1.2`. */
  readonly minVersion?: SecureVersion | undefined
}

/** How to secure connections to a domain, and how to judge who is there. */
export interface TlsClient {
  readonly domain: string
  /** The name asked for; addresses have none. RFC 6066 §3. */
  readonly serverName: string | undefined
  readonly options: ConnectionOptions
  /** What is wrong with the peer of a handshake that is complete. */
  judge(socket: TLSSocket): TlsError | undefined
}

export function tlsClient(domain: string, { trust, certificate, minVersion }: TlsOptions): TlsClient {
  const serverName = isIP(domain) || domain.startsWith('[') ? undefined : domainToASCII(domain)
  return {
    domain,
    serverName,
    options: {
      ...(serverName === undefined ? {} : { servername: serverName }),
      secureContext: createSecureContext({
        ...(typeof trust === 'string' ? { ca: trust, allowPartialTrustChain: true } : {}),
        ...(certificate ? { cert: certificate.chain, key: certificate.key } : {}),
        minVersion: minVersion ?? 'TLSv1.2',
      }),
      // The handshake goes on, and then `judge` decides before a byte is said: only so can it tell why, and by which
      // fingerprint a certificate could be trusted.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    },
    judge: socket => faultOf(socket, domain, trust),
  }
}

/** A handshake that broke. */
export function tlsFaultOf(error: Error, domain: string): TlsError {
  if (error instanceof TlsError) return error
  return new TlsError('tls-failed', `The connection to ${domain} could not be secured: ${error.message}`, {
    cause: error,
    retryable: true,
  })
}

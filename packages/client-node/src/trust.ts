/** Whether a server is who it says, and what to say when it is not: RFC 6120 §13.7.2, RFC 9525. */
import { isIP } from 'node:net'
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls'
import { TlsError } from '@waxwing/client'
import { addressOf } from './targets.ts'

/** Whom to trust instead of the public authorities. */
export type Trust =
  /** PEM of authorities, or of the server's own certificate. */
  | string
  /** SHA-256 of the server's certificate: 'sha256:' and hexadecimal digits. Nothing else is looked at then. */
  | { readonly fingerprint: string }

/**
 * Judges the peer of a handshake that is complete; nothing may be said to it before.
 *
 * @returns what is wrong, or `undefined` when the server has shown to be the domain's
 */
export function faultOf(socket: TLSSocket, domain: string, trust: Trust | undefined): TlsError | undefined {
  const certificate: Partial<PeerCertificate> = socket.getPeerCertificate()
  const { fingerprint256 } = certificate
  if (fingerprint256 === undefined)
    return new TlsError('tls-no-certificate', `The server of ${domain} shows no certificate`)
  if (typeof trust === 'object') return fingerprintFault(fingerprint256, trust.fingerprint, domain)
  if (!socket.authorized) return chainFault(codeOf(socket.authorizationError), certificate, domain)
  return nameFault(certificate, domain)
}

function codeOf(error: unknown): string {
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.message
  return String(error)
}

/** 'sha256:AB:CD…', 'abcd…' → 'ABCD…' */
function digitsOf(fingerprint: string): string {
  return fingerprint
    .replace(/^sha-?256:/i, '')
    .replaceAll(':', '')
    .toUpperCase()
}

function fingerprintFault(shown: string, trusted: string, domain: string): TlsError | undefined {
  if (digitsOf(shown) === digitsOf(trusted)) return undefined
  return new TlsError(
    'tls-untrusted',
    `The server of ${domain} shows another certificate than the one trusted: its fingerprint is ${written(shown)}. If it was renewed, trust the new one`,
  )
}

function written(fingerprint: string): string {
  return `sha256:${digitsOf(fingerprint)}`
}

function chainFault(code: string, certificate: Partial<PeerCertificate>, domain: string): TlsError {
  const { valid_from, valid_to, fingerprint256 = '' } = certificate
  const whose = `The certificate of ${domain}`
  const howTo = `If it is the right one, trust it: { tls: { trust: 'path/to/certificate.pem' } } or { tls: { trust: { fingerprint: '${written(fingerprint256)}' } } }`
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return new TlsError(
        'tls-expired',
        `${whose} expired on ${valid_to}: it has to be renewed at the server`,
      )
    case 'CERT_NOT_YET_VALID':
      return new TlsError('tls-not-yet-valid', `${whose} is valid from ${valid_from} only: check the clocks`)
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return new TlsError(
        'tls-self-signed',
        `${whose} is self-signed: nobody known here vouches for it. ${howTo}`,
      )
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return new TlsError(
        'tls-untrusted',
        `${whose} comes from an authority not known here (${code}). ${howTo}`,
      )
    default:
      return new TlsError('tls-untrusted', `${whose} cannot be trusted: ${code}`)
  }
}

/**
 * The names of the certificate against the domain of the account, never against the host DNS has named. RFC 9525:
 * names count only as subject alternative names.
 */
function nameFault(certificate: Partial<PeerCertificate>, domain: string): TlsError | undefined {
  const { subjectaltname } = certificate
  const name = addressOf(domain)
  if (subjectaltname !== undefined) {
    if (hasServiceName(subjectaltname, name)) return undefined
    // the common name, which is no name any more, is left out
    const { subject: _subject, ...rest } = certificate
    if (!checkServerIdentity(name, { ...rest, subject: {} } as PeerCertificate)) return undefined
  }
  const kind = isIP(name) ? 'the address' : 'the domain'
  return new TlsError(
    'tls-wrong-host',
    `The certificate is not for ${kind} ${domain} but for ${subjectaltname ?? 'no name at all'}`,
  )
}

/** SRV-ID: RFC 4985. Quoted entries hold characters that could deceive. */
function hasServiceName(subjectAltName: string, domain: string): boolean {
  if (subjectAltName.includes('"')) return false
  const wanted = `othername:srvname:_xmpp-client.${domain.toLowerCase()}`
  return subjectAltName.split(', ').some(entry => entry.toLowerCase() === wanted)
}

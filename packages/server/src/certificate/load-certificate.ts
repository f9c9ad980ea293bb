/** Certificates from files: read, matched with their keys, and judged. */

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { CertificateError } from './certificate-error.ts'
import { addressOf, dnsNameOf } from './subject-alt-name.ts'

/** Two PEM files. */
export interface CertificatePaths {
  /** The certificate, then the chain. */
  readonly certificate: string
  readonly key: string
}

/** A certificate that belongs to its key. */
export interface LoadedCertificate {
  readonly paths: CertificatePaths
  /** PEM, with the chain. */
  readonly certificate: string
  /** PEM. */
  readonly key: string
  readonly begins: Date
  readonly expires: Date
  /** SHA-256 in hexadecimal pairs joined by colons. */
  readonly fingerprint: string
}

/**
 * Reads a certificate and its key.
 *
 * @throws CertificateError 'missing', 'unreadable' or 'mismatch', naming the file
 */
export async function loadCertificate(paths: CertificatePaths): Promise<LoadedCertificate> {
  const certificate = await readText(paths.certificate, 'certificate')
  const key = await readText(paths.key, 'key')
  const parsed = parseCertificate(certificate, paths.certificate)
  if (!parsed.checkPrivateKey(parseKey(key, paths.key))) {
    throw new CertificateError(
      'mismatch',
      `The key ${paths.key} does not belong to the certificate ${paths.certificate}`,
    )
  }
  return {
    paths,
    certificate,
    key,
    begins: new Date(parsed.validFrom),
    expires: new Date(parsed.validTo),
    fingerprint: parsed.fingerprint256,
  }
}

/**
 * Says what clients will not believe, or the operator should know, of a certificate that can be used.
 *
 * @param now ms since 1970
 */
export async function concernsAbout(
  { paths, certificate, begins, expires }: LoadedCertificate,
  domains: readonly string[],
  now: number,
): Promise<readonly CertificateError[]> {
  const concerns: CertificateError[] = []
  const add = (condition: CertificateError['condition'], message: string) =>
    concerns.push(new CertificateError(condition, message))
  const named = `The certificate ${paths.certificate}`
  if (now > expires.getTime()) add('expired', `${named} expired at ${expires.toISOString()}`)
  if (now < begins.getTime()) add('expired', `${named} is valid from ${begins.toISOString()} only`)
  const parsed = new X509Certificate(certificate)
  const missing = domains.filter(domain => !isCovered(parsed, domain))
  if (missing.length > 0) {
    const names = parsed.subjectAltName ?? 'no names'
    add('not-covered', `${named} is not for ${missing.join(', ')}; it has ${names}`)
  }
  if (await isExposed(paths.key))
    add('exposed', `The key ${paths.key} can be read by every user of this machine`)
  return concerns
}

/** Tells whether a certificate names a domain in its subjectAltName. RFC 9525 §6. */
export function isCovered(certificate: X509Certificate, domain: string): boolean {
  const address = addressOf(domain)
  if (address !== undefined) return certificate.checkIP(address) !== undefined
  const name = dnsNameOf(domain)
  return name !== '' && certificate.checkHost(name, { subject: 'never' }) !== undefined
}

async function isExposed(key: string): Promise<boolean> {
  if (process.platform === 'win32') return false
  return ((await stat(key)).mode & 0o004) !== 0
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const reason =
      code === 'ENOENT' ? 'it is not there' : code === 'EACCES' ? 'no right to read it' : String(code)
    throw new CertificateError('missing', `The ${what} ${path} cannot be read: ${reason}`, { cause: error })
  }
}

function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw new CertificateError('unreadable', `${path} does not begin with a certificate in PEM`, {
      cause: error,
    })
  }
}

function parseKey(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (error) {
    const isLocked = pem.includes('ENCRYPTED')
    const reason = isLocked ? 'is protected by a passphrase: remove it' : 'does not hold a private key in PEM'
    throw new CertificateError('unreadable', `${path} ${reason}`, { cause: error })
  }
}

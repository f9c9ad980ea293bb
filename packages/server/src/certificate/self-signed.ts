/** A certificate of the server's own, so that TLS works before anybody has set one up. */

import { randomBytes, X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CertificateError } from './certificate-error.ts'
import { type CertificatePaths, isCovered, loadCertificate } from './load-certificate.ts'
import { subjectAltName, subjectAltNameId } from './subject-alt-name.ts'

/** Where the certificate is, and how people recognise it. */
export interface SelfSigned extends CertificatePaths {
  /** SHA-256 in hexadecimal pairs joined by colons. */
  readonly fingerprint: string
  /** Whether it was made just now. */
  readonly isNew: boolean
}

const dayMs = 86_400_000
const lifeMs = 3650 * dayMs
const renewedBeforeMs = 30 * dayMs
const hourMs = 3_600_000

/**
 * Makes a self-signed certificate (ECDSA P-256, ten years) for the domains unless the folder has a good one:
 * with its key, naming exactly these domains, and not within 30 days of its end. Files get mode 0600.
 *
 * @param now ms since 1970
 * @throws CertificateError 'unwritable'
 */
export async function ensureSelfSigned(
  folder: string,
  domains: readonly string[],
  now: number,
): Promise<SelfSigned> {
  const paths = { certificate: join(folder, 'self-signed.crt'), key: join(folder, 'self-signed.key') }
  const found = await fingerprintOfGood(paths, domains, now)
  if (found !== undefined) return { ...paths, fingerprint: found, isNew: false }
  const made = await generate(domains, now)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await replaceFile(paths.key, made.key)
    await replaceFile(paths.certificate, made.certificate)
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new CertificateError('unwritable', `A certificate cannot be written to ${folder}: ${said}`, {
      cause: error,
    })
  }
  return { ...paths, fingerprint: new X509Certificate(made.certificate).fingerprint256, isNew: true }
}

async function fingerprintOfGood(
  paths: CertificatePaths,
  domains: readonly string[],
  now: number,
): Promise<string | undefined> {
  try {
    const loaded = await loadCertificate(paths)
    const certificate = new X509Certificate(await readFile(paths.certificate))
    const names = certificate.subjectAltName?.split(', ').filter(name => name.startsWith('othername:')) ?? []
    const isFor = names.length === domains.length && domains.every(domain => isCovered(certificate, domain))
    return isFor && loaded.expires.getTime() - now > renewedBeforeMs ? loaded.fingerprint : undefined
  } catch {
    return undefined // nothing there, or nothing of use: a new one takes its place
  }
}

/** Writes beside the file and moves it there, so that nobody ever reads half of it. */
async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 })
  await rename(`${path}.new`, path)
}

async function generate(
  domains: readonly string[],
  now: number,
): Promise<{ certificate: string; key: string }> {
  // Loaded here, as most starts need none of it.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const usages = x509.KeyUsageFlags.digitalSignature
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name: 'CN=Waxwing self-signed',
      notBefore: new Date(now - hourMs), // clocks of devices are rarely exact
      notAfter: new Date(now + lifeMs),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(usages, true),
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.serverAuth,
          x509.ExtendedKeyUsage.clientAuth,
        ]),
        new x509.Extension(subjectAltNameId, false, subjectAltName(domains).slice()),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    crypto,
  )
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const lines = key.match(/.{1,64}/g) ?? []
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n'),
  }
}

/** 127 random bits, positive. RFC 5280 §4.1.2.2. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

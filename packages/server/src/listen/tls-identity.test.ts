import 'reflect-metadata'
import assert from 'node:assert/strict'
import { createHash, webcrypto, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { X509CertificateGenerator } from '@peculiar/x509'
import { endPointDigest } from './tls-identity.ts'

async function certificate(
  algorithm: { readonly name: string; readonly namedCurve?: string },
  signing: { readonly name: string; readonly hash?: string },
): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair
  const made = await X509CertificateGenerator.createSelfSigned({
    keys,
    name: 'CN=example.org',
    signingAlgorithm: signing,
  })
  return made.toString('pem')
}

const p256 = { name: 'ECDSA', namedCurve: 'P-256' }

for (const [hash, expected] of [
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
  ['SHA-1', 'sha256'],
] as const) {
  test(`a certificate signed with ${hash} is hashed with ${expected} (RFC 5929 §4.1)`, async () => {
    const pem = await certificate(p256, { name: 'ECDSA', hash })
    const wanted = createHash(expected).update(new X509Certificate(pem).raw).digest()
    assert.deepEqual(endPointDigest(pem), wanted)
  })
}

test('a signature without a hash of its own gives no binding (RFC 5929 §4.1)', async () => {
  assert.equal(endPointDigest(await certificate({ name: 'Ed25519' }, { name: 'Ed25519' })), undefined)
})

/** Certificates with their keys, and how one gets a token for them. */
import 'reflect-metadata'
import assert from 'node:assert/strict'
import { constants, createPrivateKey, privateDecrypt, type webcrypto, X509Certificate } from 'node:crypto'
import { X509CertificateGenerator } from '@peculiar/x509'
import type { Peer } from '@waxwing/testkit'
import { type Element, textOf } from '@waxwing/xml'
import { ns, server } from '../house-kit.test.ts'

export interface Holder {
  /** DER. */
  readonly certificate: Uint8Array
  open(sealed: Uint8Array): Uint8Array
}

/** Who has a certificate, and its key. */
export let holder: Holder
/** Certificates with their keys in PEM, by the kind of the key. */
export const pairs = new Map<string, { readonly certificate: string; readonly key: string }>()
/** Certificates that will not do, by what is wrong with them. */
export const unfit = new Map<string, Uint8Array>()

async function certified(
  keys: webcrypto.CryptoKeyPair,
  notBefore: string,
  notAfter: string,
): Promise<Uint8Array> {
  const made = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: '01',
      name: 'CN=Device',
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
      signingAlgorithm: { ...keys.privateKey.algorithm, hash: 'SHA-256' },
      keys,
    },
    crypto,
  )
  return new Uint8Array(made.rawData)
}

/** Makes the keys; call it before tests. */
export async function makeKeys(): Promise<void> {
  const uses = ['sign', 'verify'] as const
  const rsaKeys = (modulusLength: number): Promise<webcrypto.CryptoKeyPair> =>
    crypto.subtle.generateKey({ ...rsa, modulusLength }, true, uses)
  const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]) }
  const keys = await rsaKeys(2048)
  const key = {
    key: Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)),
    format: 'der',
    type: 'pkcs8',
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: 'sha1',
  } as const
  holder = {
    certificate: await certified(keys, '2010-01-01', '2011-03-01T13:00:00Z'),
    open: sealed => new Uint8Array(privateDecrypt(key, sealed)),
  }
  unfit.set('over', await certified(keys, '2009-01-01', '2011-01-01'))
  unfit.set('not begun', await certified(keys, '2011-06-01', '2012-01-01'))
  const short = await rsaKeys(1024)
  unfit.set('of a short key', await certified(short, '2010-01-01', '2012-01-01'))
  const edwards = await crypto.subtle.generateKey('Ed25519', true, [...uses])
  assert.ok('privateKey' in edwards)
  unfit.set('of a key for signatures alone', await certified(edwards, '2010-01-01', '2012-01-01'))
  const elliptic = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, uses)
  pairs.set('RSA', await inPem(holder.certificate, keys))
  pairs.set('P-256', await inPem(await certified(elliptic, '2010-01-01', '2012-01-01'), elliptic))
}

async function inPem(
  certificate: Uint8Array,
  { privateKey }: webcrypto.CryptoKeyPair,
): Promise<{ readonly certificate: string; readonly key: string }> {
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', privateKey))
  const pem = createPrivateKey({ key, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' })
  return { certificate: new X509Certificate(certificate).toString(), key: String(pem) }
}

export const inBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
export const fromBase64 = (found: Element): Uint8Array => new Uint8Array(Buffer.from(textOf(found), 'base64'))

export async function answered(peer: Peer, payload: string): Promise<Element> {
  await peer.sends(`<iq type='get' id='t' to='${server}'>${payload}</iq>`)
  return (await peer.receivesResult('t')) ?? assert.fail('the answer is empty')
}

export async function refused(
  peer: Peer,
  payload: string,
  condition: string,
  type = 'cancel',
): Promise<void> {
  await peer.sends(`<iq type='get' id='t' to='${server}'>${payload}</iq>`)
  await peer.receivesError('iq', 't', type, condition)
}

export const asksFor = (certificate: Uint8Array, tokenNs = ns): string =>
  `<getToken xmlns='${tokenNs}'>${inBase64(certificate)}</getToken>`
export const solves = (number: string, solution: Uint8Array, tokenNs = ns): string =>
  `<getTokenChallengeResponse xmlns='${tokenNs}' seqnr='${number}'>${inBase64(solution)}</getTokenChallengeResponse>`

export async function puzzled(
  peer: Peer,
): Promise<{ readonly number: string; readonly solution: Uint8Array }> {
  const puzzle = await answered(peer, asksFor(holder.certificate))
  return { number: puzzle.attrs.get('seqnr') ?? '', solution: holder.open(fromBase64(puzzle)) }
}

export async function tokenOf(peer: Peer): Promise<string> {
  const { number, solution } = await puzzled(peer)
  const given = await answered(peer, solves(number, solution))
  assert.equal(given.name, 'getTokenResponse')
  return given.attrs.get('token') ?? ''
}

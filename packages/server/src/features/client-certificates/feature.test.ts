import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Certificates } from '@waxwing/protocol'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { childOf, childrenOf, readWire, textOf } from '@waxwing/xml'
import { ensureSelfSigned } from '../../certificate/self-signed.ts'
import { authenticate, bind, failureOf, identifierIn, NS, opened, romeo } from '../sasl2/login-kit.test.ts'

const ns = 'urn:xmpp:saslcert:1'

/** A certificate of ten years from that one on, DER. */
async function made(year = 2011): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'waxwing-certificate-'))
  const { certificate } = await ensureSelfSigned(folder, ['client.example'], Date.UTC(year, 0, 2))
  const { raw } = new X509Certificate(await readFile(certificate))
  await rm(folder, { recursive: true })
  return raw
}

const append = (name: string, certificate: Uint8Array, more = ''): string =>
  `<iq type='set' id='a'><append xmlns='${ns}'><name>${name}</name>${more}<x509cert>\n${Buffer.from(certificate).toString('base64')}\n</x509cert></append></iq>`
const remove = (how: 'disable' | 'revoke', name: string): string =>
  `<iq type='set' id='d'><${how} xmlns='${ns}'><name>${name}</name></${how}></iq>`

async function phone(host: Scene): Promise<Peer> {
  return host.online(`${romeo}/phone`, '<presence/>', { password: 'secret' })
}

/** Tries to log in by certificate. */
async function bot(
  host: Scene,
  certificate: Uint8Array,
  authzid = '',
): Promise<{ peer: Peer; answer: string }> {
  const { peer } = await opened(host, { certificate })
  await peer.sends(authenticate('EXTERNAL', Buffer.from(authzid).toString('base64'), bind))
  const answer = await peer.takes()
  if (answer.name === 'success') await peer.forgets()
  return { peer, answer: answer.name === 'success' ? identifierIn(answer) : failureOf(answer) }
}

test('a certificate of the user’s own making lets a client in (XEP-0257 §2.1, §3)', async () => {
  await using host = await scene()
  const certificate = await made()
  const owner = await phone(host)
  assert.equal((await bot(host, certificate)).answer, 'failure invalid-mechanism')
  await owner.sends(append('Simple Bot', certificate))
  await owner.receivesResult('a')
  const { features } = await opened(host, { certificate })
  const offer = childOf(features, NS, 'authentication')
  assert.equal(offer && childrenOf(offer, NS, 'mechanism').map(textOf)[0], 'EXTERNAL')
  assert.match((await bot(host, certificate)).answer, /^romeo@montague\.example\//)
  assert.match((await bot(host, certificate, romeo)).answer, /^romeo@/)
  assert.equal((await bot(host, await made())).answer, 'failure invalid-mechanism')
})

test('one certificate of two accounts needs to be told whose it is meant to be (XEP-0178 §2)', async () => {
  await using host = await scene()
  const certificate = await made()
  for (const jid of [`${romeo}/phone`, 'juliet@montague.example/phone']) {
    const owner = await host.online(jid, '<presence/>', { password: 'secret' })
    await owner.sends(append('Bot', certificate))
    await owner.receivesResult('a')
  }
  assert.equal((await bot(host, certificate)).answer, 'failure invalid-authzid')
  assert.match((await bot(host, certificate, 'juliet@montague.example')).answer, /^juliet@/)
  assert.equal((await bot(host, certificate, 'nurse@montague.example')).answer, 'failure invalid-authzid')
})

test('the list tells names, certificates and who is in by them (XEP-0257 §2.2)', async () => {
  await using host = await scene()
  const certificate = await made()
  const owner = await phone(host)
  await owner.sends(append('Bot', certificate))
  await owner.receivesResult('a')
  const { answer: jid } = await bot(host, certificate)
  await owner.forgets()
  await owner.sends(`<iq type='get' id='l'><items xmlns='${ns}'/></iq>`)
  const found = await owner.receivesResult('l')
  const [item, ...others] = found ? readWire(Certificates, found).items : []
  assert.equal(others.length, 0)
  assert.equal(item?.name, 'Bot')
  assert.deepEqual(Buffer.from(item?.certificate ?? []), Buffer.from(certificate))
  assert.deepEqual(item?.users?.resources, [jid.slice(jid.indexOf('/') + 1)])
})

for (const how of ['disable', 'revoke'] as const)
  test(`after ${how} the certificate lets nobody in${how === 'revoke' ? ', and who is in goes' : ''} (XEP-0257 §2.3, §2.4)`, async () => {
    await using host = await scene()
    const certificate = await made()
    const owner = await phone(host)
    await owner.sends(append('Bot', certificate))
    await owner.receivesResult('a')
    const { peer } = await bot(host, certificate)
    await owner.forgets()
    await owner.sends(remove(how, 'Bot'))
    await owner.receivesResult('d')
    await host.advance(1)
    if (how === 'revoke') await peer.receivesStreamError('not-authorized')
    else await peer.receivesNothing()
    assert.equal((await bot(host, certificate)).answer, 'failure invalid-mechanism')
    await owner.forgets()
    await owner.sends(remove(how, 'Bot'))
    await owner.receivesError('iq', 'd', 'cancel', 'item-not-found')
  })

test('what cannot be added is refused (XEP-0257 §2.1)', async () => {
  await using host = await scene({ settings: { 'client-certificates': { perAccount: 2 } } })
  const owner = await phone(host)
  const [one, two, three] = [await made(), await made(), await made()]
  await owner.sends(append('One', one))
  await owner.receivesResult('a')
  for (const [stanza, type, condition] of [
    [append('One', two), 'cancel', 'conflict'],
    [append('Other', one), 'cancel', 'conflict'],
    [append('', two), 'modify', 'not-acceptable'],
    [append('x'.repeat(101), two), 'modify', 'not-acceptable'],
    [append('Odd', Buffer.from('odd')), 'modify', 'bad-request'],
    [append('Large', Buffer.alloc(9_000)), 'modify', 'not-acceptable'],
  ] as const) {
    await owner.sends(stanza)
    await owner.receivesError('iq', 'a', type, condition)
  }
  await owner.sends(append('Two', two))
  await owner.receivesResult('a')
  await owner.sends(append('Three', three))
  await owner.receivesError('iq', 'a', 'wait', 'resource-constraint')
})

test('a client that may not change the list does not; nor does it choose a password (XEP-0257 §2.1, §6.2)', async () => {
  await using host = await scene()
  const certificate = await made()
  const owner = await phone(host)
  await owner.sends(append('Bot', certificate, '<no-cert-management/>'))
  await owner.receivesResult('a')
  const { peer } = await bot(host, certificate)
  await peer.sends(append('Other', await made()))
  await peer.receivesError('iq', 'a', 'cancel', 'not-allowed')
  await peer.sends(remove('disable', 'Bot'))
  await peer.receivesError('iq', 'd', 'cancel', 'not-allowed')
  await peer.sends(
    "<iq type='set' id='p' to='montague.example'><query xmlns='jabber:iq:register'><username>romeo</username><password>x</password></query></iq>",
  )
  await peer.receivesError('iq', 'p', 'auth', 'not-authorized')
})

test('a certificate that has ended lets nobody in (XEP-0257 §3)', async () => {
  await using host = await scene()
  const old = await made(1995)
  const owner = await phone(host)
  await owner.sends(append('Old', old))
  await owner.receivesError('iq', 'a', 'modify', 'not-acceptable')
})

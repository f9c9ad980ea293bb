/** A client that logs in with a certificate instead of a password (XEP-0178, RFC 6120 §13.7.1.4). */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Client } from '@waxwing/client'
import { connect } from '@waxwing/client-node'
import { AppendCertificate, RevokeCertificate } from '@waxwing/protocol'
import { missing } from './peers.ts'
import { domain, password, startTestServer, type TestServer } from './server.ts'

const skip = missing('openssl')

function openssl(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('openssl', args)
  assert.equal(status, 0, stderr.toString())
}

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** An authority, and a certificate of its own for each name: id-on-xmppAddr is 1.3.6.1.5.5.7.8.5. */
async function makeCertificates(folder: string, jids: readonly string[]): Promise<string> {
  const authority = join(folder, 'authority')
  openssl(
    'req',
    '-x509',
    ...curve,
    '-days',
    '2',
    '-subj',
    '/CN=Authority',
    '-keyout',
    `${authority}.key`,
    '-out',
    `${authority}.crt`,
  )
  for (const [index, jid] of jids.entries()) {
    const own = join(folder, `client${index}`)
    openssl('req', ...curve, '-subj', '/CN=Client', '-keyout', `${own}.key`, '-out', `${own}.csr`)
    await writeFile(
      `${own}.ext`,
      `subjectAltName=otherName:1.3.6.1.5.5.7.8.5;UTF8:${jid}\nextendedKeyUsage=clientAuth\n`,
    )
    openssl(
      'x509',
      '-req',
      '-in',
      `${own}.csr`,
      '-CA',
      `${authority}.crt`,
      '-CAkey',
      `${authority}.key`,
      '-days',
      '2',
      '-extfile',
      `${own}.ext`,
      '-out',
      `${own}.crt`,
    )
  }
  return `${authority}.crt`
}

async function logIn(server: TestServer, jid: string, folder: string, index: number): Promise<Client> {
  const own = join(folder, `client${index}`)
  const certificate = {
    chain: await readFile(`${own}.crt`, 'utf8'),
    key: await readFile(`${own}.key`, 'utf8'),
  }
  return connect({
    jid,
    host: '127.0.0.1',
    port: server.port,
    reconnect: false,
    tls: { trust: server.certificate, certificate },
  })
}

test('a certificate logs its account in, and nobody else', { skip }, async t => {
  const folder = await scratch(t)
  const authority = await makeCertificates(folder, [`romeo@${domain}`, 'romeo@elsewhere.example'])
  const server = await startTestServer(t, `[tls]\nclient_authorities = ${JSON.stringify(authority)}\n`)
  await server.addAccounts('romeo', 'juliet')

  await t.test('the account the certificate names (XEP-0178 §2)', async () => {
    const client = await logIn(server, `romeo@${domain}`, folder, 0)
    assert.equal(client.mechanism, 'EXTERNAL')
    assert.match(client.jid, /^romeo@localhost\//)
    await client.close()
  })
  await t.test('not another account of the domain (RFC 6120 §6.5.6)', async () => {
    await assert.rejects(logIn(server, `juliet@${domain}`, folder, 0), { name: 'AuthError' })
  })
  await t.test('not with a certificate for another domain', async () => {
    await assert.rejects(logIn(server, `romeo@${domain}`, folder, 1), { name: 'AuthError' })
  })
  await t.test('not with a certificate of an authority the server does not believe', async t => {
    const other = await scratch(t)
    await makeCertificates(other, [`romeo@${domain}`])
    // EXTERNAL is not even offered, and the client has nothing else.
    await assert.rejects(logIn(server, `romeo@${domain}`, other, 0), { name: 'PolicyError' })
  })
})

test('a certificate of its own making logs a device in once its user has added it (XEP-0257)', {
  skip,
}, async t => {
  const folder = await scratch(t)
  const own = join(folder, 'client0')
  openssl(
    'req',
    '-x509',
    ...curve,
    '-days',
    '2',
    '-subj',
    '/CN=Device',
    '-keyout',
    `${own}.key`,
    '-out',
    `${own}.crt`,
  )
  const server = await startTestServer(t, '[tls]\nclient_certificates = true\n')
  await server.addAccounts('romeo')
  // nothing on offer suits a client that has only its certificate
  await assert.rejects(logIn(server, `romeo@${domain}`, folder, 0), { name: 'PolicyError' })

  const owner = await connect({
    jid: `romeo@${domain}`,
    password,
    host: '127.0.0.1',
    port: server.port,
    reconnect: false,
    tls: { trust: server.certificate },
  })
  const certificate = new X509Certificate(await readFile(`${own}.crt`)).raw
  await owner.iq.set(AppendCertificate, undefined, { name: 'Device', certificate })
  const device = await logIn(server, `romeo@${domain}`, folder, 0)
  assert.equal(device.mechanism, 'EXTERNAL')

  await owner.iq.set(RevokeCertificate, undefined, { name: 'Device' })
  await assert.rejects(logIn(server, `romeo@${domain}`, folder, 0), { name: 'PolicyError' })
  await device.close()
  await owner.close()
})

async function scratch(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'waxwing-external-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

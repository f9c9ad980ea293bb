/** What our listeners say to OpenSSL's own client, and before TLS. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { missing } from './peers.ts'
import { Program } from './program.ts'
import { domain, startTestServer } from './server.ts'

const header = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}' version='1.0'>`

async function openssl(file: string, args: readonly string[]): Promise<string> {
  const checks = ['-CAfile', file, '-verify_return_error', '-verify_hostname', domain]
  await using client = new Program('openssl', ['s_client', ...args, ...checks], { input: '' })
  const code = await client.exit()
  if (code !== 0) throw client.fault(`ended with ${code}`)
  return client.said
}

test('OpenSSL reaches our listeners', { skip: missing('openssl') }, async t => {
  const server = await startTestServer(t, '[features.registration]\nopen = true')
  const directTls = ['-connect', `127.0.0.1:${server.directTlsPort}`, '-servername', domain]
  const starttls = ['-connect', `127.0.0.1:${server.port}`, '-starttls', 'xmpp', '-xmpphost', domain]

  await t.test('STARTTLS and the certificate are accepted (RFC 6120 §5.4)', async () => {
    const said = await openssl(server.certificateFile, starttls)
    assert.match(said, /Verification: OK/)
    assert.match(said, /TLSv1\.3/)
  })

  await t.test('TLS 1.2 works, with forward secrecy (RFC 7590 §3.2)', async () => {
    const said = await openssl(server.certificateFile, [...starttls, '-tls1_2'])
    assert.match(said, /Cipher is ECDHE-/)
  })

  await t.test('TLS 1.1 is refused (RFC 8996)', async () => {
    const old = openssl(server.certificateFile, [...starttls, '-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'])
    await assert.rejects(old, /alert|no protocols/)
  })

  await t.test('direct TLS agrees on xmpp-client (XEP-0368 §2)', async () => {
    const said = await openssl(server.certificateFile, [...directTls, '-alpn', 'xmpp-client'])
    assert.match(said, /ALPN protocol: xmpp-client/)
    assert.match(said, /Verification: OK/)
  })

  await t.test('direct TLS works without ALPN', async () => {
    assert.match(await openssl(server.certificateFile, directTls), /No ALPN negotiated/)
  })

  await t.test('another protocol on the direct TLS port is refused (RFC 7301 §3.2)', async () => {
    const wrong = openssl(server.certificateFile, [...directTls, '-alpn', 'h2'])
    await assert.rejects(wrong, /no application protocol/)
  })

  await t.test(
    'before TLS nothing but STARTTLS is offered and no account can be made (XEP-0077 §8)',
    async () => {
      const socket = connect(server.port, '127.0.0.1')
      const query = "<query xmlns='jabber:iq:register'><username>eve</username><password>x</password></query>"
      socket.write(`${header}<iq type='set' id='r1'>${query}</iq>`)
      const answer = await text(socket)
      assert.match(answer, /<starttls .*<required\/>/)
      assert.doesNotMatch(answer, /mechanism|iq-register|type='result'/)
      assert.match(answer, /<not-authorized/)
    },
  )
})

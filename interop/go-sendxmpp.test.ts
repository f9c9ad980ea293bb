/** go-sendxmpp (Debian), with its own XMPP library in Go, as a sender on our server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { xml } from '@xmpp/client'
import { missing } from './peers.ts'
import { Program } from './program.ts'
import { domain, password, startTestServer, type TestServer } from './server.ts'
import { XmppJs } from './xmpp-js.ts'

/** Sends one message as the nurse; the certificate is checked. */
async function send(server: TestServer, to: string, text: string, more: readonly string[]): Promise<void> {
  await using sender = new Program(
    'go-sendxmpp',
    ['--username', `nurse@${domain}`, '--password', password, ...more, to],
    { input: text, env: { SSL_CERT_FILE: server.certificateFile, HOME: server.folder } },
  )
  const code = await sender.exit()
  assert.equal(code, 0, sender.fault(`ended with ${code}`))
}

test('go-sendxmpp sends through our server', { skip: missing('go-sendxmpp') }, async t => {
  const server = await startTestServer(t)
  await server.addAccounts('nurse', 'juliet')
  const starttls = ['--jserver', `127.0.0.1:${server.port}`]
  const directTls = ['--tls', '--jserver', `localhost:${server.directTlsPort}`]

  await t.test('to a receiver who is away: the message waits', async () => {
    await send(server, `juliet@${domain}`, 'Where is my page?', starttls)
    await using juliet = await XmppJs.login(server, 'juliet')
    await juliet.client.send(xml('presence'))
    const message = await juliet.next(stanza => stanza.is('message'))
    assert.equal(message.getChildText('body')?.trim(), 'Where is my page?')
    assert.ok(message.getChild('delay', 'urn:xmpp:delay')?.attrs['stamp'])
  })

  for (const [way, options] of [
    ['STARTTLS', starttls],
    ['direct TLS', directTls],
  ] as const) {
    await t.test(`to a receiver who is online, over ${way}`, async () => {
      await using juliet = await XmppJs.login(server, 'juliet')
      await juliet.client.send(xml('presence'))
      await juliet.next(stanza => stanza.is('presence'))
      await send(server, `juliet@${domain}`, `Hie you, make haste & <go> over ${way}`, options)
      assert.equal((await juliet.nextBody())?.trim(), `Hie you, make haste & <go> over ${way}`)
    })
  }

  await t.test('with a wrong password it is refused', async () => {
    await using sender = new Program(
      'go-sendxmpp',
      ['--username', `nurse@${domain}`, '--password', 'wrong', ...starttls, `juliet@${domain}`],
      { input: 'x', env: { SSL_CERT_FILE: server.certificateFile, HOME: server.folder } },
    )
    assert.notEqual(await sender.exit(), 0)
  })
})

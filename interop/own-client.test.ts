/** Our client on three servers: ours, Prosody and ejabberd (Debian). */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { AuthError, type Client, type ConnectOptions, connect, TlsError } from '@waxwing/client-node'
import { type AnyServer, type StartServer, startEjabberd, startProsody } from './foreign-server.ts'
import { missing, type Peer } from './peers.ts'
import { domain, password, startTestServer } from './server.ts'

const startWaxwing: StartServer = async (t, accounts) => {
  const server = await startTestServer(t)
  await server.addAccounts(...accounts)
  return server
}

const servers: readonly (readonly [name: string, start: StartServer, needs: readonly Peer[]])[] = [
  ['Waxwing', startWaxwing, []],
  ['Prosody', startProsody, ['prosody', 'openssl']],
  ['ejabberd', startEjabberd, ['ejabberd', 'openssl']],
]

function login(server: AnyServer, name: string, more: Partial<ConnectOptions> = {}): Promise<Client> {
  return connect({
    jid: `${name}@${domain}`,
    password,
    host: '127.0.0.1',
    port: server.port,
    security: 'starttls',
    tls: { trust: server.certificateFile },
    reconnect: false,
    ...more,
  })
}

for (const [name, start, needs] of servers) {
  test(`our client lives on ${name}`, { skip: missing(...needs) }, async t => {
    const server = await start(t, ['romeo', 'juliet'])

    await t.test('does not trust a certificate nobody vouches for', async () => {
      await assert.rejects(login(server, 'romeo', { tls: {} }), TlsError)
    })

    await t.test('is refused with a wrong password, by nothing weaker than SCRAM', async () => {
      const refused = login(server, 'romeo', { password: 'wrong', leastMechanism: 'SCRAM-SHA-1' })
      await assert.rejects(refused, AuthError)
      await (await login(server, 'romeo')).close()
    })

    await t.test('logs in over direct TLS with the certificate itself as its trust', async () => {
      const trust = await readFile(server.certificateFile, 'utf8')
      await using client = await login(server, 'romeo', {
        port: server.directTlsPort,
        security: 'direct',
        tls: { trust },
      })
      assert.equal(client.state, 'online')
    })

    await using romeo = await login(server, 'romeo', { allowPlain: false })
    await using juliet = await login(server, 'juliet', { allowPlain: false })

    await t.test('pings the server and the other client', async () => {
      assert.ok((await romeo.ping()) >= 0)
      assert.ok((await romeo.ping(juliet.jid)) >= 0)
    })

    await t.test('asks for the version and the features of the server', async () => {
      assert.equal((await romeo.version(domain)).name, name)
      const { features = [] } = await romeo.disco.info(domain)
      assert.ok(features.includes('http://jabber.org/protocol/disco#info'), features.join(' '))
    })

    await t.test('adds to the roster and subscribes both ways', async () => {
      juliet.roster.onRequest(request => request.accept({ mutual: true }))
      romeo.roster.onRequest(request => request.accept())
      await romeo.roster.add(`juliet@${domain}`, { name: 'Juliet', groups: ['Capulets'] })
      assert.equal(await romeo.roster.request(`juliet@${domain}`), 'accepted')
      const contact = romeo.roster.get(`juliet@${domain}`)
      assert.equal(contact?.name, 'Juliet')
      assert.deepEqual(contact?.groups, ['Capulets'])
      assert.equal(contact?.isSeen, true)
    })

    await t.test('chats both ways', async () => {
      const text = 'O, that I were a glove & <that> hand \u{1f9e4}'
      romeo.chat.send(juliet.jid, text)
      for await (const message of juliet.chat.messages()) {
        assert.equal(message.body, text)
        assert.equal(message.from, romeo.jid)
        message.reply('Ay me!')
        break
      }
      for await (const message of romeo.chat.messages()) {
        assert.equal(message.body, 'Ay me!')
        break
      }
    })
  })
}

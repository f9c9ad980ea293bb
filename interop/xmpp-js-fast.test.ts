/** xmpp.js (@xmpp/client) on our server by the extensible profile: SASL2, Bind 2 and FAST. XEP-0388, XEP-0386, XEP-0484. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { type Client, type Token, xml } from '@xmpp/client'
import { domain, startTestServer } from './server.ts'
import { XmppJs } from './xmpp-js.ts'

test('xmpp.js logs in, binds and comes back by token', async t => {
  const server = await startTestServer(t)
  await server.addAccounts('romeo')
  const agent = xml('user-agent', { id: randomUUID() }, xml('software', {}, 'xmpp.js'))
  let token: Token | undefined
  let jid = ''

  /** The mechanisms a client logs in by. */
  function mechanismsOf(client: Client): string[] {
    const mechanisms: string[] = []
    client.on('send', ({ name, attrs }) => {
      if (name === 'authenticate') mechanisms.push(attrs['mechanism'] ?? '')
    })
    return mechanisms
  }

  await t.test('by password, and a resource is bound on the way', async () => {
    let used: string[] = []
    await using romeo = await XmppJs.login(server, 'romeo', {
      agent,
      prepare: client => void (used = mechanismsOf(client)),
    })
    jid = romeo.jid
    token = await romeo.client.fast.fetchToken()
    assert.deepEqual(used, ['SCRAM-SHA-1'])
    assert.match(jid, new RegExp(`^romeo@${domain}/xmppjs/`))
    assert.equal(token?.mechanism, 'HT-SHA-256-NONE')
  })

  await t.test('by token, with the same address', async () => {
    let used: string[] = []
    await using romeo = await XmppJs.login(server, 'romeo', {
      agent,
      secret: 'not needed any more',
      async prepare(client) {
        used = mechanismsOf(client)
        if (token) await client.fast.saveToken(token)
      },
    })
    assert.deepEqual(used, ['HT-SHA-256-NONE'])
    assert.equal(romeo.jid, jid)
    await romeo.client.iqCaller.get(xml('ping', { xmlns: 'urn:xmpp:ping' }), domain)
  })

  await t.test('by password again when the token is refused', async () => {
    let used: string[] = []
    await using romeo = await XmppJs.login(server, 'romeo', {
      agent,
      async prepare(client) {
        used = mechanismsOf(client)
        if (token) await client.fast.saveToken({ ...token, token: 'stale' })
      },
    })
    assert.deepEqual(used, ['HT-SHA-256-NONE', 'SCRAM-SHA-1'])
    assert.equal(romeo.jid, jid)
  })
})

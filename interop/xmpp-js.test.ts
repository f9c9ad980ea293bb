/** xmpp.js (@xmpp/client) as a client of our server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { xml } from '@xmpp/client'
import { domain, startTestServer } from './server.ts'
import { XmppJs } from './xmpp-js.ts'

const rosterNs = 'jabber:iq:roster'

test('xmpp.js lives on our server as a client', async t => {
  const server = await startTestServer(t)
  await server.addAccounts('romeo', 'juliet')

  await t.test('is refused with a wrong password', async () => {
    await assert.rejects(XmppJs.login(server, 'romeo', { secret: 'wrong' }), /not-authorized/)
  })

  await t.test('logs in over direct TLS', async () => {
    await using session = await XmppJs.login(server, 'romeo', { scheme: 'xmpps' })
    assert.ok(session.client.isSecure())
  })

  await using romeo = await XmppJs.login(server, 'romeo')
  await using juliet = await XmppJs.login(server, 'juliet')

  await t.test('logs in over STARTTLS', () => {
    assert.ok(romeo.client.isSecure())
  })

  await t.test('pings the server and hears its own answer to a ping', async () => {
    const ping = xml('ping', { xmlns: 'urn:xmpp:ping' })
    await romeo.client.iqCaller.get(ping, domain)
    await juliet.client.iqCaller.get(ping, romeo.jid)
  })

  await t.test('sets a roster item, gets the push and the roster', async () => {
    await romeo.client.iqCaller.get(xml('query', { xmlns: rosterNs }))
    const item = xml('item', { jid: `juliet@${domain}`, name: 'Juliet' })
    await romeo.client.iqCaller.set(xml('query', { xmlns: rosterNs }, item))
    const push = await romeo.next(stanza => stanza.is('iq') && stanza.attrs['type'] === 'set')
    assert.equal(push.getChild('query', rosterNs)?.getChild('item')?.attrs['name'], 'Juliet')
    const roster = await romeo.client.iqCaller.get(xml('query', { xmlns: rosterNs }))
    assert.deepEqual(
      roster?.getChildren('item').map(found => found.attrs['jid']),
      [`juliet@${domain}`],
    )
  })

  await t.test('subscribes and sees presence', async () => {
    await romeo.client.send(xml('presence'))
    await juliet.client.send(xml('presence', {}, xml('show', {}, 'away')))
    await romeo.client.send(xml('presence', { to: `juliet@${domain}`, type: 'subscribe' }))
    await juliet.next(stanza => stanza.attrs['type'] === 'subscribe')
    await juliet.client.send(xml('presence', { to: `romeo@${domain}`, type: 'subscribed' }))
    const seen = await romeo.next(stanza => stanza.is('presence') && stanza.attrs['from'] === juliet.jid)
    assert.equal(seen.getChildText('show'), 'away')
  })

  await t.test('chats both ways', async () => {
    const message = (to: string, body: string) =>
      xml('message', { to: `${to}@${domain}`, type: 'chat' }, xml('body', {}, body))
    await romeo.client.send(message('juliet', 'She speaks: <O>, speak again & again'))
    assert.equal(await juliet.nextBody(), 'She speaks: <O>, speak again & again')
    await juliet.client.send(message('romeo', 'Deny thy father'))
    assert.equal(await romeo.nextBody(), 'Deny thy father')
  })
})

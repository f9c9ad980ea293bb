import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFullJid } from '@waxwing/jid'
import { listening, SocketPeer } from './index.ts'

const limits = { timeout: 10_000 }

test('a client logs in over STARTTLS and over direct TLS (RFC 6120 §5, XEP-0368)', limits, async () => {
  await using server = await listening()
  await server.account('romeo', 'secret')
  const romeo = await SocketPeer.connect({ port: server.port('client') })
  await romeo.greets('localhost')
  await romeo.startsTls(server.certificate)
  await romeo.logsIn(parseFullJid('romeo@localhost/orchard'), 'secret')
  const juliet = await SocketPeer.connect({ port: server.port('direct-tls'), directTls: server.certificate })
  await juliet.logsIn(parseFullJid('romeo@localhost/street'), 'secret')
  await juliet.sends("<message to='romeo@localhost/orchard' id='m'/>")
  assert.equal((await romeo.takes()).attrs.get('from'), 'romeo@localhost/street')
})

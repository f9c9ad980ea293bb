/** aioxmpp (Debian's python3-aioxmpp), a strict reader, as a client of our server. */
import { test } from 'node:test'
import { missing, runSteps } from './peers.ts'
import { startTestServer } from './server.ts'

test('aioxmpp lives on our server as a client', { skip: missing('aioxmpp') }, async t => {
  const server = await startTestServer(t)
  await server.addAccounts('balthasar', 'rosaline')
  await runSteps(t, 'aioxmpp_clients.py', server.env, [
    'logs in over direct TLS',
    'is refused with a wrong password',
    'logs in over STARTTLS',
    'sets a roster item and gets the push',
    'subscribes and is approved',
    'both rosters agree on the subscription',
    'chats there and back',
    'hears of an unknown address',
    'discovers the server, the account and the other client',
    'pings the server and the other client',
    'asks for the version of the server',
    'keeps a vCard',
    'keeps private XML',
    'blocks and unblocks',
    'hears an unknown request refused',
    'sees the other go',
    'the whole script',
  ])
})

/** slixmpp (Debian's python3-slixmpp) as a client and as a component of our server. */
import { test } from 'node:test'
import { missing, runSteps } from './peers.ts'
import { password, startTestServer } from './server.ts'

const skip = missing('slixmpp')

test('slixmpp lives on our server as a client', { skip }, async t => {
  const server = await startTestServer(t)
  await server.addAccounts('romeo', 'juliet', 'nurse')
  await runSteps(t, 'slixmpp_clients.py', server.env, [
    'logs in with SCRAM-SHA-1-PLUS',
    'logs in with SCRAM-SHA-256-PLUS',
    'logs in with SCRAM-SHA-512-PLUS',
    'logs in with PLAIN',
    'is refused when it says that no channel binding was offered',
    'logs in over direct TLS',
    'is refused with a wrong password',
    'gets an empty roster',
    'sets a roster item and hears the push in every session',
    'gets the item back',
    'gets nothing when its version is current',
    'subscribes and is approved',
    'sees the presence of the contact after approval',
    'subscribes the other way',
    'hears changed presence with show, status and priority',
    'chats there',
    'chats back',
    'learns that an unknown account takes no messages',
    'finds offline messages in order and stamped',
    'discovers the server',
    'discovers the items of the server',
    'discovers the account',
    'discovers another client',
    'pings the server, the account and the other client',
    'asks for the version of the server',
    'asks for the time of the server',
    'asks for the uptime of the server and the idle time of a contact',
    'publishes a vCard and another reads it',
    'keeps private XML',
    'blocks a contact and hears the push',
    'the blocked contact sees an account that is away',
    'unblocks the contact',
    'hears an unknown request refused',
    'sees the other go',
    'removes the item',
    'the whole script',
  ])
})

test('slixmpp lives on our server with several devices', { skip }, async t => {
  const server = await startTestServer(t)
  await server.addAccounts('romeo', 'juliet')
  await runSteps(t, 'slixmpp_devices.py', server.env, [
    'turns stream management on by itself',
    'turns copies on',
    'gets a copy of what another device sent',
    'gets a copy of what another device got',
    'finds the conversation in the archive, page by page',
    'narrows the archive by address',
    'asks from when to when the archive reaches',
    'says what the archive shall keep',
    'hears that a message was received',
    'hears that a message was shown, and what somebody thinks of it',
    'says that nobody looks, and gets what was held back',
    'is told what the server has handled',
    'goes on after its connection broke, and gets what came meanwhile',
    'sends again what was not acknowledged, and it arrives once',
    'the whole script',
  ])
})

test('slixmpp publishes and hears of it by personal eventing (XEP-0163, XEP-0084)', { skip }, async t => {
  const server = await startTestServer(t)
  await server.addAccounts('romeo', 'juliet')
  await runSteps(t, 'slixmpp_personal.py', server.env, [
    'finds personal eventing at its account',
    'publishes, hears it itself, and a contact hears it',
    'a client that comes later gets the last of it',
    'publishes a nickname',
    'makes, configures and empties a node',
    'is refused what it may not read',
    'subscribes to a node, and hears of it by that',
    'publishes a picture, and a contact hears of it and reads it',
    'finds a picture of a card among the pictures',
    'the whole script',
  ])
})

test('slixmpp makes, uses and removes an account in band (XEP-0077)', { skip }, async t => {
  const server = await startTestServer(t, '[features.registration]\nopen = true')
  await runSteps(t, 'slixmpp_registration.py', server.env, [
    'registers and logs in on the same stream',
    'hears of a conflict',
    'changes its password',
    'removes its account',
    'cannot log in to the removed account',
    'the whole script',
  ])
})

test('slixmpp administers our server with ad-hoc commands (XEP-0050, XEP-0133)', { skip }, async t => {
  const server = await startTestServer(t, `[features.administration]\nadmins = ["romeo@localhost"]`)
  await server.addAccounts('romeo', 'juliet', 'tybalt')
  await runSteps(t, 'slixmpp_administration.py', server.env, [
    'finds the commands',
    'adds a user who logs in',
    'counts who is online',
    'disables a user, who is thrown out and cannot come back',
    'gets an invitation',
    'is refused what only administrators may',
    'the whole script',
  ])
})

test('slixmpp serves an address of its own as a component (XEP-0114)', { skip }, async t => {
  const server = await startTestServer(t, `[components."mirror.localhost"]\nsecret = "${password}"`)
  await server.addAccounts('romeo')
  await runSteps(t, 'slixmpp_component.py', server.env, [
    'is refused with a wrong secret',
    'connects with the secret',
    'is listed by the server',
    'answers disco, version and ping',
    'chats from any of its addresses',
    'pings a client of the server',
    'its addresses are unreachable once it is gone',
    'the whole script',
  ])
})

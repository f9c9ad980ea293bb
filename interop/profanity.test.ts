/** Profanity (Debian), a client people use, in terminals of its own: what they type, and what their client then sees. */
import { test } from 'node:test'
import { missing, runSteps } from './peers.ts'
import { startTestServer } from './server.ts'

test('people at Profanity on our server', { skip: missing('profanity') }, async t => {
  const server = await startTestServer(t)
  await server.addAccounts('romeo', 'juliet')
  await runSteps(t, 'profanity_people.py', { ...server.env, PEER_FOLDER: server.folder }, [
    'juliet logs in over STARTTLS by SCRAM',
    'romeo logs in with two devices',
    'both devices are told of a new contact',
    'a subscription is asked for and granted',
    "a message comes, and its sender's other device has a copy",
    'an answer comes to both devices',
    'a device that comes later reads the conversation from the archive',
    'whoever is blocked hears so and is not heard',
  ])
})

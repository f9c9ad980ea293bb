/** Messages kept for who is away: XEP-0160, XEP-0203. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { childOf, type Element } from '@waxwing/xml'

const julietJid = 'juliet@montague.example'

async function romeoAlone(host: Scene): Promise<Peer> {
  await host.account(julietJid)
  return host.online('romeo@montague.example/orchard')
}

/** The messages Juliet gets when she comes with this presence. */
async function welcomed(
  host: Scene,
  presence = '<presence/>',
  resource = 'balcony',
): Promise<readonly Element[]> {
  const juliet = await host.client(`${julietJid}/${resource}`)
  await juliet.sends(presence)
  return (await juliet.forgets()).filter(({ name }) => name === 'message')
}

const kept: readonly [what: string, message: string, isKept: boolean][] = [
  ['a typeless message', '<message><body>b</body></message>', true],
  ['a normal message', "<message type='normal'><body>b</body></message>", true],
  ['a chat message', "<message type='chat'><body>b</body></message>", true],
  [
    'a chat message with a chat state',
    "<message type='chat'><body>b</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>",
    true,
  ],
  [
    'a chat state alone',
    "<message type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
    false,
  ],
  [
    'a chat state with its thread',
    "<message type='chat'><thread>t</thread><gone xmlns='http://jabber.org/protocol/chatstates'/></message>",
    false,
  ],
  [
    'an encrypted chat message without body',
    "<message type='chat'><encrypted xmlns='urn:xmpp:omemo:2'/></message>",
    true,
  ],
  ['a headline', "<message type='headline'><body>b</body></message>", false],
  ['an error', "<message type='error'><body>b</body></message>", false],
]

for (const [what, message, isKept] of kept)
  test(`${what} is ${isKept ? 'kept' : 'not kept, and nobody is told'} (XEP-0160 §3)`, async () => {
    await using host = await scene()
    const romeo = await romeoAlone(host)
    await romeo.sends(message.replace('<message', `<message to='${julietJid}' id='m'`))
    await romeo.receivesNothing()
    assert.equal((await welcomed(host)).length, isKept ? 1 : 0)
  })

test('a kept message comes as it was sent, with the time it came to the server (XEP-0203 §2)', async () => {
  await using host = await scene()
  const romeo = await romeoAlone(host)
  await romeo.sends(
    `<message to='${julietJid}' id='m1' type='chat' xml:lang='it'><subject>s</subject><body>è</body><x xmlns='urn:x'><y/></x></message>`,
  )
  await host.advance(3_600_000)
  const juliet = await host.client(`${julietJid}/balcony`)
  await juliet.sends('<presence/>')
  await juliet.receivesInAnyOrder(
    `<presence from='${julietJid}/balcony'/>`,
    `<message from='romeo@montague.example/orchard' to='${julietJid}' id='m1' type='chat' xml:lang='it'>
       <subject>s</subject><body>è</body><x xmlns='urn:x'><y/></x>
       <delay xmlns='urn:xmpp:delay' from='montague.example' stamp='2011-03-01T12:00:00Z'>{any}</delay></message>`,
  )
  await juliet.receivesNothing()
})

test('kept messages come in the order they were sent, once, to one resource (XEP-0160 §2)', async () => {
  await using host = await scene()
  const romeo = await romeoAlone(host)
  for (let n = 0; n < 250; n++)
    await romeo.sends(`<message to='${julietJid}' id='m${n}'><body>${n}</body></message>`)
  const got = await welcomed(host)
  assert.deepEqual(
    got.map(({ attrs }) => attrs.get('id')),
    Array.from({ length: 250 }, (_, n) => `m${n}`),
  )
  assert.deepEqual(await welcomed(host, '<presence/>', 'chamber'), [])
})

test('a resource with negative priority gets none; once it is not negative it does (XEP-0160 §2)', async () => {
  await using host = await scene()
  const romeo = await romeoAlone(host)
  await romeo.sends(`<message to='${julietJid}' id='m'><body>b</body></message>`)
  const juliet = await host.client(`${julietJid}/balcony`)
  await juliet.sends('<presence><priority>-1</priority></presence>')
  assert.ok(!(await juliet.forgets()).some(({ name }) => name === 'message'))
  await juliet.sends('<presence/>')
  assert.ok((await juliet.forgets()).some(({ name }) => name === 'message'))
})

test('what was kept while every resource was negative comes with the next presence that is not (XEP-0160 §2)', async () => {
  await using host = await scene()
  const romeo = await romeoAlone(host)
  const juliet = await host.online(`${julietJid}/balcony`, '<presence><priority>-1</priority></presence>')
  await romeo.sends(`<message to='${julietJid}' id='m'><body>b</body></message>`)
  await juliet.receivesNothing()
  await juliet.sends('<presence><priority>1</priority></presence>')
  assert.ok((await juliet.forgets()).some(({ name }) => name === 'message'))
})

test('a full queue answers service-unavailable and keeps what it has (XEP-0160 §2)', async () => {
  await using host = await scene({ settings: { offline: { maxMessages: 2 } } })
  const romeo = await romeoAlone(host)
  for (let n = 0; n < 3; n++)
    await romeo.sends(`<message to='${julietJid}' id='m${n}'><body>b</body></message>`)
  await romeo.receivesError('message', 'm2', 'cancel', 'service-unavailable')
  assert.equal((await welcomed(host)).length, 2)
})

test('kept messages outlive the server (XEP-0160)', async () => {
  await using host = await scene()
  const romeo = await romeoAlone(host)
  await romeo.sends(`<message to='${julietJid}' id='m'><body>b</body></message>`)
  await host.restart()
  assert.equal((await welcomed(host)).length, 1)
})

test('a message with a delay of its own keeps it beside the one of the server (XEP-0203 §4)', async () => {
  await using host = await scene()
  const romeo = await romeoAlone(host)
  await romeo.sends(
    `<message to='${julietJid}' id='m'><body>b</body><delay xmlns='urn:xmpp:delay' stamp='2002-09-10T23:08:25Z'/></message>`,
  )
  const [message] = await welcomed(host)
  assert.ok(message)
  const stamps = message.children.flatMap(child =>
    typeof child === 'object' && child.name === 'delay' ? [child.attrs.get('stamp')] : [],
  )
  assert.deepEqual(stamps, ['2002-09-10T23:08:25Z', '2011-03-01T12:00:00Z'])
})

test('the host says that it keeps messages (XEP-0160 §4)', async () => {
  await using host = await scene()
  const romeo = await romeoAlone(host)
  await romeo.sends(
    "<iq type='get' id='d' to='montague.example'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
  )
  const query = await romeo.receivesResult('d')
  const features = query?.children.map(child => (typeof child === 'object' ? child.attrs.get('var') : ''))
  assert.ok(features?.includes('msgoffline'))
  assert.ok(query && childOf(query, query.ns, 'identity'))
})

test('messages of a component are kept like any others (XEP-0114, XEP-0160)', async () => {
  await using host = await scene({ components: { 'gate.montague.example': 'secret' } })
  await host.account(julietJid)
  const gate = await host.component('gate.montague.example')
  await gate.sends(
    `<message from='thing@gate.montague.example/1' to='${julietJid}' id='m'><body>21 °C</body></message>`,
  )
  await gate.receivesNothing()
  const [message] = await welcomed(host)
  assert.equal(message?.attrs.get('from'), 'thing@gate.montague.example/1')
  assert.ok(childOf(message, 'jabber:client', 'body'))
})

test('what was kept before the next stanza of the sender was answered outlives a crash (XEP-0160 §2)', async () => {
  await using host = await scene()
  const romeo = await romeoAlone(host)
  await romeo.sends(`<message to='${julietJid}' type='chat'><body>b</body></message>`)
  await romeo.sends("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
  await romeo.receives("<iq type='result' id='p'/>")
  await host.crash()
  assert.equal((await welcomed(host)).length, 1)
})

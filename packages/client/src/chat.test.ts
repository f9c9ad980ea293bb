import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ping } from '@waxwing/protocol'
import { type Element, elementsOf, xml } from '@waxwing/xml'
import { failure, online, settled } from './client-kit.test.ts'
import { type ChatMessage, type Client, Feed, OverflowError, TimeoutError } from './index.ts'

const juliet = "<item jid='juliet@example.org' subscription='both'/>"

test('messages arrive and are replied to (RFC 6121 §5)', async () => {
  const { client, peer } = await online()
  const messages = client.chat.messages()
  await peer.says(
    "<message type='chat' from='juliet@example.org/b' id='m1' xml:lang='en'><thread>t1</thread><subject>S</subject><body>Art thou there?</body></message>",
  )
  const { value: message } = await messages.next()
  assert.ok(message)
  assert.deepEqual(
    [message.from, message.body, message.id, message.subject, message.thread?.id],
    ['juliet@example.org/b', 'Art thou there?', 'm1', 'S', 't1'],
  )
  const delivery = message.reply('Ay & <always>')
  assert.equal(delivery.state, 'sent')
  const sent = await peer.hears('message')
  assert.deepEqual(
    [sent.attrs.get('to'), sent.attrs.get('type'), sent.attrs.get('id')],
    ['juliet@example.org/b', 'chat', delivery.id],
  )
  const body = sent.children.find(child => typeof child === 'object' && child.name === 'body')
  assert.deepEqual(typeof body === 'object' && body.children, ['Ay & <always>'])
  assert.match(await peer.heard(), /<thread>t1<\/thread>/)
})

test('what came before the first reader is not lost', async () => {
  const { client, peer } = await online()
  await peer.says("<message from='a@b'><body>1</body></message><message from='a@b'><body>2</body></message>")
  const messages = client.chat.messages()
  assert.equal((await messages.next()).value?.body, '1')
  const bodies: string[] = []
  const second = client.chat.messages()
  await peer.says("<message from='a@b'><body>3</body></message>")
  assert.equal((await second.next()).value?.body, '3')
  client.on('message', message => bodies.push(message.body))
  assert.deepEqual(bodies, [])
})

test('what is no conversation is no message of it', async () => {
  const { client, peer } = await online()
  const bodies: string[] = []
  client.on('message', message => bodies.push(message.body))
  await peer.says("<message from='a@b'/><message from='r@muc/x' type='groupchat'><body>room</body></message>")
  await peer.says("<message from='a@b' type='error'><body>mine</body></message>")
  await peer.says("<message from='a@b' type='odd'><body>normal</body></message>")
  await peer.says('<message><body>from the own account</body></message>')
  assert.deepEqual(bodies, ['normal', 'from the own account'])
})

test('a loop over messages ends with the client', async () => {
  const { client, peer } = await online()
  const seen: string[] = []
  const loop = (async () => {
    for await (const message of client.chat.messages()) seen.push(message.body)
  })()
  await peer.says("<message from='a@b'><body>1</body></message>")
  await client.close()
  await loop
  assert.deepEqual(seen, ['1'])
  assert.equal((await client.chat.messages().next()).done, true)
})

test('a receipt shows that the message has arrived (XEP-0184 §5)', async () => {
  const { client, peer } = await online()
  const delivery = client.chat.send('juliet@example.org', 'hi')
  const sent = await peer.heard()
  assert.match(sent, /<request xmlns="urn:xmpp:receipts"\/>/)
  const waiting = delivery.received()
  const receipt = `<received xmlns='urn:xmpp:receipts' id='${delivery.id}'/>`
  await peer.says(`<message from='mallory@example.com'>${receipt}</message>`)
  assert.equal(delivery.state, 'sent', 'a receipt of somebody else is worth nothing')
  await peer.says(`<message from='juliet@example.org/b'>${receipt}</message>`)
  await waiting
  assert.equal(delivery.state, 'received')
})

test('a message that comes back has failed, with the reason (RFC 6120 §8.3)', async () => {
  const { client, peer } = await online()
  const delivery = client.chat.send('nobody@example.org', 'hi')
  const waiting = failure(delivery.received())
  const bounce = (from: string): string =>
    `<message type='error' from='${from}' id='${delivery.id}'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`
  await peer.says(bounce('mallory@example.com'))
  assert.equal(delivery.state, 'sent')
  await peer.says(bounce('nobody@example.org'))
  assert.equal((await waiting).name, 'StanzaError')
  assert.equal(delivery.state, 'failed')
  await delivery.sent().catch(() => {})
})

test('receipts are given to those who may know of us (XEP-0184 §8)', async () => {
  const { peer } = await online({}, juliet)
  const ask = (from: string): string =>
    `<message type='chat' from='${from}' id='m1'><body>hi</body><request xmlns='urn:xmpp:receipts'/></message>`
  await peer.says(ask('mallory@example.com/x'))
  assert.equal(await peer.heard(), '')
  await peer.says(ask('juliet@example.org/b'))
  assert.equal(
    await peer.heard(),
    '<message to="juliet@example.org/b" type="chat"><received xmlns="urn:xmpp:receipts" id="m1"/></message>',
  )
})

test('receipts can be given to nobody, or to everybody', async () => {
  for (const [receipts, isGiven] of [
    ['nobody', false],
    ['everybody', true],
  ] as const) {
    const { peer } = await online({ receipts }, juliet)
    const from = isGiven ? 'mallory@example.com/x' : 'juliet@example.org/b'
    await peer.says(
      `<message type='chat' from='${from}' id='m1'><body>hi</body><request xmlns='urn:xmpp:receipts'/></message>`,
    )
    assert.equal((await peer.heard()) !== '', isGiven)
  }
})

test('a queued message can be taken back, a sent one cannot', async () => {
  const { client, peer, peers, clock } = await online()
  const sent = client.chat.send('a@b', 'now')
  assert.equal(sent.cancel(), false)
  peer.breaks()
  await settled()
  const controller = new AbortController()
  const one = client.chat.send('a@b', 'one')
  const two = client.chat.send('a@b', 'two', { signal: controller.signal })
  const three = client.chat.send('a@b', 'three')
  assert.equal(one.cancel(), true)
  controller.abort()
  assert.deepEqual([one.state, two.state, three.state], ['cancelled', 'cancelled', 'queued'])
  await clock.advance(1000)
  await peers.last.bind()
  const text = await peers.last.heard()
  assert.doesNotMatch(text, /one|two/)
  assert.match(text, /three/)
  assert.equal(three.state, 'sent')
})

test('the queue is bounded, and what does not fit has failed', async () => {
  const { client, peer } = await online({ outbox: { stanzas: 2, bytes: 100 } })
  peer.breaks()
  await settled()
  const all = [1, 2, 3].map(n => client.chat.send('a@b', String(n)))
  assert.deepEqual(
    all.map(delivery => delivery.state),
    ['queued', 'queued', 'failed'],
  )
  assert.ok(all[2]?.error instanceof OverflowError)
  await client.close()
  assert.deepEqual(
    all.map(delivery => delivery.state),
    ['failed', 'failed', 'failed'],
  )
})

test('a server that takes nothing does not fill our memory', async () => {
  const { client, peer } = await online({ outbox: { bytes: 100 } })
  peer.queuedBytes = 101
  assert.ok(client.chat.send('a@b', 'x').error instanceof OverflowError)
})

test('waiting for a delivery settles by deadline', async () => {
  const { client, clock } = await online()
  const failing = failure(client.chat.send('a@b', 'x').received({ timeoutMs: 1000 }))
  await clock.advance(1000)
  assert.ok((await failing) instanceof TimeoutError)
})

test('what XML cannot carry is refused where it is sent', async () => {
  const { client, peer } = await online()
  assert.throws(() => client.chat.send('a@b', 'bell \u0007'), /U\+0007/)
  assert.throws(() => client.chat.send('not an address@', 'x'), /domainpart|localpart/)
  await peer.hearsNothing()
})

test('messages are handed on by what they carry, wherever it stands', async () => {
  const { client, peer } = await online()
  const heard: string[] = []
  const off = client.onMessage(Ping, (_payload, { from, type }) => heard.push(`${type} ${from}`))
  await peer.says("<message from='a@b'><ping xmlns='urn:xmpp:ping'/></message>")
  await peer.says(
    "<message from='a@b/c' type='headline'><body>x</body><x xmlns='y'><ping xmlns='urn:xmpp:ping'/></x><ping xmlns='urn:xmpp:ping'/></message>",
  )
  await peer.says("<message from='a@b/d'><x xmlns='y'><ping xmlns='urn:xmpp:ping'/></x></message>")
  assert.deepEqual(heard, ['normal a@b', 'headline a@b/c'])
  off()
  await peer.says("<message from='a@b'><ping xmlns='urn:xmpp:ping'/></message>")
  assert.equal(heard.length, 2)
})

test('raw stanzas go out as they are meant', async () => {
  const { client, peer } = await online()
  client.raw.send(xml`<message to="a@b"><body>${'<&>'}</body><x xmlns="y"/></message>`)
  assert.equal(await peer.heard(), '<message to="a@b"><body>&lt;&amp;&gt;</body><x xmlns="y"/></message>')
  assert.throws(() => client.raw.send(xml`<stream/>`), TypeError)
  const seen: string[] = []
  client.raw.onStanza(stanza => seen.push(stanza.name))
  await peer.says("<message from='a@b'/>")
  assert.deepEqual(seen, ['message'])
})

test('a feed drops its oldest value, or fails, when its reader is too slow', async () => {
  const dropping = new Feed<number>({ capacity: 2 }, () => {})
  for (const value of [1, 2, 3]) dropping.push(value)
  assert.equal(dropping.dropped, 1)
  assert.equal((await dropping.next()).value, 2)
  const failing = new Feed<number>({ capacity: 1, overflow: 'error' }, () => {})
  for (const value of [1, 2, 3]) failing.push(value)
  assert.equal((await failing.next()).value, 2)
  assert.ok((await failure(failing.next())) instanceof OverflowError)
  assert.equal((await failing.next()).done, true)
})

test('a feed ends once: by its reader, its source or its signal', async () => {
  let ends = 0
  const left = new Feed<number>({}, () => ends++)
  left.push(1)
  for await (const value of left) if (value === 1) break
  assert.equal((await left.next()).done, true)
  const controller = new AbortController()
  const aborted = new Feed<number>({ signal: controller.signal }, () => ends++)
  const waiting = failure(aborted.next())
  controller.abort(new Error('enough'))
  assert.equal((await waiting).message, 'enough')
  assert.equal((await aborted.next()).done, true)
  assert.equal(ends, 2)
})

const fromJuliet = (content: string, id = 'm1'): string =>
  `<message from='juliet@example.org/balcony' id='${id}' type='chat'><body>hi</body>${content}</message>`

test('an answer names what it answers, by the id the sender gave it (XEP-0461 §3, §4.1)', async () => {
  const { client, peer } = await online()
  const [message] = await told(client, () =>
    peer.says(fromJuliet("<origin-id xmlns='urn:xmpp:sid:0' id='o1'/>")),
  )
  message?.reply('hello')
  const { attrs } = childNamed(await peer.hears('message'), 'reply')
  assert.deepEqual([attrs.get('id'), attrs.get('to')], ['o1', 'juliet@example.org/balcony'])
})

test('a correction names the first version, and arrives as one (XEP-0308 §3)', async () => {
  const { client, peer } = await online()
  client.chat.send('juliet@example.org', 'better', { replaces: 'first' })
  assert.equal(childNamed(await peer.hears('message'), 'replace').attrs.get('id'), 'first')
  const [message] = await told(client, () =>
    peer.says(fromJuliet("<replace xmlns='urn:xmpp:message-correct:0' id='m0'/>")),
  )
  assert.equal(message?.replaces, 'm0')
})

test('reactions are all there are (XEP-0444 §3)', async () => {
  const { client, peer } = await online()
  const [message] = await told(client, () => peer.says(fromJuliet('')))
  message?.react('👍', '🎉')
  const { attrs, children } = childNamed(await peer.hears('message'), 'reactions')
  assert.equal(attrs.get('id'), 'm1')
  assert.equal(children.length, 2)
})

test('that a message was shown is told to those alone who want to know (XEP-0333 §3)', async () => {
  const { client, peer } = await online()
  const [plain] = await told(client, () => peer.says(fromJuliet('')))
  plain?.displayed()
  const [marked] = await told(client, () =>
    peer.says(fromJuliet("<markable xmlns='urn:xmpp:chat-markers:0'/>", 'm2')),
  )
  marked?.displayed()
  assert.equal(childNamed(await peer.hears('message'), 'displayed').attrs.get('id'), 'm2')
})

test('a place travels with a message (XEP-0080 §3)', async () => {
  const { client, peer } = await online()
  client.chat.send('juliet@example.org', 'here', { location: { lat: 45.44, lon: 12.33, accuracy: 20 } })
  childNamed(await peer.hears('message'), 'geoloc')
  const [message] = await told(client, () =>
    peer.says(
      fromJuliet("<geoloc xmlns='http://jabber.org/protocol/geoloc'><lat>45.5</lat><lon>-1</lon></geoloc>"),
    ),
  )
  assert.deepEqual([message?.location?.lat, message?.location?.lon], [45.5, -1])
})

/** The messages told while `act` runs. */
async function told(client: Client, act: () => Promise<void>): Promise<readonly ChatMessage[]> {
  const messages: ChatMessage[] = []
  const off = client.on('message', message => messages.push(message))
  await act()
  off()
  return messages
}

function childNamed(element: Element, name: string): Element {
  const child = elementsOf(element).find(candidate => candidate.name === name)
  assert.ok(child, `no <${name}>`)
  return child
}

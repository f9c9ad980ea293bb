// Sessions that outlive their connections (XEP-0198), as the client sees them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ping } from '@waxwing/protocol'
import { xml } from '@waxwing/xml'
import { failure, type OnlineStage, type Peer, settled, stage } from './client-kit.test.ts'
import {
  type ClientOptions,
  DisconnectedError,
  type KeptMessage,
  type MessageQueue,
  OverflowError,
} from './index.ts'

const sm = 'urn:xmpp:sm:3'
const feature = `<sm xmlns='${sm}'/>`

/** A client whose session is managed by the name of s1; nothing of its own is unacknowledged: h is 1 or 2. */
async function managed(options: Partial<ClientOptions> = {}): Promise<OnlineStage> {
  const scene = stage({ roster: false, presence: false, ...options })
  const opening = scene.client.open()
  await settled()
  const peer = scene.peers.last
  await peer.bind('romeo@example.org/r1', feature)
  await opening
  await peer.hears('enable')
  await peer.says(`<enabled xmlns='${sm}' id='s1' resume='true' max='600'/>`)
  await peer.heard()
  return { ...scene, peer }
}

/** The connection breaks; the next one comes up to the features after the login. */
async function again({ peer, peers, clock }: OnlineStage): Promise<Peer> {
  peer.breaks('cut')
  await settled()
  await clock.advance(60_000)
  await peers.last.login(feature)
  return peers.last
}

async function resumed(scene: OnlineStage, h: number): Promise<Peer> {
  const peer = await again(scene)
  const { attrs } = await peer.hears('resume')
  assert.equal(attrs.get('previd'), 's1')
  await peer.says(`<resumed xmlns='${sm}' previd='s1' h='${h}'/>`)
  return peer
}

const bodies = (text: string): readonly string[] =>
  [...text.matchAll(/<body>([^<]*)/g)].map(([, b]) => b ?? '')

test('management is asked for as soon as the resource is bound (XEP-0198 §3)', async () => {
  const scene = stage({ roster: false, presence: false })
  void scene.client.open()
  await settled()
  await scene.peers.last.bind('romeo@example.org/r1', feature)
  assert.equal((await scene.peers.last.hears('enable')).attrs.get('resume'), 'true')
})

test('a server without it is not asked', async () => {
  const scene = stage({ roster: false, presence: false })
  void scene.client.open()
  await settled()
  await scene.peers.last.bind()
  assert.doesNotMatch(await scene.peers.last.heard(), /enable/)
})

test('a message is accepted when the server says so, and one question is under way at a time (XEP-0198 §4)', async () => {
  const { client, peer } = await managed()
  const first = client.chat.send('juliet@example.org', 'one')
  const second = client.chat.send('juliet@example.org', 'two')
  const text = await peer.heard()
  assert.match(text, /one<\/body>.*<r xmlns="urn:xmpp:sm:3"\/><message.*two<\/body>/s)
  assert.equal(text.split('<r ').length, 2)
  await peer.says(`<a xmlns='${sm}' h='1'/>`)
  assert.deepEqual([first.state, second.state], ['accepted', 'sent'])
  assert.match(await peer.heard(), /^<r /)
  await peer.says(`<a xmlns='${sm}' h='2'/>`)
  await second.accepted()
  assert.equal(await peer.heard(), '')
})

test('the server is told how many stanzas were handled, nonzas not counted (XEP-0198 §4)', async () => {
  const { peer } = await managed()
  await peer.says(`<message from='juliet@example.org'><body>1</body></message><presence from='a@b/c'/>`)
  await peer.says(`<r xmlns='${sm}'/>`)
  assert.match(await peer.heard(), /<a xmlns="urn:xmpp:sm:3" h="2"\/>/)
})

test('a session goes on in the next connection: what was not acknowledged is sent again, in order (XEP-0198 §5)', async () => {
  const scene = await managed()
  const { client } = scene
  let sessions = 0
  client.on('session', () => sessions++)
  for (const text of ['one', 'two', 'three']) client.chat.send('juliet@example.org', text)
  scene.peer.breaks('cut')
  await settled()
  const waiting = client.chat.send('juliet@example.org', 'four')
  assert.equal(waiting.state, 'queued')
  const peer = await resumed(scene, 1)
  assert.deepEqual(bodies(await peer.heard()), ['two', 'three', 'four'])
  assert.equal(client.state, 'online')
  assert.equal(sessions, 0)
  await peer.says(`<a xmlns='${sm}' h='4'/>`)
  assert.equal(waiting.state, 'accepted')
})

test('resuming tells what was handled of the session (XEP-0198 §5)', async () => {
  const scene = await managed()
  await scene.peer.says(`<message from='juliet@example.org'><body>1</body></message>`)
  const peer = await again(scene)
  assert.equal((await peer.hears('resume')).attrs.get('h'), '1')
})

test('a question survives its connection and is answered in the next (XEP-0198 §5)', async () => {
  const scene = await managed()
  const asking = scene.client.iq.get(Ping, 'juliet@example.org/balcony', {}, undefined, {
    timeoutMs: 300_000,
  })
  await settled()
  const peer = await resumed(scene, 0)
  const { attrs } = await peer.hears('iq')
  await peer.says(`<iq type='result' from='juliet@example.org/balcony' id='${attrs.get('id')}'/>`)
  await asking
})

test('what timed out or was taken back while the connection was gone is never sent again', async () => {
  const scene = await managed()
  const { client, peer, clock } = scene
  const controller = new AbortController()
  const options = { timeoutMs: 300_000, signal: controller.signal }
  const aborted = failure(client.iq.set(Ping, 'lamp@example.org', {}, undefined, options))
  const late = failure(client.iq.set(Ping, 'lamp@example.org', {}, undefined, { timeoutMs: 1_000 }))
  const message = client.chat.send('juliet@example.org', 'never mind')
  await settled()
  peer.breaks('cut')
  await settled()
  const waiting = failure(client.iq.set(Ping, 'lamp@example.org', {}, undefined, { timeoutMs: 1_000 }))
  controller.abort(new Error('enough'))
  assert.equal(message.cancel(), false, 'it may have arrived')
  await clock.advance(2_000)
  await Promise.all([aborted, late, waiting])
  const next = await resumed(scene, 0)
  assert.doesNotMatch(await next.heard(), /<iq|<message/)
})

test('presence and answers given between two connections are sent in the second', async () => {
  const scene = await managed()
  scene.peer.breaks('cut')
  await settled()
  scene.client.presence.set({ show: 'away' })
  const peer = await resumed(scene, 0)
  assert.match(await peer.heard(), /<show>away/)
})

test('a session that is gone is followed by a new one: messages come again under the same id, questions fail (XEP-0198 §5, XEP-0359)', async () => {
  const scene = await managed()
  const { client } = scene
  const starts: string[] = []
  client.on('session', ({ jid }) => starts.push(jid))
  const first = client.chat.send('juliet@example.org', 'one')
  const second = client.chat.send('juliet@example.org', 'two')
  const asked = failure(
    client.iq.get(Ping, 'juliet@example.org/balcony', {}, undefined, { timeoutMs: 300_000 }),
  )
  client.raw.send(xml`<message to="juliet@example.org"><body>raw</body></message>`)
  await settled()
  const peer = await again(scene)
  await peer.hears('resume')
  await peer.says(
    `<failed xmlns='${sm}' h='1'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`,
  )
  assert.ok((await asked) instanceof DisconnectedError)
  assert.equal(first.state, 'accepted')
  await peer.giveResource('romeo@example.org/r2')
  const text = await peer.heard()
  assert.deepEqual(bodies(text), ['two'])
  assert.match(text, new RegExp(`<origin-id xmlns="urn:xmpp:sid:0" id="${second.id}"`))
  assert.deepEqual(starts, ['romeo@example.org/r2'])
})

test('a server that forgot how to manage streams gets a new session', async () => {
  const scene = await managed()
  const message = scene.client.chat.send('juliet@example.org', 'one')
  scene.peer.breaks('cut')
  await settled()
  await scene.clock.advance(60_000)
  await scene.peers.last.bind()
  assert.deepEqual(bodies(await scene.peers.last.heard()), ['one'])
  assert.equal(message.state, 'sent')
})

test('management that is refused is done without (XEP-0198 §3)', async () => {
  const scene = stage({ roster: false, presence: false })
  const opening = scene.client.open()
  await settled()
  const { last } = scene.peers
  await last.bind('romeo@example.org/r1', feature)
  await opening
  await last.says(
    `<failed xmlns='${sm}'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`,
  )
  await last.heard()
  scene.client.chat.send('juliet@example.org', 'one')
  const text = await last.heard()
  assert.deepEqual(bodies(text), ['one'])
  assert.doesNotMatch(text, /<r /)
})

test('a message the server sends again in a new session is shown once (XEP-0359 §3)', async () => {
  const { client, peer } = await managed()
  const heard: string[] = []
  client.on('message', ({ body }) => heard.push(body))
  const message = (body: string, ids: string): string =>
    `<message from='juliet@example.org/balcony'><body>${body}</body>${ids}</message>`
  const origin = (id: string): string => `<origin-id xmlns='urn:xmpp:sid:0' id='${id}'/>`
  const given = (id: string, by: string): string =>
    `<stanza-id xmlns='urn:xmpp:sid:0' id='${id}' by='${by}'/>`
  await peer.says(message('a', origin('1')) + message('a again', origin('1')))
  await peer.says(
    message('b', given('7', 'romeo@example.org')) + message('b again', given('7', 'romeo@example.org')),
  )
  await peer.says(
    message('c', given('8', 'mallory@example.org')) + message('d', given('8', 'mallory@example.org')),
  )
  await peer.says(message('e', '') + message('e', ''))
  assert.deepEqual(heard, ['a', 'b', 'c', 'd', 'e', 'e'])
})

test('a server that never acknowledges cannot make the client keep without end', async () => {
  const { client, peer } = await managed({ outbox: { unacknowledged: 3 } })
  const deliveries = Array.from({ length: 4 }, (_, n) => client.chat.send('juliet@example.org', `${n}`))
  assert.equal(deliveries[3]?.state, 'failed')
  assert.ok(deliveries[3]?.error instanceof OverflowError)
  await peer.says(`<a xmlns='${sm}' h='3'/>`)
  assert.equal(client.chat.send('juliet@example.org', 'again').state, 'sent')
})

/** A queue as a program might have it. */
class Memory implements MessageQueue {
  readonly kept: KeptMessage[] = []

  load(): Promise<readonly KeptMessage[]> {
    return Promise.resolve([...this.kept])
  }

  put(message: KeptMessage): Promise<void> {
    this.kept.push(message)
    return Promise.resolve()
  }

  remove(id: string): Promise<void> {
    const at = this.kept.findIndex(message => message.id === id)
    if (at >= 0) this.kept.splice(at, 1)
    return Promise.resolve()
  }
}

test('a kept message is let go when the server accepts it, and comes from the next process otherwise', async () => {
  const queue = new Memory()
  const first = await managed({ queue })
  const accepted = first.client.chat.send('juliet@example.org', 'one')
  const lost = first.client.chat.send('juliet@example.org', 'two')
  const cancelled = new AbortController()
  await first.peer.says(`<a xmlns='${sm}' h='1'/>`)
  assert.equal(accepted.state, 'accepted')
  first.peer.breaks('the process ends')
  await settled()
  first.client.chat.send('juliet@example.org', 'three')
  first.client.chat.send('juliet@example.org', 'never', { signal: cancelled.signal })
  cancelled.abort()
  const second = await managed({ queue })
  second.client.chat.send('juliet@example.org', 'four')
  await second.peer.says(`<a xmlns='${sm}' h='3'/>`)
  assert.deepEqual(queue.kept, [])
  assert.equal(lost.state, 'sent')
})

test('without stream management a kept message is let go when it was sent', async () => {
  const queue = new Memory()
  const scene = stage({ roster: false, presence: false, queue })
  const opening = scene.client.open()
  await settled()
  await scene.peers.last.bind()
  await opening
  scene.client.chat.send('juliet@example.org', 'one')
  assert.deepEqual(queue.kept, [])
})

test('a server that wants to know hears that nobody looks, again in every stream (XEP-0352 §4, §5)', async () => {
  const csi = "<csi xmlns='urn:xmpp:csi:0'/>"
  const scene = stage({ roster: false, presence: false })
  scene.client.setActive(false)
  const opening = scene.client.open()
  await settled()
  await scene.peers.last.bind('romeo@example.org/r1', feature + csi)
  await opening
  assert.match(await scene.peers.last.heard(), /<inactive xmlns="urn:xmpp:csi:0"\/>/)
  await scene.peers.last.says(`<enabled xmlns='${sm}' id='s1' resume='true'/>`)
  const next = await resumed({ ...scene, peer: scene.peers.last }, 0)
  assert.match(await next.heard(), /<inactive/)
  scene.client.setActive(true)
  assert.match(await next.heard(), /^<active/)
})

test('a client that closes says what it has handled (XEP-0198 §4)', async () => {
  const { client, peer } = await managed()
  await peer.says(`<message from='juliet@example.org'><body>1</body></message>`)
  void client.close()
  assert.match(await peer.heard(), /<a xmlns="urn:xmpp:sm:3" h="1"\/><\/stream:stream>$/)
})

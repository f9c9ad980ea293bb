import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import type { StoreDriver } from '../../store/store.ts'
import { authenticated, enables, resumes, says } from './sm-kit.test.ts'

const sm = 'urn:xmpp:sm:3'
const juliet = 'juliet@montague.example/balcony'
const romeo = 'romeo@montague.example/orchard'

test('the feature is offered once logged in, and a bound session is put under management (XEP-0198 §2, §3)', async () => {
  await using host = await scene()
  const peer = host.raw({ tls: true })
  await host.account(romeo)
  const features = await authenticated(peer, 'romeo')
  assert.ok(
    features.children.some(child => typeof child !== 'string' && child.ns === sm && child.name === 'sm'),
  )
  const client = await host.client(juliet)
  await client.sends(`<enable xmlns='${sm}'/>`)
  await client.receives(`<enabled xmlns='${sm}' id='{none}' resume='{none}'/>`)
  const other = await host.client(romeo)
  await other.sends(`<enable xmlns='${sm}' resume='true'/>`)
  const { attrs } = await other.receives(`<enabled xmlns='${sm}' id='{any}' resume='true' max='600'/>`)
  assert.ok((attrs.get('id')?.length ?? 0) >= 22)
})

test('a client may ask for less time than the server gives, not for more (XEP-0198 §3)', async () => {
  await using host = await scene()
  const client = await host.client(juliet)
  await client.sends(`<enable xmlns='${sm}' resume='1' max='30'/>`)
  await client.receives(`<enabled xmlns='${sm}' id='{any}' resume='true' max='30'/>`)
  const other = await host.client(romeo)
  await other.sends(`<enable xmlns='${sm}' resume='1' max='100000'/>`)
  await other.receives(`<enabled xmlns='${sm}' id='{any}' resume='true' max='600'/>`)
})

test('any number of seconds may be asked for; of none, nothing is kept (XEP-0198 §3, §13)', async () => {
  await using host = await scene()
  const client = await host.client(juliet)
  await client.sends(`<enable xmlns='${sm}' resume='1' max='99999999999'/>`)
  await client.receives(`<enabled xmlns='${sm}' id='{any}' resume='true' max='600'/>`)
  const other = await host.client(romeo)
  await other.sends(`<enable xmlns='${sm}' resume='1' max='0'/>`)
  await other.receives(`<enabled xmlns='${sm}' id='{none}' resume='{none}' max='{none}'/>`)
})

const unexpected = `<failed xmlns='${sm}'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`
const badRequest = `<failed xmlns='${sm}'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`

test('what comes at the wrong moment fails, and the stream lives (XEP-0198 §3, §6)', async () => {
  await using host = await scene()
  await host.account(romeo)
  const early = host.raw({ tls: true })
  await authenticated(early, 'romeo')
  await early.sends(`<enable xmlns='${sm}'/>`)
  await early.receives(unexpected)
  await early.sends(`<resume xmlns='${sm}' previd='x'/>`)
  await early.receives(badRequest)
  const client = await host.client(juliet)
  for (const nonza of ['<r', "<a h='0'", "<resume previd='x' h='0'"]) {
    await client.sends(`${nonza} xmlns='${sm}'/>`)
    await client.receives(unexpected)
  }
  await enables(client)
  for (const nonza of [`<enable xmlns='${sm}'/>`, `<enable xmlns='${sm}' resume='true'/>`]) {
    await client.sends(nonza)
    await client.receives(unexpected)
  }
  await client.sends(`<a xmlns='${sm}' h='many'/>`)
  await client.receives(badRequest)
  await client.sends(`<r xmlns='${sm}'/>`)
  await client.receives(`<a xmlns='${sm}' h='0'/>`)
})

test('stanzas are counted when they have been handled, from enable on, whatever kind they are (XEP-0198 §4)', async () => {
  await using host = await scene()
  const client = await host.client(juliet)
  await client.sends('<presence/>')
  await client.forgets()
  await enables(client)
  await client.sends(`<r xmlns='${sm}'/>`)
  await client.receives(`<a xmlns='${sm}' h='0'/>`)
  await client.sends(
    `<message to='romeo@montague.example' type='headline'/><presence to='romeo@montague.example'/>` +
      `<iq type='get' id='v'><query xmlns='jabber:iq:version'/></iq><r xmlns='${sm}'/>`,
  )
  await client.receivesError('iq', 'v', 'cancel', 'service-unavailable')
  await client.receives(`<a xmlns='${sm}' h='3'/>`)
})

test('each request has its answer, also of those that come at once (XEP-0198 §4)', async () => {
  await using host = await scene()
  const client = await host.client(juliet)
  await enables(client)
  const asks = `<r xmlns='${sm}'/>`
  await client.sends(`${asks}${asks}${asks}<message to='romeo@montague.example' type='headline'/>${asks}`)
  const counts = []
  for (let n = 0; n < 4; n++)
    counts.push((await client.receives(`<a xmlns='${sm}' h='{any}'/>`)).attrs.get('h'))
  assert.deepEqual([counts[0], counts.at(-1)], ['0', '1'])
  await client.receivesNothing()
})

test('an acknowledgement waits until what it stands for is durable; nobody else waits (XEP-0198 §4)', async () => {
  const gate = Promise.withResolvers<void>()
  let isClosed = false
  const around = (store: StoreDriver): StoreDriver => ({
    open: (...given) => store.open(...given),
    close: () => store.close(),
    faults: 0,
    flushed: () => (isClosed ? gate.promise : store.flushed()),
  })
  await using host = await scene({ around })
  await host.account(romeo)
  const client = await host.client(juliet)
  await enables(client)
  const listener = await host.online('nurse@montague.example/hall')
  isClosed = true
  await client.sends(`${says('romeo@montague.example', 'one')}<r xmlns='${sm}'/>`)
  await client.sends(`${says('nurse@montague.example/hall', 'two')}<r xmlns='${sm}'/>`)
  await listener.receives(`<message type='chat'><body>two</body></message>`)
  await client.receivesNothing()
  gate.resolve()
  await client.receives(`<a xmlns='${sm}' h='1'/>`)
  await client.receives(`<a xmlns='${sm}' h='2'/>`)
})

test('what could not be stored is never acknowledged: the stream ends and nobody can resume it', async () => {
  let faults = 0
  const around = (store: StoreDriver): StoreDriver => ({
    open: (...given) => store.open(...given),
    flushed: () => store.flushed(),
    close: () => store.close(),
    get faults() {
      return faults
    },
  })
  await using host = await scene({ around })
  await host.account(romeo)
  const client = await host.client(juliet)
  const id = await enables(client)
  faults++ // before anything was handled: that was somebody else's
  await client.sends(`${says('romeo@montague.example', 'one')}<r xmlns='${sm}'/>`)
  await client.receives(`<a xmlns='${sm}' h='1'/>`)
  await client.sends(says('romeo@montague.example', 'two'))
  faults++
  await client.sends(`<r xmlns='${sm}'/>`)
  await client.receivesStreamError('internal-server-error')
  const again = await resumes(host, 'juliet', id, 0)
  await again.receives(
    `<failed xmlns='${sm}' h='{none}'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`,
  )
})

test('a client is asked what it has after so many stanzas, or when nothing follows (XEP-0198 §4)', async () => {
  await using host = await scene({
    settings: { 'stream-management': { requestEvery: 3, requestAfter: 2_000 } },
  })
  const [sender, client] = await pair(host)
  await sender.sends(says(juliet, 'one'))
  await client.receives(`<message type='chat'><body>one</body></message>`)
  await host.advance(1_900)
  await client.receivesNothing()
  await host.advance(200)
  await client.receives(`<r xmlns='${sm}'/>`)
  await sender.sends(says(juliet, 'two') + says(juliet, 'three') + says(juliet, 'four'))
  await host.advance(0)
  for (const text of ['two', 'three', 'four'])
    await client.receives(`<message type='chat'><body>${text}</body></message>`)
  await client.receives(`<r xmlns='${sm}'/>`)
  await client.sends(`<a xmlns='${sm}' h='4'/>`)
  await host.advance(10_000)
  await client.receivesNothing()
})

test('whoever acknowledges more than was sent is sent away (XEP-0198 §6)', async () => {
  await using host = await scene()
  const [sender, client] = await pair(host)
  await sender.sends(says(juliet, 'one'))
  await client.forgets()
  await client.sends(`<a xmlns='${sm}' h='1'/><a xmlns='${sm}' h='0'/>`)
  await client.receivesNothing()
  await client.sends(`<a xmlns='${sm}' h='2'/>`)
  await client.receives(`<error xmlns='http://etherx.jabber.org/streams'>
    <undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>
    <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{any}</text>
    <handled-count-too-high xmlns='${sm}' h='2' send-count='1'/></error>`)
  await client.receivesEnd()
})

test('a session whose connection broke goes on: what was missed comes again, in order (XEP-0198 §5)', async () => {
  await using host = await scene()
  const [sender, client, id] = await pair(host)
  await client.sends(`<iq type='get' id='q'><query xmlns='jabber:iq:roster'/></iq>`)
  await client.receivesResult('q')
  await sender.sends(says(juliet, 'one') + says(juliet, 'two'))
  await client.forgets()
  await client.vanishes()
  await sender.sends(says('juliet@montague.example', 'three'))
  const again = await resumes(host, 'juliet', id, 2)
  await again.receives(`<resumed xmlns='${sm}' previd='${id}' h='1'/>`)
  await again.receives(`<message type='chat' from='${romeo}' to='${juliet}'><body>two</body></message>`)
  await again.receives(`<message type='chat' from='${romeo}'><body>three</body></message>`)
  await again.receives(`<r xmlns='${sm}'/>`)
  await again.sends(`<a xmlns='${sm}' h='4'/><presence><show>away</show></presence><r xmlns='${sm}'/>`)
  await again.receives(`<presence from='${juliet}' to='juliet@montague.example'><show>away</show></presence>`)
  await again.receives(`<a xmlns='${sm}' h='2'/>`)
  await sender.receivesNothing()
})

test('a session of one listener goes on at another: after STARTTLS as after direct TLS (XEP-0368)', async () => {
  await using host = await scene()
  const [sender, client, id] = await pair(host)
  await client.vanishes()
  await sender.sends(says(juliet, 'one'))
  const other = host.raw()
  await other.opens("to='montague.example' version='1.0'")
  await other.receivesHeader()
  await other.takes('the stream features')
  await other.sends("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
  await other.receives("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
  await other.startsTls()
  await authenticated(other, 'juliet')
  await other.sends(`<resume xmlns='${sm}' previd='${id}' h='0'/>`)
  await other.receives(`<resumed xmlns='${sm}' previd='${id}' h='0'/>`)
  await other.receives(`<message type='chat'><body>one</body></message>`)
})

test('nobody resumes the session of another account (XEP-0198 §10)', async () => {
  await using host = await scene()
  const [, client, id] = await pair(host)
  await client.vanishes()
  const thief = await resumes(host, 'romeo', id, 0)
  await thief.receives(
    `<failed xmlns='${sm}' h='{none}'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`,
  )
  await thief.sends(
    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>x</resource></bind></iq>",
  )
  await thief.receivesResult('b')
})

test('a session that is still connected moves to the newer stream (XEP-0198 §5)', async () => {
  await using host = await scene()
  const [sender, client, id] = await pair(host)
  const again = await resumes(host, 'juliet', id, 0)
  await client.receivesStreamError('conflict')
  await again.receives(`<resumed xmlns='${sm}' previd='${id}' h='0'/>`)
  await sender.sends(says(juliet, 'here'))
  await again.receives(`<message type='chat'><body>here</body></message>`)
  await sender.receivesNothing()
})

test('the wrong count ends the stream that wanted to resume, not the session (XEP-0198 §5, §6)', async () => {
  await using host = await scene()
  const [, client, id] = await pair(host)
  await client.vanishes()
  const wrong = await resumes(host, 'juliet', id, 7)
  assert.equal((await wrong.takes()).name, 'error')
  await wrong.receivesEnd()
  const right = await resumes(host, 'juliet', id, 0)
  await right.receives(`<resumed xmlns='${sm}' previd='${id}' h='0'/>`)
})

test('after the time given the session is over: contacts hear it, and the count is still told (XEP-0198 §5)', async () => {
  await using host = await scene()
  const [sender, client, id] = await pair(host)
  await client.sends(`<presence to='${romeo}'/>`)
  await sender.receives(`<presence from='${juliet}'/>`)
  await client.vanishes()
  await host.advance(599_000)
  await sender.receivesNothing()
  await host.advance(1_000)
  await sender.receives(`<presence type='unavailable' from='${juliet}'/>`)
  const late = await resumes(host, 'juliet', id, 0)
  await late.receives(
    `<failed xmlns='${sm}' h='1'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`,
  )
})

test('a stream closed in order ends its session at once (XEP-0198 §7)', async () => {
  await using host = await scene()
  const [sender, client, id] = await pair(host)
  await client.sends(`<presence to='${romeo}'/>`)
  await sender.forgets()
  await client.closes()
  await sender.receives(`<presence type='unavailable' from='${juliet}'/>`)
  const late = await resumes(host, 'juliet', id, 0)
  await late.receives(
    `<failed xmlns='${sm}' h='{none}'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`,
  )
})

test('of too many sessions without connection the one away for longest ends', async () => {
  await using host = await scene({ settings: { 'stream-management': { sessionsPerAccount: 2 } } })
  const ids: string[] = []
  for (const resource of ['a', 'b', 'c']) {
    const client = await host.client(`juliet@montague.example/${resource}`)
    ids.push(await enables(client))
    await client.vanishes()
    await host.advance(1_000)
  }
  assert.equal(host.server.sessionCount, 2)
  const first = await resumes(host, 'juliet', ids[0] ?? '', 0)
  assert.equal((await first.takes()).name, 'failed')
  const last = await resumes(host, 'juliet', ids[2] ?? '', 0)
  assert.equal((await last.takes()).name, 'resumed')
})

test('whoever leaves too much unacknowledged loses the session, and its messages are kept', async () => {
  await using host = await scene({ settings: { 'stream-management': { unackedStanzas: 10 } } })
  const [sender, client] = await pair(host)
  for (let n = 1; n <= 11; n++) await sender.sends(says(juliet, `${n}`))
  await client.forgets()
  assert.ok(client.isGone)
  const again = await host.client(juliet)
  await again.sends('<presence/>')
  const heard = (await again.forgets()).filter(({ name }) => name === 'message')
  assert.equal(heard.length, 11)
  await sender.receivesNothing()
})

/** Romeo, online, and Juliet, online and under management. @returns her session's id, too */
async function pair(host: Scene): Promise<[Peer, Peer, string]> {
  const sender = await host.online(romeo)
  const client = await host.client(juliet)
  await client.sends('<presence/>')
  await client.forgets()
  return [sender, client, await enables(client)]
}

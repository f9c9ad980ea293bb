import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ping } from '@waxwing/protocol'
import { failure, online, settled, stage } from './client-kit.test.ts'
import {
  AuthError,
  Client,
  ConnectError,
  type Connector,
  connect,
  DisconnectedError,
  PolicyError,
  type Status,
  TimeoutError,
  TlsError,
  waitBefore,
} from './index.ts'

const streamError = (condition: string, content = ''): string =>
  `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${content}</${condition}></stream:error></stream:stream>`

test('opening is done when the session is bound, the roster there and presence shown (RFC 6121 §2.2)', async () => {
  const { client, peers } = stage({ resource: 'orchard' })
  const opening = client.open()
  await settled()
  assert.equal(client.state, 'connecting')
  const peer = peers.last
  await peer.bind()
  assert.equal(client.state, 'online')
  let isOpen = false
  void opening.then(() => (isOpen = true))
  const presence = await peer.heard()
  assert.match(presence, /<resource>orchard<\/resource>/)
  assert.match(presence, /<presence><c xmlns="http:\/\/jabber.org\/protocol\/caps" hash="sha-1"/)
  assert.equal(isOpen, false)
  const [, id = ''] = /id="([^"]+)"><query xmlns="jabber:iq:roster"/.exec(presence) ?? []
  await peer.says(`<iq type='result' id='${id}'><query xmlns='jabber:iq:roster'/></iq>`)
  await opening
  assert.equal(client.jid, 'romeo@example.org/r1')
})

test('a server without rosters is a server all the same', async () => {
  const { client, peers } = stage()
  const opening = client.open()
  await settled()
  await peers.last.bind()
  const { attrs } = await peers.last.hears('iq')
  await peers.last.says(
    `<iq type='error' id='${attrs.get('id')}'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
  )
  await opening
})

test('neither roster nor presence when neither is wanted', async () => {
  const { peer } = await online({ roster: false, presence: false })
  await peer.hearsNothing()
})

test('a refused login is told and final', async () => {
  const { client, peers, clock } = stage()
  const failing = failure(client.open())
  await settled()
  const peer = peers.last
  const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl'
  await peer.says(
    `<?xml version='1.0'?><stream:stream id='1' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'><stream:features><mechanisms xmlns='${sasl}'><mechanism>PLAIN</mechanism></mechanisms></stream:features>`,
  )
  await peer.says(`<failure xmlns='${sasl}'><not-authorized/></failure>`)
  const error = await failing
  assert.ok(error instanceof AuthError)
  assert.equal(error.code, 'not-authorized')
  assert.equal(client.state, 'closed')
  await clock.advance(100_000)
  assert.equal(peers.all.length, 1)
})

test('a first connection that cannot be made is told at once', async () => {
  const { client, peers } = stage()
  peers.refuse = new ConnectError('refused', 'Nothing listens there', { retryable: true })
  assert.equal((await failure(client.open())).code, 'refused')
  assert.equal(client.state, 'closed')
})

test('an account without credentials is a matter of policy', async () => {
  const { client } = stage({ password: undefined })
  assert.ok((await failure(client.open())) instanceof PolicyError)
  assert.equal(client.state, 'closed')
})

test('a connector that never answers is given up at the deadline', async () => {
  const connector: Connector = { connect: () => new Promise(() => {}) }
  const { client, clock } = stage({ connector, timeoutMs: 30_000 })
  const failing = failure(client.open())
  await clock.advance(30_000)
  assert.ok((await failing) instanceof TimeoutError)
  assert.equal(client.state, 'closed')
})

test('a server that says nothing is given up at the deadline', async () => {
  const { client, clock } = stage()
  const failing = failure(client.open())
  await settled()
  await clock.advance(15_000)
  assert.ok((await failing) instanceof TimeoutError)
  assert.equal(clock.waiting, 0)
})

test('a roster that does not come is waited for only so long', async () => {
  const { client, peers, clock } = stage({ requestTimeoutMs: 5000 })
  const failing = failure(client.open())
  await settled()
  await peers.last.bind()
  await clock.advance(5000)
  assert.equal((await failing).code, 'timeout')
  assert.equal(client.state, 'closed')
})

test('connecting is ended by a signal, with its reason', async () => {
  for (const stageOfIt of ['before', 'connecting', 'negotiating']) {
    const controller = new AbortController()
    const connector: Connector = { connect: () => new Promise(() => {}) }
    const options = { signal: controller.signal, ...(stageOfIt === 'connecting' ? { connector } : {}) }
    const { client } = stage(options)
    if (stageOfIt === 'before') controller.abort(new Error('enough'))
    const failing = failure(client.open())
    await settled()
    controller.abort(new Error('enough'))
    assert.equal((await failing).message, 'enough')
    await client.close()
    assert.equal(client.state, 'closed')
  }
})

test('connect gives a client that closes itself at the end of its block', async () => {
  const { peers, client: unused } = stage()
  await unused.close()
  const opening = connect({
    jid: 'romeo@example.org',
    password: 'x',
    connector: peers,
    roster: false,
    presence: false,
    keepAliveMs: 0,
  })
  await settled()
  await peers.last.bind()
  let kept: Client
  {
    await using client = await opening
    kept = client
    assert.equal(client.state, 'online')
  }
  assert.equal(kept.state, 'closed')
  assert.match(await peers.last.heard(), /<\/stream:stream>$/)
})

test('closing says goodbye (RFC 6121 §4.5, RFC 6120 §4.4)', async () => {
  const { client, peer, clock } = await online()
  await client.close()
  assert.equal(await peer.heard(), '<presence type="unavailable"/></stream:stream>')
  assert.equal(client.state, 'closed')
  assert.equal(clock.waiting, 0, 'no timer is left')
  await client.close()
})

test('closing waits for a silent peer only so long', async () => {
  const { client, peer, clock } = await online()
  peer.end = () => {}
  const closing = client.close()
  await clock.advance(15_000)
  await closing
})

test('a lost session comes back by itself: roster and presence, and what waited (RFC 6120 §3.3)', async () => {
  const { client, peer, peers, clock } = await online()
  client.presence.set({ show: 'away', status: 'calibrating' })
  const statuses: string[] = []
  const sessions: string[] = []
  client.on('state', ({ state }) => statuses.push(state))
  client.on('session', ({ jid }) => sessions.push(jid))
  peer.breaks('reset')
  await settled()
  assert.equal(client.state, 'offline')
  const delivery = client.chat.send('juliet@example.org', 'Still there?')
  assert.equal(delivery.state, 'queued')
  await clock.advance(499)
  assert.equal(peers.all.length, 1)
  await clock.advance(1)
  await peers.last.bind('romeo@example.org/r2')
  await peers.last.giveRoster()
  const text = await peers.last.heard()
  assert.match(text, /<show>away<\/show><status>calibrating<\/status>/)
  assert.match(text, /Still there\?/)
  assert.equal(delivery.state, 'sent')
  assert.deepEqual(statuses, ['offline', 'connecting', 'online'])
  assert.deepEqual(sessions, ['romeo@example.org/r2'])
})

test('waits between attempts grow, and are spread by chance', async () => {
  const { client, peer, peers, clock } = await online({ reconnect: { firstMs: 1000, maxMs: 8000 } })
  const waits: number[] = []
  client.on('state', status => {
    if (status.state === 'offline') waits.push(status.retryInMs)
  })
  peers.refuse = new ConnectError('refused', 'Nothing listens there', { retryable: true })
  peer.breaks()
  await clock.advance(30_000)
  assert.deepEqual(waits.slice(0, 6), [500, 1000, 2000, 4000, 4000, 4000])
  const limits = { firstMs: 1000, maxMs: 60_000 }
  assert.equal(waitBefore(3, 0, limits), 0)
  assert.ok(waitBefore(1000, 0.999, limits) < 60_000)
  await client.close()
})

test('a network that answers in the place of the server is waited out', async () => {
  const { client, peer, peers, clock } = await online()
  peers.refuse = new TlsError('tls-untrusted', 'The certificate is that of a hotel')
  peer.breaks()
  await clock.advance(5000)
  assert.notEqual(client.state, 'closed')
  await client.close()
})

test('a login that is refused later is final as well', async () => {
  const { client, peer, peers, clock } = await online()
  peers.refuse = new AuthError('not-authorized', 'The password was changed')
  const messages = client.chat.messages()
  peer.breaks()
  await clock.advance(5000)
  assert.equal(client.state, 'closed')
  assert.equal((await failure(messages.next())).code, 'not-authorized')
})

test('attempts in a row can be limited', async () => {
  const { client, peer, peers, clock } = await online({ reconnect: { attempts: 3 } })
  peers.refuse = new ConnectError('refused', 'Nothing listens there', { retryable: true })
  peer.breaks()
  await clock.advance(1_000_000)
  assert.equal(client.state, 'closed')
  assert.equal(peers.redirects.length, 4)
})

test('without reconnecting a lost session is the end', async () => {
  const { client, peer } = await online({ reconnect: false })
  const delivery = client.chat.messages()
  peer.breaks()
  await settled()
  assert.equal(client.state, 'closed')
  assert.equal((await failure(delivery.next())).code, 'connection-lost')
})

test('a session taken over by another is not fought for (RFC 6120 §4.9.3.3)', async () => {
  const { client, peer, peers, clock } = await online()
  await peer.says(streamError('conflict'))
  assert.equal(client.state, 'closed')
  await clock.advance(1_000_000)
  assert.equal(peers.all.length, 1)
})

test('see-other-host is followed at once, but not for ever (RFC 6120 §4.9.3.19)', async () => {
  const { client, peer, peers, clock } = await online()
  await peer.says(streamError('see-other-host', 'other.example.org:9222'))
  await clock.advance(0)
  assert.deepEqual(peers.redirects, [undefined, 'other.example.org:9222'])
  for (let hop = 0; hop < 5; hop++) {
    await peers.last.says(
      `<?xml version='1.0'?><stream:stream id='1' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>${streamError('see-other-host', 'x')}`,
    )
    await clock.advance(0)
  }
  assert.ok(peers.all.length < 7)
  await client.close()
})

test('a dead connection is noticed within 30 s by default', async () => {
  const { client, peer, clock } = await online({ keepAliveMs: 20_000 })
  await clock.advance(20_000)
  const { attrs } = await peer.hears('iq')
  assert.equal(attrs.get('to'), 'example.org')
  await clock.advance(10_000)
  assert.equal(client.state, 'offline')
})

test('a connection on which something arrives is not asked', async () => {
  const { client, peer, clock } = await online({ keepAliveMs: 20_000 })
  for (let i = 0; i < 5; i++) {
    await clock.advance(15_000)
    await peer.says("<message from='a@b'/>")
  }
  await peer.hearsNothing()
  await client.close()
})

test('an error is a sign of life, too (XEP-0199 §4)', async () => {
  const { client, peer, clock } = await online({ keepAliveMs: 20_000 })
  for (let i = 0; i < 3; i++) {
    await clock.advance(20_000)
    const { attrs } = await peer.hears('iq')
    await peer.says(
      `<iq type='error' id='${attrs.get('id')}' from='example.org'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
    )
  }
  assert.equal(client.state, 'online')
  await client.close()
})

test('the state can be followed from now on until the end', async () => {
  const { client, peer } = await online()
  const seen: Status['state'][] = []
  const following = (async () => {
    for await (const { state } of client.status()) seen.push(state)
  })()
  peer.breaks()
  await settled()
  await client.close()
  await following
  assert.deepEqual(seen, ['online', 'offline', 'closed'])
})

test('a listener that throws harms nobody and is reported', async () => {
  const { client, peer, faults } = await online()
  client.on('message', () => {
    throw new Error('oops')
  })
  await peer.says("<message from='a@b'><body>hi</body></message>")
  await peer.says("<message from='a@b'><body>hi</body></message>")
  assert.equal(faults.length, 2)
  const heard: unknown[] = []
  client.on('fault', fault => heard.push(fault))
  client.onMessage(Ping, () => {
    throw new Error('oops again')
  })
  await peer.says("<message from='a@b'><x xmlns='y'/><ping xmlns='urn:xmpp:ping'/></message>")
  assert.equal(heard.length, 1)
})

test('what others send and cannot be read is passed over', async () => {
  const { client, peer, faults } = await online()
  await peer.says(
    "<message from='a@b' to='@@'><body>hi</body></message><presence from='a@b'><show>x</show></presence>",
  )
  await peer.says("<message from='@'/><presence from='@'/><iq from='@' type='get' id='1'/><other xmlns='x'/>")
  assert.equal(client.state, 'online')
  assert.deepEqual(faults, [])
})

test('a session that is lost while opening is told', async () => {
  const { client, peers } = stage()
  const failing = failure(client.open())
  await settled()
  await peers.last.bind()
  peers.last.breaks()
  assert.ok((await failing) instanceof DisconnectedError)
  assert.equal(client.state, 'closed')
})

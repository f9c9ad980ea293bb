/** What is wrong with the order and the pace of the input, not with its form: slow, cut, half-closed, never, too many. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { parseFullJid } from '@waxwing/jid'
import {
  listening,
  type Peer,
  plainResponse,
  type Scene,
  SocketPeer,
  scene,
  streamConditionOf,
} from '@waxwing/testkit'
import { childOf, elementsOf, textOf } from '@waxwing/xml'

const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl'
const tls = 'urn:ietf:params:xml:ns:xmpp-tls'
const limits = { timeout: 20_000 }
const header = "to='montague.example' version='1.0'"

async function online(host: Scene): Promise<{ romeo: Peer; juliet: Peer }> {
  return {
    romeo: await host.online('romeo@montague.example/orchard'),
    juliet: await host.online('juliet@montague.example/balcony'),
  }
}

test('a stanza acts on its last byte, wherever it was split before', async () => {
  await using host = await scene()
  const { romeo, juliet } = await online(host)
  const whole = new TextEncoder().encode(
    "<message to='juliet@montague.example' id='ä'><body>é&amp;🦔</body></message>",
  )
  for (let at = 1; at < whole.length; at++) {
    await romeo.sendsBytes(whole.subarray(0, at))
    await juliet.receivesNothing()
    await romeo.sendsBytes(whole.subarray(at))
    await juliet.receives("<message id='ä'><body>é&amp;🦔</body></message>")
  }
})

test('a whole login and a message work one byte at a time', async () => {
  await using host = await scene()
  const juliet = await host.online('juliet@montague.example/balcony')
  await host.account('romeo@montague.example', 'secret')
  const romeo = host.raw({ tls: true })
  const open = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' ${header}>`
  const said = [
    open,
    `<auth xmlns='${sasl}' mechanism='PLAIN'>${plainResponse('romeo', 'secret')}</auth>`,
    open,
    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
    "<message to='juliet@montague.example' id='m'/>",
  ]
  for (const byte of new TextEncoder().encode(said.join(''))) await romeo.sendsBytes(Uint8Array.of(byte))
  await juliet.receives("<message id='m'/>")
})

test('everything from the login to a message may come in one piece (RFC 6120 §6.3.3)', async () => {
  await using host = await scene()
  const juliet = await host.online('juliet@montague.example/balcony')
  await host.account('romeo@montague.example', 'secret')
  const romeo = host.raw({ tls: true })
  const open = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' ${header}>`
  await romeo.sends(
    `${open}<auth xmlns='${sasl}' mechanism='PLAIN'>${plainResponse('romeo', 'secret')}</auth>${open}` +
      "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq><message to='juliet@montague.example' id='m'/>",
  )
  await juliet.receives("<message id='m'/>")
})

test('a negotiation that takes longer than 30 seconds ends with connection-timeout (XEP-0205 §3)', async () => {
  await using host = await scene()
  const stages: readonly ((peer: Peer) => Promise<unknown>)[] = [
    async () => {},
    peer => peer.sends('<stream:str'),
    peer => peer.opens(header),
    async peer => {
      await peer.opens(header)
      await peer.sends(`<auth xmlns='${sasl}' mechanism='SCRAM-SHA-1'>biwsbj1yLHI9YQ==</auth>`)
    },
  ]
  const peers: Peer[] = []
  for (const stage of stages) {
    const peer = host.raw({ tls: true })
    await stage(peer)
    peers.push(peer)
  }
  await host.advance(29_000)
  for (const peer of peers) assert.ok(!peer.isGone)
  for (const peer of peers) await peer.forgets()
  await host.advance(3_000)
  for (const [n, peer] of peers.entries()) {
    if (n < 2) await peer.receivesHeader()
    await peer.receivesStreamError('connection-timeout')
  }
})

test('a drip that never completes its login is ended all the same (XEP-0205 §3)', async () => {
  await using host = await scene()
  const peer = host.raw({ tls: true })
  await peer.opens(header)
  await peer.forgets()
  for (let second = 0; second < 35 && !peer.isGone; second++) {
    await peer.sendsBytes(' ')
    await host.advance(1_000)
  }
  await peer.receivesStreamError('connection-timeout')
})

test('a client that has logged in may stay silent as long as it likes by default', async () => {
  await using host = await scene()
  const { romeo } = await online(host)
  await host.advance(3_600_000)
  await romeo.sends("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
  await romeo.receivesResult('p')
})

test('with an idle limit a silent client is ended, one that speaks is not', async () => {
  await using host = await scene({ limits: { idleMs: 60_000 } })
  const { romeo, juliet } = await online(host)
  for (let n = 0; n < 3; n++) {
    await juliet.sends(' ')
    await host.advance(30_000)
  }
  await romeo.receivesStreamError('connection-timeout')
  await juliet.sends("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
  await juliet.receivesResult('p')
})

test('bytes pipelined behind STARTTLS are never read as secured (RFC 6120 §5.4.3.3)', async () => {
  await using host = await scene()
  await host.account('romeo@montague.example', 'secret')
  const injected = [
    '<stream:stream',
    `<auth xmlns='${sasl}' mechanism='PLAIN'>${plainResponse('romeo', 'secret')}</auth>`,
    `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' ${header}>`,
  ]
  for (const bytes of injected) {
    const peer = host.raw()
    await peer.opens(header)
    await peer.forgets()
    await peer.sends(`<starttls xmlns='${tls}'/>${bytes}`)
    await peer.receives(`<proceed xmlns='${tls}'/>`)
    await peer.startsTls()
    await peer.receivesNothing()
    await peer.opens(header)
    await peer.receivesHeader()
    const features = await peer.takes()
    assert.ok(childOf(features, sasl, 'mechanisms'), 'Nobody has logged in yet')
    await peer.receivesNothing()
  }
})

test('TLS is asked for before anything else, and not offered twice (RFC 6120 §5.3.1)', async () => {
  await using host = await scene()
  const peer = host.raw()
  await peer.opens(header)
  await peer.receivesHeader()
  const before = await peer.takes()
  assert.deepEqual(
    elementsOf(before).map(({ name }) => name),
    ['starttls'],
  )
  await peer.sends(`<starttls xmlns='${tls}'/>`)
  await peer.receives(`<proceed xmlns='${tls}'/>`)
  await peer.startsTls()
  await peer.opens(header)
  await peer.receivesHeader()
  const after = await peer.takes()
  assert.ok(!elementsOf(after).some(({ name }) => name === 'starttls'))
})

test('PLAIN is offered under TLS only, even where TLS is not required (RFC 6120 §13.8.3)', async () => {
  await using host = await scene({ login: { requiresTls: false } })
  await host.account('romeo@montague.example', 'secret')
  const peer = host.raw()
  await peer.opens(header)
  await peer.receivesHeader()
  const mechanisms = childOf(await peer.takes(), sasl, 'mechanisms')
  assert.ok(mechanisms && !elementsOf(mechanisms).some(each => textOf(each) === 'PLAIN'))
  await peer.sends(`<auth xmlns='${sasl}' mechanism='PLAIN'>${plainResponse('romeo', 'secret')}</auth>`)
  await peer.receives(`<failure xmlns='${sasl}'><invalid-mechanism/></failure>`)
})

test('an account that does not exist answers exactly as one that does (RFC 6120 §6.5.10)', async () => {
  await using host = await scene()
  await host.account('romeo@montague.example', 'secret')
  const answers = async (username: string, mechanism: string, data: string): Promise<string> => {
    const peer = host.raw({ tls: true, name: 'guesser' })
    await peer.opens(header)
    await peer.forgets()
    const start = host.transcript().length
    await peer.sends(
      `<auth xmlns='${sasl}' mechanism='${mechanism}'>${Buffer.from(data.replace('USER', username)).toString('base64')}</auth>`,
    )
    const said = host.transcript().slice(start)
    return said
      .split('\n')
      .filter(line => line.includes(' < '))
      .join('\n')
  }
  assert.equal(
    await answers('romeo', 'PLAIN', '\0USER\0wrong'),
    await answers('nobody', 'PLAIN', '\0USER\0wrong'),
  )
  const challenge = (line: string): string[] =>
    Buffer.from(/>([^<]+)<\/challenge>/.exec(line)?.[1] ?? '', 'base64')
      .toString()
      .split(',')
  const known = challenge(await answers('romeo', 'SCRAM-SHA-256', 'n,,n=USER,r=abc'))
  const unknown = challenge(await answers('nobody', 'SCRAM-SHA-256', 'n,,n=USER,r=abc'))
  const again = challenge(await answers('nobody', 'SCRAM-SHA-256', 'n,,n=USER,r=abc'))
  assert.deepEqual(
    known.map(part => part.slice(0, 2)),
    unknown.map(part => part.slice(0, 2)),
  )
  assert.equal(
    known.find(part => part.startsWith('i=')),
    unknown.find(part => part.startsWith('i=')),
  )
  assert.equal(
    unknown.find(part => part.startsWith('s='))?.length,
    known.find(part => part.startsWith('s='))?.length,
  )
  assert.equal(
    unknown.find(part => part.startsWith('s=')),
    again.find(part => part.startsWith('s=')),
  )
})

test('the third failed login ends the stream after its failure was told (RFC 6120 §6.4.5)', async () => {
  await using host = await scene()
  const peer = host.raw({ tls: true })
  await peer.opens(header)
  await peer.forgets()
  for (let n = 0; n < 3; n++) {
    await peer.sends(`<auth xmlns='${sasl}' mechanism='PLAIN'>${plainResponse('romeo', 'guess')}</auth>`)
    await peer.receives(`<failure xmlns='${sasl}'><not-authorized/></failure>`)
  }
  await peer.receivesStreamError('policy-violation')
})

test(
  'a client that ends its direction has its last stanza delivered, then it is gone (RFC 6120 §4.4)',
  limits,
  async () => {
    await using server = await listening()
    for (const name of ['romeo', 'juliet']) await server.account(name, 'secret')
    const target = { port: server.port('direct-tls'), directTls: server.certificate }
    const juliet = await SocketPeer.connect(target)
    await juliet.logsIn(parseFullJid('juliet@localhost/balcony'), 'secret')
    const romeo = await SocketPeer.connect(target)
    await romeo.logsIn(parseFullJid('romeo@localhost/orchard'), 'secret')
    await romeo.sends(
      "<presence to='juliet@localhost/balcony'/><message to='juliet@localhost/balcony' id='last'/>",
    )
    romeo.ends()
    assert.equal((await juliet.takes()).name, 'presence')
    assert.equal((await juliet.takes()).attrs.get('id'), 'last')
    assert.equal((await juliet.takes()).attrs.get('type'), 'unavailable')
  },
)

test(
  'a client that asks and closes its side at once still gets the answer (RFC 6120 §4.4)',
  limits,
  async () => {
    await using server = await listening()
    const wrong =
      "<stream:stream to='nobody.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
    for (let n = 0; n < 10; n++) {
      for (const secured of [false, true]) {
        const socket = secured
          ? connectTls({ port: server.port('direct-tls'), ca: server.certificate, servername: 'localhost' })
          : connect(server.port('client'), 'localhost')
        socket.end(wrong)
        assert.match(await text(socket), /<host-unknown .*<\/stream:error><\/stream:stream>$/s)
      }
    }
  },
)

test('a reset in the middle of a stanza ends that session and nothing else', limits, async () => {
  await using server = await listening()
  for (const name of ['romeo', 'juliet']) await server.account(name, 'secret')
  const target = { port: server.port('direct-tls'), directTls: server.certificate }
  const juliet = await SocketPeer.connect(target)
  await juliet.logsIn(parseFullJid('juliet@localhost/balcony'), 'secret')
  for (let n = 0; n < 20; n++) {
    const romeo = await SocketPeer.connect(target)
    await romeo.logsIn(parseFullJid('romeo@localhost/orchard'), 'secret')
    await romeo.sends("<presence to='juliet@localhost/balcony'/>", "<message to='juliet@localh")
    romeo.resets()
    assert.equal((await juliet.takes()).attrs.get('type'), undefined)
    assert.equal((await juliet.takes()).attrs.get('type'), 'unavailable')
  }
})

test('a receiver that reads nothing is given up alone; who writes to it is not held up', limits, async () => {
  await using server = await listening({ config: '[limits]\noutbox_bytes = "64 KiB"' })
  for (const name of ['romeo', 'juliet']) await server.account(name, 'secret')
  const target = { port: server.port('direct-tls'), directTls: server.certificate }
  const juliet = await SocketPeer.connect(target)
  await juliet.logsIn(parseFullJid('juliet@localhost/balcony'), 'secret')
  juliet.pauses()
  const romeo = await SocketPeer.connect(target)
  await romeo.logsIn(parseFullJid('romeo@localhost/orchard'), 'secret')
  const big = `<message type='headline' to='juliet@localhost/balcony'><body>${'a'.repeat(100_000)}</body></message>`
  for (let n = 0; n < 400 && server.running.server.sessionCount === 2; n++) {
    await romeo.sends(`${big}<iq type='get' id='p${n}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    assert.equal((await romeo.takes()).attrs.get('id'), `p${n}`)
  }
  assert.equal(server.running.server.sessionCount, 1)
  juliet.resets()
})

test(
  '1,000 connections that never log in disturb nobody and are ended in time (XEP-0205 §3)',
  limits,
  async () => {
    await using server = await listening({ config: '[limits]\nnegotiation_timeout = "2s"' })
    await server.account('juliet', 'secret')
    const crowd = await Promise.all(
      Array.from({ length: 1_000 }, async (_, n) => {
        const socket = connect({ port: server.port('client'), host: '127.0.0.1' })
        let said = ''
        socket.setEncoding('utf8').on('data', text => (said += String(text)))
        socket.on('error', () => {})
        if (n % 3 === 1) socket.write('<stream:str')
        if (n % 3 === 2)
          socket.write(
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>",
          )
        const closed = once(socket, 'close')
        await once(socket, 'connect')
        return { closed, said: () => said }
      }),
    )
    const juliet = await SocketPeer.connect({
      port: server.port('direct-tls'),
      directTls: server.certificate,
    })
    await juliet.logsIn(parseFullJid('juliet@localhost/balcony'), 'secret')
    for (const { closed } of crowd) await closed
    for (const { said } of crowd) assert.match(said(), /connection-timeout/)
    await juliet.sends("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
    assert.equal((await juliet.takes()).attrs.get('id'), 'p')
    juliet.resets()
  },
)

test('a peer that never closes its side is cut off some time after the stream has ended (RFC 6120 §4.4)', async () => {
  await using host = await scene({ limits: { unauthenticatedConnections: 1 } })
  const romeo = await host.client('romeo@montague.example/orchard')
  const raw = host.raw({ tls: true })
  for (const peer of [romeo, raw]) {
    peer.wire.near.isHalfOpen = true
    await peer.sends('<<')
    assert.ok(!peer.isGone)
  }
  await host.advance(60_000)
  for (const peer of [romeo, raw]) assert.ok(peer.isGone)
  const next = host.raw({ tls: true })
  await next.opens(header)
  await next.receivesHeader()
  assert.equal((await next.takes()).name, 'features')
})

test('who comes when too many wait to log in is turned away (XEP-0205 §3)', async () => {
  await using host = await scene({ limits: { unauthenticatedConnections: 5 } })
  const { juliet } = await online(host)
  for (let n = 0; n < 5; n++) host.raw({ tls: true })
  const late = host.raw({ tls: true })
  await late.receivesHeader()
  await late.receivesStreamError('resource-constraint')
  await juliet.sends("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
  await juliet.receivesResult('p')
})

test('more resources than an account may have are refused, the others stay (RFC 6120 §7.7.2.1)', async () => {
  await using host = await scene({ limits: { resourcesPerAccount: 2 } })
  const first = await host.client('romeo@montague.example/a')
  await host.client('romeo@montague.example/b')
  const third = host.raw({ tls: true })
  await third.opens(header)
  await third.sends(
    `<auth xmlns='${sasl}' mechanism='PLAIN'>${plainResponse('romeo', 'r0m30myr0m30')}</auth>`,
  )
  await third.opens(header)
  await third.forgets()
  await third.sends(
    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>c</resource></bind></iq>",
  )
  await third.receivesError('iq', 'b', 'wait', 'resource-constraint')
  await first.sends("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")
  await first.receivesResult('p')
})

test('a TLS handshake that is none, or too old, ends that connection alone', limits, async () => {
  await using server = await listening()
  await server.account('juliet', 'secret')
  const rubbish = await SocketPeer.connect({ port: server.port('client') })
  await rubbish.greets('localhost')
  await rubbish.sends(`<starttls xmlns='${tls}'/>`)
  assert.equal((await rubbish.takes()).name, 'proceed')
  await rubbish.sends('this is no handshake at all')
  await rubbish.hearsOut()
  const direct = await SocketPeer.connect({ port: server.port('direct-tls') })
  await direct.sends('<stream:stream>')
  await direct.hearsOut()
  const old = connectTls({
    port: server.port('direct-tls'),
    host: '127.0.0.1',
    ca: server.certificate,
    servername: 'localhost',
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  })
  await assert.rejects(once(old, 'secureConnect'))
  const juliet = await SocketPeer.connect({ port: server.port('direct-tls'), directTls: server.certificate })
  await juliet.logsIn(parseFullJid('juliet@localhost/balcony'), 'secret')
  juliet.resets()
})

test('the server says goodbye to everybody when it stops (RFC 6120 §4.9.3.23)', limits, async () => {
  const server = await listening()
  await server.account('juliet', 'secret')
  const juliet = await SocketPeer.connect({ port: server.port('direct-tls'), directTls: server.certificate })
  await juliet.logsIn(parseFullJid('juliet@localhost/balcony'), 'secret')
  const stranger = await SocketPeer.connect({ port: server.port('client') })
  const stopped = server[Symbol.asyncDispose]()
  for (const peer of [juliet, stranger]) {
    const last = (await peer.hearsOut()).at(-1)
    assert.equal(last && streamConditionOf(last), 'system-shutdown')
  }
  await stopped
})

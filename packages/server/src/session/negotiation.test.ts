/** What a stream's header and its first steps may say, and what comes back. RFC 6120 §4.7, §7. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { authenticate, listening, type Peer, plainResponse, type Scene, scene } from '@waxwing/testkit'

const header = "to='montague.example' version='1.0'"
const bindNs = 'urn:ietf:params:xml:ns:xmpp-bind'
const bind = (attributes: string): string => `<iq type='set' ${attributes}><bind xmlns='${bindNs}'/></iq>`

async function loggedIn(host: Scene): Promise<Peer> {
  await host.account('romeo@montague.example', 'secret')
  const romeo = host.raw({ tls: true })
  await authenticate(romeo, header, 'romeo', 'secret')
  await romeo.opens(header)
  await romeo.receivesHeader()
  await romeo.takes()
  return romeo
}

const domains: readonly [what: string, to: string][] = [
  ['in capitals', 'MONTAGUE.EXAMPLE'],
  ['with its final dot', 'montague.example.'],
  ['in wide letters', 'ｍontague.example'],
  ['with a reference', 'm&#x6f;ntague.example'],
]

for (const [what, to] of domains)
  test(`a domain ${what} is the same domain (RFC 7622 §3.2)`, async () => {
    await using host = await scene()
    const peer = host.raw({ tls: true })
    await peer.opens(`to='${to}' version='1.0'`)
    assert.equal((await peer.receivesHeader()).attrs.get('from'), 'montague.example')
    assert.equal((await peer.takes()).name, 'features')
  })

for (const to of ['romeo@montague.example', 'montague.example/orchard', ' montague.example', ''])
  test(`"${to}" is no domain served here (RFC 6120 §4.9.3.6)`, async () => {
    await using host = await scene()
    const peer = host.raw({ tls: true })
    await peer.opens(`to='${to}' version='1.0'`)
    await peer.receivesHeader()
    await peer.receivesStreamError('host-unknown')
  })

const names: readonly [from: string | undefined, to: string | undefined][] = [
  [undefined, undefined],
  ['romeo@montague.example', 'romeo@montague.example'],
  ['Romeo@Montague.Example/orchard', 'romeo@montague.example'],
  ['@', undefined],
]

for (const [from, to] of names)
  test(`a header ${from === undefined ? 'without from' : `from ${from}`} is answered ${to === undefined ? 'without to' : `to ${to}`} (RFC 6120 §4.7.2)`, async () => {
    await using host = await scene()
    const peer = host.raw({ tls: true })
    await peer.opens(from === undefined ? header : `${header} from='${from}'`)
    assert.equal((await peer.receivesHeader()).attrs.get('to'), to)
  })

for (const from of ['romeo@elsewhere.example', 'elsewhere.example'])
  test(`a header from ${from} asks the wrong server (XEP-0388 §2.1, RFC 6120 §4.9.3.9)`, async () => {
    await using host = await scene()
    const peer = host.raw({ tls: true })
    await peer.opens(`${header} from='${from}'`)
    await peer.receivesHeader()
    await peer.receivesStreamError('invalid-from')
  })

const languages: readonly [lang: string, stamped: string | undefined][] = [
  ['de', 'de'],
  ['zh-Hant-TW', 'zh-Hant-TW'],
  ['', undefined],
  ['d e', undefined],
  ['de-', undefined],
  ['x'.repeat(9), undefined],
  ['de-abcdefgh'.padEnd(2_000, '-abcdefgh'), undefined],
]

for (const [lang, stamped] of languages)
  test(`a stream's language "${lang.slice(0, 20)}" is ${stamped === undefined ? 'not ' : ''}that of its stanzas (RFC 6120 §4.7.4)`, async () => {
    await using host = await scene()
    const juliet = await host.client('juliet@montague.example/balcony')
    const romeo = await host.client('romeo@montague.example/orchard', { lang })
    await romeo.sends("<message to='juliet@montague.example/balcony'/>")
    assert.equal((await juliet.takes()).attrs.get('xml:lang'), stamped)
  })

test('a stream in the stream is refused at once, not when it ends (RFC 6120 §4.9.3.24)', async () => {
  await using host = await scene()
  const peer = host.raw({ tls: true })
  await peer.opens(header)
  await peer.receivesHeader()
  await peer.takes()
  await peer.sends(`<stream:stream xmlns='jabber:client' ${header}>`)
  await peer.receivesStreamError('unsupported-stanza-type')
})

const farewell =
  "<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"

for (const stage of ['before login', 'before binding', 'when bound'])
  test(`a peer's stream error ${stage} closes the stream and is not answered by another (RFC 6120 §4.9.1.1)`, async () => {
    await using host = await scene()
    let peer: Peer
    if (stage === 'when bound') peer = await host.online('romeo@montague.example/orchard')
    else if (stage === 'before binding') peer = await loggedIn(host)
    else {
      peer = host.raw({ tls: true })
      await peer.opens(header)
      await peer.receivesHeader()
      await peer.takes()
    }
    await peer.sends(farewell)
    await peer.receivesEnd()
  })

for (const attributes of [
  "id='b' to='montague.example'",
  "id='b' to='romeo@montague.example'",
  "id='b' from='romeo@montague.example'",
])
  test(`binding with ${attributes} works (RFC 6120 §7.1)`, async () => {
    await using host = await scene()
    const romeo = await loggedIn(host)
    await romeo.sends(bind(attributes))
    await romeo.receivesResult('b')
  })

const strangers: readonly [attributes: string, condition: string][] = [
  ["id='b' to='juliet@montague.example'", 'not-authorized'],
  ["id='b' to='elsewhere.example'", 'not-authorized'],
  ["id='b' to='@'", 'not-authorized'],
  ["id='b' from='juliet@montague.example'", 'invalid-from'],
  ["id='b' from='montague.example'", 'invalid-from'],
]

for (const [attributes, condition] of strangers)
  test(`binding with ${attributes} ends with ${condition} (RFC 6120 §7.1, §8.1.2.1)`, async () => {
    await using host = await scene()
    const romeo = await loggedIn(host)
    await romeo.sends(bind(attributes))
    await romeo.receivesStreamError(condition)
  })

test('a bind request has one payload; after a refusal the next one may succeed (RFC 6120 §7.7, §8.2.3)', async () => {
  await using host = await scene()
  const romeo = await loggedIn(host)
  await romeo.sends(`<iq type='set' id='a'><bind xmlns='${bindNs}'/><x xmlns='urn:x'/></iq>`)
  await romeo.receivesError('iq', 'a', 'modify', 'bad-request')
  await romeo.sends(bind("id='b'"))
  await romeo.receivesResult('b')
})

for (const to of ['', " to='montague.example'"])
  test(`the session of RFC 3921 is granted${to && ' by the domain'}: it is on offer (RFC 3921 §3)`, async () => {
    await using host = await scene()
    const romeo = await host.client('romeo@montague.example/orchard')
    await romeo.sends(
      `<iq type='set' id='s'${to}><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>`,
    )
    await romeo.receives("<iq type='result' id='s'/>")
  })

test("nothing follows the server's closing tag, not even one's own leave (RFC 6120 §4.4)", async () => {
  await using server = await listening()
  await server.account('romeo', 'secret')
  const open = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>`
  const socket = connect({
    port: server.port('direct-tls'),
    host: '127.0.0.1',
    servername: 'localhost',
    ca: server.certificate,
  })
  let heard = ''
  socket.setEncoding('utf8').on('data', text => {
    heard += String(text)
  })
  socket.write(
    `${open}<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plainResponse('romeo', 'secret')}</auth>` +
      `${open}${bind("id='b'")}<presence/></stream:stream>`,
  )
  await once(socket, 'close')
  assert.match(heard, /<presence[^>]*><\/stream:stream>$|<presence[^>]*\/><\/stream:stream>$/)
})

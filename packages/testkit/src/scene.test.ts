import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differenceFrom, parsePattern, type Scene, scene } from './index.ts'

test('two clients log in, see each other and talk (RFC 6120 §9, RFC 6121 §5)', async () => {
  await using host = await scene()
  const romeo = await host.online('romeo@montague.example/orchard')
  const juliet = await host.online('juliet@montague.example/balcony')
  await juliet.sends(
    `<message to='romeo@montague.example' id='m1' type='chat'><body>Art thou not Romeo?</body></message>`,
  )
  await romeo.receives(`<message from='juliet@montague.example/balcony' to='romeo@montague.example' id='m1'
                                 type='chat'><body>Art thou not Romeo?</body></message>`)
  await juliet.receivesNothing()
})

async function played(seed: number): Promise<string> {
  const host: Scene = await scene({ seed })
  const jitter = host.random
  host.weather = { delayMs: () => jitter.below(3) * 10 }
  const peers = ['a', 'b', 'c'].map(name => host.raw({ name }))
  for (const peer of peers) await peer.opens("to='montague.example' version='1.0'")
  await host.advance(31_000)
  await host[Symbol.asyncDispose]()
  return host.transcript()
}

test('the same seed gives the same transcript, byte for byte', async () => {
  const first = await played(7)
  assert.ok(first.length > 1_000)
  assert.equal(await played(7), first)
  assert.notEqual(await played(8), first)
})

test('a restarted server knows the accounts and rosters it knew before', async () => {
  await using host = await scene()
  const before = await host.client('romeo@montague.example/orchard')
  await before.sends(
    `<iq type='set' id='r1'><query xmlns='jabber:iq:roster'><item jid='juliet@montague.example'/></query></iq>`,
  )
  await before.receives(`<iq type='result' id='r1'/>`)
  await host.restart()
  await before.receivesStreamError('system-shutdown')
  const after = await host.client('romeo@montague.example/orchard')
  await after.sends(`<iq type='get' id='r2'><query xmlns='jabber:iq:roster'/></iq>`)
  await after.receives(`<iq type='result' id='r2'><query xmlns='jabber:iq:roster' ver='{any}'>
      <item jid='juliet@montague.example' subscription='none'/></query></iq>`)
})

test('STARTTLS is a fact on both ends, and plain bytes in its way end the connection (RFC 6120 §5.4.3)', async () => {
  await using host = await scene()
  const starttls = `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`
  const begin = async () => {
    const peer = host.raw()
    await peer.opens("to='montague.example' version='1.0'")
    await peer.receivesHeader()
    await peer.takes()
    await peer.sends(starttls)
    await peer.receives(`<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`)
    return peer
  }
  const secured = await begin()
  await secured.startsTls()
  assert.equal(secured.wire.far.tls?.protocol, 'TLSv1.3')
  await secured.opens("to='montague.example' version='1.0'")
  await secured.receivesHeader()
  const plain = await begin()
  await plain.sends('<presence/>')
  assert.ok(plain.isGone)
})

test('a cut wire tells both ends, a stalled one nobody', async () => {
  await using host = await scene()
  const romeo = await host.client('romeo@montague.example/orchard')
  romeo.wire.cut()
  await host.turns.settle()
  assert.ok(romeo.isGone)
  assert.equal(host.server.sessionCount, 0)
  const juliet = await host.client('juliet@montague.example/balcony')
  juliet.wire.stall()
  await host.turns.settle()
  assert.ok(!juliet.isGone)
  assert.equal(host.server.sessionCount, 1)
})

const ns = 'jabber:client'
const compared: readonly [pattern: string, found: string, fits: boolean][] = [
  ['<a b="1" c="2"/>', '<a c="2" b="1"/>', true],
  ['<a b="1"/>', '<a b="1" c="2"/>', false],
  ['<a/>', '<a from="x" to="y" id="z"/>', true],
  ['<a from="{none}"/>', '<a from="x"/>', false],
  ['<a><b/></a>', '<a><b id="1"/></a>', false],
  ['<a b="{any}"/>', '<a b="x"/>', true],
  ['<a b="{any}"/>', '<a/>', false],
  ['<a>{any}</a>', '<a><b/>text</a>', true],
  ['<a><b xmlns="urn:x"/></a>', '<a xmlns:p="urn:x"><p:b/></a>', true],
  ['<a> <b/> <c/> </a>', '<a><b/><c/></a>', true],
  ['<a><b/><c/></a>', '<a><c/><b/></a>', false],
  ['<a>x</a>', '<a>x </a>', false],
]

for (const [pattern, found, fits] of compared)
  test(`${found} ${fits ? 'fits' : 'does not fit'} ${pattern}`, () => {
    const difference = differenceFrom(parsePattern(pattern, ns), parsePattern(found, ns))
    assert.equal(difference === undefined, fits, difference)
  })

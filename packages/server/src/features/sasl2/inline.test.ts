/** What other features do inside a login: XEP-0386 §3.2, XEP-0198 §9, XEP-0280, XEP-0352, XEP-0313. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scene } from '@waxwing/testkit'
import { childOf, childrenOf, elementsOf } from '@waxwing/xml'
import { bind, identifierIn, logsIn, NS, opened, plain, romeo, userAgent } from './login-kit.test.ts'

const sm = 'urn:xmpp:sm:3'
const bindWith = (...enable: readonly string[]): string =>
  `<bind xmlns='urn:xmpp:bind:0'><tag>T</tag>${enable.join('')}</bind>`
const enableSm = `<enable xmlns='${sm}' resume='true'/>`

test('what a session can begin with is on offer (XEP-0386 §3.1, XEP-0198 §9.1)', async () => {
  await using host = await scene()
  const { features } = await opened(host)
  const feature = childOf(features, NS, 'authentication')
  const inline = feature && childOf(feature, NS, 'inline')
  const offer = inline && childOf(inline, 'urn:xmpp:bind:0', 'bind')
  const list = offer && childOf(offer, 'urn:xmpp:bind:0', 'inline')
  const names = list ? childrenOf(list, 'urn:xmpp:bind:0', 'feature').map(one => one.attrs.get('var')) : []
  assert.deepEqual(new Set(names), new Set(['urn:xmpp:carbons:2', 'urn:xmpp:csi:0', sm]))
  assert.ok(inline && childOf(inline, sm, 'sm'))
})

test('a session begins with carbons, at rest and under management (XEP-0386 §3.2)', async () => {
  await using host = await scene()
  const { peer } = await opened(host)
  const success = await logsIn(
    peer,
    userAgent +
      bindWith("<enable xmlns='urn:xmpp:carbons:2'/>", enableSm, "<inactive xmlns='urn:xmpp:csi:0'/>"),
  )
  const bound = childOf(success, 'urn:xmpp:bind:0', 'bound')
  const enabled = bound && childOf(bound, sm, 'enabled')
  assert.ok(enabled?.attrs.get('id'))
  await peer.sends('<presence/>')
  await peer.forgets()
  const other = await host.online(`${romeo}/orchard`, '<presence/>', { password: 'secret' })
  await host.online('juliet@montague.example/balcony')
  await peer.forgets()
  await other.sends("<message type='chat' to='juliet@montague.example/balcony'><body>O</body></message>")
  const names = (await peer.forgets()).map(({ name }) => name)
  assert.ok(names.includes('message'), `the copy of what another resource sent: ${names.join()}`)
})

test('what a session has begun with is not offered to it again (XEP-0386 §3.2)', async () => {
  await using host = await scene()
  for (const [request, isOffered] of [
    [bindWith(enableSm), false],
    [bindWith(), true],
  ] as const) {
    const { peer } = await opened(host)
    await peer.sends(plain(request))
    await peer.takes()
    const features = await peer.takes()
    assert.equal(childOf(features, sm, 'sm') !== undefined, isOffered)
  }
})

test('elements that nobody knows, or that are not in form, are passed over (XEP-0386 §3.2)', async () => {
  await using host = await scene()
  const { peer } = await opened(host)
  const odd = bindWith("<what xmlns='urn:example'/>", `<enable xmlns='${sm}' max='soon'/>`)
  const success = await logsIn(peer, userAgent + odd)
  const bound = childOf(success, 'urn:xmpp:bind:0', 'bound')
  assert.ok(bound && childOf(bound, sm, 'failed'))
  assert.match(identifierIn(success), /\/T\//)
})

test('a new session hears where its archive begins and ends (XEP-0386 §3.2.1)', async () => {
  await using host = await scene()
  const juliet = await host.online('juliet@montague.example/balcony')
  await host.account(romeo, 'secret')
  await juliet.sends(`<message to='${romeo}' type='chat'><body>Ay me</body></message>`)
  const { peer } = await opened(host)
  const success = await logsIn(peer, userAgent + bind)
  const bound = childOf(success, 'urn:xmpp:bind:0', 'bound')
  const metadata = bound && childOf(bound, 'urn:xmpp:mam:2', 'metadata')
  assert.deepEqual(metadata && elementsOf(metadata).map(({ name }) => name), ['start', 'end'])
})

test('a session goes on inside the login, with what was missed, and nothing is bound (XEP-0198 §9.2)', async () => {
  await using host = await scene()
  const first = await opened(host)
  const success = await logsIn(first.peer, userAgent + bindWith(enableSm))
  const jid = identifierIn(success)
  const bound = childOf(success, 'urn:xmpp:bind:0', 'bound')
  const id = (bound && childOf(bound, sm, 'enabled')?.attrs.get('id')) ?? ''
  await first.peer.sends('<presence/>')
  await first.peer.forgets()
  await first.peer.vanishes()
  const juliet = await host.online('juliet@montague.example/balcony')
  await juliet.sends(`<message to='${jid}' id='missed'><body>O</body></message>`)

  const { peer } = await opened(host)
  await peer.sends(plain(`${userAgent}<resume xmlns='${sm}' previd='${id}' h='1'/>${bind}`))
  const resumed = await peer.takes()
  assert.equal(identifierIn(resumed), jid)
  assert.equal(childOf(resumed, sm, 'resumed')?.attrs.get('previd'), id)
  assert.equal(childOf(resumed, 'urn:xmpp:bind:0', 'bound'), undefined)
  const next = await peer.forgets()
  assert.ok(!next.some(({ name }) => name === 'features'), 'no features follow (§9.2)')
  assert.ok(next.some(({ attrs }) => attrs.get('id') === 'missed'))
  await peer.sends("<iq type='get' id='p' to='montague.example'><ping xmlns='urn:xmpp:ping'/></iq>")
  assert.ok((await peer.forgets()).some(({ attrs }) => attrs.get('id') === 'p'))
})

test('where no session goes on the login binds a new one (XEP-0198 §9.2.1)', async () => {
  await using host = await scene()
  const { peer } = await opened(host)
  const success = await logsIn(peer, `${userAgent}<resume xmlns='${sm}' previd='gone' h='0'/>${bind}`)
  assert.ok(childOf(success, sm, 'failed'))
  assert.ok(childOf(success, 'urn:xmpp:bind:0', 'bound'))
})

test("a session of another account does not go on: it is nobody else's business (XEP-0198 §10)", async () => {
  await using host = await scene()
  const first = await opened(host)
  const success = await logsIn(first.peer, userAgent + bindWith(enableSm))
  const bound = childOf(success, 'urn:xmpp:bind:0', 'bound')
  const id = (bound && childOf(bound, sm, 'enabled')?.attrs.get('id')) ?? ''
  await host.account('mercutio@montague.example', 'secret')
  const { peer } = await opened(host)
  await peer.sends(plain(`<resume xmlns='${sm}' previd='${id}' h='0'/>${bind}`, 'secret', 'mercutio'))
  const refused = await peer.takes()
  assert.ok(childOf(refused, sm, 'failed'))
  assert.match(identifierIn(refused), /^mercutio@/)
})

test('a failed login does nothing of what was asked (XEP-0388 §2.6.2)', async () => {
  await using host = await scene()
  const first = await opened(host)
  await logsIn(first.peer, userAgent + bind)
  const { peer } = await opened(host)
  await peer.sends(plain(userAgent + bind, 'wrong'))
  assert.equal((await peer.takes()).name, 'failure')
  await first.peer.receivesNothing()
})

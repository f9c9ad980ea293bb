import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, type SceneOptions, scene } from '@waxwing/testkit'
import { childOf, childrenOf, textOf } from '@waxwing/xml'

const saslNs = 'urn:ietf:params:xml:ns:xmpp-sasl'
const header = "to='montague.example' version='1.0'"
const guests: SceneOptions = { settings: { anonymous: { enabled: true } } }

/** A guest with a bound resource. */
async function guest(host: Scene): Promise<{ peer: Peer; jid: string }> {
  const peer = host.raw({ tls: true })
  await peer.opens(header)
  await peer.receivesHeader()
  await peer.takes()
  await peer.sends(
    "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='ANONYMOUS'><initial-response/><bind xmlns='urn:xmpp:bind:0'/></authenticate>",
  )
  const success = await peer.takes()
  const who = childOf(success, 'urn:xmpp:sasl:2', 'authorization-identifier')
  await peer.takes()
  return { peer, jid: who ? textOf(who) : '' }
}

test('nobody is let in without an account unless the operator says so', async () => {
  await using host = await scene()
  const peer = host.raw({ tls: true })
  await peer.opens(header)
  await peer.receivesHeader()
  const mechanisms = childOf(await peer.takes(), saslNs, 'mechanisms')
  assert.ok(mechanisms && !childrenOf(mechanisms, saslNs, 'mechanism').map(textOf).includes('ANONYMOUS'))
  await peer.sends(`<auth xmlns='${saslNs}' mechanism='ANONYMOUS'>=</auth>`)
  await peer.receives(`<failure xmlns='${saslNs}'><invalid-mechanism/></failure>`)
})

test('a guest gets a name nobody can guess, whatever its trace says (XEP-0175 §3, RFC 4505 §2)', async () => {
  await using host = await scene(guests)
  const peer = host.raw({ tls: true })
  await peer.opens(header)
  await peer.receivesHeader()
  await peer.takes()
  await peer.sends(`<auth xmlns='${saslNs}' mechanism='ANONYMOUS'/>`)
  await peer.receives(`<challenge xmlns='${saslNs}'/>`)
  await peer.sends(`<response xmlns='${saslNs}'>${Buffer.from('sirhc').toString('base64')}</response>`)
  await peer.receives(`<success xmlns='${saslNs}'/>`)
  const [one, other] = [await guest(host), await guest(host)]
  assert.match(one.jid, /^anonymous-[0-9a-f]{32}@montague\.example\//)
  assert.notEqual(one.jid, other.jid)
})

for (const trace of [Buffer.alloc(2_000, 'x'), Buffer.alloc(256, 'x'), Buffer.from([0xff])])
  test(`a trace of ${trace.length} octets is not in form (RFC 4505 §2)`, async () => {
    await using host = await scene(guests)
    const peer = host.raw({ tls: true })
    await peer.opens(header)
    await peer.receivesHeader()
    await peer.takes()
    await peer.sends(`<auth xmlns='${saslNs}' mechanism='ANONYMOUS'>${trace.toString('base64')}</auth>`)
    await peer.receives(`<failure xmlns='${saslNs}'><malformed-request/></failure>`)
  })

test('a guest talks with those who are here (XEP-0175 §3)', async () => {
  await using host = await scene(guests)
  const juliet = await host.online('juliet@montague.example/balcony')
  const { peer, jid } = await guest(host)
  await peer.sends("<message to='juliet@montague.example/balcony' id='m'><body>Hi</body></message>")
  assert.equal((await juliet.takes()).attrs.get('from'), jid)
  await juliet.sends(`<message to='${jid}' id='n'><body>Hi</body></message>`)
  assert.equal((await peer.takes()).attrs.get('id'), 'n')
  await peer.sends("<iq type='get' id='p' to='montague.example'><ping xmlns='urn:xmpp:ping'/></iq>")
  await peer.receivesResult('p')
  await peer.sends("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>")
  await peer.receivesResult('c')
})

const refused: readonly [what: string, stanza: string, kind: string][] = [
  ['write to other servers', "<message id='x' to='romeo@elsewhere.example'/>", 'message'],
  ['subscribe', "<presence id='x' type='subscribe' to='juliet@montague.example'/>", 'presence'],
  [
    'keep a roster',
    "<iq type='set' id='x'><query xmlns='jabber:iq:roster'><item jid='a@b'/></query></iq>",
    'iq',
  ],
  ['keep a vCard', "<iq type='set' id='x'><vCard xmlns='vcard-temp'/></iq>", 'iq'],
  [
    'keep private data',
    "<iq type='set' id='x'><query xmlns='jabber:iq:private'><a xmlns='urn:a'/></query></iq>",
    'iq',
  ],
  ['block', "<iq type='set' id='x'><block xmlns='urn:xmpp:blocking'><item jid='a@b'/></block></iq>", 'iq'],
  [
    'choose a password',
    "<iq type='set' id='x' to='montague.example'><query xmlns='jabber:iq:register'><username>a</username><password>b</password></query></iq>",
    'iq',
  ],
]

for (const [what, stanza, kind] of refused)
  test(`a guest cannot ${what} (XEP-0175 §3)`, async () => {
    await using host = await scene(guests)
    await host.account('juliet@montague.example')
    const { peer } = await guest(host)
    await peer.sends(stanza)
    await peer.receivesError(kind, 'x', 'cancel', 'not-allowed')
  })

test('nobody gets a guest into the roster', async () => {
  await using host = await scene(guests)
  const juliet = await host.online('juliet@montague.example/balcony')
  const { peer, jid } = await guest(host)
  const bare = jid.slice(0, jid.indexOf('/'))
  await juliet.sends(`<presence id='x' type='subscribe' to='${bare}'/>`)
  await peer.receivesNothing()
})

test('where the operator says so, guests reach other servers', async () => {
  await using host = await scene({ settings: { anonymous: { enabled: true, localOnly: false } } })
  const { peer } = await guest(host)
  await peer.sends("<message id='x' to='romeo@elsewhere.example'><body>x</body></message>")
  const error = await peer.takes()
  assert.ok(
    !error.children.some(
      child =>
        typeof child !== 'string' && childOf(child, 'urn:ietf:params:xml:ns:xmpp-stanzas', 'not-allowed'),
    ),
  )
})

test('when a guest is gone nobody is there, and nothing waits (XEP-0175 §3)', async () => {
  await using host = await scene(guests)
  const juliet = await host.online('juliet@montague.example/balcony')
  const { peer, jid } = await guest(host)
  await peer.closes()
  await juliet.forgets()
  await juliet.sends(`<message to='${jid}' id='x' type='chat'><body>Hi</body></message>`)
  await juliet.receivesError('message', 'x', 'cancel', 'service-unavailable')
})

test('a guest’s session is taken up by nobody: every login is another guest (XEP-0198 §5)', async () => {
  await using host = await scene(guests)
  const peer = host.raw({ tls: true })
  await peer.opens(header)
  await peer.receivesHeader()
  await peer.takes()
  await peer.sends(
    "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='ANONYMOUS'><initial-response/><bind xmlns='urn:xmpp:bind:0'><enable xmlns='urn:xmpp:sm:3' resume='true'/></bind></authenticate>",
  )
  const success = await peer.takes()
  const bound = childOf(success, 'urn:xmpp:bind:0', 'bound')
  const id = (bound && childOf(bound, 'urn:xmpp:sm:3', 'enabled')?.attrs.get('id')) ?? ''
  await peer.vanishes()
  await host.restart()
  const again = host.raw({ tls: true })
  await again.opens(header)
  await again.receivesHeader()
  await again.takes()
  await again.sends(
    `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='ANONYMOUS'><initial-response/><resume xmlns='urn:xmpp:sm:3' previd='${id}' h='0'/></authenticate>`,
  )
  // every login is another guest: nobody takes up what was somebody else's
  const next = await again.takes()
  assert.ok(childOf(next, 'urn:xmpp:sm:3', 'failed'))
})

test('there is room for so many guests', async () => {
  await using host = await scene({ settings: { anonymous: { enabled: true, maxGuests: 1 } } })
  const { peer } = await guest(host)
  const next = host.raw({ tls: true })
  await next.opens(header)
  await next.receivesHeader()
  await next.takes()
  const auth = `<auth xmlns='${saslNs}' mechanism='ANONYMOUS'>=</auth>`
  await next.sends(auth)
  await next.receives(`<failure xmlns='${saslNs}'><temporary-auth-failure/></failure>`)
  await peer.closes()
  await next.sends(auth)
  await next.receives(`<success xmlns='${saslNs}'/>`)
})

test('people with accounts are not touched by the rules for guests', async () => {
  await using host = await scene(guests)
  await guest(host)
  const juliet = await host.online('juliet@montague.example/balcony')
  await juliet.sends("<iq type='set' id='x'><vCard xmlns='vcard-temp'/></iq>")
  await juliet.receivesResult('x')
})

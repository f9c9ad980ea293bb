import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { test } from 'node:test'
import { parseBareJid } from '@waxwing/jid'
import { plainResponse, type Scene, scene } from '@waxwing/testkit'
import { childOf, childrenOf, elementsOf, textOf } from '@waxwing/xml'
import {
  authenticate,
  bind,
  clientId,
  failureOf,
  identifierIn,
  logsIn,
  NS,
  opened,
  plain,
  romeo,
  userAgent,
} from './login-kit.test.ts'

test('both profiles offer the same mechanisms; the extensible one says what it can do inline (XEP-0388 §2.1)', async () => {
  await using host = await scene()
  const { features } = await opened(host)
  const names = (ns: string, name: string): string[] => {
    const list = childOf(features, ns, name)
    return list ? childrenOf(list, ns, 'mechanism').map(textOf) : []
  }
  const offered = names(NS, 'authentication')
  assert.ok(offered.includes('SCRAM-SHA-256-PLUS'))
  assert.deepEqual(names('urn:ietf:params:xml:ns:xmpp-sasl', 'mechanisms'), offered)
  const feature = childOf(features, NS, 'authentication')
  const inline = feature && childOf(feature, NS, 'inline')
  const inlines = inline ? elementsOf(inline).map(({ ns }) => ns) : []
  assert.ok(inlines.includes('urn:xmpp:bind:0') && inlines.includes('urn:xmpp:fast:0'), String(inlines))
  assert.ok(!offered.some(name => name.startsWith('HT-')), 'tokens are FAST’s affair (XEP-0484 §3.1)')
})

test('without TLS the extensible profile is neither offered nor taken (XEP-0388 §3)', async () => {
  await using host = await scene({ login: { requiresTls: false } })
  const { peer, features } = await opened(host, { tls: false })
  assert.equal(childOf(features, NS, 'authentication'), undefined)
  await peer.sends(plain())
  assert.equal(failureOf(await peer.takes()), 'failure encryption-required')
})

test('without the feature there is no extensible profile', async () => {
  await using host = await scene({ features: [] })
  const { peer, features } = await opened(host)
  assert.equal(childOf(features, NS, 'authentication'), undefined)
  await peer.sends(plain())
  assert.equal(failureOf(await peer.takes()), 'failure invalid-mechanism')
})

test('after the success the stream goes on with features and no new header (XEP-0388 §2.6.1, §5.1)', async () => {
  await using host = await scene()
  const { peer } = await opened(host, { from: romeo })
  await peer.sends(plain())
  await peer.receives(
    `<success xmlns='${NS}'><authorization-identifier>${romeo}</authorization-identifier></success>`,
  )
  const features = await peer.takes()
  assert.ok(childOf(features, 'urn:ietf:params:xml:ns:xmpp-bind', 'bind'))
  await peer.sends(
    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>orchard</resource></bind></iq>",
  )
  await peer.receivesResult('b')
  await peer.sends("<iq type='get' id='p' to='montague.example'><ping xmlns='urn:xmpp:ping'/></iq>")
  await peer.receivesResult('p')
})

test('SCRAM with channel binding and the hash over the offer goes all the way (XEP-0388 §2.5, XEP-0474 §6.1)', async () => {
  await using host = await scene()
  const { peer, features } = await opened(host)
  const binding = peer.wire.near.tls?.binding('tls-exporter') ?? new Uint8Array()
  const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64')
  const bare = 'n=romeo,r=abc'
  await peer.sends(authenticate('SCRAM-SHA-256-PLUS', base64(`p=tls-exporter,,${bare}`)))
  const challenge = Buffer.from(textOf(await peer.takes()), 'base64').toString()
  const parts = new Map(challenge.split(',').map(part => [part.charAt(0), part.slice(2)]))
  const offer = childOf(features, NS, 'authentication')
  const mechanisms = offer ? childrenOf(offer, NS, 'mechanism').map(textOf) : []
  const hashed = `${mechanisms.sort().join('\x1e')}\x1ftls-exporter\x1etls-server-end-point`
  assert.equal(parts.get('h'), createHash('sha256').update(hashed).digest('base64'))
  const salt = Buffer.from(parts.get('s') ?? '', 'base64')
  const salted = pbkdf2Sync('secret', salt, Number(parts.get('i')), 32, 'sha256')
  const hmac = (key: Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const clientKey = hmac(salted, 'Client Key')
  const withoutProof = `c=${base64(Buffer.concat([Buffer.from('p=tls-exporter,,'), binding]))},r=${parts.get('r')}`
  const message = `${bare},${challenge},${withoutProof}`
  const signature = hmac(createHash('sha256').update(clientKey).digest(), message)
  const proof = clientKey.map((byte, at) => byte ^ (signature[at] ?? 0))
  await peer.sends(`<response xmlns='${NS}'>${base64(`${withoutProof},p=${base64(proof)}`)}</response>`)
  const success = await peer.takes()
  const data = childOf(success, NS, 'additional-data')
  assert.equal(
    data && Buffer.from(textOf(data), 'base64').toString(),
    `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`,
  )
})

const refused: readonly [what: string, sent: string, condition: string][] = [
  ['a wrong password', plain(userAgent, 'wrong'), 'not-authorized'],
  ['an account that does not exist', plain(userAgent, 'secret', 'nobody'), 'not-authorized'],
  ['a mechanism not offered', authenticate('CRAM-MD5', undefined), 'invalid-mechanism'],
  ['no mechanism at all', `<authenticate xmlns='${NS}'/>`, 'invalid-mechanism'],
  ['a mechanism for tokens without token', authenticate('HT-SHA-256-NONE', 'AA=='), 'invalid-mechanism'],
  ['data that is not base64', authenticate('PLAIN', '*'), 'incorrect-encoding'],
  ['a response out of order', `<response xmlns='${NS}'/>`, 'malformed-request'],
  ['a task out of order', `<next xmlns='${NS}' task='x'/>`, 'malformed-request'],
  ['an unknown element', `<what xmlns='${NS}'/>`, 'malformed-request'],
  ['an abort', `<abort xmlns='${NS}'/>`, 'aborted'],
  [
    'an identity of somebody else',
    authenticate('PLAIN', plainResponse('romeo', 'secret', 'juliet@montague.example')),
    'invalid-authzid',
  ],
]

for (const [what, sent, condition] of refused)
  test(`${what} fails with ${condition}, and the next attempt may succeed (XEP-0388 §2.6.2)`, async () => {
    await using host = await scene()
    const { peer } = await opened(host)
    await peer.sends(sent)
    assert.equal(failureOf(await peer.takes()), `failure ${condition}`)
    assert.equal((await logsIn(peer, userAgent)).name, 'success')
  })

test("a stream header 'from' somebody else refuses the login (XEP-0388 §2.3, §4.4)", async () => {
  await using host = await scene()
  const { peer } = await opened(host, { from: 'juliet@montague.example' })
  await peer.sends(plain())
  assert.equal(failureOf(await peer.takes()), 'failure invalid-authzid')
})

test('failures of both profiles count together (RFC 6120 §6.4.5)', async () => {
  await using host = await scene({ limits: { loginAttempts: 2 } })
  const { peer } = await opened(host)
  await peer.sends(plain(userAgent, 'wrong'))
  await peer.takes()
  await peer.sends(
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plainResponse('romeo', 'wrong')}</auth>`,
  )
  await peer.takes()
  await peer.receivesStreamError('policy-violation')
})

for (const other of [
  "<iq type='get' id='x'><ping xmlns='urn:xmpp:ping'/></iq>",
  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>",
  plain(),
])
  test(`whoever sends ${other.slice(0, 12)} in the middle of a login is disconnected (XEP-0388 §2.4)`, async () => {
    await using host = await scene()
    const { peer } = await opened(host)
    await peer.sends(authenticate('SCRAM-SHA-1', Buffer.from('n,,n=romeo,r=abc').toString('base64')))
    assert.equal((await peer.takes()).name, 'challenge')
    await peer.sends(other)
    await peer.receivesStreamError('not-authorized')
  })

test('a login in the middle of one of the first profile fails (RFC 6120 §6.4)', async () => {
  await using host = await scene()
  const { peer } = await opened(host)
  await peer.sends("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>")
  assert.equal((await peer.takes()).name, 'challenge')
  await peer.sends(plain())
  assert.equal(failureOf(await peer.takes()), 'failure malformed-request')
})

test('an abort in the middle of a login leaves the stream as it was (XEP-0388 §4.5)', async () => {
  await using host = await scene()
  const { peer } = await opened(host)
  await peer.sends(authenticate('SCRAM-SHA-1', Buffer.from('n,,n=romeo,r=abc').toString('base64')))
  await peer.takes()
  await peer.sends(`<abort xmlns='${NS}'><text>Never mind</text></abort>`)
  assert.equal(failureOf(await peer.takes()), 'failure aborted')
  assert.equal((await logsIn(peer, userAgent)).name, 'success')
})

test('a second login after the success ends the stream (XEP-0388 §4.8)', async () => {
  await using host = await scene()
  const { peer } = await opened(host)
  await logsIn(peer, userAgent)
  await peer.sends(plain())
  await peer.receivesStreamError('unsupported-stanza-type')
})

test('a resource is bound inside the login, named by tag and installation (XEP-0386 §3.2)', async () => {
  await using host = await scene()
  const first = await opened(host)
  const success = await logsIn(first.peer, userAgent + bind)
  const jid = identifierIn(success)
  assert.match(jid, /^romeo@montague\.example\/AwesomeXMPP\/[\w-]{12}$/)
  assert.ok(!jid.includes(clientId.slice(0, 8)), 'the installation is not told (§3.2.1)')
  assert.ok(childOf(success, 'urn:xmpp:bind:0', 'bound'))
  await first.peer.sends("<message to='romeo@montague.example' id='m'><body>me</body></message><presence/>")
  await first.peer.forgets()

  const second = await opened(host)
  assert.equal(identifierIn(await logsIn(second.peer, userAgent + bind)), jid, 'it is the same each time')
  await first.peer.receivesStreamError('conflict')
})

test('features follow a bound session, without bind (XEP-0386 §3.2)', async () => {
  await using host = await scene()
  const { peer } = await opened(host)
  await peer.sends(plain(userAgent + bind))
  assert.equal((await peer.takes()).name, 'success')
  const features = await peer.takes()
  assert.equal(features.name, 'features')
  assert.equal(childOf(features, 'urn:ietf:params:xml:ns:xmpp-bind', 'bind'), undefined)
})

test('an installation has one session, whatever it calls itself (XEP-0386 §3.2)', async () => {
  await using host = await scene()
  const first = await opened(host)
  await logsIn(first.peer, userAgent + bind)
  const second = await opened(host)
  const other = "<bind xmlns='urn:xmpp:bind:0'><tag>Other</tag></bind>"
  assert.match(identifierIn(await logsIn(second.peer, userAgent + other)), /\/Other\//)
  await first.peer.receivesStreamError('conflict')
})

for (const [what, tag, resource] of [
  ['no tag', '', /^[\w-]{12}$/],
  ['a tag beyond the limit', `<tag>${'x'.repeat(65)}</tag>`, /^[\w-]{12}$/],
  ['a tag that no address can hold', '<tag>&#x202e;</tag>', /^[\w-]{12}$/],
  ['a tag with a slash', '<tag>a/b</tag>', /^a\/b\/[\w-]{12}$/],
] as const)
  test(`${what} still gets a resource (XEP-0386 §3.2.1)`, async () => {
    await using host = await scene()
    const { peer } = await opened(host)
    const jid = identifierIn(await logsIn(peer, `<bind xmlns='urn:xmpp:bind:0'>${tag}</bind>`))
    assert.match(jid.slice(jid.indexOf('/') + 1), resource)
  })

test('where no resource can be had the login still counts (XEP-0386 §3.2)', async () => {
  await using host = await scene({ limits: { resourcesPerAccount: 1 } })
  const first = await opened(host)
  await logsIn(first.peer, bind)
  const second = await opened(host)
  await second.peer.sends(plain(bind))
  assert.equal(identifierIn(await second.peer.takes()), romeo)
  const features = await second.peer.takes()
  assert.ok(childOf(features, 'urn:ietf:params:xml:ns:xmpp-bind', 'bind'))
})

test('what arrives while a login completes comes behind its success (XEP-0388 §2.6.1)', async () => {
  await using host = await scene()
  const juliet = await host.online('juliet@montague.example/balcony')
  const { peer } = await opened(host)
  const jid = identifierIn(await logsIn(peer, userAgent + bind))
  await juliet.sends(`<message to='${jid}' id='m'><body>O Romeo</body></message>`)
  assert.equal((await peer.takes()).name, 'message')
})

test('a server that is asked for tasks nobody needs goes on (XEP-0480 §2.2)', async () => {
  await using host = await scene()
  const { peer } = await opened(host)
  const upgrade = "<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade>"
  assert.equal((await logsIn(peer, upgrade)).name, 'success')
})

/** An account that another server knew by SHA-1 alone. */
async function imported(host: Scene): Promise<void> {
  const salt = Buffer.from('0123456789abcdef')
  const salted = pbkdf2Sync('secret', salt, 4096, 20, 'sha1')
  const hmac = (key: Uint8Array, text: string): Buffer => createHmac('sha1', key).update(text).digest()
  const storedKey = createHash('sha1').update(hmac(salted, 'Client Key')).digest()
  const keys = { salt, iterations: 4096, storedKey, serverKey: hmac(salted, 'Server Key') }
  const accounts = host.server.router.host('montague.example')?.accounts
  await accounts?.createFromKeys(parseBareJid(romeo), { 'SHA-1': keys })
}

test('keys that an account lacks are made while its owner logs in (XEP-0480 §3)', async () => {
  await using host = await scene()
  await imported(host)
  const { peer } = await opened(host)
  await peer.sends(
    plain(
      "<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade><upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-512</upgrade>",
    ),
  )
  for (const [name, hash, octets] of [
    ['UPGR-SCRAM-SHA-256', 'sha256', 32],
    ['UPGR-SCRAM-SHA-512', 'sha512', 64],
  ] as const) {
    await peer.receives(`<continue xmlns='${NS}'><tasks><task>${name}</task></tasks></continue>`)
    await peer.sends(`<next xmlns='${NS}' task='${name}'/>`)
    const data = await peer.takes()
    const salt = childOf(data, 'urn:xmpp:scram-upgrade:0', 'salt')
    assert.ok(salt)
    assert.equal(salt.attrs.get('iterations'), '4096')
    const salted = pbkdf2Sync('secret', Buffer.from(textOf(salt), 'base64'), 4096, octets, hash)
    await peer.sends(
      `<task-data xmlns='${NS}'><hash xmlns='urn:xmpp:scram-upgrade:0'>${salted.toString('base64')}</hash></task-data>`,
    )
  }
  assert.equal(identifierIn(await peer.takes()), romeo)
  const accounts = host.server.router.host('montague.example')?.accounts
  for (const hash of ['SHA-1', 'SHA-256', 'SHA-512'] as const)
    assert.ok(await accounts?.keysOf(parseBareJid(romeo), hash), hash)
  const again = await opened(host)
  assert.equal((await logsIn(again.peer, userAgent)).name, 'success', 'the new keys are of the same password')
})

for (const [what, answers, condition] of [
  ['another task', [`<next xmlns='${NS}' task='UPGR-X'/>`], 'failure malformed-request'],
  [
    'keys of the wrong length',
    [
      `<next xmlns='${NS}' task='UPGR-SCRAM-SHA-256'/>`,
      `<task-data xmlns='${NS}'><hash xmlns='urn:xmpp:scram-upgrade:0'>AAAA</hash></task-data>`,
    ],
    'failure malformed-request',
  ],
] as const)
  test(`a task answered by ${what} fails the login (XEP-0388 §2.6.3)`, async () => {
    await using host = await scene()
    await imported(host)
    const { peer } = await opened(host)
    await peer.sends(plain("<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade>"))
    await peer.takes()
    for (const answer of answers) await peer.sends(answer)
    const heard = await peer.forgets()
    const last = heard.at(-1)
    assert.equal(last && failureOf(last), condition)
  })

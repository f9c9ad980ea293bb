import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failure, online, settled, stage } from './client-kit.test.ts'

const juliet =
  "<item jid='juliet@example.org' name='Juliet' subscription='both'><group>Friends</group></item>"
const push = (content: string, from = ''): string =>
  `<iq type='set' id='p1' ${from}><query xmlns='jabber:iq:roster'>${content}</query></iq>`

test('the roster is a live view of the contacts (RFC 6121 §2.1)', async () => {
  const { client, peer } = await online({}, juliet)
  assert.equal(client.roster.size, 1)
  const [contact] = client.roster
  assert.ok(contact)
  assert.deepEqual(
    [contact.jid, contact.name, contact.groups, contact.subscription],
    ['juliet@example.org', 'Juliet', ['Friends'], 'both'],
  )
  await peer.says(push("<item jid='juliet@example.org' name='J' subscription='to'/>"))
  assert.equal(await peer.heard(), '<iq type="result" id="p1"></iq>')
  assert.deepEqual([contact.name, contact.subscription, contact.seesUs], ['J', 'to', false])
  assert.ok(client.roster.has('JULIET@example.org/balcony'))
  await peer.says(push("<item jid='juliet@example.org' subscription='remove'/>"))
  assert.equal(client.roster.size, 0)
})

const senders: readonly (readonly [from: string, isTaken: boolean])[] = [
  ['', true],
  ["from='romeo@example.org'", true],
  ["from='romeo@example.org/r2'", false],
  ["from='example.org'", false],
  ["from='mallory@example.com'", false],
]

for (const [from, isTaken] of senders) {
  test(`a push ${from || 'without from'} is ${isTaken ? 'taken' : 'refused'} (RFC 6121 §2.1.6)`, async () => {
    const { client, peer } = await online()
    await peer.says(push(juliet, from))
    assert.equal(client.roster.size, isTaken ? 1 : 0)
    const said = await peer.heard()
    assert.equal(/type="error"/.test(said), !isTaken)
  })
}

test('versions spare the roster when it is the same (RFC 6121 §2.6)', async () => {
  const feature = "<ver xmlns='urn:xmpp:features:rosterver'/>"
  const { client, peers, clock } = stage()
  const opening = client.open()
  await settled()
  await peers.last.bind(undefined, feature)
  const first = await peers.last.hears('iq')
  assert.ok(typeof first.children[0] === 'object')
  assert.equal(first.children[0].attrs.get('ver'), '')
  await peers.last.says(
    `<iq type='result' id='${first.attrs.get('id')}'><query xmlns='jabber:iq:roster' ver='v7'>${juliet}</query></iq>`,
  )
  await opening
  peers.last.breaks()
  await clock.advance(1000)
  await peers.last.bind(undefined, feature)
  const second = await peers.last.hears('iq')
  assert.ok(typeof second.children[0] === 'object')
  assert.equal(second.children[0].attrs.get('ver'), 'v7')
  await peers.last.says(`<iq type='result' id='${second.attrs.get('id')}'/>`)
  assert.equal(client.roster.size, 1)
})

test('contacts are added, changed and removed (RFC 6121 §2.3, §2.5)', async () => {
  const { client, peer } = await online()
  const adding = client.roster.add('nurse@example.org', { name: 'Nurse', groups: ['Servants'] })
  const asked = await peer.heard()
  assert.match(asked, /<item jid="nurse@example.org" name="Nurse"[^>]*><group>Servants<\/group><\/item>/)
  const [, id = ''] = /id="([^"]+)"/.exec(asked) ?? []
  await peer.says(`<iq type='result' id='${id}'/>`)
  await adding
  const removing = failure(client.roster.remove('nurse@example.org'))
  const { attrs } = await peer.hears('iq').then(() => peer.hears('iq'))
  await peer.says(
    `<iq type='error' id='${attrs.get('id')}'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
  )
  assert.equal((await removing).name, 'StanzaError')
})

test('a request is answered by presence, or not in time (RFC 6121 §3.1)', async () => {
  const { client, peer, clock } = await online()
  const accepted = client.roster.request('a@example.org', { note: 'for HVAC' })
  const declined = client.roster.request('b@example.org')
  const pushed = client.roster.request('c@example.org')
  const pending = client.roster.request('d@example.org', { timeoutMs: 1000 })
  assert.match(
    await peer.heard(),
    /<presence to="a@example.org" type="subscribe"><status>for HVAC<\/status><\/presence>/,
  )
  await peer.says("<presence type='subscribed' from='a@example.org'/>")
  await peer.says("<presence type='unsubscribed' from='b@example.org'/>")
  await peer.says(push("<item jid='c@example.org' subscription='to'/>"))
  await clock.advance(1000)
  assert.deepEqual(await Promise.all([accepted, declined, pushed, pending]), [
    'accepted',
    'declined',
    'accepted',
    'pending',
  ])
  assert.equal(await client.roster.request('c@example.org'), 'accepted')
})

test('a request ends with the client', async () => {
  const { client } = await online()
  const failing = failure(client.roster.request('a@example.org'))
  await client.close()
  assert.equal((await failing).code, 'disconnected')
})

test('whoever asks waits for a decision, also from before anybody listened (RFC 6121 §3.1.3)', async () => {
  const { client, peer, faults } = await online()
  await peer.says("<presence type='subscribe' from='a@example.org'><status>please</status></presence>")
  await peer.says("<presence type='subscribe' from='b@example.org'/>")
  const notes: (string | undefined)[] = []
  client.roster.onRequest(request => {
    notes.push(request.note)
    if (request.jid === 'a@example.org') return request.accept({ mutual: true })
    if (request.jid === 'b@example.org') return request.decline()
    throw new Error('undecided')
  })
  assert.equal(
    await peer.heard(),
    '<presence to="a@example.org" type="subscribed"/><presence to="a@example.org" type="subscribe"/><presence to="b@example.org" type="unsubscribed"/>',
  )
  await peer.says("<presence type='subscribe' from='c@example.org'/>")
  assert.deepEqual(notes, ['please', undefined, undefined])
  assert.equal(faults.length, 1)
})

test('presence of contacts: the best resource counts (RFC 6121 §4.7.2.3)', async () => {
  const { client, peer } = await online({}, juliet)
  const heard: (string | undefined)[] = []
  client.roster.on('presence', contact => heard.push(contact.presence?.jid))
  await peer.says("<presence from='juliet@example.org/phone'><priority>1</priority></presence>")
  await peer.says(
    "<presence from='juliet@example.org/balcony'><priority>5</priority><show>dnd</show></presence>",
  )
  await peer.says("<presence from='juliet@example.org/tablet'/>")
  assert.equal(client.presence.of('juliet@example.org')?.show, 'dnd')
  assert.equal(client.presence.allOf('juliet@example.org').length, 3)
  await peer.says("<presence type='unavailable' from='juliet@example.org/balcony'/>")
  assert.equal(client.roster.get('juliet@example.org')?.presence?.jid, 'juliet@example.org/phone')
  assert.equal(client.presence.of('juliet@example.org/tablet')?.show, 'available')
  assert.equal(client.presence.of('juliet@example.org/balcony'), undefined)
  assert.deepEqual(heard, [
    'juliet@example.org/phone',
    'juliet@example.org/balcony',
    'juliet@example.org/balcony',
    'juliet@example.org/phone',
  ])
})

test('without a session nobody is known to be available', async () => {
  const { client, peer } = await online({}, juliet)
  await peer.says("<presence from='juliet@example.org/phone'/>")
  const gone: string[] = []
  client.presence.on('change', ({ jid, presence }) => {
    if (!presence) gone.push(jid)
  })
  peer.breaks()
  await settled()
  assert.equal(client.presence.of('juliet@example.org'), undefined)
  assert.equal(client.roster.size, 1)
  assert.deepEqual(gone, ['juliet@example.org/phone'])
})

test('our presence is shown, directed and taken back (RFC 6121 §4.4, §4.5, §4.6)', async () => {
  const { client, peer } = await online({ presence: false })
  client.presence.sendTo('juliet@example.org', { status: 'only you' })
  assert.match(await peer.heard(), /^<presence to="juliet@example.org"><status>only you<\/status>/)
  client.presence.set({ show: 'away', priority: -1 })
  assert.match(await peer.heard(), /^<presence><show>away<\/show><priority>-1<\/priority>/)
  client.disco.addFeatures('urn:example')
  assert.match(await peer.heard(), /^<presence><show>away<\/show>/, 'new capabilities are shown')
  client.presence.set(undefined)
  assert.equal(await peer.heard(), '<presence type="unavailable"/>')
})

test('subscriptions are ended and granted in one word (RFC 6121 §3.2, §3.3, §3.4)', async () => {
  const { client, peer } = await online()
  client.roster.unsubscribe('a@example.org')
  client.roster.approve('b@example.org')
  client.roster.revoke('c@example.org')
  assert.equal(
    await peer.heard(),
    '<presence to="a@example.org" type="unsubscribe"/>' +
      '<presence to="b@example.org" type="subscribed"/>' +
      '<presence to="c@example.org" type="unsubscribed"/>',
  )
})

test('a contact tells that our request is not answered yet (RFC 6121 §2.1.2.2)', async () => {
  const { client, peer } = await online({}, "<item jid='a@example.org' ask='subscribe'/>")
  const [contact] = client.roster
  assert.equal(contact?.isAsked, true)
  await peer.says(push("<item jid='a@example.org' subscription='to'/>"))
  assert.equal(contact?.isAsked, false)
})

test('what somebody says when they go is remembered while they are away (RFC 6121 §4.5)', async () => {
  const { client, peer } = await online()
  const says = (what: string): Promise<void> => peer.says(`<presence from='a@example.org/x' ${what}`)
  const farewell = (): unknown => client.presence.farewellOf('a@example.org')?.statuses?.[0]?.text
  await peer.says("<presence from='a@example.org/y'/>")
  await says('/>')
  await says("type='unavailable'><status>of one</status></presence>")
  assert.equal(farewell(), undefined)
  await peer.says("<presence from='a@example.org/y' type='unavailable'><status>Bye</status></presence>")
  assert.equal(farewell(), 'Bye')
  await peer.says("<presence from='a@example.org' type='unavailable'/>")
  assert.equal(farewell(), 'Bye')
  await says('/>')
  assert.equal(farewell(), undefined)
  await says("type='unavailable'><priority>no number</priority></presence>")
  assert.deepEqual([farewell(), client.presence.allOf('a@example.org')], [undefined, []])
})

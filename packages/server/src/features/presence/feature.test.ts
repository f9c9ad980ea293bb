/** Presence on the wire: RFC 6121 §4. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, scene } from '@waxwing/testkit'
import { julietJid, romeoJid } from '../../lovers-kit.test.ts'
import { lovers, subscribe } from './presence-kit.test.ts'

test('initial presence is told to subscribers and oneself, and the contacts are seen (RFC 6121 §4.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await lovers(host)
  await romeo.closes()
  await juliet.sends('<presence><show>dnd</show></presence>')
  await juliet.forgets()
  const back = await host.client(`${romeoJid}/orchard`)
  await back.sends('<presence><status>Here!</status><priority>5</priority></presence>')
  await juliet.receives(
    `<presence from='${romeoJid}/orchard'><status>Here!</status><priority>5</priority></presence>`,
  )
  await back.receivesInAnyOrder(
    `<presence from='${romeoJid}/orchard'><status>Here!</status><priority>5</priority></presence>`,
    `<presence from='${julietJid}/balcony'><show>dnd</show></presence>`,
  )
  await back.receivesNothing()
})

test('a connected resource that is not available hears no presence (RFC 6121 §4.2.1)', async () => {
  await using host = await scene()
  const { juliet } = await lovers(host)
  const silent = await host.client(`${romeoJid}/cellar`)
  await juliet.sends('<presence><show>away</show></presence>')
  await silent.receivesNothing()
})

test('presence goes along subscriptions only, in their direction (RFC 6121 §4.2.2)', async () => {
  await using host = await scene()
  const romeo = await host.online(`${romeoJid}/orchard`)
  const juliet = await host.online(`${julietJid}/balcony`)
  const nurse = await host.online('nurse@montague.example/kitchen')
  await subscribe(romeo, juliet)
  await romeo.sends('<presence><show>away</show></presence>')
  await juliet.receivesNothing()
  await nurse.receivesNothing()
  await juliet.sends('<presence><show>xa</show></presence>')
  await nurse.receivesNothing()
  await romeo.forgets()
})

test('subsequent presence reaches all resources of a subscriber as it was written (RFC 6121 §4.4)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await lovers(host)
  const chamber = await host.online(`${julietJid}/chamber`)
  await juliet.forgets()
  await romeo.forgets()
  await romeo.sends(
    "<presence xml:lang='it'><show>away</show><status>Torno subito</status><x xmlns='urn:example:x'><y/></x></presence>",
  )
  const told = `<presence xml:lang='it' from='${romeoJid}/orchard'><show>away</show><status>Torno subito</status><x xmlns='urn:example:x'><y/></x></presence>`
  await juliet.receives(told)
  await chamber.receives(told)
})

test('two resources of one account see each other come, change and go (RFC 6121 §4.2.2, §4.4.2, §4.5.2)', async () => {
  await using host = await scene()
  const orchard = await host.online(`${romeoJid}/orchard`, '<presence><show>chat</show></presence>')
  const street = await host.client(`${romeoJid}/street`)
  await street.sends('<presence/>')
  await orchard.receives(`<presence from='${romeoJid}/street'/>`)
  await street.receivesInAnyOrder(
    `<presence from='${romeoJid}/street'/>`,
    `<presence from='${romeoJid}/orchard'><show>chat</show></presence>`,
  )
  await orchard.sends('<presence><show>dnd</show></presence>')
  await street.receives(`<presence from='${romeoJid}/orchard'><show>dnd</show></presence>`)
  await orchard.forgets()
  await street.sends("<presence type='unavailable'/>")
  await orchard.receives(`<presence type='unavailable' from='${romeoJid}/street'/>`)
})

test('unavailable presence carries its status to subscribers; the session stays (RFC 6121 §4.5)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await lovers(host)
  await romeo.sends("<presence type='unavailable'><status>Off to Mantua</status></presence>")
  await juliet.receives(
    `<presence type='unavailable' from='${romeoJid}/orchard'><status>Off to Mantua</status></presence>`,
  )
  await juliet.receivesNothing()
  await romeo.forgets()
  await juliet.sends('<presence><show>away</show></presence>')
  await romeo.receivesNothing()
  await romeo.sends('<presence/>')
  await juliet.forgets()
  await romeo.receivesInAnyOrder(
    `<presence from='${romeoJid}/orchard'/>`,
    `<presence from='${julietJid}/balcony'><show>away</show></presence>`,
  )
})

const goings: readonly [how: string, go: (peer: Peer) => Promise<void>][] = [
  ['closes the stream', peer => peer.closes()],
  ['loses the connection', peer => peer.vanishes()],
  ['breaks the stream', peer => peer.sends('<presence></message>')],
]

for (const [how, go] of goings)
  test(`a client that ${how} is told unavailable by the server, once (RFC 6121 §4.5.2)`, async () => {
    await using host = await scene()
    const { romeo, juliet } = await lovers(host)
    await go(romeo)
    await juliet.receives(`<presence type='unavailable' from='${romeoJid}/orchard'/>`)
    await juliet.receivesNothing()
  })

test('a client that said unavailable and then leaves is not told twice (RFC 6121 §4.5.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await lovers(host)
  await romeo.sends("<presence type='unavailable'/>")
  await juliet.forgets()
  await romeo.closes()
  await juliet.receivesNothing()
})

test('a newer session of the same resource takes over; the older one goes (RFC 6120 §7.7.2.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await lovers(host)
  const newer = await host.client(`${romeoJid}/orchard`)
  await romeo.receivesStreamError('conflict')
  await juliet.receives(`<presence type='unavailable' from='${romeoJid}/orchard'/>`)
  await newer.sends('<presence/>')
  await juliet.receives(`<presence from='${romeoJid}/orchard'/>`)
  await newer.forgets()
  await juliet.sends(`<message to='${romeoJid}/orchard' id='m'/>`)
  await newer.receives(`<message id='m' from='${julietJid}/balcony'/>`)
})

test('directed presence reaches who is named and nobody else (RFC 6121 §4.6)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await lovers(host)
  const nurse = await host.online('nurse@montague.example/kitchen')
  await romeo.sends("<presence to='nurse@montague.example'><show>chat</show></presence>")
  await nurse.receives(`<presence from='${romeoJid}/orchard'><show>chat</show></presence>`)
  await juliet.receivesNothing()
  await romeo.sends('<presence><show>away</show></presence>')
  await nurse.receivesNothing()
})

for (const [how, go] of [
  ...goings,
  ['says unavailable', peer => peer.sends("<presence type='unavailable'/>")],
] as typeof goings)
  test(`who got directed presence hears when the sender ${how} (RFC 6121 §4.6.3)`, async () => {
    await using host = await scene()
    const romeo = await host.online(`${romeoJid}/orchard`)
    const nurse = await host.online('nurse@montague.example/kitchen')
    await romeo.sends("<presence to='nurse@montague.example/kitchen'/>")
    await nurse.forgets()
    await go(romeo)
    await nurse.receives(`<presence type='unavailable' from='${romeoJid}/orchard'/>`)
    await nurse.receivesNothing()
  })

test('who was told goodbye directly is not told again (RFC 6121 §4.6.3)', async () => {
  await using host = await scene()
  const romeo = await host.online(`${romeoJid}/orchard`)
  const nurse = await host.online('nurse@montague.example/kitchen')
  await romeo.sends("<presence to='nurse@montague.example/kitchen'/>")
  await romeo.sends("<presence type='unavailable' to='nurse@montague.example/kitchen'/>")
  await nurse.forgets()
  await romeo.closes()
  await nurse.receivesNothing()
})

test('a subscriber who also got directed presence hears one goodbye (RFC 6121 §4.6.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await lovers(host)
  await romeo.sends(`<presence to='${julietJid}'/>`)
  await juliet.forgets()
  await romeo.closes()
  await juliet.receives(`<presence type='unavailable' from='${romeoJid}/orchard'/>`)
  await juliet.receivesNothing()
})

test('who directs presence at the own account is gone for its resources once (RFC 6121 §4.6.3)', async () => {
  await using host = await scene()
  const orchard = await host.online(`${romeoJid}/orchard`)
  const street = await host.online(`${romeoJid}/street`)
  for (const to of [romeoJid, `${romeoJid}/street`]) await orchard.sends(`<presence to='${to}'/>`)
  await street.forgets()
  await orchard.closes()
  await street.receives(`<presence type='unavailable' from='${romeoJid}/orchard'/>`)
  await street.receivesNothing()
})

test('a resource that is not available and got directed presence hears the goodbye (RFC 6121 §4.6.3)', async () => {
  await using host = await scene()
  const { romeo } = await lovers(host)
  const silent = await host.client(`${julietJid}/silent`)
  await romeo.sends(`<presence to='${julietJid}/silent'/>`)
  await silent.receives(`<presence from='${romeoJid}/orchard'/>`)
  await romeo.closes()
  await silent.receives(`<presence type='unavailable' from='${romeoJid}/orchard'/>`)
  await silent.receivesNothing()
})

test('directed presence before initial presence makes nobody available (RFC 6121 §4.6.1)', async () => {
  await using host = await scene()
  const romeo = await host.client(`${romeoJid}/orchard`)
  const nurse = await host.online('nurse@montague.example/kitchen')
  await romeo.sends("<presence to='nurse@montague.example'/>")
  await nurse.receives(`<presence from='${romeoJid}/orchard'/>`)
  await nurse.sends(`<message to='${romeoJid}' type='headline'><body>?</body></message>`)
  await romeo.receivesNothing()
  await romeo.closes()
  await nurse.receives(`<presence type='unavailable' from='${romeoJid}/orchard'/>`)
})

test('presence to an account or resource that is not there falls silently (RFC 6121 §8.5.1, §8.5.3.2)', async () => {
  await using host = await scene()
  const romeo = await host.online(`${romeoJid}/orchard`)
  await host.account(julietJid)
  for (const to of ['nobody@montague.example', `${julietJid}/attic`, julietJid])
    for (const type of ['', "type='unavailable'"]) await romeo.sends(`<presence to='${to}' ${type}/>`)
  await romeo.receivesNothing()
})

const priorities: readonly [text: string, isValid: boolean][] = [
  ['0', true],
  ['-128', true],
  ['127', true],
  ['+1', true],
  ['128', false],
  ['-129', false],
  ['1.5', false],
  ['high', false],
  ['1e2', false],
  ['', false],
]

for (const [text, isValid] of priorities)
  test(`the priority "${text}" is ${isValid ? 'taken' : 'bad-request'} (RFC 6121 §4.7.2.3)`, async () => {
    await using host = await scene()
    const romeo = await host.client(`${romeoJid}/orchard`)
    await romeo.sends(`<presence id='p'><priority>${text}</priority></presence>`)
    if (isValid)
      await romeo.receives(`<presence from='${romeoJid}/orchard'><priority>${text}</priority></presence>`)
    else await romeo.receivesError('presence', 'p', 'modify', 'bad-request')
  })

test('an unknown presence type is bad-request (RFC 6121 §4.7.1)', async () => {
  await using host = await scene()
  const romeo = await host.online(`${romeoJid}/orchard`)
  await romeo.sends("<presence type='available' id='p'/>")
  await romeo.receivesError('presence', 'p', 'modify', 'bad-request')
})

test('error presence is delivered to the resource it is for and never answered (RFC 6121 §8.5.3.1)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await lovers(host)
  const error = "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
  await juliet.sends(`<presence type='error' to='${romeoJid}/orchard'>${error}</presence>`)
  await romeo.receives(`<presence type='error' from='${julietJid}/balcony'>${error}</presence>`)
  await juliet.sends(`<presence type='error' to='${romeoJid}/attic'>${error}</presence>`)
  await juliet.sends(`<presence type='error' to='nobody@montague.example'>${error}</presence>`)
  await juliet.receivesNothing()
  await romeo.receivesNothing()
})

test('a session cannot have the server remember more addresses than the limit; those known hear on (RFC 6121 §4.6.3)', async () => {
  await using host = await scene({ settings: { presence: { maxDirected: 1 } } })
  const romeo = await host.online('romeo@montague.example/orchard')
  const juliet = await host.online('juliet@montague.example/balcony')
  const nurse = await host.online('nurse@montague.example/kitchen')
  await romeo.sends("<presence to='juliet@montague.example/balcony'/>")
  await romeo.sends("<presence id='n' to='nurse@montague.example/kitchen'/>")
  await romeo.receivesError('presence', 'n', 'wait', 'resource-constraint')
  await nurse.receivesNothing()
  await romeo.sends("<presence to='juliet@montague.example/balcony'><show>dnd</show></presence>")
  await romeo.vanishes()
  const heard = await juliet.forgets()
  assert.deepEqual(
    heard.map(({ attrs }) => attrs.get('type')),
    [undefined, undefined, 'unavailable'],
  )
})

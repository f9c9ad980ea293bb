/** Who is there, and how servers ask: RFC 6121 §4.3. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { julietJid, romeoJid } from '../../lovers-kit.test.ts'
import { lovers } from './presence-kit.test.ts'

const thing = 'thing@gate.montague.example'
const gateDomain = { components: { 'gate.montague.example': 'secret' } }

/** Romeo sees Juliet, and not the other way round. */
async function admirer(host: Scene): Promise<{ romeo: Peer; juliet: Peer }> {
  const romeo = await host.online(`${romeoJid}/orchard`)
  const juliet = await host.online(`${julietJid}/balcony`)
  await romeo.sends(`<presence type='subscribe' to='${julietJid}'/>`)
  await juliet.sends(`<presence type='subscribed' to='${romeoJid}'/>`)
  await romeo.forgets()
  await juliet.forgets()
  return { romeo, juliet }
}

test('a probe by a subscriber is answered with the last presence of each resource (RFC 6121 §4.3.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await lovers(host)
  const chamber = await host.online(`${julietJid}/chamber`, '<presence><show>xa</show></presence>')
  await romeo.forgets()
  await romeo.sends(`<presence type='probe' to='${julietJid}'/>`)
  await romeo.receivesInAnyOrder(
    `<presence from='${julietJid}/balcony'/>`,
    `<presence from='${julietJid}/chamber'><show>xa</show></presence>`,
  )
  await juliet.forgets()
  await chamber.receivesNothing()
})

test('a probe is never delivered, whatever resource it names (RFC 6121 §4.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await lovers(host)
  await romeo.sends(`<presence type='probe' to='${julietJid}/balcony'/>`)
  await juliet.receivesNothing()
  await romeo.receives(`<presence from='${julietJid}/balcony'/>`)
})

test('a stranger learns nothing by a probe: a known and an unknown account answer alike (RFC 6121 §4.3.2)', async () => {
  await using host = await scene()
  const { juliet } = await lovers(host)
  const tybalt = await host.online('tybalt@montague.example/street')
  const answers = []
  for (const account of [julietJid, 'nobody@montague.example']) {
    await tybalt.sends(`<presence type='probe' to='${account}'/>`)
    answers.push((await tybalt.forgets()).map(({ attrs }) => attrs.get('type')))
  }
  assert.deepEqual(answers[0], answers[1])
  await juliet.receivesNothing()
})

const absences: readonly [how: string, go: (peer: Peer) => Promise<void>][] = [
  ['is not connected', peer => peer.closes()],
  ['is connected and not available', peer => peer.sends("<presence type='unavailable'/>")],
]

for (const [how, go] of absences) {
  test(`a subscriber's probe of a contact who ${how} is answered with unavailable (RFC 6121 §4.3.2)`, async () => {
    await using host = await scene()
    const { romeo, juliet } = await admirer(host)
    await go(juliet)
    await romeo.forgets()
    await romeo.sends(`<presence type='probe' to='${julietJid}'/>`)
    await romeo.receives(`<presence type='unavailable' from='${julietJid}' to='${romeoJid}/orchard'/>`)
    await romeo.receivesNothing()
  })

  test(`at login a contact who ${how} is told to be so, to the new resource alone (RFC 6121 §4.3.1, §4.3.2)`, async () => {
    await using host = await scene()
    const { romeo, juliet } = await admirer(host)
    await go(juliet)
    await romeo.forgets()
    const street = await host.client(`${romeoJid}/street`)
    await street.sends('<presence/>')
    await street.receivesInAnyOrder(
      `<presence from='${romeoJid}/street'/>`,
      `<presence from='${romeoJid}/orchard'/>`,
      `<presence type='unavailable' from='${julietJid}'/>`,
    )
    await romeo.receives(`<presence from='${romeoJid}/street'/>`)
    await romeo.receivesNothing()
  })
}

test('a contact who has blocked the subscriber does not answer probes (XEP-0191 §3.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await admirer(host)
  await juliet.sends(
    `<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='${romeoJid}'/></block></iq>`,
  )
  await romeo.receives(`<presence type='unavailable' from='${julietJid}/balcony'/>`)
  await romeo.sends(`<presence type='probe' to='${julietJid}'/>`)
  await romeo.receivesNothing()
})

test('a contact who hides looks like one who is away (XEP-0016 §2.11, RFC 6121 §4.3.2)', async () => {
  await using host = await scene({ settings: { 'privacy-lists': { offered: true } } })
  const { romeo, juliet } = await admirer(host)
  const privacy = (inside: string): string =>
    `<iq type='set' id='p'><query xmlns='jabber:iq:privacy'>${inside}</query></iq>`
  const hidden = "<item action='deny' order='1'><presence-out/></item>"
  await juliet.sends(privacy(`<list name='invisible'>${hidden}</list>`))
  await juliet.sends(privacy("<active name='invisible'/>"))
  await romeo.receives(`<presence type='unavailable' from='${julietJid}/balcony'/>`)
  await romeo.sends(`<presence type='probe' to='${julietJid}'/>`)
  await romeo.receives(`<presence type='unavailable' from='${julietJid}'/>`)
  await romeo.receivesNothing()
})

test('a contact of another host of this server is told to the new resource alone (RFC 6121 §4.3.1)', async () => {
  await using host = await scene({ domains: ['montague.example', 'capulet.example'] })
  const juliet = await host.online('juliet@capulet.example/balcony')
  const romeo = await host.online(`${romeoJid}/orchard`)
  await romeo.sends("<presence type='subscribe' to='juliet@capulet.example'/>")
  await juliet.sends(`<presence type='subscribed' to='${romeoJid}'/>`)
  await romeo.forgets()
  const street = await host.online(`${romeoJid}/street`, '<presence><priority>-1</priority></presence>')
  await romeo.receives(`<presence from='${romeoJid}/street'><priority>-1</priority></presence>`)
  await romeo.receivesNothing()
  await juliet.closes()
  for (const peer of [romeo, street])
    await peer.receives("<presence type='unavailable' from='juliet@capulet.example/balcony'/>")
})

test('contacts of another domain are asked by the account, not by its resource (RFC 6121 §4.3.1)', async () => {
  await using host = await scene(gateDomain)
  const gate = await host.component('gate.montague.example')
  const romeo = await host.online(`${romeoJid}/orchard`)
  await romeo.sends(`<presence type='subscribe' to='${thing}'/>`)
  await gate.sends(`<presence type='subscribed' from='${thing}' to='${romeoJid}'/>`)
  await romeo.closes()
  await gate.forgets()
  const back = await host.client(`${romeoJid}/orchard`)
  await back.sends('<presence/>')
  await gate.receives(`<presence type='probe' from='${romeoJid}' to='${thing}'/>`)
  await gate.receivesNothing()
  await back.forgets()
  await gate.sends(`<presence from='${thing}/sensor' to='${romeoJid}'/>`)
  await back.receives(`<presence from='${thing}/sensor' to='${romeoJid}'/>`)
})

test('a contact of another domain that is unblocked is asked by the account (RFC 6121 §4.3.1, XEP-0191 §3.3)', async () => {
  await using host = await scene(gateDomain)
  const gate = await host.component('gate.montague.example')
  const romeo = await host.online(`${romeoJid}/orchard`)
  await romeo.sends(`<presence type='subscribe' to='${thing}'/>`)
  await gate.sends(`<presence type='subscribed' from='${thing}' to='${romeoJid}'/>`)
  const set = (inside: string): string => `<iq type='set' id='b'>${inside}</iq>`
  await romeo.sends(set(`<block xmlns='urn:xmpp:blocking'><item jid='${thing}'/></block>`))
  await gate.forgets()
  await romeo.sends(set(`<unblock xmlns='urn:xmpp:blocking'><item jid='${thing}'/></unblock>`))
  await gate.receives(`<presence type='probe' from='${romeoJid}' to='${thing}'/>`)
})

test('a subscriber of another domain who probes is answered where the probe came from (RFC 6121 §4.3.2)', async () => {
  await using host = await scene(gateDomain)
  const gate = await host.component('gate.montague.example')
  const romeo = await host.online(`${romeoJid}/orchard`, '<presence><show>dnd</show></presence>')
  await gate.sends(`<presence type='probe' from='${thing}' to='${romeoJid}'/>`)
  await gate.receives(`<presence type='unsubscribed' from='${romeoJid}' to='${thing}'/>`)
  await gate.sends(`<presence type='subscribe' from='${thing}' to='${romeoJid}'/>`)
  await romeo.sends(`<presence type='subscribed' to='${thing}'/>`)
  await gate.forgets()
  await gate.sends(`<presence type='probe' from='${thing}' to='${romeoJid}'/>`)
  await gate.receives(`<presence from='${romeoJid}/orchard' to='${thing}'><show>dnd</show></presence>`)
  await romeo.closes()
  await gate.forgets()
  await gate.sends(`<presence type='probe' from='${thing}' to='${romeoJid}'/>`)
  await gate.receives(`<presence type='unavailable' from='${romeoJid}' to='${thing}'/>`)
})

test('a refused probe takes no approval away that was given beforehand (RFC 6121 §4.3.2, §3.4)', async () => {
  await using host = await scene()
  const romeo = await host.online(`${romeoJid}/orchard`)
  const juliet = await host.online(`${julietJid}/balcony`)
  await juliet.sends(`<presence type='subscribed' to='${romeoJid}'/>`)
  await romeo.sends(`<presence type='probe' to='${julietJid}'/>`)
  await romeo.sends(`<presence type='subscribe' to='${julietJid}'/>`)
  await romeo.receives(`<presence from='${julietJid}/balcony'/>`)
})

test('who probes the own account hears of all its resources (RFC 6121 §4.3.2)', async () => {
  await using host = await scene()
  const romeo = await host.online(`${romeoJid}/orchard`)
  await romeo.sends(`<presence type='probe' to='${romeoJid}'/>`)
  await romeo.receives(`<presence from='${romeoJid}/orchard'/>`)
  await romeo.receivesNothing()
})

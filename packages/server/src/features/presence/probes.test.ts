/** Who is there, and how servers ask: RFC 6121 §4.3. */
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { julietJid, romeoJid } from '../../lovers-kit.test.ts'

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
  await romeo.receives(`<presence type='subscribed' from='${julietJid}'/>`)
  await romeo.receives(`<presence from='${julietJid}/balcony'/>`)
})

test('who probes the own account hears of all its resources (RFC 6121 §4.3.2)', async () => {
  await using host = await scene()
  const romeo = await host.online(`${romeoJid}/orchard`)
  await romeo.sends(`<presence type='probe' to='${romeoJid}'/>`)
  await romeo.receives(`<presence from='${romeoJid}/orchard'/>`)
  await romeo.receivesNothing()
})

/** Presence and requests at addresses: RFC 6121 §8.5, and what is kept of a request (§3.1.3). */
import { test } from 'node:test'
import { scene } from '@waxwing/testkit'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'

const thing = 'thing@gate.montague.example'
const gateDomain = { components: { 'gate.montague.example': 'secret' } }

for (const type of ['subscribed', 'unsubscribe', 'unsubscribed'])
  test(`${type} to a resource that is not there is ignored, to one that is it is the account's (RFC 6121 §8.5.3.1, §8.5.3.2.2)`, async () => {
    await using host = await scene(gateDomain)
    const gate = await host.component('gate.montague.example')
    const romeo = await host.client(`${romeoJid}/orchard`)
    await romeo.sends("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
    await romeo.sends('<presence/>')
    if (type === 'unsubscribe') {
      await gate.sends(`<presence type='subscribe' from='${thing}' to='${romeoJid}'/>`)
      await romeo.sends(`<presence type='subscribed' to='${thing}'/>`)
    } else await romeo.sends(`<presence type='subscribe' to='${thing}'/>`)
    await romeo.forgets()
    await gate.forgets()
    await gate.sends(`<presence type='${type}' from='${thing}' to='${romeoJid}/attic'/>`)
    await romeo.receivesNothing()
    await gate.receivesNothing()
    await gate.sends(`<presence type='${type}' from='${thing}' to='${romeoJid}/orchard'/>`)
    await romeo.receives(`<presence type='${type}' from='${thing}' to='${romeoJid}'/>`)
  })

for (const kind of ['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed', 'unavailable', ''])
  for (const to of ['nobody@montague.example', 'nobody@montague.example/attic'])
    test(`presence "${kind}" to ${to} falls silently (RFC 6121 §8.5.1)`, async () => {
      await using host = await scene()
      const { romeo } = await pair(host)
      await romeo.sends(`<presence ${kind && `type='${kind}'`} to='${to}' id='p'/>`)
      await romeo.receivesNothing()
    })

test('presence to an account reaches every available resource, whatever its priority (RFC 6121 §8.5.2.1.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  const cellar = await host.online(`${julietJid}/cellar`, '<presence><priority>-1</priority></presence>')
  const silent = await host.client(`${julietJid}/silent`)
  await juliet.forgets()
  for (const type of ['', "type='unavailable'"]) {
    await romeo.sends(`<presence ${type} to='${julietJid}'/>`)
    for (const peer of [juliet, cellar])
      await peer.receives(`<presence ${type} from='${romeoJid}/orchard' to='${julietJid}'/>`)
  }
  await silent.receivesNothing()
})

test('a request is kept with its id, its language and what it carries (RFC 6121 §3.1.3)', async () => {
  await using host = await scene()
  await host.account(julietJid)
  const romeo = await host.online(`${romeoJid}/orchard`)
  const inside = "<status>Will you?</status><nick xmlns='http://jabber.org/protocol/nick'>R</nick>"
  await romeo.sends(
    `<presence type='subscribe' to='${julietJid}' id='ask' xml:lang='it'>${inside}</presence>`,
  )
  await host.restart()
  const juliet = await host.client(`${julietJid}/balcony`)
  await juliet.sends('<presence/>')
  await juliet.receivesInAnyOrder(
    `<presence type='subscribe' id='ask' xml:lang='it' from='${romeoJid}' to='${julietJid}'>${inside}</presence>`,
    `<presence from='${julietJid}/balcony'/>`,
  )
})

/** Subscriptions on the wire: RFC 6121 §3. The tables behind them: ../roster/subscription.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { julietJid, romeoJid } from '../../lovers-kit.test.ts'
import { awake, itemOf, pair, push } from './presence-kit.test.ts'

/** Romeo asked and Juliet agreed. */
async function granted(host: Scene): Promise<{ romeo: Peer; juliet: Peer }> {
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<presence type='subscribe' to='${julietJid}'/>`)
  await juliet.sends(`<presence type='subscribed' to='${romeoJid}'/>`)
  await romeo.forgets()
  await juliet.forgets()
  return { romeo, juliet }
}

test('a request is pushed to the asker as ask=subscribe and delivered from the bare JID (RFC 6121 §3.1.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<presence type='subscribe' id='s1' to='${julietJid}'/>`)
  await romeo.receives(push(julietJid, "subscription='none' ask='subscribe'"))
  await juliet.receives(`<presence type='subscribe' from='${romeoJid}' to='${julietJid}' id='s1'/>`)
  await juliet.receivesNothing()
  assert.equal(await itemOf(juliet, romeoJid), undefined)
})

test('a request to a full JID is a request to the account (RFC 6121 §3.1.1)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<presence type='subscribe' to='${julietJid}/balcony'/>`)
  await romeo.receives(push(julietJid, "subscription='none' ask='subscribe'"))
  await juliet.receives(`<presence type='subscribe' from='${romeoJid}' to='${julietJid}'/>`)
})

test('a request reaches all available resources with what the asker wrote (RFC 6121 §3.1.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  const chamber = await host.online(`${julietJid}/chamber`)
  await juliet.forgets()
  const silent = await host.client(`${julietJid}/cellar`)
  await romeo.sends(
    `<presence type='subscribe' to='${julietJid}'><status>Will you?</status><nick xmlns='http://jabber.org/protocol/nick'>Romeo</nick></presence>`,
  )
  const request = `<presence type='subscribe' from='${romeoJid}'><status>Will you?</status><nick xmlns='http://jabber.org/protocol/nick'>Romeo</nick></presence>`
  await juliet.receives(request)
  await chamber.receives(request)
  await silent.receivesNothing()
})

test('a request waits for a contact who is away, and is told at every login until it is answered (RFC 6121 §3.1.3)', async () => {
  await using host = await scene()
  await host.account(julietJid)
  const romeo = await awake(host, `${romeoJid}/orchard`)
  await romeo.sends(`<presence type='subscribe' to='${julietJid}'><status>Will you?</status></presence>`)
  const request = `<presence type='subscribe' from='${romeoJid}'><status>Will you?</status></presence>`
  for (const resource of ['balcony', 'chamber']) {
    const juliet = await host.client(`${julietJid}/${resource}`)
    await juliet.sends('<presence/>')
    await juliet.receivesInAnyOrder(request, `<presence from='${julietJid}/${resource}'/>`)
    await juliet.closes()
  }
  const juliet = await host.online(`${julietJid}/balcony`)
  await juliet.sends(`<presence type='unsubscribed' to='${romeoJid}'/>`)
  await juliet.closes()
  const again = await host.client(`${julietJid}/balcony`)
  await again.sends('<presence/>')
  await again.receives(`<presence from='${julietJid}/balcony'/>`)
  await again.receivesNothing()
})

test('an approval is heard before the push, and then the contact is seen (RFC 6121 §3.1.6)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<presence type='subscribe' to='${julietJid}'/>`)
  await romeo.forgets()
  await juliet.forgets()
  await juliet.sends(`<presence type='subscribed' id='a1' to='${romeoJid}'/>`)
  await juliet.receives(push(romeoJid, "subscription='from'"))
  await romeo.receives(`<presence type='subscribed' id='a1' from='${julietJid}' to='${romeoJid}'/>`)
  await romeo.receives(push(julietJid, "subscription='to'"))
  await romeo.receives(`<presence from='${julietJid}/balcony'/>`)
  await romeo.receivesNothing()
  await juliet.receivesNothing()
})

test('both directions make "both" (RFC 6121 §3.1.6)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await granted(host)
  await juliet.sends(`<presence type='subscribe' to='${romeoJid}'/>`)
  await romeo.sends(`<presence type='subscribed' to='${julietJid}'/>`)
  await romeo.forgets()
  await juliet.forgets()
  assert.equal(await itemOf(romeo, julietJid), 'both - -')
  assert.equal(await itemOf(juliet, romeoJid), 'both - -')
})

test('a second request is granted by the server at once (RFC 6121 §3.1.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await granted(host)
  await romeo.sends(`<presence type='subscribe' to='${julietJid}'/>`)
  await juliet.receivesNothing()
  assert.equal(await itemOf(romeo, julietJid), 'to - -')
})

test('asking twice, or ending what never was, is no change of the roster (RFC 6121 App. A.2)', async () => {
  await using host = await scene()
  const romeo = await host.online('romeo@montague.example/orchard')
  await host.account('juliet@montague.example')
  await romeo.sends("<iq type='get' id='l'><query xmlns='jabber:iq:roster'/></iq>")
  await romeo.sends("<presence type='subscribe' to='juliet@montague.example'/>")
  await romeo.forgets()
  await romeo.sends("<presence type='subscribe' to='juliet@montague.example'/>")
  await romeo.sends("<presence type='unsubscribe' to='tybalt@montague.example'/>")
  await romeo.receivesNothing()
})

test('a request of a contact who is in the roster already changes nothing that is to be seen there (RFC 6121 §3.1.3, §A.3.1)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await granted(host)
  await juliet.sends(`<presence type='subscribe' to='${romeoJid}'/>`)
  await romeo.receives(`<presence type='subscribe' from='${julietJid}' to='${romeoJid}'/>`)
  await romeo.receivesNothing()
})

test('a request that cannot leave the server is an error to the resources of the account (RFC 6121 §3.1.2, RFC 6120 §10.4)', async () => {
  await using host = await scene()
  const romeo = await host.online('romeo@montague.example/orchard')
  await romeo.sends("<presence type='subscribe' id='s' to='juliet@capulet.example'/>")
  await romeo.receivesError('presence', 's', 'cancel', 'remote-server-not-found')
  await romeo.receivesNothing()
})

test('a refusal takes the request away (RFC 6121 §3.2.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<presence type='subscribe' to='${julietJid}'/>`)
  await romeo.forgets()
  await juliet.forgets()
  await juliet.sends(`<presence type='unsubscribed' to='${romeoJid}'/>`)
  await romeo.receives(`<presence type='unsubscribed' from='${julietJid}'/>`)
  await romeo.receives(push(julietJid, "subscription='none'"))
  await romeo.receivesNothing()
  await juliet.receivesNothing()
  assert.equal(await itemOf(juliet, romeoJid), undefined)
})

test('a cancelled subscriber sees the contact go, then hears of it (RFC 6121 §3.2.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await granted(host)
  await juliet.sends(`<presence type='unsubscribed' to='${romeoJid}'/>`)
  await juliet.receives(push(romeoJid, "subscription='none'"))
  await romeo.receives(`<presence type='unavailable' from='${julietJid}/balcony'/>`)
  await romeo.receives(`<presence type='unsubscribed' from='${julietJid}'/>`)
  await romeo.receives(push(julietJid, "subscription='none'"))
  await juliet.sends('<presence><show>away</show></presence>')
  await romeo.receivesNothing()
})

test('who unsubscribes sees the contact go; the contact hears of it before the push (RFC 6121 §3.3.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await granted(host)
  await romeo.sends(`<presence type='unsubscribe' id='u1' to='${julietJid}'/>`)
  await juliet.receives(`<presence type='unsubscribe' id='u1' from='${romeoJid}' to='${julietJid}'/>`)
  await juliet.receives(push(romeoJid, "subscription='none'"))
  await romeo.receivesInAnyOrder(
    push(julietJid, "subscription='none'"),
    `<presence type='unavailable' from='${julietJid}/balcony'/>`,
  )
  await romeo.receivesNothing()
})

test('a removed contact with "both" loses both directions (RFC 6121 §2.5.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await granted(host)
  await juliet.sends(`<presence type='subscribe' to='${romeoJid}'/>`)
  await romeo.sends(`<presence type='subscribed' to='${julietJid}'/>`)
  await romeo.forgets()
  await juliet.forgets()
  await romeo.sends(
    `<iq type='set' id='gone'><query xmlns='jabber:iq:roster'><item jid='${julietJid}' subscription='remove'/></query></iq>`,
  )
  await juliet.receivesInAnyOrder(
    `<presence type='unsubscribe' from='${romeoJid}'/>`,
    `<presence type='unsubscribed' from='${romeoJid}'/>`,
    `<presence type='unavailable' from='${romeoJid}/orchard'/>`,
    push(romeoJid, "subscription='to'"),
    push(romeoJid, "subscription='none'"),
  )
  await romeo.receivesInAnyOrder(
    push(julietJid, "subscription='remove'"),
    `<iq type='result' id='gone'/>`,
    `<presence type='unavailable' from='${julietJid}/balcony'/>`,
  )
  await romeo.receivesNothing()
  assert.equal(await itemOf(romeo, julietJid), undefined)
})

test('a request to an account that does not exist falls silently (RFC 6121 §8.5.1)', async () => {
  await using host = await scene()
  const romeo = await awake(host, `${romeoJid}/orchard`)
  await romeo.sends("<presence type='subscribe' to='nobody@montague.example'/>")
  await romeo.receives(push('nobody@montague.example', "subscription='none' ask='subscribe'"))
  await romeo.receivesNothing()
})

test('stray approvals and cancellations of strangers change nothing and are not delivered (RFC 6121 §3.1.6, §A.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  for (const type of ['subscribed', 'unsubscribed', 'unsubscribe'])
    await romeo.sends(`<presence type='${type}' to='${julietJid}'/>`)
  await juliet.receivesNothing()
  assert.equal(await itemOf(juliet, romeoJid), undefined)
})

test('requests, approvals and strangers do not fill a roster beyond its limit (RFC 6121 §2.1.1)', async () => {
  await using host = await scene({ settings: { roster: { maxItems: 1 } } })
  const romeo = await host.online('romeo@montague.example/orchard')
  const juliet = await host.online('juliet@montague.example/balcony')
  await romeo.sends("<presence type='subscribe' to='nurse@elsewhere.example'/>")
  await romeo.forgets()
  await romeo.sends("<presence type='subscribe' id='s' to='juliet@montague.example'/>")
  await romeo.receivesError('presence', 's', 'wait', 'resource-constraint')
  await romeo.sends("<presence type='subscribed' to='juliet@montague.example'/>")
  await juliet.sends("<presence type='subscribe' to='romeo@montague.example'/>")
  await romeo.receivesNothing()
  await juliet.receivesNothing()
})

test('subscriptions outlive the server (RFC 6121 §3)', async () => {
  await using host = await scene()
  await granted(host)
  await host.restart()
  const romeo = await host.online(`${romeoJid}/orchard`)
  const juliet = await host.online(`${julietJid}/balcony`)
  await romeo.receives(`<presence from='${julietJid}/balcony'/>`)
  assert.equal(await itemOf(juliet, romeoJid), 'from - -')
})

test('a subscription between an account and a component works in both directions (RFC 6121 §3, XEP-0114)', async () => {
  await using host = await scene({ components: { 'gate.montague.example': 'secret' } })
  const gate = await host.component('gate.montague.example')
  const romeo = await awake(host, `${romeoJid}/orchard`)
  await romeo.sends("<presence type='subscribe' to='thing@gate.montague.example'/>")
  await gate.receives(`<presence type='subscribe' from='${romeoJid}' to='thing@gate.montague.example'/>`)
  await romeo.forgets()
  await gate.sends(`<presence type='subscribed' from='thing@gate.montague.example' to='${romeoJid}'/>`)
  await romeo.receives("<presence type='subscribed' from='thing@gate.montague.example'/>")
  await romeo.receives(push('thing@gate.montague.example', "subscription='to'"))
  // A component may well address a resource; the request is the account's nevertheless. §8.5.3.1
  await gate.sends(`<presence type='subscribe' from='thing@gate.montague.example' to='${romeoJid}/orchard'/>`)
  await romeo.receives(`<presence type='subscribe' from='thing@gate.montague.example' to='${romeoJid}'/>`)
  await romeo.sends("<presence type='subscribed' to='thing@gate.montague.example'/>")
  await gate.receives(`<presence type='subscribed' from='${romeoJid}' to='thing@gate.montague.example'/>`)
  await gate.receives(`<presence from='${romeoJid}/orchard' to='thing@gate.montague.example'/>`)
})

test('a removed contact of a component is told in order: gone, unsubscribe, unsubscribed (RFC 6121 §2.5.2)', async () => {
  await using host = await scene({ components: { 'gate.montague.example': 'secret' } })
  const gate = await host.component('gate.montague.example')
  const romeo = await awake(host, `${romeoJid}/orchard`)
  const thing = 'thing@gate.montague.example'
  await gate.sends(`<presence type='subscribe' from='${thing}' to='${romeoJid}'/>`)
  await romeo.sends(`<presence type='subscribed' to='${thing}'/>`)
  await gate.forgets()
  await romeo.sends(`<presence type='unsubscribed' to='${thing}'/>`)
  await gate.receives(`<presence type='unavailable' from='${romeoJid}/orchard' to='${thing}'/>`)
  await gate.receives(`<presence type='unsubscribed' from='${romeoJid}' to='${thing}'/>`)
})

test('a subscription stanza without address is bad-request (RFC 6121 §3.1.1)', async () => {
  await using host = await scene()
  const romeo = await awake(host, `${romeoJid}/orchard`)
  await romeo.sends("<presence type='subscribe' id='p1'/>")
  await romeo.receivesError('presence', 'p1', 'modify', 'bad-request')
})

test('nobody subscribes to their own account (RFC 6121 §3)', async () => {
  await using host = await scene()
  const romeo = await awake(host, `${romeoJid}/orchard`)
  await romeo.sends(`<presence type='subscribe' to='${romeoJid}'/>`)
  await romeo.receivesNothing()
  assert.equal(await itemOf(romeo, romeoJid), undefined)
})

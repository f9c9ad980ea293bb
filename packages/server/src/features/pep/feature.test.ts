/** Accounts as services of their own: who hears of what. XEP-0163, and what it needs of XEP-0060. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scene } from '@waxwing/testkit'
import { writeElement } from '@waxwing/xml'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'
import { subscribe } from '../presence/presence-kit.test.ts'
import { asks, couple, event, item, kindOf, publishes, pubsub, song, tells, tune } from './pep-kit.test.ts'

test('whoever sees the presence and wants it hears what is published, and so do own resources (XEP-0163 §1.2, §4.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await couple(host)
  await publishes(juliet, tune, item(song('Allegro'), 'a'))
  // Both clients are of one kind: only one of them is asked.
  await tells(juliet, kindOf(tune))
  const told = `<message type='headline' from='${julietJid}'>${event(tune, item(song('Allegro'), 'a'))}</message>`
  await juliet.receives(told.replace('<message', `<message to='${julietJid}/balcony'`))
  await romeo.receives(told.replace('<message', `<message to='${romeoJid}/orchard'`))
  await publishes(juliet, tune, item(song('Presto'), 'b'))
  await romeo.receives(`<message type='headline'>${event(tune, item(song('Presto'), 'b'))}</message>`)
  await romeo.receivesNothing()
})

test('who has told no capabilities, or others, hears nothing (XEP-0060 §9.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await couple(host, ['urn:other'], [])
  const plain = await host.online(`${romeoJid}/street`)
  await romeo.forgets()
  await juliet.forgets()
  await publishes(juliet, tune, item(song('Allegro')))
  await tells(juliet, kindOf())
  await tells(romeo, kindOf('urn:other'))
  await romeo.receivesNothing()
  await plain.receivesNothing()
})

test('a client is told the last item when it comes, once (XEP-0163 §4.3.4)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await couple(host)
  await publishes(juliet, tune, item(song('Allegro'), 'a'))
  await tells(juliet, kindOf(tune))
  await romeo.forgets()
  await host.advance(60_000)
  const street = await host.client(`${romeoJid}/street`)
  await street.sends(kindOf(tune).presence)
  const heard = await street.forgets()
  const told = heard.filter(({ name }) => name === 'message').map(element => writeElement(element))
  assert.equal(told.length, 1)
  assert.match(told[0] ?? '', /Allegro.*<delay xmlns="urn:xmpp:delay" stamp="2011-03-01T12:00:00Z"/)
  await street.sends(kindOf(tune).presence)
  assert.deepEqual(
    (await street.forgets()).map(({ name }) => name),
    ['presence'],
  )
})

test('what a client wants beyond before, it is told then (XEP-0060 §12.2)', async () => {
  await using host = await scene()
  const { juliet } = await couple(host, [], [])
  await publishes(juliet, tune, item(song('Allegro'), 'a'))
  await tells(juliet, kindOf())
  await juliet.forgets()
  await juliet.sends(kindOf(tune).presence)
  await juliet.takes('presence')
  await tells(juliet, kindOf(tune))
  await juliet.receives(
    `<message type='headline'>${event(tune, item(song('Allegro'), 'a'))}<delay xmlns='urn:xmpp:delay' stamp='{any}'/></message>`,
  )
})

test('two who come to see each other get what the other has published before (XEP-0060 §12.2)', async () => {
  await using host = await scene()
  const romeo = await host.online(`${romeoJid}/orchard`, kindOf(tune).presence)
  const juliet = await host.online(`${julietJid}/balcony`)
  await publishes(juliet, tune, item(song('Allegro'), 'a'))
  await subscribe(romeo, juliet)
  await romeo.receivesNothing()
  await juliet.sends(`<presence type='subscribe' to='${romeoJid}'/>`)
  await romeo.forgets()
  await romeo.sends(`<presence type='subscribed' to='${julietJid}'/>`)
  await tells(romeo, kindOf(tune))
  await romeo.receives(
    `<message type='headline'>${event(tune, item(song('Allegro'), 'a'))}<delay xmlns='urn:xmpp:delay' stamp='{any}'/></message>`,
  )
  await romeo.receivesNothing()
})

test('nobody is asked what they want as long as there is nothing to hear of', async () => {
  await using host = await scene()
  const { romeo, juliet } = await couple(host)
  await romeo.receivesNothing()
  await juliet.receivesNothing()
})

test('a hash that promises something else holds for that client alone (XEP-0115 §5.4)', async () => {
  await using host = await scene()
  const liar = await host.online(`${julietJid}/balcony`, kindOf(tune).presence)
  await publishes(liar, tune, item(song('Allegro'), 'a'))
  await tells(liar, kindOf('urn:poison'))
  await liar.receivesNothing()
  const honest = await host.client(`${julietJid}/chamber`)
  await honest.sends(kindOf(tune).presence)
  await honest.takes('presence of the other')
  await honest.takes('own presence')
  await tells(honest, kindOf(tune))
  await honest.receives(
    `<message type='headline'>${event(tune, item(song('Allegro'), 'a'))}<delay xmlns='urn:xmpp:delay' stamp='{any}'/></message>`,
  )
})

test('whoever is blocked, or has blocked, hears nothing and nobody learns of it (XEP-0163 §4.3.3)', async () => {
  for (const who of ['romeo', 'juliet'] as const) {
    await using host = await scene()
    const { romeo, juliet } = await couple(host)
    await publishes(juliet, tune, item(song('Allegro'), 'a'))
    await tells(juliet, kindOf(tune))
    const [blocker, blocked] = who === 'romeo' ? [romeo, julietJid] : [juliet, romeoJid]
    await blocker.sends(
      `<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='${blocked}'/></block></iq>`,
    )
    await romeo.forgets()
    await juliet.forgets()
    await asks(juliet, 'set', `<publish node='${tune}'>${item(song('Presto'), 'b')}</publish>`)
    await romeo.receivesNothing()
    const heard = await juliet.forgets()
    assert.deepEqual(heard.map(({ name, attrs }) => `${name} ${attrs.get('type')}`).sort(), [
      'iq result',
      'message headline',
    ])
  }
})

test('items are there after a restart, byte for byte (XEP-0222, XEP-0223)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  const payload = '<x:a xmlns:x=\'urn:x\' b="1">&#38; <![CDATA[<c>]]><x:d/></x:a>'
  await publishes(juliet, 'urn:x', item(payload, 'a'))
  await host.restart()
  const again = await host.online(`${julietJid}/balcony`)
  await asks(again, 'get', "<items node='urn:x'/>")
  await again.receives(
    `<iq type='result' id='q'><pubsub xmlns='${pubsub}'><items node='urn:x'>${item(payload, 'a')}</items></pubsub></iq>`,
  )
  assert.ok(host.transcript().includes(`<item id='a'>${payload}</item></items></pubsub>`))
})

test('a payload that leans on prefixes from outside is written so that it stands alone', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await juliet.sends(
    `<iq type='set' id='q'><p:pubsub xmlns:p='${pubsub}' xmlns:o='urn:o'><p:publish node='n'><p:item id='i'><o:a/></p:item></p:publish></p:pubsub></iq>`,
  )
  await juliet.receivesResult('q')
  await asks(juliet, 'get', "<items node='n'/>")
  await juliet.receives(
    `<iq type='result' id='q'><pubsub xmlns='${pubsub}'><items node='n'>${item("<a xmlns='urn:o'/>", 'i')}</items></pubsub></iq>`,
  )
})

test('contacts elsewhere hear of it, too, and what their servers send back goes nowhere (XEP-0163 §4.3.1, §4.3.3)', async () => {
  await using host = await scene({ components: { 'capulet.example': 's' } })
  const capulet = await host.component('capulet.example')
  const juliet = await host.online(`${julietJid}/balcony`)
  const nurse = 'nurse@capulet.example'
  for (const type of ['subscribe', 'subscribed']) {
    await capulet.sends(`<presence from='${nurse}' to='${julietJid}' type='${type}'/>`)
    await juliet.sends(
      `<presence to='${nurse}' type='${type === 'subscribe' ? 'subscribed' : 'subscribe'}'/>`,
    )
  }
  await capulet.sends(`<presence from='${nurse}' to='${julietJid}' type='subscribed'/>`)
  await capulet.sends(
    kindOf(tune).presence.replace('<presence', `<presence from='${nurse}/x' to='${julietJid}'`),
  )
  await capulet.forgets()
  await juliet.forgets()
  await publishes(juliet, tune, item(song('Allegro'), 'a'))
  const asked = await capulet.takes('what it wants to hear of')
  await publishes(juliet, tune, item(song('Presto'), 'b'))
  await capulet.receivesNothing()
  await capulet.sends(
    `<iq type='result' id='${asked.attrs.get('id')}' from='${nurse}/x' to='montague.example'><query xmlns='http://jabber.org/protocol/disco#info'>${kindOf(tune).info}</query></iq>`,
  )
  for (const title of ['Allegro', 'Presto']) {
    const told = await capulet.takes()
    assert.equal(told.attrs.get('to'), `${nurse}/x`)
    assert.match(writeElement(told), new RegExp(title))
    await capulet.sends(
      `<message type='error' id='${told.attrs.get('id')}' from='${nurse}/x' to='${julietJid}'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
    )
  }
  await juliet.receivesNothing()

  // Whoever comes back gets the last of it; whoever is gone gets nothing.
  await capulet.sends(`<presence from='${nurse}/x' to='${julietJid}' type='unavailable'/>`)
  await publishes(juliet, tune, item(song('Largo'), 'c'))
  await capulet.receivesNothing()
  await capulet.sends(
    kindOf(tune).presence.replace('<presence', `<presence from='${nurse}/x' to='${julietJid}'`),
  )
  assert.match(writeElement(await capulet.takes()), /Largo.*<delay/)
})

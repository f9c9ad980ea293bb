/** Up to where conversations have been shown, on all devices. XEP-0490. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scene } from '@waxwing/testkit'
import { writeElement } from '@waxwing/xml'
import { julietJid, romeoJid } from '../../lovers-kit.test.ts'
import { asks, couple, event, item, kindOf, options, publishes, pubsub, tells } from '../pep/pep-kit.test.ts'

const node = 'urn:xmpp:mds:displayed:0'
const mark = (id: string): string =>
  `<displayed xmlns='${node}'><stanza-id xmlns='urn:xmpp:sid:0' by='${julietJid}' id='${id}'/></displayed>`
const marker = "<displayed xmlns='urn:xmpp:chat-markers:0' id='the-msg-1'/>"
const wanted = {
  persist_items: 'true',
  max_items: 'max',
  send_last_published_item: 'never',
  access_model: 'whitelist',
}

test('a mark in a message is published and goes no further (XEP-0490 §4.5.3, §5.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await couple(host, [node], [node])
  const chamber = await host.client(`${julietJid}/chamber`)
  await chamber.sends("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>")
  await chamber.forgets()
  await juliet.sends(`<message to='${romeoJid}' type='chat'>${marker}${mark('1')}</message>`)
  await romeo.receives(`<message type='chat' from='${julietJid}/balcony'>${marker}</message>`)
  await tells(juliet, kindOf(node))
  await juliet.receives(`<message type='headline'>${event(node, item(mark('1'), romeoJid))}</message>`)
  // Nor is it in the copy for other devices.
  assert.doesNotMatch(writeElement(await chamber.takes()), /urn:xmpp:mds/)
  await juliet.sends(`<message to='nurse@montague.example'>${marker}${mark('2')}</message>`)
  await juliet.forgets()
  await asks(juliet, 'get', `<items node='${node}'/>`)
  await juliet.receives(
    `<iq type='result' id='q'><pubsub xmlns='${pubsub}'><items node='${node}'>${item(mark('2'), 'nurse@montague.example')}${item(mark('1'), romeoJid)}</items></pubsub></iq>`,
  )
  // The node is configured as clients ask for.
  await asks(
    juliet,
    'set',
    `<publish node='${node}'>${item(mark('3'), romeoJid)}</publish>${options(wanted)}`,
  )
  assert.match((await juliet.forgets()).map(element => writeElement(element)).join(''), /type="result"/)
  await romeo.receivesNothing()
  await asks(romeo, 'get', `<items node='${node}'/>`, julietJid)
  await romeo.receivesError('iq', 'q', 'cancel', 'not-allowed')
})

test('marks of others, in errors, too long, or for a node that others see, are taken out and nothing else (XEP-0490 §7)', async () => {
  await using host = await scene({ settings: { pep: { maxItemBytes: 1_024 } } })
  const { romeo, juliet } = await couple(host, [], [])
  const goesOn = async (): Promise<void> => {
    await romeo.receives(`<message>${marker}</message>`)
    await romeo.receivesNothing()
  }
  await juliet.sends(`<message to='${romeoJid}/orchard' type='error'>${mark('1')}</message>`)
  await juliet.sends(`<message to='${romeoJid}'>${marker}${mark('1'.repeat(2_000))}</message>`)
  await romeo.receives("<message type='error'/>")
  await goesOn()
  await asks(juliet, 'get', `<items node='${node}'/>`)
  await juliet.receivesError('iq', 'q', 'cancel', 'item-not-found')
  await publishes(juliet, node, item("<a xmlns='urn:a'/>", 'x'), options({ access_model: 'open' }))
  await juliet.forgets()
  await romeo.forgets()
  await juliet.sends(`<message to='${romeoJid}'>${marker}${mark('1')}</message>`)
  await goesOn()
  await asks(juliet, 'get', `<items node='${node}'/>`)
  assert.doesNotMatch(writeElement(await juliet.takes()), /stanza-id/)
})

test('the account says that the server helps (XEP-0490 §4.5.2)', async () => {
  await using host = await scene()
  const { juliet } = await couple(host)
  await juliet.sends("<iq type='get' id='d'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
  assert.match(writeElement(await juliet.takes()), /"urn:xmpp:mds:server-assist:0"/)
})

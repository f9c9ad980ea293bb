/** Message carbons: XEP-0280. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { childOf, type Element } from '@waxwing/xml'
import { julietJid, romeoJid } from '../../lovers-kit.test.ts'
import { trait } from '../../router/traits.ts'
import { type Direction, isCopied } from './eligible.ts'

const ns = 'urn:xmpp:carbons:2'

async function turn(peer: Peer, what: 'enable' | 'disable'): Promise<void> {
  await peer.sends(`<iq type='set' id='c'><${what} xmlns='${ns}'/></iq>`)
  await peer.receives("<iq type='result' id='c'/>")
}

interface Company {
  readonly home: Peer
  readonly garden: Peer
}

/** Juliet alone, Romeo at home and in the garden, both wanting copies. */
async function company(host: Scene, garden = '<presence/>'): Promise<Company & { readonly juliet: Peer }> {
  const juliet = await host.online(`${julietJid}/balcony`)
  const home = await host.online(`${romeoJid}/home`)
  const other = await host.online(`${romeoJid}/garden`, garden)
  await home.forgets()
  await turn(home, 'enable')
  await turn(other, 'enable')
  return { juliet, home, garden: other }
}

/** The message inside a copy, whose wrapping is checked. */
function inside(copy: Element, peer: Peer, direction: Direction): Element {
  assert.equal(copy.attrs.get('from'), romeoJid)
  assert.equal(copy.attrs.get('to'), peer.name)
  const wrapped = childOf(copy, ns, direction)
  const found = wrapped && childOf(wrapped, 'urn:xmpp:forward:0', 'forwarded')
  return (found && childOf(found, 'jabber:client', 'message')) ?? assert.fail('no copy')
}

test('what one resource sends, the others get as a copy (XEP-0280 §8)', async () => {
  await using host = await scene()
  const { juliet, home, garden } = await company(host)
  await home.sends(`<message to='${julietJid}/balcony' type='chat' id='m'><body>è</body></message>`)
  await juliet.receives("<message type='chat' id='m'><body>è</body></message>")
  await garden.receives(
    `<message from='${romeoJid}' to='${romeoJid}/garden' type='chat'><sent xmlns='${ns}'><forwarded xmlns='urn:xmpp:forward:0'>
       <message xmlns='jabber:client' from='${romeoJid}/home' to='${julietJid}/balcony' type='chat' id='m'>
         <body>è</body><stanza-id xmlns='urn:xmpp:sid:0' id='{any}' by='${romeoJid}'/></message>
     </forwarded></sent></message>`,
  )
  await home.receivesNothing()
})

test('what one resource gets, the others get as a copy, with the id in the archive (XEP-0280 §7)', async () => {
  await using host = await scene()
  const { juliet, home, garden } = await company(host)
  await juliet.sends(`<message to='${romeoJid}/home' type='chat' id='m'><body>b</body></message>`)
  const original = await home.takes()
  await garden.receives(
    `<message from='${romeoJid}' to='${romeoJid}/garden' type='chat'><received xmlns='${ns}'><forwarded xmlns='urn:xmpp:forward:0'>
       <message xmlns='jabber:client' from='${julietJid}/balcony' to='${romeoJid}/home' type='chat' id='m'>
         <body>b</body><stanza-id xmlns='urn:xmpp:sid:0' id='${childOf(original, 'urn:xmpp:sid:0', 'stanza-id')?.attrs.get('id')}' by='${romeoJid}'/></message>
     </forwarded></received></message>`,
  )
  await juliet.receivesNothing()
})

test('who gets a message by the rules gets no copy of it; negative priorities do (XEP-0280 §7)', async () => {
  await using host = await scene()
  const { juliet, home, garden } = await company(host, '<presence><priority>-1</priority></presence>')
  const third = await host.online(`${romeoJid}/street`)
  await home.forgets()
  await garden.forgets()
  await juliet.sends(`<message to='${romeoJid}' type='chat'><body>b</body></message>`)
  await home.receives("<message type='chat'><body>b</body></message>")
  await third.receives("<message type='chat'><body>b</body></message>")
  inside(await garden.takes(), garden, 'received')
  for (const peer of [home, third, garden]) await peer.receivesNothing()
})

test('a resource without presence gets copies, also when nobody takes the message (XEP-0280 §7)', async () => {
  await using host = await scene()
  const juliet = await host.online(`${julietJid}/balcony`)
  const home = await host.client(`${romeoJid}/home`)
  await turn(home, 'enable')
  await juliet.sends(`<message to='${romeoJid}' type='chat'><body>b</body></message>`)
  inside(await home.takes(), home, 'received')
})

test('only who has asked gets copies, as long as they want them (XEP-0280 §4, §5, §10.1)', async () => {
  await using host = await scene()
  const { juliet, home, garden } = await company(host)
  const third = await host.online(`${romeoJid}/street`)
  await home.forgets()
  await garden.forgets()
  await turn(garden, 'enable')
  await turn(garden, 'disable')
  await turn(garden, 'disable')
  await juliet.sends(`<message to='${romeoJid}/home' type='chat'><body>b</body></message>`)
  await home.forgets()
  await garden.receivesNothing()
  await third.receivesNothing()
  await turn(garden, 'enable')
  await juliet.sends(`<message to='${romeoJid}/home' type='chat'><body>b</body></message>`)
  inside(await garden.takes(), garden, 'received')
})

test('a session that is gone gets none and breaks nothing (XEP-0280 §4)', async () => {
  await using host = await scene()
  const { juliet, home, garden } = await company(host)
  await garden.sends('</stream:stream>')
  await home.forgets()
  await juliet.sends(`<message to='${romeoJid}/home' type='chat'><body>b</body></message>`)
  assert.equal((await home.forgets()).length, 1)
  await home.sends(`<message to='${julietJid}' type='chat'><body>b</body></message>`)
  assert.equal((await juliet.forgets()).length, 1)
})

test('what somebody writes to the own account comes once to everybody else (XEP-0280 §7, §8)', async () => {
  await using host = await scene()
  const { home, garden } = await company(host)
  await home.sends(`<message to='${romeoJid}/garden' type='chat'><body>1</body></message>`)
  await garden.receives("<message type='chat'><body>1</body></message>")
  const third = await host.client(`${romeoJid}/street`)
  await turn(third, 'enable')
  await home.sends(`<message to='${romeoJid}/garden' type='chat'><body>2</body></message>`)
  await garden.receives("<message type='chat'><body>2</body></message>")
  inside(await third.takes(), third, 'received')
  for (const peer of [home, garden, third]) await peer.receivesNothing()
})

test('an error is copied where the message it answers was (XEP-0280 §6.1)', async () => {
  await using host = await scene()
  const { home, garden } = await company(host)
  const gone = `${julietJid}/gone`
  await home.sends(`<message to='${gone}' id='m'><body>b</body></message>`)
  await home.receivesError('message', 'm', 'cancel', 'service-unavailable')
  inside(await garden.takes(), garden, 'sent')
  assert.equal(inside(await garden.takes(), garden, 'received').attrs.get('type'), 'error')
  await home.sends(`<message to='${gone}' id='n'><body>b</body><private xmlns='${ns}'/></message>`)
  await home.receivesError('message', 'n', 'cancel', 'service-unavailable')
  await garden.receivesNothing()
})

test('an error of the other side is copied, one out of nowhere is not (XEP-0280 §6.1)', async () => {
  await using host = await scene()
  const { juliet, home, garden } = await company(host)
  await home.sends(`<message to='${julietJid}/balcony' type='chat' id='m'><body>b</body></message>`)
  inside(await garden.takes(), garden, 'sent')
  const error = "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
  await juliet.sends(`<message to='${romeoJid}/home' type='error' id='m'>${error}</message>`)
  assert.equal(inside(await garden.takes(), garden, 'received').attrs.get('type'), 'error')
  await juliet.sends(`<message to='${romeoJid}/home' type='error' id='x'>${error}</message>`)
  await garden.receivesNothing()
})

test('an error about a copy goes nowhere (XEP-0280 §10.3)', async () => {
  await using host = await scene()
  const { juliet, home, garden } = await company(host)
  await juliet.sends(`<message to='${romeoJid}/home' type='chat' id='m'><body>b</body></message>`)
  await home.forgets()
  await garden.takes()
  await garden.sends(
    `<message to='${romeoJid}' type='error'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
  )
  for (const peer of [juliet, home, garden]) await peer.receivesNothing()
})

test('a pretended copy is passed as it is and copied to nobody (XEP-0280 §7, §11)', async () => {
  await using host = await scene()
  const { juliet, home, garden } = await company(host)
  await juliet.sends(
    `<message to='${romeoJid}/home' type='chat'><received xmlns='${ns}'><forwarded xmlns='urn:xmpp:forward:0'/></received></message>`,
  )
  assert.equal((await home.takes()).attrs.get('from'), `${julietJid}/balcony`)
  await garden.receivesNothing()
})

test('iqs are not copied; support is announced (XEP-0280 §3)', async () => {
  await using host = await scene()
  const { juliet, home, garden } = await company(host)
  await juliet.sends(`<iq type='get' to='${romeoJid}/home' id='i'><ping xmlns='urn:xmpp:ping'/></iq>`)
  await home.forgets()
  await garden.receivesNothing()
  await garden.sends(
    "<iq type='get' id='d' to='montague.example'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
  )
  const info = await garden.receivesResult('d')
  const features = info?.children.map(child => (typeof child === 'object' ? child.attrs.get('var') : ''))
  assert.ok(features?.includes(ns) && features.includes('urn:xmpp:carbons:rules:0'))
})

const bare = 'juliet@capulet.example'
const full = 'juliet@capulet.example/balcony'
const { body, talk, room, noCopy, copy, meaning, lasting } = trait
const rules: readonly [
  Direction,
  type: string | undefined,
  traits: number,
  from: string,
  expected: boolean,
][] = [
  ['received', 'chat', body, full, true],
  ['received', 'chat', 0, full, true],
  ['received', 'chat', talk, full, true],
  ['received', undefined, body, full, true],
  ['received', 'normal', body, full, true],
  ['received', 'normal', talk | meaning, full, true],
  ['received', 'normal', meaning, full, false],
  ['received', 'normal', lasting | talk, full, true],
  ['received', 'groupchat', body, full, false],
  ['received', 'headline', body, full, false],
  ['received', 'error', body, full, false],
  ['received', 'chat', body | trait.private, full, false],
  ['sent', 'chat', body | trait.private, full, false],
  ['received', 'chat', body | noCopy, full, false],
  ['received', 'chat', body | copy, full, false],
  ['received', 'chat', body | room, 'coven@muc.example/witch', false],
  ['received', 'normal', room | meaning, 'coven@muc.example', true],
  ['sent', 'chat', body | room, full, true],
  ['sent', 'normal', room | meaning, full, true],
  ['sent', 'normal', body, bare, true],
]

for (const [direction, type, traits, from, expected] of rules)
  test(`${type ?? 'typeless'} with traits ${traits} ${direction} from ${from} is ${expected ? '' : 'not '}copied (XEP-0280 §6.1)`, () => {
    assert.equal(isCopied(direction, { type, traits, from: parseJid(from) }), expected)
  })

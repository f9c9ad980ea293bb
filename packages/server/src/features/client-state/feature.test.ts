/** Client state indication: XEP-0352. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJid } from '@waxwing/jid'
import { type Peer, type Scene, type SceneOptions, scene } from '@waxwing/testkit'
import type { Element } from '@waxwing/xml'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'
import { trait } from '../../router/traits.ts'
import { logsIn, opened, userAgent } from '../sasl2/login-kit.test.ts'
import { type Urgency, urgencyOf } from './urgency.ts'

const csi = 'urn:xmpp:csi:0'
const body = '<body>b</body>'
const composing = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"

interface Resting {
  readonly host: Scene
  readonly romeo: Peer
  /** Inactive. */
  readonly juliet: Peer
}

async function resting(options: SceneOptions = {}): Promise<Resting & AsyncDisposable> {
  const host = await scene(options)
  const { romeo, juliet } = await pair(host)
  await juliet.sends(`<inactive xmlns='${csi}'/>`)
  return { host, romeo, juliet, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() }
}

const show = (romeo: Peer, show: string): Promise<void> =>
  romeo.sends(`<presence to='${julietJid}/balcony'><show>${show}</show></presence>`)
const say = (romeo: Peer, payload: string, type = 'chat'): Promise<void> =>
  romeo.sends(`<message to='${julietJid}/balcony' type='${type}'>${payload}</message>`)

const ping = (peer: Peer): Promise<void> =>
  peer.sends("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>")

/** What came, in short: names of elements, of messages their first child's. */
function short(heard: readonly Element[]): string {
  return heard
    .map(({ name, children }) => {
      const [first] = children
      return name === 'iq' || typeof first !== 'object' ? name : first.name
    })
    .join(' ')
}

test('the server says after login that it listens (XEP-0352 §4.1)', async () => {
  await using host = await scene()
  await host.client(`${julietJid}/balcony`)
  assert.match(host.transcript(), /<csi xmlns=["']urn:xmpp:csi:0["']\/>/)
})

test('presence waits, only the latest of each, until somebody looks (XEP-0352 §3.2)', async () => {
  await using it = await resting()
  const nurse = await it.host.online('nurse@montague.example/kitchen')
  await show(it.romeo, 'away')
  await show(nurse, 'dnd')
  await show(it.romeo, 'xa')
  await it.juliet.receivesNothing()
  await it.juliet.sends(`<active xmlns='${csi}'/>`)
  await it.juliet.receives("<presence from='nurse@montague.example/kitchen'><show>dnd</show></presence>")
  await it.juliet.receives(`<presence from='${romeoJid}/orchard'><show>xa</show></presence>`)
  await show(it.romeo, 'chat')
  await it.juliet.receives('<presence><show>chat</show></presence>')
})

test('a message comes at once, behind everything that waited (RFC 6120 §10.1, XEP-0352 §3.2)', async () => {
  await using it = await resting()
  await show(it.romeo, 'away')
  await say(it.romeo, composing)
  await say(it.romeo, '<x xmlns="urn:x"/>', 'headline')
  await say(it.romeo, composing)
  await it.juliet.receivesNothing()
  await say(it.romeo, body)
  assert.equal(short(await it.juliet.forgets()), 'show x composing body')
  await show(it.romeo, 'xa')
  await it.juliet.receivesNothing()
})

test('requests and answers pass and wake nothing (XEP-0352 §5.1)', async () => {
  await using it = await resting()
  await show(it.romeo, 'away')
  await ping(it.juliet)
  assert.equal(short(await it.juliet.forgets()), 'iq')
  await it.juliet.sends(`<active xmlns='${csi}'/><iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>`)
  assert.equal(short(await it.juliet.forgets()), 'show iq')
})

test('what waits has bounds: by number, by size and by time (XEP-0352 §3.2)', async () => {
  {
    await using it = await resting({ settings: { 'client-state': { maxStanzas: 2 } } })
    await it.host.client('nurse@montague.example/a')
    for (const name of ['a', 'b', 'c']) {
      const peer = await it.host.client(`nurse@montague.example/${name}`)
      await show(peer, name)
      assert.equal((await it.juliet.forgets()).length, name === 'c' ? 3 : 0)
    }
  }
  {
    await using it = await resting({ settings: { 'client-state': { maxBytes: 1_000 } } })
    await say(it.romeo, `<x xmlns='urn:x'>${'x'.repeat(600)}</x>`, 'headline')
    await it.juliet.receivesNothing()
    await say(it.romeo, `<x xmlns='urn:x'>${'x'.repeat(600)}</x>`, 'headline')
    assert.equal((await it.juliet.forgets()).length, 2)
  }
  await using it = await resting({ settings: { 'client-state': { maxWait: 60_000 } } })
  await show(it.romeo, 'away')
  await it.host.advance(59_000)
  await show(it.romeo, 'xa')
  await it.juliet.receivesNothing()
  await it.host.advance(1_000)
  assert.equal(short(await it.juliet.forgets()), 'show')
})

test('saying the same twice changes nothing (XEP-0352 §4.2)', async () => {
  await using it = await resting()
  await show(it.romeo, 'away')
  await it.juliet.sends(`<inactive xmlns='${csi}'/>`)
  await it.juliet.receivesNothing()
  await it.juliet.sends(`<active xmlns='${csi}'/><active xmlns='${csi}'/>`)
  assert.equal(short(await it.juliet.forgets()), 'show')
})

test('a resumed stream is active, and what waited comes (XEP-0352 §5.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await juliet.sends("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
  const enabled = await juliet.takes()
  await juliet.sends(`<inactive xmlns='${csi}'/>`)
  await show(romeo, 'away')
  juliet.wire.cut()
  await show(romeo, 'xa')
  const again = host.raw({ tls: true, name: `${julietJid}/balcony` })
  await resumes(again, enabled.attrs.get('id') ?? '')
  const heard = await again.forgets()
  assert.equal(short(heard.filter(({ name }) => name === 'presence')), 'show')
  await show(romeo, 'chat')
  await again.receives('<presence><show>chat</show></presence>')
})

async function resumes(peer: Peer, id: string): Promise<void> {
  await peer.opens("to='montague.example' version='1.0'")
  await peer.receivesHeader()
  await peer.takes()
  const plain = Buffer.from('\0juliet\0r0m30myr0m30').toString('base64')
  await peer.sends(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`)
  await peer.takes()
  await peer.opens("to='montague.example' version='1.0'")
  await peer.receivesHeader()
  await peer.takes()
  await peer.sends(`<resume xmlns='urn:xmpp:sm:3' previd='${id}' h='0'/>`)
  assert.equal((await peer.takes()).name, 'resumed')
}

test('a session can begin inactive (XEP-0386 §3.2)', async () => {
  await using host = await scene()
  const juliet = await host.online(`${julietJid}/balcony`)
  const { peer } = await opened(host)
  await logsIn(peer, `${userAgent}<bind xmlns='urn:xmpp:bind:0'><inactive xmlns='${csi}'/></bind>`)
  await peer.sends('<presence/>')
  await juliet.sends(`<presence to='${romeoJid}'/>`)
  assert.ok((await peer.forgets()).every(({ name }) => name !== 'presence'))
  await peer.sends(`<active xmlns='${csi}'/>`)
  assert.ok((await peer.forgets()).some(({ name }) => name === 'presence'))
})

test('nobody else learns of the state; a session that ends takes what waited along (XEP-0352 §6)', async () => {
  await using it = await resting()
  await show(it.romeo, 'away')
  await it.juliet.sends('</stream:stream>')
  await it.host.advance(3_600_000)
  assert.ok((await it.romeo.forgets()).every(({ name }) => name === 'presence'))
})

const from = parseJid('romeo@montague.example/orchard')
const { talk, meaning, event, lasting, store, copy } = trait
const urgencies: readonly [
  kind: 'message' | 'presence' | 'iq',
  type: string | undefined,
  traits: number,
  Urgency,
][] = [
  ['iq', 'result', 0, 'now'],
  ['iq', 'set', 0, 'now'],
  ['presence', undefined, 0, 'latest'],
  ['presence', 'unavailable', 0, 'latest'],
  ['presence', 'subscribe', 0, 'urgent'],
  ['presence', 'error', 0, 'urgent'],
  ['message', 'chat', trait.body | meaning, 'urgent'],
  ['message', undefined, trait.body | meaning, 'urgent'],
  ['message', 'groupchat', trait.body | meaning, 'urgent'],
  ['message', 'chat', talk, 'latest'],
  ['message', 'chat', talk | copy, 'waits'],
  ['message', 'chat', trait.body | meaning | copy, 'urgent'],
  ['message', 'chat', talk | store, 'urgent'],
  ['message', 'chat', lasting | talk | meaning, 'urgent'],
  ['message', 'headline', event | meaning, 'waits'],
  ['message', undefined, event | meaning, 'waits'],
  ['message', 'headline', trait.body | meaning, 'urgent'],
  ['message', undefined, meaning, 'urgent'],
  ['message', 'error', talk, 'urgent'],
]

for (const [kind, type, traits, expected] of urgencies)
  test(`${kind} of type ${type ?? 'none'} with traits ${traits}: ${expected} (XEP-0352 §3.2)`, () => {
    assert.equal(urgencyOf({ kind, type, from, traits }), expected)
  })

/** Copies for sessions whose connection breaks. XEP-0280, XEP-0198. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, scene } from '@waxwing/testkit'
import { childOf } from '@waxwing/xml'
import { julietJid, romeoJid } from '../../lovers-kit.test.ts'
import { ask } from '../archive/archive-kit.test.ts'
import { enables, resumes } from '../stream-management/sm-kit.test.ts'

const ns = 'urn:xmpp:carbons:2'
const chat = (to: string, body: string): string =>
  `<message to='${to}' type='chat'><body>${body}</body></message>`

async function wantsCopies(peer: Peer): Promise<void> {
  await peer.sends(`<iq type='set' id='c'><enable xmlns='${ns}'/></iq>`)
  await peer.receives("<iq type='result' id='c'/>")
}

test('copies and archive results that nobody acknowledged go nowhere else (XEP-0198 §4)', async () => {
  await using host = await scene({ settings: { 'stream-management': { resumeTimeout: 60_000 } } })
  const juliet = await host.online(`${julietJid}/balcony`)
  const garden = await host.online(`${romeoJid}/garden`)
  const home = await host.client(`${romeoJid}/home`)
  await enables(home)
  await wantsCopies(home)
  await juliet.sends(chat(`${romeoJid}/garden`, '1'))
  await garden.forgets()
  await home.forgets()
  await ask(home)
  home.wire.cut()
  await juliet.sends(chat(`${romeoJid}/garden`, '2'))
  await garden.forgets()
  await host.advance(120_000)
  await garden.receivesNothing()
  await garden.sends('</stream:stream>')
  const late = await host.client(`${romeoJid}/street`)
  await late.sends('<presence/>')
  assert.ok((await late.forgets()).every(({ name }) => name === 'presence'))
})

test('a session that is resumed after a restart still wants copies (XEP-0198 §5, XEP-0280 §4)', async () => {
  await using host = await scene()
  const home = await host.online(`${romeoJid}/home`)
  const id = await enables(home)
  await wantsCopies(home)
  await host.crash()
  const again = await resumes(host, 'romeo', id, 1)
  await again.forgets()
  const garden = await host.online(`${romeoJid}/garden`)
  const juliet = await host.online(`${julietJid}/balcony`)
  await again.forgets()
  await juliet.sends(chat(`${romeoJid}/garden`, '1'))
  await garden.forgets()
  await home.forgets()
  const [copy] = await again.forgets()
  assert.ok(copy && childOf(copy, ns, 'received'))
})

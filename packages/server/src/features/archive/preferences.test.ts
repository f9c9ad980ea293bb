/** Preferences of archiving. XEP-0441. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, scene } from '@waxwing/testkit'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'
import { ask, bodies, mam } from './archive-kit.test.ts'

async function prefers(peer: Peer, rule: string, always = '', never = ''): Promise<void> {
  const payload = `<prefs xmlns='${mam}' default='${rule}'><always>${always}</always><never>${never}</never></prefs>`
  await peer.sends(`<iq type='set' id='p'>${payload}</iq>`)
  await peer.receives(`<iq type='result' id='p'>${payload}</iq>`)
}

const jid = (address: string): string => `<jid>${address}</jid>`

test('preferences are asked for and set in both namespaces, and outlive the server (XEP-0441 §2.1)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await juliet.sends(`<iq type='get' id='p'><prefs xmlns='${mam}'/></iq>`)
  await juliet.receives(
    `<iq type='result' id='p'><prefs xmlns='${mam}' default='always'><always/><never/></prefs></iq>`,
  )
  await prefers(juliet, 'roster', jid('a@b.example'), jid('c@d.example/e'))
  await host.restart()
  const again = await host.online(`${julietJid}/chamber`)
  await again.sends("<iq type='get' id='p'><prefs xmlns='urn:xmpp:mam:1'/></iq>")
  await again.receives(
    `<iq type='result' id='p'><prefs xmlns='urn:xmpp:mam:1' default='roster'>
       <always><jid>a@b.example</jid></always><never><jid>c@d.example/e</jid></never></prefs></iq>`,
  )
})

test('each side archives what it wants (XEP-0441 §2.1.1, §2.1.2, §2.1.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  const say = async (body: string): Promise<void> => {
    await romeo.sends(`<message to='${julietJid}'><body>${body}</body></message>`)
    await juliet.forgets()
  }
  await prefers(juliet, 'never')
  await say('1')
  await prefers(juliet, 'never', jid(romeoJid))
  await say('2')
  await prefers(juliet, 'always', '', jid(`${romeoJid}/orchard`))
  await say('3')
  await prefers(romeo, 'always', jid(julietJid), jid(julietJid))
  await say('4')
  assert.deepEqual(bodies(await ask(juliet)), ['2'])
  assert.deepEqual(bodies(await ask(romeo)), ['1', '2', '3'])
})

test("with 'roster' only what contacts write and get is archived (XEP-0441 §2.1.1)", async () => {
  await using host = await scene({ settings: { archive: { default: 'roster' } } })
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<message to='${julietJid}'><body>1</body></message>`)
  await juliet.sends(
    `<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='${romeoJid}'/></query></iq>`,
  )
  await romeo.sends(`<message to='${julietJid}'><body>2</body></message>`)
  await juliet.sends(`<message to='${julietJid}'><body>note</body></message>`)
  await juliet.forgets()
  assert.deepEqual(bodies(await ask(juliet)), ['2', 'note'])
  assert.deepEqual(bodies(await ask(romeo)), [])
})

test('preferences of somebody offline hold, too (XEP-0441 §2.1.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await prefers(juliet, 'never')
  await juliet.sends('</stream:stream>')
  await romeo.sends(`<message to='${julietJid}'><body>1</body></message>`)
  const again = await host.online(`${julietJid}/chamber`)
  assert.deepEqual(bodies(await ask(again)), [])
})

test('preferences that make no sense are refused (XEP-0441 §2.1)', async () => {
  await using host = await scene({ settings: { archive: { maxListed: 2 } } })
  const { juliet } = await pair(host)
  const cases: readonly [payload: string, type: string, condition: string][] = [
    [`<prefs xmlns='${mam}'/>`, 'modify', 'bad-request'],
    [`<prefs xmlns='${mam}' default='sometimes'/>`, 'modify', 'bad-request'],
    [
      `<prefs xmlns='${mam}' default='never'><always><jid>a@@b</jid></always></prefs>`,
      'modify',
      'bad-request',
    ],
    [
      `<prefs xmlns='${mam}' default='never'><always>${['a', 'b', 'c'].map(jid).join('')}</always></prefs>`,
      'wait',
      'resource-constraint',
    ],
  ]
  for (const [payload, type, condition] of cases) {
    await juliet.sends(`<iq type='set' id='p'>${payload}</iq>`)
    await juliet.receivesError('iq', 'p', type, condition)
  }
})

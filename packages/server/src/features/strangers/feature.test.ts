/** What strangers may send. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { childOf } from '@waxwing/xml'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'

type May = 'all' | 'messages' | 'ask'
const theatre = (may: May): Promise<Scene> => scene({ settings: { strangers: { may } } })

const message = "<message id='s' to='TO'><body>b</body></message>"
const question = "<iq type='get' id='s' to='TO/balcony'><ping xmlns='urn:xmpp:ping'/></iq>"
const presence = "<presence to='TO'/>"
const request = "<presence type='subscribe' to='TO'/>"

const cases: readonly [what: string, stanza: string, may: May, arrives: boolean][] = [
  ['a message', message, 'all', true],
  ['a message', message, 'messages', true],
  ['a message', message, 'ask', false],
  ['a question', question, 'all', true],
  ['a question', question, 'messages', false],
  ['presence', presence, 'all', true],
  ['presence', presence, 'messages', false],
  ['a subscription request', request, 'messages', true],
  ['a subscription request', request, 'ask', true],
]

async function sends(peer: Peer, stanza: string): Promise<void> {
  await peer.sends(stanza.replace('TO', julietJid))
}

for (const [what, stanza, may, arrives] of cases)
  test(`${what} of a stranger ${arrives ? 'arrives' : 'does not arrive'} where strangers may send '${may}'`, async () => {
    await using host = await theatre(may)
    const { romeo, juliet } = await pair(host)
    await sends(romeo, stanza)
    if (arrives) assert.equal((await juliet.takes()).attrs.get('from')?.startsWith(romeoJid), true)
    else {
      await juliet.receivesNothing()
      if (stanza === presence) await romeo.receivesNothing()
      else assert.equal((await romeo.takes()).attrs.get('type'), 'error')
    }
  })

test('contacts are no strangers', async () => {
  await using host = await theatre('ask')
  const { romeo, juliet } = await pair(host)
  await juliet.sends(
    `<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='${romeoJid}'/></query></iq>`,
  )
  await juliet.receivesResult('r')
  await sends(romeo, message)
  assert.equal((await juliet.takes()).name, 'message')
})

test('whom one writes to may answer', async () => {
  await using host = await theatre('ask')
  const { romeo, juliet } = await pair(host)
  await juliet.sends(`<message to='${romeoJid}'><body>b</body></message>`)
  await romeo.receivesNothing()
  await juliet.takes()
  await sends(romeo, message)
  assert.equal((await juliet.takes()).name, 'message')
})

/** Chooses by the command of the account. */
async function chooses(peer: Peer, jid: string, may: May): Promise<void> {
  const node = 'urn:waxwing:commands#strangers'
  const command = (rest: string, content = ''): string =>
    `<iq type='set' id='c' to='${jid}'><command xmlns='http://jabber.org/protocol/commands' node='${node}' ${rest}>${content}</command></iq>`
  await peer.sends(command("action='execute'"))
  const answer = await peer.takes()
  const session = childOf(answer, 'http://jabber.org/protocol/commands', 'command')?.attrs.get('sessionid')
  const form = `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:waxwing:strangers</value></field><field var='may'><value>${may}</value></field></x>`
  await peer.sends(command(`action='complete' sessionid='${session}'`, form))
  const done = childOf(await peer.takes(), 'http://jabber.org/protocol/commands', 'command')
  assert.equal(done?.attrs.get('status'), 'completed')
}

test('an account chooses otherwise than its host, also for the time after a restart', async () => {
  await using host = await theatre('messages')
  const before = await pair(host)
  await chooses(before.juliet, julietJid, 'ask')
  await sends(before.romeo, message)
  assert.equal((await before.romeo.takes()).attrs.get('type'), 'error')
  await host.restart()
  const { romeo, juliet } = await pair(host)
  await sends(romeo, message)
  assert.equal((await romeo.takes()).attrs.get('type'), 'error')
  await chooses(juliet, julietJid, 'all')
  await sends(romeo, question)
  assert.equal((await juliet.takes()).name, 'iq')
})

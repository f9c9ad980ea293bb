/** Offline messages of those who read the archive, and hints. XEP-0160, XEP-0313 §6.1.1, XEP-0334. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { julietJid, romeoJid } from '../../lovers-kit.test.ts'
import { ask, bodies, bodyOf, form, page } from '../archive/archive-kit.test.ts'
import { logsIn, opened, userAgent } from '../sasl2/login-kit.test.ts'

async function romeoAlone(host: Scene): Promise<Peer> {
  await host.account(julietJid)
  return host.online(`${romeoJid}/orchard`)
}

const say = (romeo: Peer, body: string, more = ''): Promise<void> =>
  romeo.sends(`<message to='${julietJid}' type='chat'><body>${body}</body>${more}</message>`)

/** Bodies of the messages that come with the first presence. */
async function welcomed(juliet: Peer): Promise<readonly string[]> {
  await juliet.sends('<presence/>')
  return (await juliet.forgets()).filter(({ name }) => name === 'message').map(bodyOf)
}

test('who has read the archive before the first presence gets nothing of it again (XEP-0313 §6.1.1)', async () => {
  await using host = await scene()
  const romeo = await romeoAlone(host)
  await say(romeo, '1')
  await say(romeo, '2')
  const juliet = await host.client(`${julietJid}/balcony`)
  assert.deepEqual(bodies(await ask(juliet)), ['1', '2'])
  assert.deepEqual(await welcomed(juliet), [])
  const later = await host.client(`${julietJid}/chamber`)
  assert.deepEqual(await welcomed(later), [], 'they count as delivered')
})

test('what was archived before a restart is not given twice either (XEP-0313 §6.1.1)', async () => {
  await using host = await scene()
  const romeo = await romeoAlone(host)
  await say(romeo, '1')
  await host.restart()
  await host.advance(1_000)
  const juliet = await host.client(`${julietJid}/balcony`)
  assert.deepEqual(bodies(await ask(juliet)), ['1'])
  assert.deepEqual(await welcomed(juliet), [])
})

test('a login that asks for copies at once leaves the rest to the archive, others do not (XEP-0386 §3.2)', async () => {
  await using host = await scene()
  const other = await host.online('nurse@montague.example/kitchen')
  const enable = "<enable xmlns='urn:xmpp:carbons:2'/>"
  for (const [inside, expected] of [
    [enable, []],
    ['', ['1']],
  ] as const) {
    const { peer } = await opened(host)
    await other.sends(`<message to='${romeoJid}'><body>1</body></message>`)
    await logsIn(peer, `${userAgent}<bind xmlns='urn:xmpp:bind:0'>${inside}</bind>`)
    assert.deepEqual(await welcomed(peer), expected)
    await peer.sends('</stream:stream>')
  }
})

test('what came after the archive was read, or is not in it, comes with the presence (XEP-0160 §2)', async () => {
  await using host = await scene()
  const romeo = await romeoAlone(host)
  await say(romeo, '1')
  await say(romeo, 'secret', "<no-permanent-store xmlns='urn:xmpp:hints'/>")
  const juliet = await host.client(`${julietJid}/balcony`)
  assert.deepEqual(bodies(await ask(juliet)), ['1'])
  await say(romeo, '2')
  assert.deepEqual(await welcomed(juliet), ['secret', '2'])
})

test('a page on the way to the end counts, a look at old times or at one contact does not (XEP-0313 §4.1)', async () => {
  const asked: readonly [inside: string, welcomed: readonly string[]][] = [
    [page('<max>1</max>'), []],
    [page('<before/>'), []],
    [form({ start: '2011-03-01T00:00:00Z' }), []],
    [form({ with: romeoJid }), ['1', '2']],
    [form({ end: '2011-03-01T13:00:00Z' }), ['1', '2']],
  ]
  for (const [inside, expected] of asked) {
    await using host = await scene()
    const romeo = await romeoAlone(host)
    await say(romeo, '1')
    await say(romeo, '2')
    const juliet = await host.client(`${julietJid}/balcony`)
    await ask(juliet, inside)
    assert.deepEqual(await welcomed(juliet), expected, inside)
  }
})

test('who does not read the archive, or reads it later, gets everything as ever (XEP-0160 §2)', async () => {
  await using host = await scene()
  const romeo = await romeoAlone(host)
  await say(romeo, '1')
  const juliet = await host.client(`${julietJid}/balcony`)
  assert.deepEqual(await welcomed(juliet), ['1'])
  assert.deepEqual(bodies(await ask(juliet)), ['1'])
  assert.deepEqual(await welcomed(juliet), [])
})

test('an id somebody else made up does not keep a message back (XEP-0359 §3)', async () => {
  await using host = await scene({ settings: { archive: { default: 'never' } } })
  const romeo = await romeoAlone(host)
  await say(romeo, '1', `<stanza-id xmlns='urn:xmpp:sid:0' by='${julietJid}' id='-'/>`)
  const juliet = await host.client(`${julietJid}/balcony`)
  await ask(juliet)
  assert.deepEqual(await welcomed(juliet), ['1'])
})

const hinted: readonly [what: string, message: string, isKept: boolean][] = [
  ['no-store', "<message><body>b</body><no-store xmlns='urn:xmpp:hints'/></message>", false],
  [
    'no-permanent-store',
    "<message type='chat'><body>b</body><no-permanent-store xmlns='urn:xmpp:hints'/></message>",
    true,
  ],
  [
    'store',
    "<message type='chat'><active xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/></message>",
    true,
  ],
  [
    'no hint and a chat state with ids',
    "<message type='chat'><active xmlns='http://jabber.org/protocol/chatstates'/><origin-id xmlns='urn:xmpp:sid:0' id='o'/></message>",
    false,
  ],
]

for (const [what, message, isKept] of hinted)
  test(`a message with ${what} is ${isKept ? '' : 'not '}kept, and nobody is told (XEP-0334 §4)`, async () => {
    await using host = await scene()
    const romeo = await romeoAlone(host)
    await romeo.sends(message.replace('<message', `<message to='${julietJid}'`))
    await romeo.receivesNothing()
    const juliet = await host.client(`${julietJid}/balcony`)
    assert.equal((await welcomed(juliet)).length, isKept ? 1 : 0)
  })

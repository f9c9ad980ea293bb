/** What is not delivered leaves no trace with its receiver: RFC 6121 §8.5 with XEP-0280, XEP-0313, XEP-0357. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, scene } from '@waxwing/testkit'
import { julietJid, romeoJid } from '../lovers-kit.test.ts'

const service = 'push.client.example'

async function archived(peer: Peer): Promise<number> {
  await peer.sends("<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'/></iq>")
  return (await peer.forgets()).filter(({ name }) => name === 'message').length
}

const rows: readonly [type: string, to: string, isAnswered: boolean][] = [
  ['normal', `${julietJid}/attic`, true],
  ['groupchat', `${julietJid}/attic`, true],
  ['headline', `${julietJid}/attic`, false],
  ['error', `${julietJid}/attic`, false],
  ['groupchat', julietJid, true],
  ['error', julietJid, false],
]

for (const [type, to, isAnswered] of rows)
  test(`a ${type} message to ${to} is ${isAnswered ? 'refused' : 'ignored'}: neither copied nor archived, and no phone wakes (RFC 6121 §8.5)`, async () => {
    await using host = await scene({ components: { [service]: 'secret' } })
    const app = await host.component(service)
    const romeo = await host.online(`${romeoJid}/orchard`)
    const juliet = await host.online(`${julietJid}/balcony`)
    const phone = await host.online(`${julietJid}/phone`)
    await phone.sends(
      `<iq type='set' id='e'><enable xmlns='urn:xmpp:push:0' jid='${service}' node='n1'/></iq>`,
    )
    await phone.closes()
    await juliet.sends("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>")
    await juliet.forgets()
    await romeo.sends(`<message to='${to}' type='${type}' id='m'><body>Psst</body></message>`)
    if (isAnswered) await romeo.receivesError('message', 'm', 'cancel', 'service-unavailable')
    else await romeo.receivesNothing()
    await juliet.receivesNothing()
    await app.receivesNothing()
    assert.equal(await archived(juliet), 0)
  })

const nobody = 'nobody@montague.example'
const error =
  "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
const letters = (count: number): string => `<body>${'é'.repeat(count / 2)}</body>`

const returned: readonly [what: string, sent: string, comesBack: boolean][] = [
  ['a message', "<body>Psst</body><x xmlns='urn:example:meter' n='5'/>", true],
  ['a message with an entity and CDATA', '<body>a &lt; b<![CDATA[ & c]]></body>', true],
  ['a message of 4,097 bytes', letters(4_084), false],
  ['a message of 4,095 bytes', letters(4_082), true],
  ['an empty message', '', false],
]

for (const [what, sent, comesBack] of returned)
  test(`${what} ${comesBack ? 'comes' : 'does not come'} back with the error (RFC 6120 §8.3.1)`, async () => {
    await using host = await scene()
    const romeo = await host.online(`${romeoJid}/orchard`)
    await romeo.sends(`<message to='${nobody}' id='m'>${sent}</message>`)
    await romeo.receives(
      `<message type='error' id='m' from='${nobody}'>${comesBack ? sent : ''}${error}</message>`,
    )
  })

test('what comes back is what was sent, without what the archive put to it, and no request comes back (RFC 6120 §8.3.1)', async () => {
  await using host = await scene({ settings: { offline: { maxMessages: 1 } } })
  await host.account(julietJid)
  const romeo = await host.online(`${romeoJid}/orchard`)
  for (const id of ['m', 'n'])
    await romeo.sends(`<message to='${julietJid}' id='${id}'><body>b</body></message>`)
  await romeo.receives(`<message type='error' id='n' from='${julietJid}'><body>b</body>${error}</message>`)
  await romeo.sends(`<iq type='get' id='i' to='${nobody}'><q xmlns='urn:x'/></iq>`)
  await romeo.receives(`<iq type='error' id='i' from='${nobody}'>${error}</iq>`)
})

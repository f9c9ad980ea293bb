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

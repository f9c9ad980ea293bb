/** Whoever is blocked leaves no trace, whatever else an account has: XEP-0191 §3.3 with RFC 6121 §8.5, XEP-0313, 0280, 0357, 0160. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { julietJid, romeoJid } from '../lovers-kit.test.ts'

const service = 'push.client.example'
const block = `<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='${romeoJid}'/></block></iq>`
const unblock = "<iq type='set' id='u'><unblock xmlns='urn:xmpp:blocking'/></iq>"

interface Stage {
  readonly host: Scene
  readonly romeo: Peer
  readonly juliet: Peer
  readonly chamber: Peer
  readonly app: Peer
}

/** Romeo and Juliet know each other; Juliet has copies, an archive and a phone that is woken; then she blocks him. */
async function stage(): Promise<Stage & AsyncDisposable> {
  const host = await scene({ components: { [service]: 'secret' } })
  const app = await host.component(service)
  const romeo = await host.online(`${romeoJid}/orchard`)
  const juliet = await host.online(`${julietJid}/balcony`)
  const chamber = await host.online(`${julietJid}/chamber`, '<presence><priority>-1</priority></presence>')
  for (const [who, to] of [
    [romeo, julietJid],
    [juliet, romeoJid],
  ] as const) {
    await who.sends(`<presence type='subscribe' to='${to}'/>`)
    await (who === romeo ? juliet : romeo).sends(
      `<presence type='subscribed' to='${who === romeo ? romeoJid : julietJid}'/>`,
    )
  }
  await juliet.sends(
    `<iq type='set' id='e'><enable xmlns='urn:xmpp:push:0' jid='${service}' node='n1'/></iq>`,
  )
  await chamber.sends("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>")
  await juliet.sends(block)
  for (const peer of [romeo, juliet, chamber, app]) await peer.forgets()
  return { host, romeo, juliet, chamber, app, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() }
}

async function archived(peer: Peer): Promise<number> {
  await peer.sends("<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'/></iq>")
  return (await peer.forgets()).filter(({ name }) => name === 'message').length
}

const addresses = [julietJid, `${julietJid}/balcony`, `${julietJid}/attic`]

for (const to of addresses)
  for (const type of ['chat', 'normal', 'headline'])
    test(`a ${type} message of a blocked contact to ${to} reaches nobody and leaves nothing (XEP-0191 §3.3)`, async () => {
      await using it = await stage()
      await it.romeo.sends(`<message to='${to}' type='${type}' id='m'><body>Psst</body></message>`)
      await it.romeo.receivesError('message', 'm', 'cancel', 'service-unavailable')
      await it.juliet.receivesNothing()
      await it.chamber.receivesNothing()
      await it.juliet.sends(unblock)
      await it.juliet.forgets()
      assert.equal(await archived(it.juliet), 0)
    })

test('a message of a blocked contact to an account that is away is neither kept nor does it wake a phone (XEP-0191 §3.3)', async () => {
  await using it = await stage()
  await it.chamber.closes()
  await it.juliet.closes()
  await it.romeo.sends(`<message to='${julietJid}' type='chat' id='m'><body>Psst</body></message>`)
  await it.romeo.receivesError('message', 'm', 'cancel', 'service-unavailable')
  await it.app.receivesNothing()
  const back = await it.host.client(`${julietJid}/balcony`)
  await back.sends(unblock)
  await back.receivesResult('u')
  await back.sends('<presence/>')
  assert.deepEqual(
    (await back.forgets()).filter(({ name }) => name === 'message'),
    [],
  )
  assert.equal(await archived(back), 0)
})

const stanzas: readonly [what: string, stanza: string, isRefused: boolean][] = [
  ['presence', `<presence to='${julietJid}/balcony' id='i'/>`, false],
  ['a subscription request', `<presence to='${julietJid}' type='subscribe' id='i'/>`, false],
  ['a probe', `<presence to='${julietJid}' type='probe' id='i'/>`, false],
  [
    'a request to a resource',
    `<iq to='${julietJid}/balcony' type='get' id='i'><ping xmlns='urn:xmpp:ping'/></iq>`,
    true,
  ],
  [
    'a request to the account',
    `<iq to='${julietJid}' type='get' id='i'><vCard xmlns='vcard-temp'/></iq>`,
    true,
  ],
]
for (const [what, stanza, isRefused] of stanzas)
  test(`${what} of a blocked contact is ${isRefused ? 'service-unavailable' : 'dropped'} (XEP-0191 §3.3)`, async () => {
    await using it = await stage()
    await it.romeo.sends(stanza)
    if (isRefused) await it.romeo.receivesError('iq', 'i', 'cancel', 'service-unavailable')
    else await it.romeo.receivesNothing()
    await it.juliet.receivesNothing()
    await it.chamber.receivesNothing()
  })

test('what one writes to whom one has blocked is refused, and neither copied nor archived (XEP-0191 §3.3)', async () => {
  await using it = await stage()
  await it.juliet.sends(`<message to='${romeoJid}' type='chat' id='m'><body>Romeo!</body></message>`)
  await it.juliet.receivesError('message', 'm', 'cancel', 'not-acceptable')
  await it.romeo.receivesNothing()
  await it.chamber.receivesNothing()
  assert.equal(await archived(it.juliet), 0)
})

test('errors of a blocked contact end in silence (RFC 6120 §8.3.1, XEP-0191 §3.3)', async () => {
  await using it = await stage()
  const error = "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
  for (const kind of ['message', 'presence', 'iq'])
    await it.romeo.sends(`<${kind} type='error' id='e' to='${julietJid}/balcony'>${error}</${kind}>`)
  await it.romeo.receivesNothing()
  await it.juliet.receivesNothing()
})

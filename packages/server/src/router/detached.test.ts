/** A session whose client is away for a while counts as it did before: RFC 6121 §4.5, §8.5 with XEP-0198 §5. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { enables, resumes } from '../features/stream-management/sm-kit.test.ts'
import { julietJid, romeoJid } from '../lovers-kit.test.ts'

interface Away {
  readonly romeo: Peer
  readonly id: string
}

/** Juliet's session goes on without her client; Romeo sees her. */
async function away(host: Scene, presence: string): Promise<Away> {
  const juliet = await host.client(`${julietJid}/balcony`)
  const id = await enables(juliet)
  await juliet.sends(presence)
  const romeo = await host.online(`${romeoJid}/orchard`)
  await romeo.sends(`<presence type='subscribe' to='${julietJid}'/>`)
  await juliet.sends(`<presence type='subscribed' to='${romeoJid}'/>`)
  await romeo.forgets()
  await juliet.vanishes()
  return { romeo, id }
}

const stamped = (n: number): string =>
  `<message id='m${n}' type='chat' from='${romeoJid}/orchard'><body>${n}</body></message>`
const message = (n: number, to: string, type = 'chat'): string =>
  `<message id='m${n}' type='${type}' to='${to}'><body>${n}</body></message>`

test('a detached session is available: nobody is told that it went, and probes show its presence (RFC 6121 §4.3.2, §4.5)', async () => {
  await using host = await scene()
  const { romeo } = await away(host, '<presence><show>away</show></presence>')
  await romeo.receivesNothing()
  await romeo.sends(`<presence type='probe' to='${julietJid}'/>`)
  await romeo.receives(`<presence from='${julietJid}/balcony'><show>away</show></presence>`)
})

test('a detached session takes what is for the account and for itself (RFC 6121 §8.5.2.1.1, §8.5.3.1)', async () => {
  await using host = await scene()
  const { romeo, id } = await away(host, '<presence/>')
  await romeo.sends(message(1, julietJid) + message(2, `${julietJid}/balcony`))
  await romeo.receivesNothing()
  const back = await resumes(host, 'juliet', id, 0)
  const heard = await back.forgets()
  const ids = heard.flatMap(({ name, attrs }) => (name === 'message' ? [attrs.get('id')] : []))
  assert.deepEqual(ids, ['m1', 'm2'])
})

test('a detached session with a negative priority takes what is for itself alone (RFC 6121 §8.5.2.1.1)', async () => {
  await using host = await scene()
  const { romeo, id } = await away(host, '<presence><priority>-1</priority></presence>')
  const chamber = await host.online(`${julietJid}/chamber`)
  await romeo.forgets()
  await romeo.sends(message(1, julietJid) + message(2, `${julietJid}/balcony`))
  await chamber.receives(stamped(1))
  await chamber.receivesNothing()
  const back = await resumes(host, 'juliet', id, 0)
  const ids = (await back.forgets()).flatMap(({ name, attrs }) =>
    name === 'message' ? [attrs.get('id')] : [],
  )
  assert.deepEqual(ids, ['m2'])
})

test('messages for the account are kept while only a detached session of negative priority is there (RFC 6121 §8.5.2.2.1)', async () => {
  await using host = await scene()
  const { romeo } = await away(host, '<presence><priority>-1</priority></presence>')
  await romeo.sends(message(1, julietJid))
  await romeo.receivesNothing()
  const chamber = await host.client(`${julietJid}/chamber`)
  await chamber.sends('<presence/>')
  const kept = (await chamber.forgets()).filter(({ name }) => name === 'message')
  assert.equal(kept.length, 1)
})

test('a detached session that is given up is unavailable to all who saw it, and what it had not got goes on (RFC 6121 §4.5.2)', async () => {
  await using host = await scene()
  const { romeo } = await away(host, '<presence/>')
  const chamber = await host.online(`${julietJid}/chamber`)
  await romeo.forgets()
  await romeo.sends(message(1, `${julietJid}/balcony`))
  await host.advance(24 * 3_600_000)
  await romeo.receives(`<presence type='unavailable' from='${julietJid}/balcony'/>`)
  const heard = await chamber.forgets()
  const names = heard.map(({ name, attrs }) => `${name} ${attrs.get('type')}`)
  assert.deepEqual(names, ['presence unavailable', 'message chat'])
})

test('whoever asked a detached session that is given up is told that nobody is there (RFC 6121 §8.5.3.2.3, XEP-0198 §4)', async () => {
  await using host = await scene()
  const { romeo } = await away(host, '<presence/>')
  const ping = "<ping xmlns='urn:xmpp:ping'/>"
  await romeo.sends(`<iq type='get' id='i' to='${julietJid}/balcony'>${ping}</iq>`)
  await romeo.sends(`<iq type='result' id='j' to='${julietJid}/balcony'/>`)
  await romeo.receivesNothing()
  await host.advance(24 * 3_600_000)
  await romeo.receives(`<presence type='unavailable' from='${julietJid}/balcony'/>`)
  const refusal = await romeo.receivesError('iq', 'i', 'cancel', 'service-unavailable')
  assert.equal(refusal.attrs.get('from'), `${julietJid}/balcony`)
  await romeo.receivesNothing()
})

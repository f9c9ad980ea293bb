/** The features of one request each: ping, version, time, last activity. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Scene, scene } from '@waxwing/testkit'
import { childOf, textOf, writeElement } from '@waxwing/xml'
import { julietJid, type Pair, pair, romeoJid } from '../lovers-kit.test.ts'

for (const to of ['', "to='montague.example'", `to='${romeoJid}'`])
  test(`a ping ${to || 'to nobody named'} is answered by the server (XEP-0199 §4.2)`, async () => {
    await using host = await scene()
    const { romeo } = await pair(host)
    await romeo.sends(`<iq type='get' id='p' ${to}><ping xmlns='urn:xmpp:ping'/></iq>`)
    await romeo.receives(`<iq type='result' id='p'/>`)
  })

test("a ping to another account's bare JID tells nothing of it (XEP-0199 §4.2, RFC 6121 §8.5.2.1.3)", async () => {
  await using host = await scene()
  const { romeo } = await pair(host)
  for (const to of [julietJid, 'nobody@montague.example']) {
    await romeo.sends(`<iq type='get' id='p' to='${to}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    await romeo.receivesError('iq', 'p', 'cancel', 'service-unavailable')
  }
})

test('a ping to a resource is the client’s to answer (XEP-0199 §4.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<iq type='get' id='p' to='${julietJid}/balcony'><ping xmlns='urn:xmpp:ping'/></iq>`)
  await juliet.receives(`<iq type='get' id='p' from='${romeoJid}/orchard'><ping xmlns='urn:xmpp:ping'/></iq>`)
})

test('the version has a name and a number, the system only where it may be shown (XEP-0092 §4)', async () => {
  for (const showsSystem of [false, true]) {
    await using host = await scene({ settings: { version: { showsSystem } } })
    const { romeo } = await pair(host)
    await romeo.sends("<iq type='get' id='v' to='montague.example'><query xmlns='jabber:iq:version'/></iq>")
    const query = await romeo.receivesResult('v')
    assert.ok(query)
    const part = (name: string): string | undefined => {
      const child = childOf(query, 'jabber:iq:version', name)
      return child && textOf(child)
    }
    assert.equal(part('name'), 'Waxwing')
    assert.match(part('version') ?? '', /^\d+\.\d+\.\d+/)
    assert.equal(part('os') !== undefined, showsSystem)
  }
})

test('what the server can do comes with what it is (XEP-0232 §2)', async () => {
  await using host = await scene()
  const { romeo } = await pair(host)
  await romeo.sends(
    "<iq type='get' id='d' to='montague.example'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
  )
  const info = await romeo.receivesResult('d')
  assert.match(
    info ? writeElement(info) : '',
    /softwareinfo<.*var="software"><value>Waxwing<.*var="software_version"><value>\d+\.\d+\.\d+</,
  )
})

test('the time is what the clock of the server shows, in UTC (XEP-0202 §3)', async () => {
  await using host = await scene()
  const { romeo } = await pair(host)
  await host.advance(90_000)
  await romeo.sends("<iq type='get' id='t' to='montague.example'><time xmlns='urn:xmpp:time'/></iq>")
  const time = await romeo.receivesResult('t')
  const utc = time && childOf(time, 'urn:xmpp:time', 'utc')
  assert.match(utc ? textOf(utc) : '', /^2011-03-01T12:01:30(\.000)?Z$/)
  const tzo = time && childOf(time, 'urn:xmpp:time', 'tzo')
  assert.match(tzo ? textOf(tzo) : '', /^(Z|[+-]\d\d:\d\d)$/)
})

const last = 'jabber:iq:last'

async function lovers(host: Scene): Promise<Pair> {
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<presence type='subscribe' to='${julietJid}'/>`)
  await juliet.sends(`<presence type='subscribed' to='${romeoJid}'/>`)
  await romeo.forgets()
  await juliet.forgets()
  return { romeo, juliet }
}

test('the host tells for how long it has been up (XEP-0012 §7)', async () => {
  await using host = await scene()
  const { romeo } = await pair(host)
  await host.advance(123_456)
  await romeo.sends(`<iq type='get' id='l' to='montague.example'><query xmlns='${last}'/></iq>`)
  await romeo.receives(`<iq type='result' id='l'><query xmlns='${last}' seconds='123'/></iq>`)
})

test('a subscriber learns when somebody was last here and what they said (XEP-0012 §3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await lovers(host)
  await juliet.sends("<presence type='unavailable'><status>Heading home</status></presence>")
  await romeo.forgets()
  await host.advance(903_000)
  await romeo.sends(`<iq type='get' id='l' to='${julietJid}'><query xmlns='${last}'/></iq>`)
  await romeo.receives(
    `<iq type='result' id='l'><query xmlns='${last}' seconds='903'>Heading home</query></iq>`,
  )
})

test('somebody who is here has been away for no time (XEP-0012 §4)', async () => {
  await using host = await scene()
  const { romeo } = await lovers(host)
  await host.advance(5_000)
  await romeo.sends(`<iq type='get' id='l' to='${julietJid}'><query xmlns='${last}'/></iq>`)
  await romeo.receives(`<iq type='result' id='l'><query xmlns='${last}' seconds='0'/></iq>`)
})

test('a lost connection counts as leaving, and the time outlives the server (XEP-0012 §3)', async () => {
  await using host = await scene()
  const { juliet } = await lovers(host)
  await juliet.vanishes()
  await host.advance(10_000)
  await host.restart()
  await host.advance(10_000)
  const romeo = await host.online(`${romeoJid}/orchard`)
  await romeo.sends(`<iq type='get' id='l' to='${julietJid}'><query xmlns='${last}'/></iq>`)
  const query = await romeo.receivesResult('l')
  assert.equal(query?.attrs.get('seconds'), '20')
})

test('who may not see the presence is forbidden to ask, and an account that is not there answers alike (XEP-0012 §3)', async () => {
  await using host = await scene()
  const { juliet } = await lovers(host)
  for (const to of [romeoJid, 'nobody@montague.example']) {
    await juliet.sends(`<iq type='get' id='l' to='${to}'><query xmlns='${last}'/></iq>`)
    await juliet.receivesError('iq', 'l', 'auth', 'forbidden')
  }
})

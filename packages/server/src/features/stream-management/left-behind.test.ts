import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { childOf, type Element, textOf } from '@waxwing/xml'
import { enables, resumes, says } from './sm-kit.test.ts'

const sm = 'urn:xmpp:sm:3'
const juliet = 'juliet@montague.example/balcony'
const romeo = 'romeo@montague.example/orchard'

/** A client that is online and under management. */
async function managed(host: Scene, jid: string, presence = '<presence/>'): Promise<[Peer, string]> {
  const client = await host.client(jid)
  await client.sends(presence)
  await client.forgets()
  return [client, await enables(client)]
}

/** The bodies of messages heard, in order. */
async function bodies(peer: Peer): Promise<string[]> {
  return bodiesOf(await peer.forgets())
}

function bodiesOf(heard: readonly Element[]): string[] {
  return heard
    .filter(({ name }) => name === 'message')
    .map(message => {
      const body = childOf(message, 'jabber:client', 'body')
      return body ? textOf(body) : ''
    })
}

test('messages a lost session leaves behind are kept with their time, in order, once (XEP-0198 §4, XEP-0203)', async () => {
  await using host = await scene()
  const sender = await host.online(romeo)
  const [client] = await managed(host, juliet)
  await client.vanishes()
  await sender.sends(says(juliet, 'one') + says('juliet@montague.example', 'two'))
  await host.advance(60_000)
  await sender.sends(
    `<message to='${juliet}'><body>three</body></message>` +
      `<message to='${juliet}' type='headline'><body>news</body></message>` +
      `<message to='${juliet}' type='groupchat'><body>room</body></message>` +
      `<message to='${juliet}' type='error' id='e'/>`,
  )
  await host.advance(540_000)
  await sender.receivesNothing()
  await sender.sends(says('juliet@montague.example', 'four'))
  const again = await host.client(juliet)
  await again.sends('<presence/>')
  const delay = (stamp: string): string =>
    `<delay xmlns='urn:xmpp:delay' from='montague.example' stamp='${stamp}'>Offline Storage</delay>`
  await again.receives(`<presence from='${juliet}'/>`)
  await again.receives(
    `<message type='chat' from='${romeo}' to='${juliet}'><body>one</body>${delay('2011-03-01T12:00:00Z')}</message>`,
  )
  await again.receives(`<message type='chat'><body>two</body>${delay('2011-03-01T12:00:00Z')}</message>`)
  await again.receives(`<message><body>three</body>${delay('2011-03-01T12:01:00Z')}</message>`)
  await again.receives(`<message type='chat'><body>four</body>${delay('2011-03-01T12:10:00Z')}</message>`)
  await again.receivesNothing()
})

test('when the same resource is bound anew, it gets what the session before had not acknowledged (XEP-0198 §4)', async () => {
  await using host = await scene()
  const sender = await host.online(romeo)
  const [client] = await managed(host, juliet)
  await sender.sends(says(juliet, 'one') + says(juliet, 'two') + says(juliet, 'three'))
  await client.forgets()
  await client.sends(`<a xmlns='${sm}' h='1'/>`)
  const again = await host.client(juliet)
  await client.receivesStreamError('conflict')
  await again.sends('<presence/>')
  assert.deepEqual(await bodies(again), ['two', 'three'])
  await sender.receivesNothing()
})

test('other resources get what they have not had (RFC 6121 §8.5.3.2.1)', async () => {
  await using host = await scene()
  const sender = await host.online(romeo)
  const [balcony] = await managed(host, juliet)
  const [chamber] = await managed(host, 'juliet@montague.example/chamber')
  await balcony.forgets()
  await sender.sends(says(juliet, 'for the balcony') + says('juliet@montague.example', 'for both'))
  assert.deepEqual(await bodies(chamber), ['for both'])
  await balcony.closes()
  await chamber.receives(`<presence type='unavailable' from='${juliet}'/>`)
  await chamber.receives(`<message type='chat' to='${juliet}'><body>for the balcony</body>
    <delay xmlns='urn:xmpp:delay' from='montague.example' stamp='2011-03-01T12:00:00Z'/></message>`)
  await chamber.receivesNothing()
})

test('a message several resources had is kept when the last of them goes without it, not before', async () => {
  await using host = await scene()
  const sender = await host.online(romeo)
  const [balcony] = await managed(host, juliet)
  const [chamber] = await managed(host, 'juliet@montague.example/chamber')
  await balcony.forgets()
  await sender.sends(says('juliet@montague.example', 'seen') + says('juliet@montague.example', 'missed'))
  await chamber.sends(`<a xmlns='${sm}' h='1'/>`)
  await balcony.closes()
  await chamber.closes()
  const again = await host.client(juliet)
  await again.sends('<presence/>')
  assert.deepEqual(await bodies(again), ['missed'])
})

test('a message that also went to a plain stream is not given twice', async () => {
  await using host = await scene()
  const sender = await host.online(romeo)
  const [balcony] = await managed(host, juliet)
  const plain = await host.online('juliet@montague.example/chamber')
  await sender.sends(says('juliet@montague.example', 'for both'))
  await balcony.closes()
  assert.deepEqual(await bodies(plain), ['for both'])
})

test('what waited for a client stays its own until it is acknowledged (XEP-0160, XEP-0198 §4)', async () => {
  await using host = await scene()
  await host.account(juliet)
  const sender = await host.online(romeo)
  await sender.sends(says('juliet@montague.example', 'one') + says('juliet@montague.example', 'two'))
  await host.advance(5_000)
  const client = await host.client(juliet)
  const id = await enables(client)
  await client.sends('<presence/>')
  assert.deepEqual(await bodies(client), ['one', 'two'])
  await client.sends(`<a xmlns='${sm}' h='2'/>`) // the presence and the first message
  await host.crash()
  const after = await resumes(host, 'juliet', id, 2)
  await after.receives(`<resumed xmlns='${sm}' previd='${id}' h='1'/>`)
  const delay = `<delay xmlns='urn:xmpp:delay' from='montague.example' stamp='2011-03-01T12:00:00Z'>Offline Storage</delay>`
  await after.receives(`<message type='chat' from='${romeo}'><body>two</body>${delay}</message>`)
  await after.vanishes()
  await host.advance(700_000)
  const late = await host.client(juliet)
  await late.sends('<presence/>')
  await late.receives(`<presence from='${juliet}'/>`)
  await late.receives(`<message type='chat' from='${romeo}'><body>two</body>${delay}</message>`)
  await late.receivesNothing()
})

test('sessions survive a crash of the process: messages come again, then presence is redone (XEP-0198 §5)', async () => {
  await using host = await scene()
  const [sender, senderId] = await managed(host, romeo)
  const [client, id] = await managed(
    host,
    juliet,
    '<presence><show>chat</show><priority>3</priority></presence>',
  )
  await sender.sends(
    says(juliet, 'one', 'o1') + says('juliet@montague.example', 'two', 'o2') + `<r xmlns='${sm}'/>`,
  )
  await sender.receives(`<a xmlns='${sm}' h='2'/>`)
  assert.deepEqual(await bodies(client), ['one', 'two'])
  await host.crash()
  assert.equal(host.server.sessionCount, 2)
  const back = await resumes(host, 'romeo', senderId, 0)
  await back.receives(`<resumed xmlns='${sm}' previd='${senderId}' h='2'/>`)
  await back.forgets()
  await back.sends(says('juliet@montague.example', 'three'))
  const again = await resumes(host, 'juliet', id, 1)
  await again.receives(`<resumed xmlns='${sm}' previd='${id}' h='0'/>`)
  await again.receives(`<message type='chat' from='${romeo}'><body>two</body>
    <origin-id xmlns='urn:xmpp:sid:0' id='o2'/></message>`)
  await again.receives(`<message type='chat' from='${romeo}'><body>three</body></message>`)
  await again.receives(`<presence from='${juliet}'><show>chat</show><priority>3</priority></presence>`)
  await again.receives(`<r xmlns='${sm}'/>`)
  await again.sends(`<a xmlns='${sm}' h='3'/>`)
  await again.sends(`<a xmlns='${sm}' h='4'/><r xmlns='${sm}'/>`)
  await again.receives(`<a xmlns='${sm}' h='0'/>`)
})

test('a client that had counted more than messages before the crash loses none that came after it', async () => {
  await using host = await scene()
  const sender = await host.online(romeo)
  const [client, id] = await managed(host, juliet)
  await sender.sends(says(juliet, 'one'))
  for (let n = 0; n < 5; n++)
    await client.sends(`<iq type='get' id='q${n}'><query xmlns='jabber:iq:roster'/></iq>`)
  await client.forgets() // six stanzas, of which one message
  await host.crash()
  const other = await host.online(romeo)
  await other.sends(says(juliet, 'two') + says(juliet, 'three'))
  await host.crash()
  const last = await host.online(romeo)
  await last.sends(says(juliet, 'four'))
  const again = await resumes(host, 'juliet', id, 6)
  await again.receives(`<resumed xmlns='${sm}' previd='${id}' h='5'/>`)
  assert.deepEqual(await bodies(again), ['two', 'three', 'four'])
  await again.vanishes()
  const third = await resumes(host, 'juliet', id, 8)
  await third.receives(`<resumed xmlns='${sm}' previd='${id}' h='5'/>`)
  assert.deepEqual(await bodies(third), ['four'])
})

test('sessions survive a stop of the server in order, and end in its absence when their time is over', async () => {
  await using host = await scene()
  const sender = await host.online(romeo)
  const [client, id] = await managed(host, juliet)
  const [, chamberId] = await managed(host, 'juliet@montague.example/chamber')
  await client.forgets()
  await sender.sends(says(juliet, 'one'))
  await host.restart()
  const again = await resumes(host, 'juliet', id, 0)
  assert.equal((await again.takes()).name, 'resumed')
  assert.deepEqual(await bodies(again), ['one'])
  await again.vanishes()
  await host.advance(300_000)
  await host.restart()
  await host.advance(299_000)
  assert.equal(host.server.sessionCount, 2)
  await host.advance(2_000)
  assert.equal(host.server.sessionCount, 0)
  const late = await resumes(host, 'juliet', chamberId, 0)
  assert.equal((await late.takes()).name, 'failed')
})

test('of a session that cannot be resumed the messages survive a crash, too', async () => {
  await using host = await scene()
  const sender = await host.online(romeo)
  const client = await host.online(juliet)
  await client.sends(`<enable xmlns='${sm}'/>`)
  await client.forgets()
  await sender.sends(says(juliet, 'one'))
  await host.crash()
  assert.equal(host.server.sessionCount, 0)
  const again = await host.client(juliet)
  await again.sends('<presence/>')
  assert.deepEqual(await bodies(again), ['one'])
})

test('what is sent again after a broken stream is delivered once (XEP-0359 §2.2)', async () => {
  await using host = await scene()
  const [sender, id] = await managed(host, romeo)
  const receiver = await host.online(juliet)
  await sender.sends(says(juliet, 'one', 'o1'))
  await sender.vanishes()
  await host.advance(700_000)
  const [again] = await managed(host, romeo)
  await again.sends(says(juliet, 'one', 'o1') + says(juliet, 'two', 'o2') + `<r xmlns='${sm}'/>`)
  await again.receives(`<a xmlns='${sm}' h='2'/>`)
  await host.crash()
  const [third] = await managed(host, romeo)
  const heard = await host.online(juliet)
  await third.sends(says(juliet, 'two', 'o2') + says(juliet, 'three', 'o3'))
  assert.deepEqual(await bodies(receiver), ['one', 'two'])
  assert.deepEqual(await bodies(heard), ['three'])
  assert.notEqual(id, '')
})

test('the same id for somebody else is another message', async () => {
  await using host = await scene()
  const [sender] = await managed(host, romeo)
  await sender.sends(says('nurse@montague.example', 'one', 'o1'))
  await sender.vanishes()
  const receiver = await host.online(juliet)
  const [again] = await managed(host, romeo)
  await again.sends(says(juliet, 'two', 'o1'))
  assert.deepEqual(await bodies(receiver), ['two'])
})

test('what is said twice on one connection was meant twice, and so was what comes without management', async () => {
  await using host = await scene()
  const [sender] = await managed(host, romeo)
  const receiver = await host.online(juliet)
  await sender.sends(says(juliet, 'again', 'o1') + says(juliet, 'again', 'o1'))
  const plain = await host.client('romeo@montague.example/street')
  await plain.sends(says(juliet, 'again', 'o1'))
  assert.deepEqual(await bodies(receiver), ['again', 'again', 'again'])
})

test('the memory of what was sent has an end, in number and in time', async () => {
  await using host = await scene({
    settings: { 'stream-management': { resendMemory: 2, resendAge: 60_000 } },
  })
  const receiver = await host.online(juliet)
  const [sender] = await managed(host, romeo)
  for (const id of ['o1', 'o2', 'o3']) await sender.sends(says(juliet, id, id))
  await sender.closes()
  const [again] = await managed(host, romeo)
  for (const id of ['o2', 'o3', 'o1']) await again.sends(says(juliet, id, id))
  assert.deepEqual(await bodies(receiver), ['o1', 'o2', 'o3', 'o1'])
  await again.closes()
  await host.advance(61_000)
  const [late] = await managed(host, romeo)
  await late.sends(says(juliet, 'late', 'o1'))
  assert.deepEqual(await bodies(receiver), ['late'])
})

test("copies and the archive's answers are for one resource: what is not acknowledged of them is gone", async () => {
  await using host = await scene()
  const sender = await host.online(romeo)
  const [client] = await managed(host, juliet)
  await client.sends(`<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>`)
  await sender.sends(says('juliet@montague.example', 'one'))
  await client.forgets()
  await client.sends(`<a xmlns='${sm}' h='2'/>`)
  const other = await host.online('juliet@montague.example/chamber')
  await other.sends(says('romeo@montague.example', 'a copy of this goes to the balcony'))
  await client.sends(`<iq type='set' id='m'><query xmlns='urn:xmpp:mam:2'/></iq>`)
  assert.ok((await client.forgets()).filter(({ name }) => name === 'message').length >= 2)
  await other.forgets()
  await client.closes()
  assert.deepEqual(await bodies(other), [])
  await other.closes()
  const again = await host.client(juliet)
  await again.sends('<presence/>')
  assert.deepEqual(await bodies(again), [])
})

test('whoever has many messages waiting gets them all, whatever it may leave unacknowledged otherwise', async () => {
  const settings = { 'stream-management': { unackedStanzas: 10 }, offline: { maxMessages: 30 } }
  await using host = await scene({ settings })
  await host.account(juliet)
  const sender = await host.online(romeo)
  for (let n = 1; n <= 30; n++) await sender.sends(says('juliet@montague.example', `${n}`))
  const client = await host.client(juliet)
  await enables(client)
  await client.sends('<presence/>')
  assert.equal((await bodies(client)).length, 30)
  await sender.sends(says('juliet@montague.example', '31'))
  assert.deepEqual(await bodies(client), ['31'])
  await client.vanishes()
  await host.advance(700_000)
  await sender.receivesNothing()
  const again = await host.client(juliet)
  await again.sends('<presence/>')
  assert.equal((await bodies(again)).length, 31)
})

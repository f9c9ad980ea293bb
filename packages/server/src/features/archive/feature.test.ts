/** Archives of accounts: what goes in and how it is asked for. XEP-0313, XEP-0359. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scene } from '@waxwing/testkit'
import { elementsOf } from '@waxwing/xml'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'
import {
  ask,
  bodies,
  bodyOf,
  finOf,
  form,
  idsOf,
  mam,
  messageIn,
  page,
  stampOf,
  talked,
} from './archive-kit.test.ts'

/** Ten messages in turn, a second apart, then nobody has heard anything. */
test('both sides find a message in their archives, as it was sent and when (XEP-0313 §3, §4.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(
    `<message to='${julietJid}' type='chat' id='m' xml:lang='it'><body>è &lt;</body><x xmlns='urn:x'/></message>`,
  )
  await juliet.forgets()
  for (const peer of [romeo, juliet]) {
    await peer.sends(`<iq type='set' id='q'><query xmlns='${mam}' queryid='f27'/></iq>`)
    const owner = peer === romeo ? romeoJid : julietJid
    await peer.receives(
      `<message from='${owner}' to='${peer.name}'>
         <result xmlns='${mam}' queryid='f27' id='{any}'><forwarded xmlns='urn:xmpp:forward:0'>
           <delay xmlns='urn:xmpp:delay' stamp='2011-03-01T12:00:00Z'/>
           <message xmlns='jabber:client' from='${romeoJid}/orchard' to='${julietJid}' type='chat' id='m' xml:lang='it'>
             <body>è &lt;</body><x xmlns='urn:x'/></message></forwarded></result></message>`,
    )
    await peer.receives(
      `<iq type='result' id='q'><fin xmlns='${mam}' complete='true'>
         <set xmlns='http://jabber.org/protocol/rsm'><first index='0'>{any}</first><last>{any}</last><count>1</count></set>
       </fin></iq>`,
    )
    await peer.receivesNothing()
  }
})

test('the receiver is told the id in the own archive, the sender and others are not (XEP-0313 §3.5)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<message to='${julietJid}' id='m'><body>b</body></message>`)
  const message = await juliet.takes()
  const stamps = elementsOf(message).filter(({ ns }) => ns === 'urn:xmpp:sid:0')
  assert.equal(stamps.length, 1)
  const id = stampOf(message, julietJid)
  assert.deepEqual(idsOf(await ask(juliet)), [id])
  assert.notDeepEqual(idsOf(await ask(romeo)), [id])
})

test('ids that claim to come from the receiver or the server are taken out, others stay (XEP-0359 §3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  const forged = [julietJid, 'JULIET@montague.example', 'montague.example', 'room@muc.example']
    .map(by => `<stanza-id xmlns='urn:xmpp:sid:0' id='forged' by='${by}'/>`)
    .join('')
  for (const type of ['chat', 'headline']) {
    await romeo.sends(
      `<message to='${julietJid}' type='${type}'>${forged}<body>b</body><origin-id xmlns='urn:xmpp:sid:0' id='o'/></message>`,
    )
    const message = await juliet.takes()
    const found = elementsOf(message).filter(({ attrs }) => attrs.get('id') === 'forged')
    assert.deepEqual(
      found.map(({ attrs }) => attrs.get('by')),
      ['room@muc.example'],
    )
    assert.ok(elementsOf(message).some(({ name }) => name === 'origin-id'))
    assert.equal(stampOf(message, julietJid) !== undefined, type === 'chat')
  }
})

const notKept: readonly [what: string, message: string][] = [
  ['a chat state', "<message type='chat'><active xmlns='http://jabber.org/protocol/chatstates'/></message>"],
  ['a headline', "<message type='headline'><body>b</body></message>"],
  [
    'an error',
    "<message type='error' id='e'><body>b</body><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
  ],
  ['no-store', "<message type='chat'><body>b</body><no-store xmlns='urn:xmpp:hints'/></message>"],
  [
    'no-permanent-store',
    "<message type='chat'><body>b</body><no-permanent-store xmlns='urn:xmpp:hints'/></message>",
  ],
  ['a pretended copy', "<message type='chat'><body>b</body><received xmlns='urn:xmpp:carbons:2'/></message>"],
]

for (const [what, message] of notKept)
  test(`${what} is not archived on either side (XEP-0313 §6.1.1, XEP-0334 §4)`, async () => {
    await using host = await scene()
    const { romeo, juliet } = await pair(host)
    await romeo.sends(message.replace('<message', `<message to='${julietJid}/balcony'`))
    assert.equal((await juliet.forgets()).length, 1)
    assert.deepEqual(bodies(await ask(romeo)), [])
    assert.deepEqual(bodies(await ask(juliet)), [])
  })

const kept: readonly [what: string, message: string][] = [
  ['a hint to store', "<message type='chat'><x xmlns='urn:x'/><store xmlns='urn:xmpp:hints'/></message>"],
  ['an encrypted message', "<message type='chat'><encrypted xmlns='urn:xmpp:omemo:2'/></message>"],
  ['a receipt', "<message><received xmlns='urn:xmpp:receipts' id='m'/></message>"],
  ['a marker', "<message type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='m'/></message>"],
  ['a reaction', "<message type='chat'><reactions xmlns='urn:xmpp:reactions:0' id='m'/></message>"],
  ['a retraction', "<message type='chat'><retract xmlns='urn:xmpp:message-retract:1' id='m'/></message>"],
]

for (const [what, message] of kept)
  test(`${what} is archived on both sides (XEP-0313 §6.1.1, XEP-0334 §4.4)`, async () => {
    await using host = await scene()
    const { romeo, juliet } = await pair(host)
    await romeo.sends(message.replace('<message', `<message to='${julietJid}/balcony'`))
    await juliet.forgets()
    assert.equal((await ask(romeo)).results.length, 1)
    assert.equal((await ask(juliet)).results.length, 1)
  })

test('a message to several resources is archived once (XEP-0313 §6.1.1)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  const other = await host.online(`${julietJid}/chamber`)
  await juliet.forgets()
  await romeo.sends(`<message to='${julietJid}'><body>b</body></message>`)
  assert.equal(stampOf(await juliet.takes(), julietJid), stampOf(await other.takes(), julietJid))
  assert.equal((await ask(juliet)).results.length, 1)
})

test('a message to oneself is archived once, with its address or without, and found by it (XEP-0313 §4.1.1)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  for (const to of ['', `to='${romeoJid}'`, `to='${romeoJid}/orchard'`]) {
    await romeo.sends(`<message ${to}><body>note</body></message>`)
    assert.ok(stampOf(await romeo.takes(), romeoJid))
  }
  await romeo.sends(`<message to='${julietJid}'><body>b</body></message>`)
  await juliet.forgets()
  assert.deepEqual(bodies(await ask(romeo)), ['note', 'note', 'note', 'b'])
  assert.deepEqual(bodies(await ask(romeo, form({ with: romeoJid }))), ['note', 'note', 'note'])
})

test('messages that are refused on arrival are not in the archive of the receiver (XEP-0313 §6.1)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<message to='${julietJid}/gone' id='m'><body>b</body></message>`)
  await romeo.receivesError('message', 'm', 'cancel', 'service-unavailable')
  await juliet.sends(
    `<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='${romeoJid}'/></block></iq>`,
  )
  await juliet.forgets()
  await romeo.forgets()
  await romeo.sends(`<message to='${julietJid}' id='n'><body>b</body></message>`)
  await romeo.receivesError('message', 'n', 'cancel', 'service-unavailable')
  await romeo.sends("<message to='nobody@montague.example' id='o'><body>b</body></message>")
  await romeo.receivesError('message', 'o', 'cancel', 'service-unavailable')
  assert.deepEqual(bodies(await ask(juliet)), [])
})

test('a message sent again with the id of its sender is archived once and keeps its id (XEP-0359 §2.2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  const message = (body: string, id: string): string =>
    `<message to='${julietJid}'><body>${body}</body><origin-id xmlns='urn:xmpp:sid:0' id='${id}'/></message>`
  await romeo.sends(message('a', 'o1'))
  const first = stampOf(await juliet.takes(), julietJid)
  await romeo.sends(message('a', 'o1'))
  assert.equal(stampOf(await juliet.takes(), julietJid), first)
  await host.restart()
  const again = await pair(host)
  await again.romeo.sends(message('a', 'o1') + message('b', 'o2'))
  assert.equal(stampOf(await again.juliet.takes(), julietJid), first)
  await again.juliet.forgets()
  assert.deepEqual(bodies(await ask(again.juliet)), ['a', 'b'])
  assert.deepEqual(bodies(await ask(again.romeo)), ['a', 'b'])
})

test('a query id that would make every result large is refused (XEP-0205 §3)', async () => {
  await using host = await scene()
  const { romeo } = await pair(host)
  await romeo.sends(`<iq type='set' id='q'><query xmlns='${mam}' queryid='${'x'.repeat(257)}'/></iq>`)
  await romeo.receivesError('iq', 'q', 'modify', 'bad-request')
})

test('the archive of somebody else is forbidden, in every way of asking (XEP-0313 §8.1)', async () => {
  await using host = await scene()
  const { romeo } = await pair(host)
  const asked: readonly [type: string, payload: string][] = [
    ['set', `<query xmlns='${mam}'/>`],
    ['get', `<query xmlns='${mam}'/>`],
    ['get', `<metadata xmlns='${mam}'/>`],
    ['get', `<prefs xmlns='${mam}'/>`],
    ['set', `<prefs xmlns='${mam}' default='never'/>`],
  ]
  for (const to of [julietJid, 'nobody@montague.example'])
    for (const [type, payload] of asked) {
      await romeo.sends(`<iq type='${type}' id='q' to='${to}'>${payload}</iq>`)
      await romeo.receivesError('iq', 'q', 'auth', 'forbidden')
    }
})

test('a page holds no more messages and bytes than the settings allow (XEP-0313 §4.3.1)', async () => {
  await using host = await scene({ settings: { archive: { pageSize: 3, maxPage: 5, maxPageBytes: 1_000 } } })
  const { juliet } = await talked(host)
  assert.equal((await ask(juliet)).results.length, 3)
  assert.equal((await ask(juliet, page('<max>9</max>'))).results.length, 5)
  const large = 'x'.repeat(600)
  for (let n = 0; n < 3; n++)
    await juliet.sends(`<message to='${julietJid}'><body>${n}${large}</body></message>`)
  await juliet.forgets()
  const forwards = await ask(juliet, form({ with: julietJid }))
  assert.deepEqual([bodies(forwards).map(body => body[0]), finOf(forwards)['complete']], [['0'], undefined])
  const backwards = await ask(juliet, form({ with: julietJid }) + page('<before/>'))
  assert.deepEqual([bodies(backwards).map(body => body[0]), finOf(backwards)['complete']], [['2'], undefined])
})

test('who asks for page after page waits, alone (XEP-0205 §3)', async () => {
  await using host = await scene({ settings: { archive: { pagesPerSecond: 1 } } })
  const { romeo, juliet } = await pair(host)
  await juliet.sends(`<iq type='set' id='q'><query xmlns='${mam}'/></iq>`.repeat(12))
  assert.equal((await juliet.forgets()).length, 10)
  assert.equal((await ask(romeo)).results.length, 0)
  await host.advance(1_000)
  assert.equal((await juliet.forgets()).length, 1)
  await host.advance(1_000)
  assert.equal((await juliet.forgets()).length, 1)
})

test('metadata tells where the archive begins and ends (XEP-0313 §5)', async () => {
  await using host = await scene()
  const { juliet, ids } = await talked(host)
  await juliet.sends(`<iq type='get' id='m'><metadata xmlns='${mam}'/></iq>`)
  await juliet.receives(
    `<iq type='result' id='m'><metadata xmlns='${mam}'>
       <start id='${ids[0]}' timestamp='2011-03-01T12:00:00Z'/><end id='${ids[9]}' timestamp='2011-03-01T12:00:09Z'/>
     </metadata></iq>`,
  )
  const nurse = await host.client('nurse@montague.example/kitchen')
  await nurse.sends(`<iq type='get' id='m'><metadata xmlns='${mam}'/></iq>`)
  await nurse.receives(`<iq type='result' id='m'><metadata xmlns='${mam}'/></iq>`)
})

test('the form names every field that is understood (XEP-0313 §4.1.5)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await juliet.sends(`<iq type='get' id='f'><query xmlns='${mam}'/></iq>`)
  await juliet.receives(
    `<iq type='result' id='f'><query xmlns='${mam}'><x xmlns='jabber:x:data' type='form'>
       <field type='hidden' var='FORM_TYPE'><value>${mam}</value></field>
       <field type='jid-single' var='with'/><field type='text-single' var='start'/><field type='text-single' var='end'/>
       <field type='text-single' var='before-id'/><field type='text-single' var='after-id'/>
       <field type='list-multi' var='ids'><validate xmlns='http://jabber.org/protocol/xdata-validate' datatype='xs:string'><open/></validate></field>
       <field type='boolean' var='include-groupchat'/></x></query></iq>`,
  )
})

test('accounts say that they have an archive (XEP-0313 §7)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await juliet.sends("<iq type='get' id='d'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
  const info = await juliet.receivesResult('d')
  const features = info ? elementsOf(info).map(({ attrs }) => attrs.get('var')) : []
  for (const feature of [mam, `${mam}#extended`, `${mam}#groupchat-field`, 'urn:xmpp:sid:0'])
    assert.ok(features.includes(feature), feature)
})

test('the archive outlives a crash of the server and goes with its account (XEP-0313 §3)', async () => {
  await using host = await scene()
  await talked(host)
  await host.crash()
  const juliet = await host.online(`${julietJid}/chamber`)
  assert.equal(bodies(await ask(juliet)).length, 10)
  const served = host.server.router.host('montague.example')
  await served?.removeAccount(served.accounts.jidOf('juliet'))
  const again = await host.online(`${julietJid}/balcony`)
  assert.deepEqual(bodies(await ask(again)), [])
  const romeo = await host.online(`${romeoJid}/orchard`)
  assert.equal(bodies(await ask(romeo)).length, 10)
})

test('a private message of a room keeps its nickname as the resource (XEP-0313 §4.1.1)', async () => {
  await using host = await scene({ components: { 'muc.montague.example': 'secret' } })
  const { juliet } = await pair(host)
  const muc = await host.component('muc.montague.example')
  await muc.sends(
    `<message from='coven@muc.montague.example/witch' to='${julietJid}/balcony' type='chat'><body>b</body></message>
     <message from='coven@muc.montague.example/hag' to='${julietJid}/balcony' type='chat'><body>c</body></message>
     <message from='coven@muc.montague.example/hag' to='${julietJid}/balcony' type='groupchat'><body>d</body></message>`,
  )
  await juliet.forgets()
  assert.deepEqual(bodies(await ask(juliet, form({ with: 'coven@muc.montague.example' }))), ['b', 'c'])
  assert.deepEqual(bodies(await ask(juliet, form({ with: 'coven@muc.montague.example/hag' }))), ['c'])
  const { results } = await ask(juliet)
  assert.deepEqual(results.map(messageIn).map(bodyOf), ['b', 'c'])
})

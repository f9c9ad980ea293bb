/** The old archiving protocol over the archive: XEP-0136. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { childrenOf, type Element, elementsOf, textOf } from '@waxwing/xml'
import { julietJid, pair, romeoJid } from '../../lovers-kit.test.ts'

const ns = 'urn:xmpp:archive'
const rsm = 'http://jabber.org/protocol/rsm'
const settings = { 'message-archiving': { enabled: true, maxPage: 3 } }

/** Talks with two contacts on three days. */
async function talked(host: Scene): Promise<{ romeo: Peer; juliet: Peer }> {
  const { romeo, juliet } = await pair(host)
  const nurse = await host.online('nurse@montague.example/kitchen')
  for (let day = 0; day < 3; day++) {
    await romeo.sends(`<message to='${julietJid}' type='chat'><body>r${day}</body></message>`)
    await host.advance(1_510)
    await nurse.sends(`<message to='${julietJid}' type='chat'><body>n${day}</body></message>`)
    await host.advance(510)
    await juliet.sends(`<message to='${romeoJid}' type='chat'><body>j${day}</body></message>`)
    await host.advance(86_400_000)
  }
  await juliet.forgets()
  return { romeo, juliet }
}

async function get(peer: Peer, payload: string): Promise<Element> {
  await peer.sends(`<iq type='get' id='g'>${payload}</iq>`)
  return (await peer.receivesResult('g')) ?? assert.fail('no answer')
}

const page = (inside: string): string => `<set xmlns='${rsm}'>${inside}</set>`
const chats = (list: Element): readonly string[] =>
  childrenOf(list, ns, 'chat').map(({ attrs }) => `${attrs.get('with')} ${attrs.get('start')}`)
const lastOf = (answer: Element): string => {
  const set = elementsOf(answer).find(({ ns }) => ns === rsm)
  const last = set && elementsOf(set).find(({ name }) => name === 'last')
  return last ? textOf(last) : assert.fail('no page')
}

const nurseJid = 'nurse@montague.example'

test('the archive is listed by contact and day, page by page (XEP-0136 §7.1)', async () => {
  await using host = await scene({ settings })
  const { juliet } = await talked(host)
  const first = await get(juliet, `<list xmlns='${ns}'/>`)
  assert.deepEqual(chats(first), [
    `${romeoJid} 2011-03-01T12:00:00Z`,
    `${nurseJid} 2011-03-01T12:00:01.510Z`,
    `${romeoJid} 2011-03-02T12:00:02.020Z`,
  ])
  const second = await get(juliet, `<list xmlns='${ns}'>${page(`<after>${lastOf(first)}</after>`)}</list>`)
  assert.deepEqual(chats(second), [
    `${nurseJid} 2011-03-02T12:00:03.530Z`,
    `${romeoJid} 2011-03-03T12:00:04.040Z`,
    `${nurseJid} 2011-03-03T12:00:05.550Z`,
  ])
  const third = await get(juliet, `<list xmlns='${ns}'>${page(`<after>${lastOf(second)}</after>`)}</list>`)
  assert.deepEqual(elementsOf(third), [])
})

test('a list is narrowed by contact and time (XEP-0136 §7.1)', async () => {
  await using host = await scene({ settings })
  const { juliet } = await talked(host)
  const narrowed = await get(
    juliet,
    `<list xmlns='${ns}' with='${nurseJid}' start='2011-03-02T00:00:00Z' end='2011-03-03T00:00:00Z'/>`,
  )
  assert.deepEqual(chats(narrowed), [`${nurseJid} 2011-03-02T12:00:03.530Z`])
})

test('a day with very many messages is gone through to its end, in turns (XEP-0136 §7.1)', async () => {
  await using host = await scene({ settings })
  const { romeo, juliet } = await pair(host)
  const chat = (to: string): string => `<message to='${to}' type='chat'><body>b</body></message>`
  for (let n = 0; n < 12; n++) await romeo.sends(chat(julietJid).repeat(250))
  await romeo.sends(chat('nurse@montague.example'))
  await romeo.forgets()
  await juliet.forgets()
  await romeo.sends(`<iq type='get' id='g'><list xmlns='${ns}'/></iq>`)
  await romeo.receivesNothing()
  await host.advance(10)
  const list = await romeo.receivesResult('g')
  assert.deepEqual(list && chats(list).map(chat => chat.split(' ')[0]), [julietJid, nurseJid])
})

test('a collection is retrieved with both sides and whole seconds (XEP-0136 §4.6, §7.2)', async () => {
  await using host = await scene({ settings })
  const { juliet } = await talked(host)
  const collection = `with='${romeoJid}' start='2011-03-01T12:00:00Z'`
  await juliet.sends(`<iq type='get' id='g'><retrieve xmlns='${ns}' ${collection}/></iq>`)
  await juliet.receives(
    `<iq type='result' id='g'><chat xmlns='${ns}' ${collection} version='0'>
       <from secs='0'><body>r0</body></from><to secs='2'><body>j0</body></to>
       <set xmlns='${rsm}'><first>{any}</first><last>{any}</last></set></chat></iq>`,
  )
  const first = await get(juliet, `<retrieve xmlns='${ns}' ${collection}>${page('<max>1</max>')}</retrieve>`)
  const after = page(`<after>${lastOf(first)}</after>`)
  const second = await get(juliet, `<retrieve xmlns='${ns}' ${collection}>${after}</retrieve>`)
  assert.deepEqual(
    childrenOf(second, ns, 'to').map(({ attrs }) => attrs.get('secs')),
    ['2'],
  )
})

test('what is not there, and pages from behind, are refused (XEP-0136 §7.2)', async () => {
  await using host = await scene({ settings })
  const { juliet } = await talked(host)
  const cases: readonly [payload: string, condition: string][] = [
    [`<retrieve xmlns='${ns}' with='${romeoJid}' start='2010-01-01T12:00:00Z'/>`, 'item-not-found'],
    [`<retrieve xmlns='${ns}' with='x@y.example' start='2011-03-01T12:00:00Z'/>`, 'item-not-found'],
    [`<list xmlns='${ns}'>${page('<after>nobody</after>')}</list>`, 'item-not-found'],
    [`<list xmlns='${ns}'>${page('<before/>')}</list>`, 'feature-not-implemented'],
  ]
  for (const [payload, condition] of cases) {
    await juliet.sends(`<iq type='get' id='g'>${payload}</iq>`)
    await juliet.receivesError('iq', 'g', 'cancel', condition)
  }
})

test('modes are the preferences of the archive in other words, and changes are told (XEP-0136 §2)', async () => {
  await using host = await scene({ settings })
  const { juliet } = await pair(host)
  const methods =
    "<method type='auto' use='prefer'/><method type='local' use='concede'/><method type='manual' use='forbid'/>"
  await juliet.sends(`<iq type='get' id='g'><pref xmlns='${ns}'/></iq>`)
  await juliet.receives(
    `<iq type='result' id='g'><pref xmlns='${ns}'><auto save='true'/><default otr='concede' save='body'/>${methods}</pref></iq>`,
  )
  const changes = `<pref xmlns='${ns}'><default otr='prefer' save='false'/><item jid='${romeoJid}' save='body'/></pref>`
  await juliet.sends(`<iq type='set' id='s'>${changes}</iq>`)
  await juliet.receivesInAnyOrder(`<iq type='set'>${changes}</iq>`, "<iq type='result' id='s'/>")
  await juliet.sends("<iq type='get' id='p'><prefs xmlns='urn:xmpp:mam:2'/></iq>")
  await juliet.receives(
    `<iq type='result' id='p'><prefs xmlns='urn:xmpp:mam:2' default='never'><always><jid>${romeoJid}</jid></always><never/></prefs></iq>`,
  )
  await juliet.sends(
    `<iq type='set' id='r'><itemremove xmlns='${ns}'><item jid='${romeoJid}'/></itemremove></iq>`,
  )
  await juliet.receivesInAnyOrder(
    `<iq type='set'><itemremove xmlns='${ns}'><item jid='${romeoJid}'/></itemremove></iq>`,
    "<iq type='result' id='r'/>",
  )
  await juliet.sends(`<iq type='get' id='g'><pref xmlns='${ns}'/></iq>`)
  await juliet.receives(
    `<iq type='result' id='g'><pref xmlns='${ns}'><auto save='false'/><default otr='concede' save='false'/>${methods}</pref></iq>`,
  )
})

test('automatic archiving is switched by modes, not by streams (XEP-0136 §6)', async () => {
  await using host = await scene({ settings })
  const { juliet } = await pair(host)
  await juliet.sends(`<iq type='set' id='a'><auto xmlns='${ns}' save='true'/></iq>`)
  await juliet.receives("<iq type='result' id='a'/>")
  await juliet.sends(`<iq type='set' id='a'><auto xmlns='${ns}' save='false'/></iq>`)
  await juliet.receivesError('iq', 'a', 'cancel', 'not-allowed')
})

test('it is off unless it is switched on, and nobody reads the archive of others (XEP-0136 §12)', async () => {
  await using off = await scene()
  const { juliet } = await pair(off)
  await juliet.sends(`<iq type='get' id='g'><list xmlns='${ns}'/></iq>`)
  await juliet.receivesError('iq', 'g', 'cancel', 'service-unavailable')
  await using on = await scene({ settings })
  const { romeo } = await pair(on)
  await romeo.sends(`<iq type='get' id='g' to='${julietJid}'><list xmlns='${ns}'/></iq>`)
  await romeo.receivesError('iq', 'g', 'cancel', 'service-unavailable')
})

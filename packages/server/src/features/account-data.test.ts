/** What an account keeps on the server: vcard-temp and private XML. XEP-0054, XEP-0049. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, scene } from '@waxwing/testkit'
import { julietJid, pair, romeoJid } from '../lovers-kit.test.ts'

const card =
  "<vCard xmlns='vcard-temp'><FN>Juliet</FN><N><FAMILY>Capulet</FAMILY></N><X-P xmlns='urn:x' a='&#10;'/></vCard>"

test('an account without a card has an empty one (XEP-0054 §3.1)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await juliet.sends("<iq type='get' id='v'><vCard xmlns='vcard-temp'/></iq>")
  await juliet.receives("<iq type='result' id='v'><vCard xmlns='vcard-temp'/></iq>")
})

test('a card is kept as it is, read by everybody, and outlives the server (XEP-0054 §3)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await juliet.sends(`<iq type='set' id='s'>${card}</iq>`)
  await juliet.receives("<iq type='result' id='s'/>")
  await host.restart()
  const romeo = await host.online(`${romeoJid}/orchard`)
  await romeo.sends(`<iq type='get' id='v' to='${julietJid}'><vCard xmlns='vcard-temp'/></iq>`)
  await romeo.receives(`<iq type='result' id='v' from='${julietJid}'>${card}</iq>`)
})

test('no card and no account sound alike (XEP-0054 §3.3)', async () => {
  await using host = await scene()
  const { romeo } = await pair(host)
  for (const to of [julietJid, 'nobody@montague.example']) {
    await romeo.sends(`<iq type='get' id='v' to='${to}'><vCard xmlns='vcard-temp'/></iq>`)
    await romeo.receivesError('iq', 'v', 'cancel', 'service-unavailable')
  }
})

test("nobody changes another one's card (XEP-0054 §3.2)", async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<iq type='set' id='s' to='${julietJid}'>${card}</iq>`)
  await romeo.receivesError('iq', 's', 'auth', 'forbidden')
  await juliet.sends("<iq type='get' id='v'><vCard xmlns='vcard-temp'/></iq>")
  await juliet.receives("<iq type='result' id='v'><vCard xmlns='vcard-temp'/></iq>")
})

test('a card larger than allowed is not-acceptable (XEP-0054)', async () => {
  await using host = await scene({ settings: { vcard: { maxBytes: 1_000 } } })
  const { juliet } = await pair(host)
  await juliet.sends(
    `<iq type='set' id='s'><vCard xmlns='vcard-temp'><NOTE>${'n'.repeat(1_000)}</NOTE></vCard></iq>`,
  )
  await juliet.receivesError('iq', 's', 'modify', 'not-acceptable')
})

const ns = 'jabber:iq:private'
const prefs = "<exodus xmlns='exodus:prefs'><defaultnick>Hamlet</defaultnick></exodus>"

async function store(peer: Peer, content: string): Promise<void> {
  await peer.sends(`<iq type='set' id='s'><query xmlns='${ns}'>${content}</query></iq>`)
  await peer.receives("<iq type='result' id='s'/>")
}

async function mustHave(peer: Peer, asked: string, found: string): Promise<void> {
  await peer.sends(`<iq type='get' id='g'><query xmlns='${ns}'>${asked}</query></iq>`)
  await peer.receives(`<iq type='result' id='g'><query xmlns='${ns}'>${found}</query></iq>`)
}

test('what is stored comes back, what was never stored comes back empty (XEP-0049 §2)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await mustHave(juliet, "<exodus xmlns='exodus:prefs'/>", "<exodus xmlns='exodus:prefs'/>")
  await store(juliet, prefs)
  await mustHave(juliet, "<exodus xmlns='exodus:prefs'/>", prefs)
  await mustHave(juliet, "<exodus xmlns='other:prefs'/>", "<exodus xmlns='other:prefs'/>")
  await mustHave(juliet, "<genesis xmlns='exodus:prefs'/>", "<genesis xmlns='exodus:prefs'/>")
})

test('private XML is replaced as a whole, is each account’s own, and outlives the server (XEP-0049 §2)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await store(juliet, prefs)
  await store(juliet, "<exodus xmlns='exodus:prefs'><theme/></exodus>")
  await mustHave(romeo, "<exodus xmlns='exodus:prefs'/>", "<exodus xmlns='exodus:prefs'/>")
  await host.restart()
  const again = await host.online(`${julietJid}/balcony`)
  await mustHave(again, "<exodus xmlns='exodus:prefs'/>", "<exodus xmlns='exodus:prefs'><theme/></exodus>")
})

test('private XML with names like __proto__ is data like any other (XEP-0049)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await store(juliet, "<__proto__ xmlns='__proto__'><constructor/></__proto__>")
  await mustHave(
    juliet,
    "<__proto__ xmlns='__proto__'/>",
    "<__proto__ xmlns='__proto__'><constructor/></__proto__>",
  )
})

test("another account's private XML is out of reach (XEP-0049 §2.4)", async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await store(juliet, prefs)
  for (const type of ['get', 'set']) {
    await romeo.sends(
      `<iq type='${type}' id='x' to='${julietJid}'><query xmlns='${ns}'>${prefs}</query></iq>`,
    )
    const answer = await romeo.takes()
    assert.equal(answer.attrs.get('type'), 'error')
  }
  await mustHave(juliet, "<exodus xmlns='exodus:prefs'/>", prefs)
})

const refused: readonly [what: string, content: string, condition: string][] = [
  ['without anything', '', 'bad-request'],
  ['without a namespace of its own', '<exodus/>', 'not-acceptable'],
  ['in the namespace of stanzas', "<body xmlns='jabber:client'/>", 'not-acceptable'],
]

for (const [what, content, condition] of refused)
  test(`private XML ${what} is ${condition} (XEP-0049 §2.4)`, async () => {
    await using host = await scene()
    const { juliet } = await pair(host)
    await juliet.sends(`<iq type='set' id='s'><query xmlns='${ns}'>${content}</query></iq>`)
    await juliet.receivesError('iq', 's', 'modify', condition)
  })

test('an account stores only so many different elements (XEP-0049)', async () => {
  await using host = await scene({ settings: { 'private-xml': { maxElements: 2 } } })
  const { juliet } = await pair(host)
  await store(juliet, "<a xmlns='urn:a'>1</a>")
  await store(juliet, "<b xmlns='urn:b'>1</b>")
  await juliet.sends(`<iq type='set' id='s'><query xmlns='${ns}'><c xmlns='urn:c'>1</c></query></iq>`)
  await juliet.receivesError('iq', 's', 'wait', 'resource-constraint')
  await store(juliet, "<a xmlns='urn:a'>2</a>")
  await mustHave(juliet, "<a xmlns='urn:a'/>", "<a xmlns='urn:a'>2</a>")
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { elementsOf } from '@waxwing/xml'

const ns = 'jabber:iq:roster'

async function set(peer: Peer, item: string, id = 'set'): Promise<void> {
  await peer.sends(`<iq type='set' id='${id}'><query xmlns='${ns}'>${item}</query></iq>`)
}

async function rosterOf(peer: Peer, ver?: string): Promise<{ items: string[]; ver: string | undefined }> {
  const asked = ver === undefined ? '' : ` ver='${ver}'`
  await peer.sends(`<iq type='get' id='roster'><query xmlns='${ns}'${asked}/></iq>`)
  const query = await peer.receivesResult('roster')
  assert.ok(query, 'The roster should have been sent')
  const items = elementsOf(query).map(({ attrs }) => `${attrs.get('jid')} ${attrs.get('subscription')}`)
  return { items: items.sort(), ver: query.attrs.get('ver') }
}

async function interested(host: Scene, jid: string): Promise<Peer> {
  const peer = await host.client(jid)
  await rosterOf(peer)
  return peer
}

test('an empty roster is an empty query (RFC 6121 §2.1.3)', async () => {
  await using host = await scene()
  const juliet = await host.client('juliet@montague.example/balcony')
  await juliet.sends(`<iq type='get' id='r'><query xmlns='${ns}'/></iq>`)
  await juliet.receives(`<iq type='result' id='r' to='juliet@montague.example/balcony'>
    <query xmlns='${ns}' ver='{any}'/></iq>`)
})

test('a new contact is pushed to every interested resource, then the set is answered (RFC 6121 §2.3)', async () => {
  await using host = await scene()
  const balcony = await interested(host, 'juliet@montague.example/balcony')
  const chamber = await interested(host, 'juliet@montague.example/chamber')
  const cellar = await host.client('juliet@montague.example/cellar')
  await set(
    balcony,
    "<item jid='nurse@montague.example' name='Nurse'><group>Servants</group><group>Friends</group></item>",
  )
  const push = `<iq type='set' id='{any}'><query xmlns='${ns}' ver='{any}'>
    <item jid='nurse@montague.example' name='Nurse' subscription='none'><group>Servants</group><group>Friends</group></item>
  </query></iq>`
  await balcony.receivesInAnyOrder(push, `<iq type='result' id='set'/>`)
  await chamber.receives(push)
  await cellar.receivesNothing()
})

test('a push names the resource it is for and needs no answer (RFC 6121 §2.1.6)', async () => {
  await using host = await scene()
  const juliet = await interested(host, 'juliet@montague.example/balcony')
  await set(juliet, "<item jid='nurse@montague.example'/>")
  const push = await juliet.takes()
  assert.equal(push.attrs.get('to'), 'juliet@montague.example/balcony')
  assert.ok([undefined, 'juliet@montague.example'].includes(push.attrs.get('from')))
  await juliet.receives(`<iq type='result' id='set'/>`)
  await juliet.sends(`<iq type='result' id='${push.attrs.get('id')}'/>`)
  await juliet.receivesNothing()
})

test('a set replaces name and groups, and leaves the subscription alone (RFC 6121 §2.4)', async () => {
  await using host = await scene()
  const juliet = await host.client('juliet@montague.example/balcony')
  await set(juliet, "<item jid='nurse@montague.example' name='Nurse'><group>Servants</group></item>", 'one')
  await juliet.receivesResult('one')
  await set(juliet, "<item jid='nurse@montague.example' name='Angelica'/>", 'two')
  await juliet.receivesResult('two')
  await juliet.sends(`<iq type='get' id='r'><query xmlns='${ns}'/></iq>`)
  await juliet.receives(`<iq type='result' id='r'><query xmlns='${ns}' ver='{any}'>
    <item jid='nurse@montague.example' name='Angelica' subscription='none'/></query></iq>`)
})

const ideas: readonly (readonly [attributes: string])[] = [
  ["subscription='both' ask='subscribe' approved='true'"],
  ["subscription='foobar'"],
  ["subscription=''"],
  ["ask='foobar' approved='perhaps'"],
]
for (const [attributes] of ideas)
  test(`a client's own idea of ${attributes} is ignored (RFC 6121 §2.1.2, §2.1.5)`, async () => {
    await using host = await scene()
    const juliet = await host.client('juliet@montague.example/balcony')
    await set(juliet, `<item jid='romeo@montague.example' ${attributes}/>`)
    await juliet.receivesResult('set')
    await juliet.sends(`<iq type='get' id='r'><query xmlns='${ns}'/></iq>`)
    await juliet.receives(`<iq type='result' id='r'><query xmlns='${ns}' ver='{any}'>
    <item jid='romeo@montague.example' subscription='none'/></query></iq>`)
  })

test('a removed contact is pushed as removed and is gone (RFC 6121 §2.5)', async () => {
  await using host = await scene()
  const juliet = await interested(host, 'juliet@montague.example/balcony')
  await set(juliet, "<item jid='nurse@montague.example'/>", 'add')
  await juliet.forgets()
  await set(juliet, "<item jid='nurse@montague.example' subscription='remove'/>", 'remove')
  await juliet.receivesInAnyOrder(
    `<iq type='set' id='{any}'><query xmlns='${ns}' ver='{any}'>
       <item jid='nurse@montague.example' subscription='remove'/></query></iq>`,
    `<iq type='result' id='remove'/>`,
  )
  assert.deepEqual((await rosterOf(juliet)).items, [])
})

test('removing who is not there is item-not-found (RFC 6121 §2.5.3)', async () => {
  await using host = await scene()
  const juliet = await host.client('juliet@montague.example/balcony')
  await set(juliet, "<item jid='nurse@montague.example' subscription='remove'/>")
  await juliet.receivesError('iq', 'set', 'cancel', 'item-not-found')
})

/** RFC 6121 §2.3.3. */
const refused: readonly [what: string, items: string, type: string, condition: string][] = [
  ['without item', '', 'modify', 'bad-request'],
  ['with two items', "<item jid='a@b.example'/><item jid='c@b.example'/>", 'modify', 'bad-request'],
  ['with an item without address', '<item/>', 'modify', 'bad-request'],
  ['with an address that is none', "<item jid='@b.example'/>", 'modify', 'bad-request'],
  [
    'with the same group twice',
    "<item jid='a@b.example'><group>G</group><group>G</group></item>",
    'modify',
    'bad-request',
  ],
  ['with a group without name', "<item jid='a@b.example'><group/></item>", 'modify', 'not-acceptable'],
  [
    'with a name that is too long',
    `<item jid='a@b.example' name='${'n'.repeat(1025)}'/>`,
    'modify',
    'not-acceptable',
  ],
  [
    'with a group name that is too long',
    `<item jid='a@b.example'><group>${'g'.repeat(1025)}</group></item>`,
    'modify',
    'not-acceptable',
  ],
]

for (const [what, items, type, condition] of refused)
  test(`a roster set ${what} is ${condition} (RFC 6121 §2.3.3)`, async () => {
    await using host = await scene()
    const juliet = await host.client('juliet@montague.example/balcony')
    await set(juliet, items)
    await juliet.receivesError('iq', 'set', type, condition)
    assert.deepEqual((await rosterOf(juliet)).items, [])
  })

test("another account's roster can be neither read nor changed (RFC 6121 §2.2, §2.3.3)", async () => {
  await using host = await scene()
  const juliet = await host.client('juliet@montague.example/balcony')
  const romeo = await host.client('romeo@montague.example/orchard')
  await set(juliet, "<item jid='nurse@montague.example'/>")
  await juliet.receivesResult('set')
  await romeo.sends(`<iq type='get' id='g' to='juliet@montague.example'><query xmlns='${ns}'/></iq>`)
  const refusal = await romeo.takes()
  assert.equal(refusal.attrs.get('type'), 'error')
  await romeo.sends(
    `<iq type='set' id='s' to='juliet@montague.example'><query xmlns='${ns}'><item jid='x@y.example'/></query></iq>`,
  )
  await romeo.receivesError('iq', 's', 'auth', 'forbidden')
  assert.deepEqual((await rosterOf(juliet)).items, ['nurse@montague.example none'])
})

test('the own roster may be addressed at the own bare JID, too (RFC 6120 §10.3.3)', async () => {
  await using host = await scene()
  const juliet = await host.client('juliet@montague.example/balcony')
  await juliet.sends(`<iq type='get' id='g' to='juliet@montague.example'><query xmlns='${ns}'/></iq>`)
  await juliet.receives(`<iq type='result' id='g'><query xmlns='${ns}' ver='{any}'/></iq>`)
})

test('who knows the current version gets an empty result (RFC 6121 §2.6.2)', async () => {
  await using host = await scene()
  const juliet = await host.client('juliet@montague.example/balcony')
  await set(juliet, "<item jid='nurse@montague.example'/>")
  await juliet.receivesResult('set')
  const { ver } = await rosterOf(juliet, '')
  assert.ok(ver)
  await juliet.sends(`<iq type='get' id='again'><query xmlns='${ns}' ver='${ver}'/></iq>`)
  await juliet.receives(`<iq type='result' id='again'/>`)
})

test('the version outlives the server (RFC 6121 §2.6)', async () => {
  await using host = await scene()
  const before = await host.client('juliet@montague.example/balcony')
  await set(before, "<item jid='nurse@montague.example'/>")
  await before.forgets()
  const { ver } = await rosterOf(before)
  await host.restart()
  const after = await host.client('juliet@montague.example/balcony')
  await after.sends(`<iq type='get' id='again'><query xmlns='${ns}' ver='${ver}'/></iq>`)
  await after.receives(`<iq type='result' id='again'/>`)
})

test('roster versioning is on offer after login (RFC 6121 §2.6.1)', async () => {
  await using host = await scene()
  await host.client('juliet@montague.example/balcony')
  assert.match(host.transcript(), /<ver xmlns='urn:xmpp:features:rosterver'\/>/)
})

test('a full roster takes no more contacts and still changes those it has (RFC 6121 §2.1.1)', async () => {
  await using host = await scene({ settings: { roster: { maxItems: 2 } } })
  const juliet = await host.client('juliet@montague.example/balcony')
  for (const name of ['a', 'b']) {
    await set(juliet, `<item jid='${name}@b.example'/>`, name)
    await juliet.receivesResult(name)
  }
  await set(juliet, "<item jid='c@b.example'/>", 'c')
  await juliet.receivesError('iq', 'c', 'wait', 'resource-constraint')
  await set(juliet, "<item jid='a@b.example' name='A'/>", 'd')
  await juliet.receivesResult('d')
})

test('addresses are kept in their prepared form (RFC 7622 §3)', async () => {
  await using host = await scene()
  const juliet = await host.client('juliet@montague.example/balcony')
  await set(juliet, "<item jid='NURSE@Montague.Example'/>", 'one')
  await juliet.receivesResult('one')
  await set(juliet, "<item jid='nurse@montague.example'/>", 'two')
  await juliet.receivesResult('two')
  assert.deepEqual((await rosterOf(juliet)).items, ['nurse@montague.example none'])
})

test('names of the wire are plain data: __proto__ is a name like any other', async () => {
  await using host = await scene()
  const juliet = await host.client('juliet@montague.example/balcony')
  await set(juliet, "<item jid='__proto__@b.example' name='__proto__'><group>constructor</group></item>")
  await juliet.receivesResult('set')
  await juliet.sends(`<iq type='get' id='__proto__'><query xmlns='${ns}'/></iq>`)
  await juliet.receives(`<iq type='result' id='__proto__'><query xmlns='${ns}' ver='{any}'>
    <item jid='__proto__@b.example' name='__proto__' subscription='none'><group>constructor</group></item></query></iq>`)
})

test('a contact is a bare JID: a set that names a resource is bad-request, and changes nothing (RFC 6121 §2.3.3)', async () => {
  await using host = await scene()
  const juliet = await host.client('juliet@montague.example/balcony')
  for (const item of [
    "jid='x@y.example/z'",
    "jid='y.example/z'",
    "jid='x@y.example/z' subscription='remove'",
  ]) {
    await set(juliet, `<item ${item}/>`)
    await juliet.receivesError('iq', 'set', 'modify', 'bad-request')
  }
  assert.deepEqual((await rosterOf(juliet)).items, [])
})

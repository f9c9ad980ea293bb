/** Blocking Command: XEP-0191. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { childOf, elementsOf } from '@waxwing/xml'
import { julietJid, type Pair, pair, romeoJid } from '../../lovers-kit.test.ts'

const ns = 'urn:xmpp:blocking'

async function lovers(host: Scene): Promise<Pair> {
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<presence type='subscribe' to='${julietJid}'/>`)
  await juliet.sends(
    `<presence type='subscribed' to='${romeoJid}'/><presence type='subscribe' to='${romeoJid}'/>`,
  )
  await romeo.sends(`<presence type='subscribed' to='${julietJid}'/>`)
  await romeo.forgets()
  await juliet.forgets()
  return { romeo, juliet }
}

const item = (jid: string): string => `<item jid='${jid}'/>`

async function change(peer: Peer, what: 'block' | 'unblock', ...jids: readonly string[]): Promise<void> {
  await peer.sends(
    `<iq type='set' id='${what}'><${what} xmlns='${ns}'>${jids.map(item).join('')}</${what}></iq>`,
  )
  await peer.receives(`<iq type='result' id='${what}'/>`)
}

async function listOf(peer: Peer): Promise<readonly string[]> {
  await peer.sends(`<iq type='get' id='list'><blocklist xmlns='${ns}'/></iq>`)
  const list = await peer.receivesResult('list')
  const jids = list ? elementsOf(list).map(({ attrs }) => attrs.get('jid') ?? '') : []
  return jids.sort((a, b) => (a < b ? -1 : 1))
}

test('nobody is blocked at first (XEP-0191 §3.2)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await juliet.sends(`<iq type='get' id='list'><blocklist xmlns='${ns}'/></iq>`)
  await juliet.receives(`<iq type='result' id='list'><blocklist xmlns='${ns}'/></iq>`)
})

test('blocks are kept, told to the resources that asked for the list, and outlive the server (XEP-0191 §3.3)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  const chamber = await host.online(`${julietJid}/chamber`)
  await listOf(chamber)
  await juliet.forgets()
  await change(juliet, 'block', romeoJid, 'tybalt@elsewhere.example')
  await chamber.receives(
    `<iq type='set' id='{any}' to='${julietJid}/chamber'><block xmlns='${ns}'>${item(romeoJid)}${item('tybalt@elsewhere.example')}</block></iq>`,
  )
  await juliet.receivesNothing()
  await host.restart()
  const again = await host.client(`${julietJid}/balcony`)
  assert.deepEqual(await listOf(again), [romeoJid, 'tybalt@elsewhere.example'])
})

test('unblocking takes out who is named, and is told (XEP-0191 §3.4)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await change(juliet, 'block', romeoJid, 'tybalt@elsewhere.example')
  assert.equal((await listOf(juliet)).length, 2)
  await juliet.sends(`<iq type='set' id='u'><unblock xmlns='${ns}'>${item(romeoJid)}</unblock></iq>`)
  await juliet.receivesInAnyOrder(
    `<iq type='set' id='{any}'><unblock xmlns='${ns}'>${item(romeoJid)}</unblock></iq>`,
    `<iq type='result' id='u'/>`,
  )
  assert.deepEqual(await listOf(juliet), ['tybalt@elsewhere.example'])
})

test('unblocking nobody in particular unblocks everybody, and is told so (XEP-0191 §3.5)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await change(juliet, 'block', romeoJid, 'tybalt@elsewhere.example')
  await listOf(juliet)
  await juliet.sends(`<iq type='set' id='u'><unblock xmlns='${ns}'/></iq>`)
  await juliet.receivesInAnyOrder(
    `<iq type='set' id='{any}'><unblock xmlns='${ns}'/></iq>`,
    `<iq type='result' id='u'/>`,
  )
  assert.deepEqual(await listOf(juliet), [])
})

test('a block that names nobody, or nobody that can be, is refused (XEP-0191 §3.3)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  for (const items of ['', '<item/>', item('@')]) {
    await juliet.sends(`<iq type='set' id='b'><block xmlns='${ns}'>${items}</block></iq>`)
    const error = childOf(await juliet.takes(), 'jabber:client', 'error')
    const condition = error && elementsOf(error)[0]?.name
    assert.ok(condition === 'bad-request' || condition === 'jid-malformed', condition)
  }
  assert.deepEqual(await listOf(juliet), [])
})

test("another account's list can be neither read nor changed", async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends(`<iq type='get' id='g' to='${julietJid}'><blocklist xmlns='${ns}'/></iq>`)
  assert.equal((await romeo.takes()).attrs.get('type'), 'error')
  await romeo.sends(
    `<iq type='set' id='s' to='${julietJid}'><block xmlns='${ns}'>${item('x@y.example')}</block></iq>`,
  )
  assert.equal((await romeo.takes()).attrs.get('type'), 'error')
  assert.deepEqual(await listOf(juliet), [])
})

const inbound: readonly [what: string, stanza: string, answer: 'error' | 'silence'][] = [
  ['a message', "<message id='i' to='TO'><body>b</body></message>", 'error'],
  ['a message of type error', "<message id='i' type='error' to='TO'/>", 'silence'],
  ['an iq get', "<iq id='i' type='get' to='TO'><q xmlns='urn:q'/></iq>", 'error'],
  ['an iq set', "<iq id='i' type='set' to='TO'><q xmlns='urn:q'/></iq>", 'error'],
  ['an iq result', "<iq id='i' type='result' to='TO'/>", 'silence'],
  ['directed presence', "<presence to='TO'/>", 'silence'],
  ['a subscription request', "<presence type='subscribe' to='TO'/>", 'silence'],
  ['a probe', "<presence type='probe' to='TO'/>", 'silence'],
]

for (const [what, stanza, answer] of inbound)
  for (const to of [julietJid, `${julietJid}/balcony`])
    test(`${what} of somebody blocked to ${to} meets ${answer === 'error' ? 'service-unavailable' : 'silence'} (XEP-0191 §3.3)`, async () => {
      await using host = await scene()
      const { romeo, juliet } = await pair(host)
      await change(juliet, 'block', romeoJid)
      await romeo.sends(stanza.replace('TO', to))
      const kind = stanza.slice(1, stanza.indexOf(' '))
      if (answer === 'error') await romeo.receivesError(kind, 'i', 'cancel', 'service-unavailable')
      await romeo.receivesNothing()
      await juliet.receivesNothing()
    })

test('what the user sends to somebody blocked is not-acceptable, with the reason (XEP-0191 §3.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await change(juliet, 'block', romeoJid)
  for (const stanza of [
    `<message id='o' to='${romeoJid}'/>`,
    `<iq id='o' type='get' to='${romeoJid}/orchard'><q xmlns='urn:q'/></iq>`,
  ]) {
    await juliet.sends(stanza)
    const error = childOf(await juliet.takes(), 'jabber:client', 'error')
    assert.ok(error)
    assert.ok(childOf(error, 'urn:ietf:params:xml:ns:xmpp-stanzas', 'not-acceptable'))
    assert.ok(childOf(error, 'urn:xmpp:blocking:errors', 'blocked'))
  }
  await romeo.receivesNothing()
})

test('presence to somebody blocked is refused like any stanza, unless it only says goodbye (XEP-0191 §3.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await change(juliet, 'block', romeoJid)
  for (const type of ['', " type='subscribe'"]) {
    await juliet.sends(`<presence id='o' to='${romeoJid}'${type}/>`)
    await juliet.receivesError('presence', 'o', 'cancel', 'not-acceptable')
  }
  await juliet.sends(
    `<presence to='${romeoJid}' type='unavailable'/><presence to='${romeoJid}' type='error'/>`,
  )
  await juliet.receivesNothing()
  await romeo.receivesNothing()
})

test('a subscriber sees the user go when blocked and come back when freed; between them nothing (XEP-0191 §3.3, §3.4)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await lovers(host)
  await change(juliet, 'block', romeoJid)
  await romeo.receives(`<presence type='unavailable' from='${julietJid}/balcony'/>`)
  await juliet.sends('<presence><show>away</show></presence>')
  await romeo.sends('<presence><show>dnd</show></presence>')
  await romeo.forgets()
  await juliet.receives(`<presence from='${julietJid}/balcony'><show>away</show></presence>`)
  await juliet.receivesNothing()
  await romeo.sends(`<presence type='probe' to='${julietJid}'/>`)
  await romeo.receivesNothing()
  await juliet.sends(`<iq type='set' id='unblock'><unblock xmlns='${ns}'>${item(romeoJid)}</unblock></iq>`)
  await romeo.receives(`<presence from='${julietJid}/balcony'><show>away</show></presence>`)
  await juliet.receivesInAnyOrder(
    `<iq type='result' id='unblock'/>`,
    `<presence from='${romeoJid}/orchard'><show>dnd</show></presence>`,
  )
})

test('somebody who does not see the user learns nothing of a block (XEP-0191 §3.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await change(juliet, 'block', romeoJid)
  await romeo.receivesNothing()
})

test('a blocked contact does not hear the user leave or come (XEP-0191 §3.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await lovers(host)
  await change(juliet, 'block', romeoJid)
  await romeo.forgets()
  await juliet.closes()
  const again = await host.online(`${julietJid}/balcony`)
  await romeo.receivesNothing()
  await again.closes()
  await romeo.receivesNothing()
})

const matching: readonly [blocked: string, isBlocked: boolean][] = [
  [`${romeoJid}/orchard`, true],
  [`${romeoJid}/street`, false],
  [romeoJid, true],
  ['montague.example', true],
  ['montague.example/orchard', true],
  ['elsewhere.example', false],
]

for (const [blocked, isBlocked] of matching)
  test(`blocking ${blocked} ${isBlocked ? 'stops' : 'does not stop'} ${romeoJid}/orchard (XEP-0191 §3.1)`, async () => {
    await using host = await scene()
    const { romeo, juliet } = await pair(host)
    await change(juliet, 'block', blocked)
    await romeo.sends(`<message id='m' to='${julietJid}'/>`)
    if (isBlocked) await juliet.receivesNothing()
    else await juliet.receives("<message id='m'/>")
  })

test("a block never stands between one's own resources (XEP-0191 §5)", async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  const chamber = await host.online(`${julietJid}/chamber`)
  await juliet.forgets()
  await change(juliet, 'block', julietJid, 'montague.example')
  await juliet.sends(`<message id='m' to='${julietJid}/chamber'/>`)
  await chamber.receives("<message id='m'/>")
})

test('a user who blocked the whole domain can still ask the server (XEP-0191 §3)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await change(juliet, 'block', 'montague.example')
  await juliet.sends("<iq type='get' id='p' to='montague.example'><ping xmlns='urn:xmpp:ping'/></iq>")
  await juliet.receivesResult('p')
})

test('messages of somebody blocked are not kept for later (XEP-0191 §3.3)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await change(juliet, 'block', romeoJid)
  await juliet.closes()
  await romeo.forgets()
  await romeo.sends(`<message id='m' to='${julietJid}'><body>b</body></message>`)
  await romeo.receivesError('message', 'm', 'cancel', 'service-unavailable')
  const again = await host.client(`${julietJid}/balcony`)
  await again.sends('<presence/>')
  assert.ok(!(await again.forgets()).some(({ name }) => name === 'message'))
})

test('a full list takes nobody more (XEP-0191 §3.3)', async () => {
  await using host = await scene({ settings: { blocking: { maxItems: 2 } } })
  const { juliet } = await pair(host)
  await juliet.sends(
    `<iq type='set' id='b'><block xmlns='${ns}'>${['a', 'b', 'c'].map(item).join('')}</block></iq>`,
  )
  await juliet.receivesError('iq', 'b', 'wait', 'resource-constraint')
  assert.deepEqual(await listOf(juliet), [])
})

test('blocking is announced (XEP-0191 §2)', async () => {
  await using host = await scene()
  const { juliet } = await pair(host)
  await juliet.sends(
    "<iq type='get' id='d' to='montague.example'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
  )
  const query = await juliet.receivesResult('d')
  assert.ok(query && elementsOf(query).some(({ attrs }) => attrs.get('var') === ns))
})

/** Rosters that clients know in part: RFC 6121 §2.6, XEP-0237. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, scene } from '@waxwing/testkit'
import { type Element, elementsOf } from '@waxwing/xml'

const ns = 'jabber:iq:roster'
const julietJid = 'juliet@montague.example'

async function set(peer: Peer, ...items: readonly string[]): Promise<void> {
  for (const item of items) {
    await peer.sends(`<iq type='set' id='set'><query xmlns='${ns}'>${item}</query></iq>`)
    await peer.forgets()
  }
}

const contact = (name: string, inside = ''): string => `<item jid='${name}@b.example'>${inside}</item>`

/** What comes for a client that knows a version: `whole` roster, or the pushes behind an empty result. */
async function since(peer: Peer, ver: string | undefined): Promise<readonly string[] | 'whole'> {
  await peer.sends(
    `<iq type='get' id='g'><query xmlns='${ns}'${ver === undefined ? '' : ` ver='${ver}'`}/></iq>`,
  )
  if (await peer.receivesResult('g')) return 'whole'
  return (await peer.forgets()).map(push => described(push))
}

function described(push: Element): string {
  assert.equal(push.attrs.get('type'), 'set')
  const [query] = elementsOf(push)
  const [item] = query ? elementsOf(query) : []
  return `${query?.attrs.get('ver')} ${item?.attrs.get('jid')} ${item?.attrs.get('name') ?? ''}`.trim()
}

async function withContacts(peer: Peer): Promise<void> {
  await set(peer, contact('a'), contact('b'), contact('c'), contact('d'))
}

test('who knows an older version is pushed each contact that changed, once, in order (RFC 6121 §2.6.3)', async () => {
  await using host = await scene()
  const juliet = await host.client(`${julietJid}/balcony`)
  await withContacts(juliet)
  await set(juliet, "<item jid='b@b.example' name='B'/>", "<item jid='a@b.example' name='A'/>")
  await set(juliet, "<item jid='b@b.example' name='Bee'/>")
  assert.deepEqual(await since(juliet, '4'), ['6 a@b.example A', '7 b@b.example Bee'])
  assert.deepEqual(await since(juliet, '6'), ['7 b@b.example Bee'])
  assert.deepEqual(await since(juliet, '7'), [])
})

test('pushes of what changed come behind the empty result, and to the resource that asked alone (RFC 6121 §2.6.3)', async () => {
  await using host = await scene()
  const balcony = await host.client(`${julietJid}/balcony`)
  await since(balcony, '')
  await withContacts(balcony)
  const chamber = await host.client(`${julietJid}/chamber`)
  await chamber.sends(`<iq type='get' id='g'><query xmlns='${ns}' ver='3'/></iq>`)
  await chamber.receives(`<iq type='result' id='g'/>`)
  await chamber.receives(`<iq type='set' id='{any}' from='${julietJid}' to='${julietJid}/chamber'>
    <query xmlns='${ns}' ver='4'><item jid='d@b.example' subscription='none'/></query></iq>`)
  await balcony.receivesNothing()
})

test('what changed while the server was down for its client outlives a restart (RFC 6121 §2.6)', async () => {
  await using host = await scene()
  await withContacts(await host.client(`${julietJid}/balcony`))
  await host.restart()
  const juliet = await host.client(`${julietJid}/balcony`)
  assert.deepEqual(await since(juliet, '2'), ['3 c@b.example', '4 d@b.example'])
})

test('once a contact has gone, who knew it gets the whole roster (RFC 6121 §2.6.3, XEP-0237 §5)', async () => {
  await using host = await scene()
  const juliet = await host.client(`${julietJid}/balcony`)
  await withContacts(juliet)
  await set(juliet, "<item jid='b@b.example' subscription='remove'/>", "<item jid='a@b.example' name='A'/>")
  assert.equal(await since(juliet, '4'), 'whole')
  assert.deepEqual(await since(juliet, '5'), ['6 a@b.example A'])
})

const unknown: readonly [what: string, ver: string | undefined][] = [
  ['none', undefined],
  ['an empty one', ''],
  ['one that is yet to come', '99'],
  ['another server’s', 'ver14'],
  ['a negative one', '-1'],
  ['a very long one', '9'.repeat(1000)],
]
for (const [what, ver] of unknown)
  test(`who knows ${what} gets the whole roster (RFC 6121 §2.6.2)`, async () => {
    await using host = await scene()
    const juliet = await host.client(`${julietJid}/balcony`)
    await withContacts(juliet)
    assert.equal(await since(juliet, ver), 'whole')
  })

test('when everything has changed the whole roster says it better (XEP-0237 §2.3)', async () => {
  await using host = await scene()
  const juliet = await host.client(`${julietJid}/balcony`)
  await withContacts(juliet)
  assert.equal(await since(juliet, '0'), 'whole')
})

test('each push has a version of its own, and it grows (RFC 6121 §2.6.3)', async () => {
  await using host = await scene()
  const juliet = await host.client(`${julietJid}/balcony`)
  await since(juliet, '')
  const items = ['a', 'b', 'c'].map(name => contact(name, '<group>G</group>'))
  for (const item of items)
    await juliet.sends(`<iq type='set' id='s'><query xmlns='${ns}'>${item}</query></iq>`)
  const pushes = (await juliet.forgets()).filter(({ attrs }) => attrs.get('type') === 'set')
  assert.deepEqual(pushes.map(described), ['1 a@b.example', '2 b@b.example', '3 c@b.example'])
})

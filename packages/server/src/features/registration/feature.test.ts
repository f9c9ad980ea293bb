/** In-band registration: XEP-0077. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  authenticate,
  type Peer,
  type RawOptions,
  type Scene,
  type SceneOptions,
  scene,
} from '@waxwing/testkit'

const ns = 'jabber:iq:register'
const open: SceneOptions = { settings: { registration: { open: true } } }

async function stranger(host: Scene, options: RawOptions = {}): Promise<Peer> {
  const peer = host.raw({ tls: true, ...options })
  await peer.opens("to='montague.example' version='1.0'")
  await peer.receivesHeader()
  return peer
}

const form = (content: string, id = 'r'): string =>
  `<iq type='set' id='${id}' to='montague.example'><query xmlns='${ns}'>${content}</query></iq>`
const bill = '<username>bill</username><password>Calliope</password>'

test('registration is closed by default: not offered, and a request is not-authorized (XEP-0077 §3.1)', async () => {
  await using host = await scene()
  const peer = await stranger(host)
  assert.doesNotMatch(JSON.stringify([...(await peer.takes()).children]), /iq-register/)
  await peer.sends(`<iq type='get' id='r'><query xmlns='${ns}'/></iq>`)
  await peer.receivesStreamError('not-authorized')
})

test('open registration is offered and asks for a name and a password (XEP-0077 §3.1, §8)', async () => {
  await using host = await scene(open)
  const peer = await stranger(host)
  await peer.takes()
  assert.match(host.transcript(), /<register xmlns='http:\/\/jabber.org\/features\/iq-register'\/>/)
  await peer.sends(`<iq type='get' id='r'><query xmlns='${ns}'/></iq>`)
  await peer.receives(
    `<iq type='result' id='r'><query xmlns='${ns}'><instructions>{any}</instructions><username/><password/>
       <x xmlns='jabber:x:data' type='form'><title>Registration</title><instructions>{any}</instructions>
         <field type='hidden' var='FORM_TYPE'><value>${ns}</value></field>
         <field type='text-single' label='{any}' var='username'><required/></field>
         <field type='text-private' label='{any}' var='password'><required/></field>
       </x></query></iq>`,
  )
})

test('a new account can log in on the same stream and later (XEP-0077 §3.1)', async () => {
  await using host = await scene(open)
  const peer = await stranger(host)
  await peer.takes()
  await peer.sends(form(bill))
  await peer.receives(`<iq type='result' id='r'/>`)
  await peer.sends(
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${Buffer.from('\0bill\0Calliope').toString('base64')}</auth>`,
  )
  await peer.receives("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
  await host.restart()
  await authenticate(host.raw({ tls: true }), "to='montague.example' version='1.0'", 'bill', 'Calliope')
})

const refused: readonly [what: string, content: string, type: string, condition: string][] = [
  ['a name that is taken', '<username>romeo</username><password>x</password>', 'cancel', 'conflict'],
  [
    'a name that is taken in another case',
    '<username>ROMEO</username><password>x</password>',
    'cancel',
    'conflict',
  ],
  ['no name', '<password>x</password>', 'modify', 'not-acceptable'],
  ['an empty name', '<username/><password>x</password>', 'modify', 'not-acceptable'],
  ['no password', '<username>bill</username>', 'modify', 'not-acceptable'],
  ['an empty password', '<username>bill</username><password/>', 'modify', 'not-acceptable'],
  [
    'a name that is no localpart',
    '<username>bi ll@</username><password>x</password>',
    'modify',
    'jid-malformed',
  ],
  [
    'a password with a control character',
    '<username>bill</username><password>&#x7f;</password>',
    'modify',
    'not-acceptable',
  ],
  ['nothing', '', 'modify', 'not-acceptable'],
]

for (const [what, content, type, condition] of refused)
  test(`${what} is refused as ${condition}, and one may try again (XEP-0077 §3.1)`, async () => {
    await using host = await scene(open)
    await host.account('romeo@montague.example')
    const peer = await stranger(host)
    await peer.takes()
    await peer.sends(form(content))
    await peer.receivesError('iq', 'r', type, condition)
    await peer.sends(form(bill, 'again'))
    await peer.receives(`<iq type='result' id='again'/>`)
  })

test('before TLS nobody registers where TLS is required (XEP-0077 §7)', async () => {
  await using host = await scene(open)
  const peer = await stranger(host, { tls: false })
  await peer.takes()
  await peer.sends(form(bill))
  const answer = await peer.takes()
  assert.ok(answer.name === 'error' || answer.attrs.get('type') === 'error')
  const later = await stranger(host)
  await later.takes()
  await later.sends(form(bill))
  await later.receives(`<iq type='result' id='r'/>`)
})

test('one address makes only so many accounts in an hour (XEP-0077 §7)', async () => {
  await using host = await scene({ settings: { registration: { open: true, perHour: 2 } } })
  const tryOne = async (name: string, address: string): Promise<string | undefined> => {
    const peer = await stranger(host, { address })
    await peer.takes()
    await peer.sends(form(`<username>${name}</username><password>x</password>`))
    return (await peer.takes()).attrs.get('type')
  }
  assert.equal(await tryOne('a', '198.51.100.1'), 'result')
  assert.equal(await tryOne('b', '198.51.100.1'), 'result')
  assert.equal(await tryOne('c', '198.51.100.1'), 'error')
  assert.equal(await tryOne('c', '198.51.100.2'), 'result')
  await host.advance(3_601_000)
  assert.equal(await tryOne('d', '198.51.100.1'), 'result')
  // Of IPv6 everybody has more addresses than there are accounts: their network is one.
  assert.equal(await tryOne('e', '2001:db8:1:2::1'), 'result')
  assert.equal(await tryOne('f', '2001:db8:1:2:aa::7'), 'result')
  assert.equal(await tryOne('g', '2001:db8:1:2:bb::7'), 'error')
  assert.equal(await tryOne('g', '2001:db8:1:3::1'), 'result')
})

test('who has an account learns its name (XEP-0077 §3.1)', async () => {
  await using host = await scene()
  const romeo = await host.client('romeo@montague.example/orchard')
  await romeo.sends(`<iq type='get' id='r' to='montague.example'><query xmlns='${ns}'/></iq>`)
  await romeo.receives(
    `<iq type='result' id='r'><query xmlns='${ns}'><registered/><username>romeo</username><password/></query></iq>`,
  )
})

test('a changed password is the one that counts (XEP-0077 §3.3)', async () => {
  await using host = await scene()
  const romeo = await host.client('romeo@montague.example/orchard')
  await romeo.sends(form('<username>romeo</username><password>newpass</password>'))
  await romeo.receives(`<iq type='result' id='r'/>`)
  await authenticate(host.raw({ tls: true }), "to='montague.example' version='1.0'", 'romeo', 'newpass')
  const old = await stranger(host)
  await old.takes()
  await old.sends(
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${Buffer.from('\0romeo\0r0m30myr0m30').toString('base64')}</auth>`,
  )
  await old.receives("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")
})

const changes: readonly [what: string, content: string, type: string, condition: string][] = [
  ['without a password', '<username>romeo</username>', 'modify', 'bad-request'],
  [
    "of another account's password",
    '<username>juliet</username><password>x</password>',
    'cancel',
    'not-allowed',
  ],
  [
    'to a password that cannot be',
    '<username>romeo</username><password>&#x7f;</password>',
    'modify',
    'not-acceptable',
  ],
]

for (const [what, content, type, condition] of changes)
  test(`a change ${what} is ${condition} (XEP-0077 §3.3)`, async () => {
    await using host = await scene()
    await host.account('juliet@montague.example')
    const romeo = await host.client('romeo@montague.example/orchard')
    await romeo.sends(form(content))
    await romeo.receivesError('iq', 'r', type, condition)
    await host.client('juliet@montague.example/balcony')
    await host.client('romeo@montague.example/street')
  })

test('a cancelled account is told so, its sessions end, and nothing of it is left (XEP-0077 §3.2)', async () => {
  await using host = await scene(open)
  const romeo = await host.online('romeo@montague.example/orchard')
  const other = await host.online('romeo@montague.example/street')
  await romeo.sends(
    "<iq type='set' id='l'><query xmlns='jabber:iq:roster'><item jid='juliet@montague.example'/></query></iq>",
  )
  await romeo.forgets()
  await romeo.sends(form('<remove/>'))
  await romeo.receives(`<iq type='result' id='r'/>`)
  for (const peer of [romeo, other]) {
    const last = (await peer.forgets()).at(-1)
    assert.equal(last?.name, 'error')
    assert.ok(peer.isGone)
  }
  const gone = await stranger(host)
  await gone.takes()
  await gone.sends(
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${Buffer.from('\0romeo\0r0m30myr0m30').toString('base64')}</auth>`,
  )
  await gone.receives("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")
  const again = await host.client('romeo@montague.example/orchard')
  await again.sends("<iq type='get' id='l'><query xmlns='jabber:iq:roster'/></iq>")
  const roster = await again.receivesResult('l')
  assert.deepEqual(roster?.children, [])
})

test('a removal that says more than that is bad-request (XEP-0077 §3.2)', async () => {
  await using host = await scene()
  const romeo = await host.client('romeo@montague.example/orchard')
  await romeo.sends(form('<remove/><username>romeo</username>'))
  await romeo.receivesError('iq', 'r', 'modify', 'bad-request')
  await host.client('romeo@montague.example/street')
})

for (const stanza of [
  `<iq type='result' id='r'><query xmlns='${ns}'/></iq>`,
  `<iq type='error' id='r'><query xmlns='${ns}'/></iq>`,
  `<iq type='get' id='r' to='elsewhere.example'><query xmlns='${ns}'/></iq>`,
])
  test(`before login ${stanza} asks for no registration here (RFC 6120 §8.3.1, §7.1)`, async () => {
    await using host = await scene(open)
    const peer = await stranger(host)
    await peer.takes()
    await peer.sends(stanza)
    await peer.receivesStreamError('not-authorized')
  })

test('a registration has one payload (RFC 6120 §8.2.3)', async () => {
  await using host = await scene(open)
  const peer = await stranger(host)
  await peer.takes()
  await peer.sends(`<iq type='get' id='r'><query xmlns='${ns}'/><query xmlns='${ns}'/></iq>`)
  await peer.receivesError('iq', 'r', 'modify', 'bad-request')
})

test('the subscriptions of a cancelled account end on both sides (XEP-0077 §3.2)', async () => {
  await using host = await scene()
  const romeo = await host.online('romeo@montague.example/orchard')
  const juliet = await host.online('juliet@montague.example/balcony')
  const list = "<iq type='get' id='l'><query xmlns='jabber:iq:roster'/></iq>"
  await juliet.sends(`${list}<presence type='subscribe' to='romeo@montague.example'/>`)
  await romeo.sends("<presence type='subscribed' to='juliet@montague.example'/>")
  await romeo.sends("<presence type='subscribe' to='juliet@montague.example'/>")
  await juliet.sends("<presence type='subscribed' to='romeo@montague.example'/>")
  await juliet.forgets()
  await romeo.sends(form('<remove/>'))
  await juliet.forgets()
  await juliet.sends(list)
  await juliet.receives(
    "<iq type='result' id='l'><query xmlns='jabber:iq:roster' ver='{any}'><item jid='romeo@montague.example' subscription='none'/></query></iq>",
  )
})

test("contacts see a cancelled account's resources go (XEP-0077 §3.2)", async () => {
  await using host = await scene()
  const romeo = await host.online('romeo@montague.example/orchard')
  const juliet = await host.online('juliet@montague.example/balcony')
  await juliet.sends("<presence type='subscribe' to='romeo@montague.example'/>")
  await romeo.sends("<presence type='subscribed' to='juliet@montague.example'/>")
  await juliet.forgets()
  await romeo.sends(form('<remove/>'))
  const heard = await juliet.forgets()
  assert.ok(
    heard.some(
      ({ attrs }) =>
        attrs.get('type') === 'unavailable' && attrs.get('from') === 'romeo@montague.example/orchard',
    ),
  )
})

/** Components: XEP-0114. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handshakeOf, scene } from '@waxwing/testkit'

const domain = 'gate.montague.example'
const thing = `thing@${domain}`
const romeoJid = 'romeo@montague.example'
const components = { [domain]: 'secret', 'other.montague.example': 'another' }

test('a component proves its secret and is in (XEP-0114 §3)', async () => {
  await using host = await scene({ components })
  const peer = host.rawComponent()
  await peer.opens(`to='${domain}'`)
  const header = await peer.receivesHeader()
  assert.equal(header.attrs.get('from'), domain)
  assert.equal(header.defaultNs, 'jabber:component:accept')
  await peer.sends(`<handshake>${handshakeOf(header.attrs.get('id') ?? '', 'secret')}</handshake>`)
  await peer.receives('<handshake/>')
  await peer.receivesNothing()
})

const failures: readonly [what: string, handshake: (id: string) => string][] = [
  ['a wrong secret', id => `<handshake>${handshakeOf(id, 'wrong')}</handshake>`],
  ["another component's secret", id => `<handshake>${handshakeOf(id, 'another')}</handshake>`],
  ['an empty handshake', () => '<handshake/>'],
  ['no handshake at all', () => `<message from='${domain}' to='${romeoJid}'/>`],
  [
    'a handshake in another namespace',
    id => `<handshake xmlns='urn:x'>${handshakeOf(id, 'secret')}</handshake>`,
  ],
]

for (const [what, handshake] of failures)
  test(`${what} is not-authorized (XEP-0114 §3)`, async () => {
    await using host = await scene({ components })
    const peer = host.rawComponent()
    await peer.opens(`to='${domain}'`)
    const { attrs } = await peer.receivesHeader()
    await peer.sends(handshake(attrs.get('id') ?? ''))
    await peer.receivesStreamError('not-authorized')
  })

test('a component nobody expects is host-unknown (XEP-0114 §3)', async () => {
  await using host = await scene({ components })
  for (const to of ['unknown.example', 'montague.example', '__proto__']) {
    const peer = host.rawComponent()
    await peer.opens(`to='${to}'`)
    await peer.receivesHeader()
    await peer.receivesStreamError('host-unknown')
  }
})

test('a client’s header on the component listener is invalid-namespace (XEP-0114 §3)', async () => {
  await using host = await scene({ components })
  const peer = host.rawComponent()
  await peer.sends(
    `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}'>`,
  )
  await peer.receivesHeader()
  await peer.receivesStreamError('invalid-namespace')
})

test('a second link of the same component is in conflict, and the first one stays (XEP-0114)', async () => {
  await using host = await scene({ components })
  const first = await host.component(domain)
  const second = host.rawComponent()
  await second.opens(`to='${domain}'`)
  const { attrs } = await second.receivesHeader()
  await second.sends(`<handshake>${handshakeOf(attrs.get('id') ?? '', 'secret')}</handshake>`)
  await second.receivesStreamError('conflict')
  const romeo = await host.online(`${romeoJid}/orchard`)
  await romeo.sends(`<message to='${thing}' id='m'/>`)
  await first.receives(`<message from='${romeoJid}/orchard' to='${thing}' id='m'/>`)
})

test('a handshake that does not come ends the link after 30 seconds (XEP-0205 §3)', async () => {
  await using host = await scene({ components })
  const peer = host.rawComponent()
  await peer.opens(`to='${domain}'`)
  await peer.receivesHeader()
  await host.advance(32_000)
  await peer.receivesStreamError('connection-timeout')
})

test('stanzas pass in both directions, in the namespace of each side (XEP-0114 §4)', async () => {
  await using host = await scene({ components })
  const gate = await host.component(domain)
  const romeo = await host.online(`${romeoJid}/orchard`)
  const content = "<body>&lt;21 °C&gt;</body><x xmlns='urn:x' a='&#9;'><body/><y xmlns='jabber:client'/></x>"
  await romeo.sends(`<message to='${thing}/t' id='m1' type='chat' xml:lang='it'>${content}</message>`)
  await gate.receives(
    `<message from='${romeoJid}/orchard' to='${thing}/t' id='m1' type='chat' xml:lang='it'>${content}</message>`,
  )
  await gate.sends(`<message from='${thing}/t' to='${romeoJid}' id='m2'>${content}</message>`)
  await romeo.receives(`<message from='${thing}/t' to='${romeoJid}' id='m2'>${content}</message>`)
  await gate.sends(`<presence from='${thing}' to='${romeoJid}/orchard'><show>away</show></presence>`)
  await romeo.receives(`<presence from='${thing}'><show>away</show></presence>`)
})

test('requests and answers find each other across the link (XEP-0114 §4, RFC 6120 §8.2.3)', async () => {
  await using host = await scene({ components })
  const gate = await host.component(domain)
  const romeo = await host.online(`${romeoJid}/orchard`)
  await romeo.sends(`<iq type='get' id='i' to='${domain}'><q xmlns='urn:q'/></iq>`)
  await gate.receives(
    `<iq type='get' id='i' from='${romeoJid}/orchard' to='${domain}'><q xmlns='urn:q'/></iq>`,
  )
  await gate.sends(
    `<iq type='result' id='i' from='${domain}' to='${romeoJid}/orchard'><q xmlns='urn:q'/></iq>`,
  )
  await romeo.receives(`<iq type='result' id='i' from='${domain}'><q xmlns='urn:q'/></iq>`)
  await gate.sends(
    `<iq type='get' id='p' from='${domain}' to='montague.example'><ping xmlns='urn:xmpp:ping'/></iq>`,
  )
  await gate.receives(`<iq type='result' id='p' from='montague.example' to='${domain}'/>`)
  await gate.sends(`<iq type='get' id='u' from='${thing}' to='montague.example'><q xmlns='urn:q'/></iq>`)
  await gate.receivesError('iq', 'u', 'cancel', 'service-unavailable')
})

test('two components talk to each other (XEP-0114)', async () => {
  await using host = await scene({ components })
  const gate = await host.component(domain)
  const other = await host.component('other.montague.example')
  await gate.sends(`<message from='${thing}' to='other.montague.example' id='m'><body>b</body></message>`)
  await other.receives(`<message from='${thing}' to='other.montague.example' id='m'><body>b</body></message>`)
})

const forged: readonly (readonly [what: string, from: string])[] = [
  ["a user's address", `from='${romeoJid}'`],
  ["the server's address", "from='montague.example'"],
  ["another component's address", "from='other.montague.example'"],
  ['a subdomain', `from='sub.${domain}'`],
]

for (const [what, from] of forged)
  test(`a component that sends from ${what} is ended with invalid-from (XEP-0114 §4)`, async () => {
    await using host = await scene({ components })
    const gate = await host.component(domain)
    const romeo = await host.online(`${romeoJid}/orchard`)
    await gate.sends(`<message ${from} to='${romeoJid}' id='m'/>`)
    await gate.receivesStreamError('invalid-from')
    await romeo.receivesNothing()
  })

for (const from of ['', "from=''", "from='@'"])
  test(`a component whose stanza has ${from || 'no from'} is ended with improper-addressing (RFC 6120 §4.9.3.8, XEP-0114 §4)`, async () => {
    await using host = await scene({ components })
    const gate = await host.component(domain)
    await gate.sends(`<message ${from} to='${romeoJid}' id='m'/>`)
    await gate.receivesStreamError('improper-addressing')
  })

test('a stream error of a component is not answered by another, and its domain is found however written (RFC 6120 §4.9.1.1, RFC 7622 §3.2)', async () => {
  await using host = await scene({ components })
  const peer = host.rawComponent()
  await peer.opens(`to='${domain.toUpperCase()}.'`)
  assert.equal((await peer.receivesHeader()).attrs.get('from'), domain)
  const gate = await host.component(domain)
  await gate.sends(
    "<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
  )
  await gate.receivesEnd()
})

test('a component that is gone is remote-server-not-found, until it is back (XEP-0114)', async () => {
  await using host = await scene({ components })
  const gate = await host.component(domain)
  const romeo = await host.online(`${romeoJid}/orchard`)
  await gate.vanishes()
  await romeo.sends(`<message to='${thing}' id='m'/>`)
  await romeo.receivesError('message', 'm', 'cancel', 'remote-server-not-found')
  const back = await host.component(domain)
  await romeo.sends(`<message to='${thing}' id='m'/>`)
  await back.receives(`<message from='${romeoJid}/orchard' to='${thing}' id='m'/>`)
})

const faulty: readonly [what: string, stanza: string, kind: string, condition: string][] = [
  [
    'a message to an address that is none',
    `<message from='${thing}' to='@' id='i'/>`,
    'message',
    'jid-malformed',
  ],
  ['a message without address', `<message from='${thing}' id='i'/>`, 'message', 'jid-malformed'],
  [
    'an iq of an unknown type',
    `<iq from='${thing}' to='montague.example' type='ask' id='i'><q xmlns='urn:q'/></iq>`,
    'iq',
    'bad-request',
  ],
  [
    'an iq without child',
    `<iq from='${thing}' to='montague.example' type='get' id='i'/>`,
    'iq',
    'bad-request',
  ],
  [
    'an iq with two children',
    `<iq from='${thing}' to='montague.example' type='get' id='i'><a xmlns='urn:a'/><b xmlns='urn:b'/></iq>`,
    'iq',
    'bad-request',
  ],
]

for (const [what, stanza, kind, condition] of faulty)
  test(`${what} is ${condition}, and the link lives (RFC 6120 §8)`, async () => {
    await using host = await scene({ components })
    const gate = await host.component(domain)
    await gate.sends(stanza)
    await gate.receivesError(kind, 'i', 'modify', condition)
    await gate.receivesNothing()
  })

test('errors are not answered with errors (RFC 6120 §8.3.1)', async () => {
  await using host = await scene({ components })
  const gate = await host.component(domain)
  for (const to of [
    '@',
    'nobody@montague.example',
    'montague.example',
    `${romeoJid}/gone`,
    'x@nowhere.example',
  ])
    for (const stanza of [
      `<message type='error' from='${thing}' to='${to}' id='i'/>`,
      `<iq type='result' from='${thing}' to='${to}' id='i'/>`,
      `<iq type='error' from='${thing}' to='${to}' id='i'/>`,
      `<presence type='error' from='${thing}' to='${to}' id='i'/>`,
    ])
      await gate.sends(stanza)
  await gate.receivesNothing()
})

test('malformed XML and unknown stanzas end the link, and the domain is free again', async () => {
  await using host = await scene({ components })
  const ways: readonly (readonly [string, string])[] = [
    ['<message', 'not-well-formed'],
    ['</message>', 'not-well-formed'],
    ['<!-- -->', 'restricted-xml'],
    ['<letter/>', 'unsupported-stanza-type'],
  ]
  for (const [xml, condition] of ways) {
    const gate = await host.component(domain)
    await gate.sends(xml === '<message' ? '<message<' : xml)
    await gate.receivesStreamError(condition)
  }
})

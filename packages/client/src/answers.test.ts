import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stanzaError, Version } from '@waxwing/protocol'
import { attr, element, int, xml } from '@waxwing/xml'
import { online } from './client-kit.test.ts'

const Question = element('urn:example:double', 'double', { of: attr('of', int) })
const Answer = element('urn:example:double', 'doubled', { is: attr('is', int) })

test('a question is answered with what the handler gives (RFC 6120 §8.2.3)', async () => {
  const { client, peer } = await online()
  client.handle(Question, 'get', Answer, ({ of }, { from }) => {
    assert.equal(from, 'juliet@example.org/b')
    return { is: of * 2 }
  })
  await peer.says(
    "<iq type='get' id='1&apos;' from='juliet@example.org/b'><double xmlns='urn:example:double' of='21'/></iq>",
  )
  assert.equal(
    await peer.heard(),
    '<iq type="result" to="juliet@example.org/b" id="1&apos;"><doubled xmlns="urn:example:double" is="42"/></iq>',
  )
})

test('a later answer, an element, and none', async () => {
  const { client, peer } = await online()
  client.handle(Question, 'get', async ({ of }) => xml`<b xmlns="urn:x" of="${of}"/>`)
  client.handle(Question, 'set', () => {})
  await peer.says("<iq type='get' id='1'><double xmlns='urn:example:double' of='1'/></iq>")
  assert.equal(await peer.heard(), '<iq type="result" id="1"><b xmlns="urn:x" of="1"/></iq>')
  await peer.says("<iq type='set' id='2'><double xmlns='urn:example:double' of='1'/></iq>")
  assert.equal(await peer.heard(), '<iq type="result" id="2"></iq>')
})

const refusals: readonly (readonly [what: string, payload: string, condition: string])[] = [
  ['nobody handles', "<x xmlns='urn:unknown'/>", 'service-unavailable'],
  ['does not fit its schema', "<double xmlns='urn:example:double' of='two'/>", 'bad-request'],
  ['is empty', '', 'bad-request'],
  ['its handler refuses', "<double xmlns='urn:example:double' of='1'/>", 'forbidden'],
  ['its handler fails at', "<double xmlns='urn:example:double' of='2'/>", 'internal-server-error'],
  ['its handler fails at later', "<double xmlns='urn:example:double' of='3'/>", 'internal-server-error'],
]

for (const [what, payload, condition] of refusals) {
  test(`a question that ${what} is answered ${condition} (RFC 6120 §8.3.3)`, async () => {
    const { client, peer, faults } = await online()
    client.handle(Question, 'get', Answer, ({ of }) => {
      if (of === 1) throw stanzaError('forbidden')
      if (of === 2) throw new Error('a secret')
      return Promise.reject(new Error('a secret'))
    })
    await peer.says(`<iq type='get' id='1' from='a@b'>${payload}</iq>`)
    const text = await peer.heard()
    assert.match(text, new RegExp(`^<iq type="error" to="a@b" id="1"><error type="[a-z]+"><${condition} `))
    assert.doesNotMatch(text, /secret/)
    assert.equal(faults.length, condition === 'internal-server-error' ? 1 : 0)
  })
}

test('results and errors are never answered (RFC 6120 §8.3.1)', async () => {
  const { peer } = await online()
  await peer.says("<iq type='result' id='unknown' from='a@b'/><iq type='error' id='unknown' from='a@b'/>")
  await peer.says("<iq type='nonsense' id='1' from='a@b'/><iq type='get' from='a@b'><x xmlns='y'/></iq>")
  assert.equal(await peer.heard(), '')
})

test('an answer that comes after the session is not sent in the next', async () => {
  const { client, peer, peers, clock } = await online()
  let release: (value: { is: number }) => void = () => {}
  client.handle(Question, 'get', Answer, () => new Promise<{ is: number }>(resolve => (release = resolve)))
  await peer.says("<iq type='get' id='1' from='a@b'><double xmlns='urn:example:double' of='1'/></iq>")
  peer.breaks()
  await clock.advance(1000)
  const next = peers.last
  await next.bind()
  await next.giveRoster()
  await next.hears('presence')
  release({ is: 2 })
  await next.hearsNothing()
})

test('what nobody answers in a namespace may be answered by its name', async () => {
  const { client, peer } = await online()
  client.handle(Question, 'get', Answer, () => ({ is: 1 }))
  const off = client.handleRest(
    'urn:example:double',
    name => xml`<no xmlns="urn:example:double" to="${name}"/>`,
  )
  assert.throws(() => client.handleRest('urn:example:double', () => xml`<x xmlns="urn:x"/>`), /already/)
  const ask = async (name: string, id: string): Promise<string | undefined> => {
    await peer.says(`<iq type='get' id='${id}'><${name} xmlns='urn:example:double' of='1'/></iq>`)
    return peer.heard()
  }
  const own = '<iq type="result" id="1"><doubled xmlns="urn:example:double" is="1"/></iq>'
  assert.equal(await ask('double', '1'), own)
  const rest = '<iq type="result" id="2"><no xmlns="urn:example:double" to="triple"/></iq>'
  assert.equal(await ask('triple', '2'), rest)
  off()
  assert.match((await ask('triple', '3')) ?? '', /service-unavailable/)
})

test('two handlers for the same question do not stand together', async () => {
  const { client } = await online()
  const off = client.handle(Question, 'get', () => {})
  assert.throws(() => client.handle(Question, 'get', () => {}), /already/)
  off()
  client.handle(Question, 'get', () => {})
})

test('ping, version and capabilities are answered by themselves (XEP-0199, XEP-0092, XEP-0030)', async () => {
  const { client, peer } = await online({ software: { name: 'Probe', version: '2' } })
  client.disco.addFeatures('urn:example:double')
  await peer.says("<iq type='get' id='1' from='a@b'><ping xmlns='urn:xmpp:ping'/></iq>")
  assert.match(await peer.heard(), /<iq type="result" to="a@b" id="1"><\/iq>$/)
  await peer.says("<iq type='get' id='2' from='a@b'><query xmlns='jabber:iq:version'/></iq>")
  assert.match(await peer.heard(), /<name>Probe<\/name><version>2<\/version>/)
  await peer.says(
    "<iq type='get' id='3' from='a@b'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
  )
  const info = await peer.heard()
  assert.match(info, /<identity category="client" type="bot" name="Probe"\/>/)
  assert.match(info, /<feature var="urn:example:double"\/>/)
  assert.match(info, /<feature var="urn:xmpp:ping"\/>/)
})

test('we ask for versions, too (XEP-0092 §2)', async () => {
  const { client, peer } = await online()
  const asking = client.version('a@b')
  const { attrs } = await peer.hears('iq')
  await peer.says(
    `<iq type='result' id='${attrs.get('id')}' from='a@b'><query xmlns='${Version.ns}'><name>X</name><version>3</version></query></iq>`,
  )
  assert.deepEqual({ ...(await asking) }, { name: 'X', version: '3', os: undefined })
})

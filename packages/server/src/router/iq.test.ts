/** Requests and answers: RFC 6120 §8.2.3, §8.3, RFC 6121 §8.5. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scene } from '@waxwing/testkit'
import { writeElement } from '@waxwing/xml'
import { pair } from '../lovers-kit.test.ts'

const ping = "<ping xmlns='urn:xmpp:ping'/>"

const faulty: readonly [what: string, iq: string, id: string | undefined, condition: string][] = [
  ['without id', `<iq type='get'>${ping}</iq>`, undefined, 'bad-request'],
  ['without type', `<iq id='i'>${ping}</iq>`, 'i', 'bad-request'],
  ['of an unknown type', `<iq id='i' type='push'>${ping}</iq>`, 'i', 'bad-request'],
  ['get without child', "<iq id='i' type='get'/>", 'i', 'bad-request'],
  ['set without child', "<iq id='i' type='set'/>", 'i', 'bad-request'],
  ['get with text alone', "<iq id='i' type='get'>ping</iq>", 'i', 'bad-request'],
  ['get with two children', `<iq id='i' type='get'>${ping}${ping}</iq>`, 'i', 'bad-request'],
  [
    'set with two children',
    `<iq id='i' type='set'>${ping}<x xmlns='urn:x'><y/></x></iq>`,
    'i',
    'bad-request',
  ],
]

for (const [what, iq, id, condition] of faulty)
  for (const to of ['', 'montague.example', 'juliet@montague.example/balcony'])
    test(`an iq ${what} to ${to || 'nobody named'} is ${condition} (RFC 6120 §8.2.3)`, async () => {
      await using host = await scene()
      const { romeo, juliet } = await pair(host)
      await romeo.sends(to === '' ? iq : iq.replace('<iq', `<iq to='${to}'`))
      await romeo.receivesError('iq', id, 'modify', condition)
      await juliet.receivesNothing()
    })

/** RFC 6121 §8.5.1, §8.5.2.1.3, §8.5.2.2.3, §8.5.3.2.3. */
const nowhere = [
  'nobody@montague.example',
  'nobody@montague.example/balcony',
  'juliet@montague.example/attic',
  'juliet@montague.example',
  'montague.example',
  'montague.example/attic',
]
for (const to of nowhere)
  for (const type of ['get', 'set'])
    test(`an iq ${type} that nobody understands at ${to} is service-unavailable (RFC 6121 §8.5)`, async () => {
      await using host = await scene()
      const { romeo, juliet } = await pair(host)
      await romeo.sends(`<iq type='${type}' id='i' to='${to}'><x xmlns='urn:example:unknown'/></iq>`)
      const error = await romeo.receivesError('iq', 'i', 'cancel', 'service-unavailable')
      assert.equal(error.attrs.get('from'), to)
      await juliet.receivesNothing()
    })

/**
 * For accounts alone: what others ask of them. The last column: what a contact hears who sees their presence. Where a
 * specification has a word of its own (RFC 6121 §2.3.3, XEP-0012 §4, XEP-0054 §3.2, XEP-0313 §8.1), everybody hears it
 * of everybody.
 */
const ofAccounts: readonly [type: string, payload: string, stranger: string, contact: string][] = [
  ['get', "<query xmlns='jabber:iq:roster'/>", 'service-unavailable', 'service-unavailable'],
  ['set', "<query xmlns='jabber:iq:roster'><item jid='a@b.example'/></query>", 'forbidden', 'forbidden'],
  ['get', "<vCard xmlns='vcard-temp'/>", 'service-unavailable', 'service-unavailable'],
  ['set', "<vCard xmlns='vcard-temp'/>", 'forbidden', 'forbidden'],
  ['get', "<query xmlns='http://jabber.org/protocol/disco#info'/>", 'service-unavailable', ''],
  ['get', "<query xmlns='http://jabber.org/protocol/disco#items'/>", 'service-unavailable', ''],
  [
    'get',
    "<query xmlns='jabber:iq:private'><x xmlns='urn:x'/></query>",
    'service-unavailable',
    'service-unavailable',
  ],
  ['get', "<query xmlns='jabber:iq:version'/>", 'service-unavailable', 'service-unavailable'],
  ['get', "<blocklist xmlns='urn:xmpp:blocking'/>", 'service-unavailable', 'service-unavailable'],
  ['get', "<query xmlns='jabber:iq:last'/>", 'forbidden', ''],
  ['set', "<query xmlns='urn:xmpp:mam:2'/>", 'forbidden', 'forbidden'],
]

for (const [type, payload, stranger, contact] of ofAccounts)
  test(`${type} ${payload} tells a stranger nothing of whether the account exists (RFC 6121 §8.5.1, §2.3.3)`, async () => {
    await using host = await scene()
    const { romeo, juliet } = await pair(host)
    const heard = async (to: string): Promise<string> => {
      await romeo.sends(`<iq type='${type}' id='i' to='${to}'>${payload}</iq>`)
      const answer = writeElement(await romeo.takes(), 'jabber:client')
      return answer.replaceAll(to, '')
    }
    const conditionOf = (answer: string): string =>
      /<(?:\w+:)?([a-z-]+) xmlns=.urn:ietf:params:xml:ns:xmpp-stanzas/.exec(answer)?.[1] ?? ''
    const ofNobody = await heard('nobody@montague.example')
    assert.equal(conditionOf(ofNobody), stranger)
    assert.equal(await heard('juliet@montague.example'), ofNobody)
    await romeo.sends("<presence type='subscribe' to='juliet@montague.example'/>")
    await juliet.sends("<presence type='subscribed' to='romeo@montague.example'/>")
    await romeo.forgets()
    assert.equal(conditionOf(await heard('juliet@montague.example')), contact)
  })

test('an iq to a full JID is delivered, and the answer finds its way back (RFC 6121 §8.5.3.1)', async () => {
  await using host = await scene()
  const { romeo, juliet } = await pair(host)
  await romeo.sends("<iq type='get' id='i1' to='juliet@montague.example/balcony'><q xmlns='urn:q'/></iq>")
  await juliet.receives(
    "<iq type='get' id='i1' from='romeo@montague.example/orchard' to='juliet@montague.example/balcony'><q xmlns='urn:q'/></iq>",
  )
  await juliet.sends(
    "<iq type='result' id='i1' to='romeo@montague.example/orchard'><q xmlns='urn:q'>42</q></iq>",
  )
  await romeo.receives(
    "<iq type='result' id='i1' from='juliet@montague.example/balcony'><q xmlns='urn:q'>42</q></iq>",
  )
})

const silent = [
  "<iq type='result' id='i'/>",
  "<iq type='result'/>",
  "<iq type='error' id='i'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
  "<iq type='error' id='i'/>",
  "<message type='error' id='i'><body>?</body></message>",
]
for (const stanza of silent)
  for (const to of [
    '',
    'montague.example',
    'nobody@montague.example',
    'juliet@montague.example/attic',
    'juliet@montague.example',
    'x@nowhere.example',
    '@',
  ])
    test(`${stanza} to ${to || 'nobody named'} is never answered (RFC 6120 §8.3.1)`, async () => {
      await using host = await scene()
      const { romeo, juliet } = await pair(host)
      await romeo.sends(to === '' ? stanza : stanza.replace(/^<(\w+)/, `<$1 to='${to}'`))
      await romeo.receivesNothing()
      await juliet.receivesNothing()
    })

test('what does not fit its schema is bad-request, and the stream lives (RFC 6120 §8.3.3.1)', async () => {
  await using host = await scene()
  const { romeo } = await pair(host)
  await romeo.sends(
    "<iq type='set' id='i'><query xmlns='jabber:iq:roster'><item jid='not a jid@'/></query></iq>",
  )
  await romeo.receivesError('iq', 'i', 'modify', 'bad-request')
  await romeo.sends(`<iq type='get' id='p'>${ping}</iq>`)
  await romeo.receivesResult('p')
})

test('an error answer turns the addresses and keeps the id (RFC 6120 §8.3.1)', async () => {
  await using host = await scene()
  const { romeo } = await pair(host)
  await romeo.sends(
    `<iq type='get' id="&lt;&apos;&quot;&amp;>" to='montague.example'><x xmlns='urn:x'/></iq>`,
  )
  const error = await romeo.receivesError('iq', `<'"&>`, 'cancel', 'service-unavailable')
  assert.deepEqual(
    [error.attrs.get('from'), error.attrs.get('to')],
    ['montague.example', 'romeo@montague.example/orchard'],
  )
})

test('answers come in the order of the requests (RFC 6120 §10.1)', async () => {
  await using host = await scene()
  const { romeo } = await pair(host)
  const asks = [
    `<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>`,
    `<iq type='get' id='2'>${ping}</iq>`,
    `<iq type='set' id='3'><query xmlns='jabber:iq:roster'><item jid='a@b.example'/></query></iq>`,
    `<iq type='get' id='4' to='montague.example'><query xmlns='jabber:iq:version'/></iq>`,
    `<iq type='get' id='5'><vCard xmlns='vcard-temp'/></iq>`,
    `<iq type='get' id='6'><x xmlns='urn:x'/></iq>`,
  ]
  await romeo.sends(asks.join(''))
  const ids = (await romeo.forgets())
    .filter(({ attrs }) => attrs.get('type') !== 'set')
    .map(({ attrs }) => attrs.get('id'))
  assert.deepEqual(ids, ['1', '2', '3', '4', '5', '6'])
})

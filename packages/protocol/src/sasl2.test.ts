import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readWire, toElement, WireError, writeWire, xml } from '@waxwing/xml'
import {
  Bind2,
  Fast,
  FastToken,
  Sasl2Authenticate,
  Sasl2Challenge,
  Sasl2Continue,
  Sasl2Failure,
  Sasl2Feature,
  Sasl2Success,
  Sasl2TaskData,
  saslFailureConditions,
} from './index.ts'

const NS = 'urn:xmpp:sasl:2'
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('the feature tells mechanisms, what can be done inline and upgrades (XEP-0388 §2.1, XEP-0480 §2.1)', () => {
  const feature = readWire(
    Sasl2Feature,
    xml`<authentication xmlns="${NS}"><mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism>
      <inline><sm xmlns="urn:xmpp:sm:3"/><bind xmlns="urn:xmpp:bind:0"><inline><feature var="urn:xmpp:csi:0"/></inline></bind>
      <fast xmlns="urn:xmpp:fast:0"><mechanism>HT-SHA-256-NONE</mechanism></fast></inline>
      <upgrade xmlns="urn:xmpp:sasl:upgrade:0">UPGR-SCRAM-SHA-256</upgrade></authentication>`,
  )
  assert.deepEqual(feature.mechanisms, ['SCRAM-SHA-1', 'PLAIN'])
  assert.deepEqual(feature.inline?.bind?.features, ['urn:xmpp:csi:0'])
  assert.deepEqual(feature.inline?.fast?.mechanisms, ['HT-SHA-256-NONE'])
  assert.equal(feature.inline?.resumption, true)
  assert.deepEqual(feature.upgrades, ['UPGR-SCRAM-SHA-256'])
  assert.deepEqual(readWire(Sasl2Feature, toElement(Sasl2Feature, feature)), feature)
})

test('no initial response and an empty one are not the same (XEP-0388 §2.2)', () => {
  for (const initialResponse of [undefined, bytes(''), bytes('n,,n=a,r=b')]) {
    const begun = { mechanism: 'PLAIN', initialResponse, userAgent: undefined, upgrades: [], inline: [] }
    assert.deepEqual(readWire(Sasl2Authenticate, toElement(Sasl2Authenticate, begun)), begun)
  }
})

test('data may be broken into lines, but must be base64 (XEP-0388 §2.2)', () => {
  const broken = xml`<challenge xmlns="${NS}">\n  cj0x\n  </challenge>`
  assert.deepEqual(readWire(Sasl2Challenge, broken).data, bytes('r=1'))
  assert.throws(() => readWire(Sasl2Challenge, xml`<challenge xmlns="${NS}">cj0</challenge>`), WireError)
})

test('what shall be done and what came of it is kept as it is (XEP-0388 §2.3, §2.6.1)', () => {
  const begun = readWire(
    Sasl2Authenticate,
    xml`<authenticate xmlns="${NS}" mechanism="X"><megabind xmlns="urn:example"/><user-agent id="u"><device>d</device></user-agent></authenticate>`,
  )
  assert.deepEqual(begun.userAgent, { id: 'u', software: undefined, device: 'd' })
  assert.deepEqual(
    begun.inline?.map(({ name }) => name),
    ['megabind'],
  )
  const done = readWire(
    Sasl2Success,
    xml`<success xmlns="${NS}"><authorization-identifier>\n a@b \n</authorization-identifier><x xmlns="urn:example"/></success>`,
  )
  assert.equal(done.authorizationIdentifier, 'a@b')
  assert.equal(done.inline?.length, 1)
})

test('a failure names a condition of the first profile (XEP-0388 §2.6.2)', () => {
  for (const condition of saslFailureConditions) {
    const failure = { condition, text: 'Call us', others: [] }
    assert.deepEqual(readWire(Sasl2Failure, toElement(Sasl2Failure, failure)), failure)
  }
  assert.equal(
    writeWire(Sasl2Failure, { condition: 'aborted' }),
    `<failure xmlns="${NS}"><aborted xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/></failure>`,
  )
  assert.equal(readWire(Sasl2Failure, xml`<failure xmlns="${NS}"/>`).condition, 'not-authorized')
})

test('tasks come with salt and go with a hash (XEP-0388 §2.6.3, XEP-0480 §3)', () => {
  const next = { data: undefined, tasks: ['UPGR-SCRAM-SHA-256'], text: undefined }
  assert.deepEqual(readWire(Sasl2Continue, toElement(Sasl2Continue, next)), next)
  const salt = { salt: { salt: bytes('salt'), iterations: 4096 }, hash: undefined, others: [] }
  assert.deepEqual(readWire(Sasl2TaskData, toElement(Sasl2TaskData, salt)), salt)
  const hash = { salt: undefined, hash: { data: bytes('hash') }, others: [] }
  assert.deepEqual(readWire(Sasl2TaskData, toElement(Sasl2TaskData, hash)), hash)
})

test('binding and tokens are small (XEP-0386 §3.2, XEP-0484 §3)', () => {
  assert.equal(
    writeWire(Bind2, { tag: 'AwesomeXMPP' }),
    '<bind xmlns="urn:xmpp:bind:0"><tag>AwesomeXMPP</tag></bind>',
  )
  assert.equal(
    writeWire(Fast, { count: 3, invalidate: true }),
    '<fast xmlns="urn:xmpp:fast:0" count="3" invalidate="true"/>',
  )
  assert.equal(
    writeWire(FastToken, { token: 't', expiry: new Date(Date.UTC(2020, 2, 12, 14, 36, 15)) }),
    '<token xmlns="urn:xmpp:fast:0" token="t" expiry="2020-03-12T14:36:15Z"/>',
  )
})

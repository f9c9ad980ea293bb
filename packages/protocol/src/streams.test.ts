import assert from 'node:assert/strict'
import { test } from 'node:test'
import { el, parseElement, readWire, toElement, writeWire, xml } from '@waxwing/xml'
import { StreamErrorPayload, streamError, streamErrorConditions, writeStreamError } from './stream-errors.ts'
import { StreamFeatures, writeStreamFeatures } from './stream-features.ts'
import { HandledCountTooHigh, SmEnabled, SmFailed, SmResume } from './stream-management.ts'
import { STREAMS_NS, StartTls, TlsFailure, TlsProceed } from './streams.ts'

const stream = (text: string): string =>
  `<stream:stream xmlns:stream='${STREAMS_NS}' xmlns='jabber:client'>${text}</stream:stream>`

test('a stream error is written with the prefix peers expect (RFC 6120 §4.8.5, §4.9.2)', () => {
  const error = streamError('policy-violation', 'Too <big>', { lang: 'en', app: el('urn:x', 'y') })
  const text = writeStreamError(error)
  assert.equal(
    text,
    '<stream:error><policy-violation xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>' +
      '<text xmlns="urn:ietf:params:xml:ns:xmpp-streams" xml:lang="en">Too &lt;big&gt;</text><y xmlns="urn:x"/></stream:error>',
  )
  const [written] = parseElement(stream(text)).children
  assert.ok(typeof written === 'object')
  const { condition, text: said, lang, host, app } = readWire(StreamErrorPayload, written)
  assert.deepEqual(
    [condition, said, lang, host, app],
    ['policy-violation', 'Too <big>', 'en', undefined, el('urn:x', 'y')],
  )
  assert.equal(error.message, 'Too <big>')
})

test('every stream error condition is written and read (RFC 6120 §4.9.3)', () => {
  assert.equal(streamErrorConditions.length, 25)
  for (const condition of streamErrorConditions) {
    assert.equal(
      readWire(StreamErrorPayload, toElement(StreamErrorPayload, { condition })).condition,
      condition,
    )
  }
})

test('see-other-host names the host, and an unknown condition is undefined-condition (RFC 6120 §4.9.3.19)', () => {
  const host = '[2001:41D0:1:A49b::1]:9222'
  assert.equal(
    readWire(StreamErrorPayload, toElement(StreamErrorPayload, { condition: 'see-other-host', host })).host,
    host,
  )
  const old = xml`<error xmlns="${STREAMS_NS}"><xml-not-well-formed xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></error>`
  assert.equal(readWire(StreamErrorPayload, old).condition, 'undefined-condition')
})

test('features are written and read, those without a schema too (RFC 6120 §4.3.2)', () => {
  const features: StreamFeatures = {
    startTls: { required: true },
    mechanisms: { mechanisms: ['SCRAM-SHA-256-PLUS', 'PLAIN'] },
    sasl2: { mechanisms: ['PLAIN'], inline: undefined, upgrades: [] },
    channelBindings: { types: ['tls-exporter', 'tls-server-end-point'] },
    bind: { resource: undefined, jid: undefined },
    session: { optional: true },
    register: true,
    streamManagement: { optional: false, required: false },
    caps: { hash: 'sha-1', node: 'urn:x', ver: 'q07IKJEyjvHSyhy//CH0CxmKi8w=' },
    rosterVersioning: true,
    preApproval: true,
    clientState: true,
    others: [el('urn:example', 'other')],
  }
  assert.deepEqual(readWire(StreamFeatures, toElement(StreamFeatures, features)), features)
  const [written] = parseElement(stream(writeStreamFeatures(features))).children
  assert.ok(typeof written === 'object')
  assert.deepEqual(readWire(StreamFeatures, written), features)
})

test('no features are an empty element (RFC 6120 §4.3.5)', () => {
  assert.equal(writeStreamFeatures({}), '<stream:features/>')
  assert.equal(
    writeStreamFeatures({ bind: {} }),
    '<stream:features><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></stream:features>',
  )
})

test('STARTTLS says everything with three elements (RFC 6120 §5.4.2)', () => {
  const ns = 'urn:ietf:params:xml:ns:xmpp-tls'
  assert.equal(writeWire(StartTls, {}), `<starttls xmlns="${ns}"/>`)
  assert.equal(readWire(StartTls, xml`<starttls xmlns="${ns}"><required/></starttls>`).required, true)
  assert.equal(writeWire(TlsProceed, {}), `<proceed xmlns="${ns}"/>`)
  assert.equal(writeWire(TlsFailure, {}), `<failure xmlns="${ns}"/>`)
})

test('stream management carries counts of 32 bits and nothing else (XEP-0198 §4)', () => {
  const resume = { previd: 'some-long-sm-id', h: 4294967295 }
  assert.deepEqual(readWire(SmResume, toElement(SmResume, resume)), resume)
  for (const h of ['4294967296', '-1', '', 'x', '1.5']) {
    assert.throws(() => readWire(SmResume, xml`<resume xmlns="urn:xmpp:sm:3" previd="a" h="${h}"/>`))
  }
  const enabled = readWire(SmEnabled, xml`<enabled xmlns="urn:xmpp:sm:3" id="a" resume="1" max="600"/>`)
  assert.deepEqual(enabled, { id: 'a', resume: true, max: 600, location: undefined })
})

test('a failed resumption tells what was handled (XEP-0198 §5, §6)', () => {
  const failed: SmFailed = { h: 7, condition: 'item-not-found', text: undefined, lang: undefined }
  assert.equal(
    writeWire(SmFailed, failed),
    '<failed xmlns="urn:xmpp:sm:3" h="7"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></failed>',
  )
  assert.deepEqual(readWire(SmFailed, toElement(SmFailed, failed)), failed)
  assert.deepEqual(
    readWire(HandledCountTooHigh, xml`<handled-count-too-high xmlns="urn:xmpp:sm:3" h="10" send-count="8"/>`),
    {
      h: 10,
      sendCount: 8,
    },
  )
})

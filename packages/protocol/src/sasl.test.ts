import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readWire, toElement, WireError, writeWire, xml } from '@waxwing/xml'
import {
  SaslAbort,
  SaslAuth,
  SaslChallenge,
  SaslFailure,
  SaslResponse,
  SaslSuccess,
  saslFailureConditions,
} from './sasl.ts'

const NS = 'urn:ietf:params:xml:ns:xmpp-sasl'
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('no initial response and an empty one are not the same (RFC 6120 §6.4.2)', () => {
  const rows: readonly [SaslAuth, string][] = [
    [{ mechanism: 'SCRAM-SHA-1', data: undefined }, `<auth xmlns="${NS}" mechanism="SCRAM-SHA-1"/>`],
    [{ mechanism: 'EXTERNAL', data: bytes('') }, `<auth xmlns="${NS}" mechanism="EXTERNAL">=</auth>`],
    [{ mechanism: 'PLAIN', data: bytes('\0a\0b') }, `<auth xmlns="${NS}" mechanism="PLAIN">AGEAYg==</auth>`],
  ]
  for (const [auth, text] of rows) {
    assert.equal(writeWire(SaslAuth, auth), text)
    assert.deepEqual(readWire(SaslAuth, toElement(SaslAuth, auth)), auth)
  }
})

test('a success may have data, and empty data (RFC 6120 §6.4.6)', () => {
  for (const data of [undefined, bytes(''), bytes('v=abc')]) {
    assert.deepEqual(readWire(SaslSuccess, toElement(SaslSuccess, { data })), { data })
  }
})

test('challenge and response always have data, perhaps empty (RFC 6120 §6.4.3)', () => {
  for (const wire of [SaslChallenge, SaslResponse]) {
    for (const data of [bytes(''), bytes('r=1')])
      assert.deepEqual(readWire(wire, toElement(wire, { data })), { data })
  }
  assert.deepEqual(readWire(SaslResponse, xml`<response xmlns="${NS}">=</response>`).data, bytes(''))
})

test('data that is not base64 is refused (RFC 6120 §6.4.2, §6.5.5)', () => {
  for (const data of ['AGEAYg=', 'AGEA Yg==', 'AGEAYh==', '==', 'ä']) {
    assert.throws(() => readWire(SaslResponse, xml`<response xmlns="${NS}">${data}</response>`), WireError)
  }
})

test('a failure names its condition (RFC 6120 §6.5)', () => {
  assert.equal(saslFailureConditions.length, 11)
  for (const condition of saslFailureConditions) {
    const failure: SaslFailure = { condition, text: 'Call us', lang: 'en' }
    assert.deepEqual(readWire(SaslFailure, toElement(SaslFailure, failure)), failure)
  }
  assert.equal(
    readWire(SaslFailure, xml`<failure xmlns="${NS}"><bad-protocol/></failure>`).condition,
    'not-authorized',
  )
  assert.equal(
    writeWire(SaslFailure, { condition: 'aborted' }),
    `<failure xmlns="${NS}"><aborted/></failure>`,
  )
  assert.equal(writeWire(SaslAbort, {}), `<abort xmlns="${NS}"/>`)
})

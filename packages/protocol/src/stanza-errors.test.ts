import assert from 'node:assert/strict'
import { test } from 'node:test'
import { el, readWire, toElement, writeWire, xml } from '@waxwing/xml'
import { blockedCondition } from './blocking.ts'
import {
  defaultErrorType,
  type ErrorPayload,
  errorIn,
  StanzaError,
  stanzaError,
  stanzaErrorConditions,
} from './stanza-errors.ts'
import { CLIENT_NS, SERVER_NS } from './stanzas.ts'

const ClientError = errorIn(CLIENT_NS)
const absent = { text: undefined, lang: undefined, by: undefined, uri: undefined, app: undefined }

test('an error carries type, condition, text and the application condition (RFC 6120 §8.3.2)', () => {
  const source = xml`<error xmlns="jabber:client" type="modify" by="example.net">
    <bad-request xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>
    <text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas" xml:lang="en">Too many parameters.</text>
    <too-many-parameters xmlns="http://example.org/ns"/>
  </error>`
  const payload: ErrorPayload = {
    type: 'modify',
    condition: 'bad-request',
    text: 'Too many parameters.',
    lang: 'en',
    by: 'example.net',
    uri: undefined,
    app: el('http://example.org/ns', 'too-many-parameters'),
  }
  assert.deepEqual(readWire(ClientError, source), payload)
  assert.deepEqual(toElement(ClientError, payload), source)
})

test('every defined condition is written and read (RFC 6120 §8.3.3)', () => {
  assert.equal(stanzaErrorConditions.length, 22)
  for (const condition of stanzaErrorConditions) {
    const type = defaultErrorType(condition)
    assert.deepEqual(readWire(ClientError, toElement(ClientError, { type, condition })), {
      ...absent,
      type,
      condition,
    })
  }
})

test('gone and redirect tell where to go (RFC 6120 §8.3.3.5, §8.3.3.14)', () => {
  const source = xml`<error xmlns="jabber:server" type="cancel">
    <gone xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">xmpp:romeo@example.com</gone></error>`
  const payload = readWire(errorIn(SERVER_NS), source)
  assert.equal(payload.uri, 'xmpp:romeo@example.com')
  assert.deepEqual(toElement(errorIn(SERVER_NS), payload), source)
})

test('an error with less or more than it should have is still understood (RFC 6120 §8.3.2, XEP-0086)', () => {
  const rows: readonly [string, ErrorPayload][] = [
    ['<error/>', { type: 'cancel', condition: 'undefined-condition' }],
    ['<error code="404">Not Found</error>', { type: 'cancel', condition: 'item-not-found' }],
    ['<error code="407" type="wait"/>', { type: 'wait', condition: 'registration-required' }],
    ['<error code="999"/>', { type: 'cancel', condition: 'undefined-condition' }],
    [
      '<error type="auth"><payment-required xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>',
      { type: 'auth', condition: 'undefined-condition' },
    ],
  ]
  for (const [text, payload] of rows) {
    const source = xml(
      Object.assign([text.replace('<error', '<error xmlns="jabber:client"')], { raw: [text] }),
    )
    assert.deepEqual(readWire(ClientError, source), { ...absent, ...payload })
  }
})

test('an error to throw has the usual type and can be written as it is (RFC 6120 §8.3.3)', () => {
  const error = stanzaError('not-acceptable', 'Blocked', { type: 'cancel', app: blockedCondition() })
  assert.ok(error instanceof StanzaError && error instanceof Error)
  assert.equal(error.message, 'Blocked')
  assert.equal(
    writeWire(ClientError, error, CLIENT_NS),
    '<error type="cancel"><not-acceptable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>' +
      '<text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">Blocked</text><blocked xmlns="urn:xmpp:blocking:errors"/></error>',
  )
  assert.equal(stanzaError('forbidden').type, 'auth')
  assert.equal(stanzaError('forbidden').message, 'forbidden')
  assert.equal(stanzaError('conflict', 'x', { cause: error }).cause, error)
})

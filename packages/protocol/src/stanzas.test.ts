import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBareJid, parseFullJid } from '@waxwing/jid'
import { el, readWire, toElement, WireError, xml } from '@waxwing/xml'
import { iqIn } from './iq.ts'
import { type Message, messageIn, textFor } from './message.ts'
import { type Presence, presenceIn } from './presence.ts'
import { contentNamespaces } from './stanzas.ts'

const juliet = parseFullJid('juliet@example.com/balcony')
const romeo = parseBareJid('romeo@example.net')
const stamp = new Date('2002-09-10T23:08:25Z')

test('a message is written and read in every content namespace (RFC 6121 §5.2)', () => {
  const message: Message = {
    to: romeo,
    from: juliet,
    id: 'ktx72v49',
    type: 'chat',
    lang: 'en',
    subjects: [{ lang: undefined, text: 'Question' }],
    bodies: [
      { lang: undefined, text: 'Wherefore art thou, Romeo?\n' },
      { lang: 'cs', text: 'Pro\u010de\u017e jsi ty, Romeo?' },
    ],
    thread: { parent: '7edac73ab41e45c4aafa7b2d7b749080', id: 'e0ffe42b28561960c6b12b944a092794b9683a38' },
    delay: { from: parseBareJid('example.com'), stamp, reason: 'Offline' },
    error: undefined,
    extensions: [el('urn:x', 'x', { a: '1' })],
  }
  for (const ns of contentNamespaces) {
    const wire = messageIn(ns)
    assert.equal(wire.ns, ns)
    assert.deepEqual(readWire(wire, toElement(wire, message)), message)
  }
})

test('a message of no or unknown type is normal (RFC 6121 §5.2.2)', () => {
  const wire = messageIn('jabber:client')
  assert.equal(readWire(wire, xml`<message xmlns="jabber:client"/>`).type, 'normal')
  assert.equal(readWire(wire, xml`<message xmlns="jabber:client" type="telegram"/>`).type, 'normal')
})

test('the body to show is the one in the reader’s language (RFC 6121 §5.2.3)', () => {
  const bodies = [{ lang: 'cs', text: 'c' }, { text: 'n' }, { lang: 'de-AT', text: 'd' }]
  assert.equal(textFor(bodies, 'DE-at'), 'd')
  assert.equal(textFor(bodies, 'fr'), 'n')
  assert.equal(textFor(bodies), 'n')
  assert.equal(textFor(bodies.slice(0, 1), 'fr'), 'c')
  assert.equal(textFor([]), undefined)
})

test('presence is written and read in every content namespace (RFC 6121 §4.7)', () => {
  const presence: Presence = {
    to: undefined,
    from: juliet,
    id: undefined,
    type: undefined,
    lang: 'en',
    show: 'dnd',
    statuses: [{ lang: undefined, text: 'Wooing Romeo' }],
    priority: -1,
    delay: { from: juliet, stamp, reason: '' },
    error: undefined,
    extensions: [],
  }
  for (const ns of contentNamespaces) {
    assert.deepEqual(readWire(presenceIn(ns), toElement(presenceIn(ns), presence)), presence)
  }
  const plain = readWire(presenceIn('jabber:client'), xml`<presence xmlns="jabber:client"/>`)
  assert.deepEqual([plain.type, plain.show, plain.priority], [undefined, undefined, 0])
})

test('presence beyond its rules is refused (RFC 6121 §4.7.1, §4.7.2.1, §4.7.2.3)', () => {
  const wire = presenceIn('jabber:client')
  for (const bad of [
    xml`<presence xmlns="jabber:client" type="available"/>`,
    xml`<presence xmlns="jabber:client"><show>online</show></presence>`,
    xml`<presence xmlns="jabber:client"><priority>128</priority></presence>`,
    xml`<presence xmlns="jabber:client"><priority/></presence>`,
    xml`<presence xmlns="jabber:client" from="@"/>`,
  ]) {
    assert.throws(() => readWire(wire, bad), WireError)
  }
})

test('an iq has an id, a type and one payload (RFC 6120 §8.2.3)', () => {
  const wire = iqIn('jabber:client')
  const failed = xml`<iq xmlns="jabber:client" type="error" id="1" from="example.com"><ping xmlns="urn:xmpp:ping"/>
    <error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`
  const iq = readWire(wire, failed)
  assert.deepEqual([iq.payload, iq.error?.condition], [el('urn:xmpp:ping', 'ping'), 'service-unavailable'])
  assert.deepEqual(toElement(wire, iq), failed)
  for (const bad of [
    xml`<iq xmlns="jabber:client" type="get"/>`,
    xml`<iq xmlns="jabber:client" id="1"/>`,
    xml`<iq xmlns="jabber:client" id="1" type="ask"/>`,
  ]) {
    assert.throws(() => readWire(wire, bad), WireError)
  }
})

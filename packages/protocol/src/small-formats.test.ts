import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBareJid, parseFullJid } from '@waxwing/jid'
import { el, parseElement, readWire, type Wire, WireError, writeWire, xml } from '@waxwing/xml'
import {
  Bind,
  Block,
  Blocklist,
  ChatState,
  Delay,
  descriptionOf,
  EntityTime,
  emailOf,
  fullNameOf,
  Handshake,
  LastActivity,
  nicknameOf,
  Ping,
  PrivateXml,
  photoOf,
  Receipt,
  ReceiptRequest,
  Registration,
  Unblock,
  urlOf,
  VCard,
  Version,
} from './index.ts'

/** Writes, compares with the wire, and reads again. */
function travels<T>(wire: Wire<T>, value: T, text: string): void {
  assert.equal(writeWire(wire, value), text)
  assert.deepEqual(readWire(wire, parseElement(text)), value)
}

test('binding asks for a resource and answers with an address (RFC 6120 §7.6, §7.7)', () => {
  const ns = 'urn:ietf:params:xml:ns:xmpp-bind'
  travels(
    Bind,
    { resource: 'balcony', jid: undefined },
    `<bind xmlns="${ns}"><resource>balcony</resource></bind>`,
  )
  const jid = parseFullJid('juliet@im.example.com/4db06f06-1ea4')
  travels(Bind, { resource: undefined, jid }, `<bind xmlns="${ns}"><jid>${jid}</jid></bind>`)
  assert.throws(
    () => readWire(Bind, xml`<bind xmlns="${ns}"><jid>juliet@im.example.com</jid></bind>`),
    WireError,
  )
})

test('the small formats travel', () => {
  travels(Ping, {}, '<ping xmlns="urn:xmpp:ping"/>')
  travels(ReceiptRequest, {}, '<request xmlns="urn:xmpp:receipts"/>')
  travels(Receipt, { id: 'r&1' }, '<received xmlns="urn:xmpp:receipts" id="r&amp;1"/>')
  travels(ChatState, { kind: 'paused' }, '<paused xmlns="http://jabber.org/protocol/chatstates"/>')
  travels(
    Version,
    { name: 'Waxwing', version: '0.1', os: undefined },
    '<query xmlns="jabber:iq:version"><name>Waxwing</name><version>0.1</version></query>',
  )
  travels(
    EntityTime,
    { tzo: -360, utc: new Date('2006-12-19T17:58:35Z') },
    '<time xmlns="urn:xmpp:time"><tzo>-06:00</tzo><utc>2006-12-19T17:58:35Z</utc></time>',
  )
  travels(
    LastActivity,
    { seconds: 903, status: 'Heading Home' },
    '<query xmlns="jabber:iq:last" seconds="903">Heading Home</query>',
  )
  travels(
    Handshake,
    { digest: 'aaee83c2' },
    '<handshake xmlns="jabber:component:accept">aaee83c2</handshake>',
  )
  travels(
    Delay,
    { from: parseBareJid('capulet.com'), stamp: new Date('2002-09-10T23:08:25.5Z'), reason: '' },
    '<delay xmlns="urn:xmpp:delay" from="capulet.com" stamp="2002-09-10T23:08:25.500Z"/>',
  )
  travels(
    PrivateXml,
    { content: [el('exodus:prefs', 'exodus', {}, el('exodus:prefs', 'defaultnick', {}, 'Hamlet'))] },
    '<query xmlns="jabber:iq:private"><exodus xmlns="exodus:prefs"><defaultnick>Hamlet</defaultnick></exodus></query>',
  )
})

test('what is asked for and what is missing are not the same (XEP-0077 §3.1)', () => {
  const form = readWire(
    Registration,
    xml`<query xmlns="jabber:iq:register"><registered/><username/><email>a@b</email></query>`,
  )
  assert.deepEqual(
    [form.registered, form.remove, form.username, form.email, form.password],
    [true, false, '', 'a@b', undefined],
  )
  assert.equal(
    writeWire(Registration, { remove: true }),
    '<query xmlns="jabber:iq:register"><remove/></query>',
  )
})

test('block lists hold addresses of any kind (XEP-0191 §3, §6)', () => {
  const items = ['montague.example', 'iago@shakespeare.lit'].map(jid => ({
    jid: parseBareJid(jid),
    report: undefined,
  }))
  const content = '<item jid="montague.example"/><item jid="iago@shakespeare.lit"/>'
  travels(Blocklist, { items }, `<blocklist xmlns="urn:xmpp:blocking">${content}</blocklist>`)
  travels(Block, { items }, `<block xmlns="urn:xmpp:blocking">${content}</block>`)
  travels(Unblock, { items: [] }, '<unblock xmlns="urn:xmpp:blocking"/>')
  assert.throws(
    () => readWire(Block, xml`<block xmlns="urn:xmpp:blocking"><item jid="a@@b"/></block>`),
    WireError,
  )
})

test('a card is kept whole and tells the usual things (XEP-0054 §3.1)', () => {
  const source = xml`<vCard xmlns="vcard-temp"><FN>Juliet Capulet</FN><NICKNAME>J</NICKNAME><URL>http://x.example/</URL>
    <EMAIL><INTERNET/><USERID>juliet@x.example</USERID></EMAIL><DESC>Two&#10;lines</DESC>
    <PHOTO><TYPE>image/png</TYPE><BINVAL>Zm9v
YmFy</BINVAL></PHOTO><X-OWN>y</X-OWN></vCard>`
  const card = readWire(VCard, source)
  assert.deepEqual(
    [fullNameOf(card), nicknameOf(card), urlOf(card), emailOf(card), descriptionOf(card)],
    ['Juliet Capulet', 'J', 'http://x.example/', 'juliet@x.example', 'Two\nlines'],
  )
  assert.deepEqual(photoOf(card), {
    kind: 'bytes',
    type: 'image/png',
    bytes: new TextEncoder().encode('foobar'),
  })
  assert.deepEqual(readWire(VCard, parseElement(writeWire(VCard, card))), card)
  const external = readWire(
    VCard,
    xml`<vCard xmlns="vcard-temp"><PHOTO><EXTVAL>http://x.example/p</EXTVAL></PHOTO></vCard>`,
  )
  assert.deepEqual(photoOf(external), { kind: 'external', url: 'http://x.example/p' })
  assert.deepEqual(
    [photoOf({ content: [] }), emailOf({ content: [] }), fullNameOf({ content: [] })],
    [undefined, undefined, undefined],
  )
})

test('what a payload must have is demanded (RFC 6120 §8.3.3.1)', () => {
  assert.throws(() => readWire(Receipt, xml`<received xmlns="urn:xmpp:receipts"/>`), WireError)
  assert.throws(() => readWire(LastActivity, xml`<query xmlns="jabber:iq:last"/>`), WireError)
  assert.throws(
    () => readWire(Version, xml`<query xmlns="jabber:iq:version"><name>a</name></query>`),
    WireError,
  )
  assert.throws(() => readWire(Delay, xml`<delay xmlns="urn:xmpp:delay" stamp="yesterday"/>`), WireError)
  assert.throws(
    () =>
      readWire(
        EntityTime,
        xml`<time xmlns="urn:xmpp:time"><tzo>CET</tzo><utc>2006-12-19T17:58:35Z</utc></time>`,
      ),
    WireError,
  )
  assert.throws(
    () => readWire(ChatState, xml`<typing xmlns="http://jabber.org/protocol/chatstates"/>`),
    WireError,
  )
})

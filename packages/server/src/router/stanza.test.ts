/** Stanzas as bytes: what is added to them, cut out of them, and seen in them without a tree. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBareJid, parseFullJid } from '@waxwing/jid'
import { bufferBytes, type Slice, StanzaSlicer } from '@waxwing/xml'
import { openingBytes, Stanza } from './stanza.ts'
import { trait } from './traits.ts'

const romeo = parseFullJid('romeo@montague.example/orchard')
const juliet = parseBareJid('juliet@capulet.example')

function sliceOf(xml: string): Slice {
  const slices: Slice[] = []
  const sink = { opened() {}, closed() {}, failed() {}, sliced: (slice: Slice) => void slices.push(slice) }
  const header = "<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'>"
  new StanzaSlicer({ sink, bytes: bufferBytes(Buffer) }).feed(Buffer.from(header + xml))
  return slices[0] ?? assert.fail('no element')
}

const spliced = (xml: string): Stanza =>
  Stanza.spliced('message', sliceOf(xml), romeo, juliet, openingBytes('message', romeo, 'en'), 'en')
const composed = (payload: string): Stanza =>
  Stanza.composed({ kind: 'message', type: 'chat', from: romeo, to: juliet }, payload)

function written(stanza: Stanza): string {
  const pieces: string[] = []
  stanza.writeTo({
    sendText: text => void pieces.push(text),
    sendBytes: (bytes, start, end) => void pieces.push(Buffer.from(bytes.subarray(start, end)).toString()),
  })
  return pieces.join('')
}

const start = "<message from='romeo@montague.example/orchard' xml:lang='en' to='juliet@capulet.example'"

test('a child is put behind the others without a tree', () => {
  const one = spliced("<message to='juliet@capulet.example' id='m'><body>è &lt;</body></message>")
  const more = one.appended('<x/>').appended('<y/>')
  const expected = `<message from='${romeo}' xml:lang='en' to='${juliet}' id='m'><body>è &lt;</body><x/><y/></message>`
  assert.equal(written(more), expected)
  assert.equal(written(more.detached()), expected)
  assert.equal(more.payloadText(), '<body>è &lt;</body><x/><y/>')
  assert.equal(more.element().children.length, 3)
  assert.equal(written(one).includes('<x/>'), false)
})

test('a child is put into an element that had none, and into a composed one', () => {
  assert.equal(written(spliced('<message/>').appended('<x/>')), `${start}><x/></message>`)
  assert.equal(written(spliced('<message></message>').appended('<x/>')), `${start}><x/></message>`)
  assert.match(written(composed('<body/>').appended('<x/>')), /<body\/><x\/><\/message>$/)
})

test('what is added goes where the stanza goes', () => {
  const other = parseFullJid('juliet@capulet.example/balcony')
  const text = written(spliced('<message><body/></message>').appended('<x/>').addressed(other))
  assert.match(text, /to='juliet@capulet\.example\/balcony'><body\/><x\/><\/message>$/)
})

test('the language of the stream goes along with whoever reads or keeps a stanza (RFC 6120 §4.7.4)', () => {
  const one = spliced('<message><body/></message>')
  assert.equal(one.lang, 'en')
  assert.match(one.detached().toText(), / xml:lang='en'>/)
  assert.match(one.without(({ name }) => name === 'body').toText(), / xml:lang='en'/)
  assert.equal(spliced("<message xml:lang='it'/>").lang, 'it')
})

test('children are cut out, and what stays stays as it was', () => {
  const payload = "<a/> t <b xmlns='urn:b' id='1'>è</b><c/>"
  for (const stanza of [spliced(`<message>${payload}</message>`), composed(payload)]) {
    const cut = stanza.without(child => child.ns === 'urn:b' && child.attr('id') === '1')
    assert.deepEqual(
      cut.element().children.flatMap(child => (typeof child === 'string' ? [] : [child.name])),
      ['a', 'c'],
    )
    assert.equal(
      stanza.without(() => false),
      stanza,
    )
  }
})

const { body, store, noStore, noCopy, lasting, talk, room, event, copy, meaning } = trait
const seen: readonly [payload: string, traits: number][] = [
  ['', 0],
  ['<body>b</body>', body | meaning],
  ['<thread>t</thread>', 0],
  ["<body xmlns='urn:other'>b</body>", meaning],
  ["<active xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/>", talk | store],
  ["<no-store xmlns='urn:xmpp:hints'/><no-copy xmlns='urn:xmpp:hints'/>", noStore | noCopy],
  ["<private xmlns='urn:xmpp:carbons:2'/>", trait.private],
  ["<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'/></sent>", copy | meaning],
  ["<request xmlns='urn:xmpp:receipts'/>", talk | meaning],
  ["<received xmlns='urn:xmpp:receipts' id='1'/>", lasting | talk | meaning],
  ["<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>", lasting | talk | meaning],
  ["<markable xmlns='urn:xmpp:chat-markers:0'/>", talk | meaning],
  ["<encrypted xmlns='urn:xmpp:omemo:2'><body xmlns='jabber:client'/></encrypted>", lasting | meaning],
  ["<x xmlns='http://jabber.org/protocol/muc#user'/>", room | meaning],
  ["<origin-id xmlns='urn:xmpp:sid:0' id='1'/>", trait.originId],
  ["<stanza-id xmlns='urn:xmpp:sid:0' id='1' by='a'/>", trait.stanzaId],
  ["<event xmlns='http://jabber.org/protocol/pubsub#event'/>", event | meaning],
]

for (const [payload, traits] of seen)
  test(`what a message carries is seen in its children: ${payload}`, () => {
    assert.equal(spliced(`<message>${payload}</message>`).traits, traits)
    assert.equal(composed(payload).traits, traits)
  })

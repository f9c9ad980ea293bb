import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { bool, double, int, oneOf, string } from './codec.ts'
import { el, sameElement } from './element.ts'
import { parseElement } from './element-parser.ts'
import { XmlError } from './errors.ts'
import type { Slice } from './slice.ts'
import { StanzaSlicer } from './slicer.ts'
import { xml } from './template.ts'
import { readChildWire, readWire, toElement, writeWire } from './wire.ts'
import { describe } from './wire-describe.ts'
import { WireError } from './wire-error.ts'
import {
  any,
  attr,
  child,
  children,
  flag,
  lang,
  nameChild,
  nameChildren,
  rest,
  text,
  textChild,
  textChildren,
} from './wire-fields.ts'
import { choice, element, lazy, mapped } from './wire-schemas.ts'
import type { InputOf, TypeOf, Wire } from './wire-types.ts'

const NS = 'jabber:iq:roster'
const Item = element(NS, 'item', {
  jid: attr('jid', string),
  name: attr('name', string).maybe(),
  subscription: attr('subscription', oneOf('none', 'to', 'from', 'both')).or('none'),
  approved: attr('approved', bool).or(false),
  groups: textChildren('group', string),
})
const Roster = element(NS, 'query', { ver: attr('ver', string).maybe(), items: children(Item) })

const contact: TypeOf<typeof Item> = {
  jid: 'a@b',
  name: undefined,
  subscription: 'none',
  approved: false,
  groups: [],
}

test('a schema reads attributes, texts and children (RFC 6121 §2.1)', () => {
  const source = xml`<query xmlns="${NS}" ver="7">
    <item jid="a@b" subscription="both" approved="1"><group>Friends</group><group>&lt;x&gt;</group></item>
    <item jid="c@d" name=""/>
  </query>`
  assert.deepEqual(readWire(Roster, source), {
    ver: '7',
    items: [
      { jid: 'a@b', name: undefined, subscription: 'both', approved: true, groups: ['Friends', '<x>'] },
      { jid: 'c@d', name: '', subscription: 'none', approved: false, groups: [] },
    ],
  })
})

test('a schema writes only what is not its default, in its own order', () => {
  const value: InputOf<typeof Roster> = {
    items: [
      { jid: 'a&b', groups: ['<'] },
      { ...contact, subscription: 'to' },
    ],
  }
  assert.equal(
    writeWire(Roster, value),
    `<query xmlns="${NS}"><item jid="a&amp;b"><group>&lt;</group></item><item jid="a@b" subscription="to"/></query>`,
  )
  assert.equal(writeWire(Roster, { items: [] }, NS), '<query/>')
  assert.deepEqual(toElement(Roster, { ver: '' }), el(NS, 'query', { ver: '' }))
})

test('what a schema does not name is ignored wherever it stands (RFC 6120 §8.4)', () => {
  const source = xml`<query xmlns="${NS}" x="1" xmlns:o="urn:other" o:ver="no">text
    <o:item jid="no"><item jid="no"/></o:item>
    <item jid="a@b" o:jid="no" __proto__="x"><constructor><group>no</group></constructor><o:group>no</o:group></item>
    <query><item jid="no"/></query>
  </query>`
  assert.deepEqual(readWire(Roster, source), { ver: undefined, items: [contact] })
})

test('a payload that does not fit says where and what, without repeating it (RFC 6120 §8.3.3.1)', () => {
  const rows: readonly [string, string][] = [
    ['<item/>', 'jabber:iq:roster query/item: jid is missing'],
    ['<item jid="a" approved="secret"/>', 'jabber:iq:roster query/item: approved is not true or false'],
    [
      '<item jid="a" subscription="secret"/>',
      'jabber:iq:roster query/item: subscription is not one of none, to, from, both',
    ],
  ]
  for (const [content, message] of rows) {
    const source = parseElement(`<query xmlns="${NS}">${content}</query>`)
    assert.throws(() => readWire(Roster, source), { name: 'WireError', message, path: 'query/item' })
  }
  assert.throws(() => readWire(Roster, xml`<query xmlns="urn:other"/>`), WireError)
  assert.throws(() => readWire(Roster, xml`<item xmlns="${NS}" jid="a"/>`), WireError)
})

test('the first child that fits is found among others', () => {
  const stanza = xml`<iq xmlns="jabber:client"><x xmlns="${NS}"><query ver="no"/></x><query ver="no"/>
    <query xmlns="${NS}" ver="1"/><query xmlns="${NS}" ver="2"/></iq>`
  assert.equal(readChildWire(Roster, stanza)?.ver, '1')
  assert.equal(readChildWire(Item, stanza), undefined)
  assert.throws(() => readChildWire(Roster, xml`<iq><query xmlns="${NS}"><item/></query></iq>`), WireError)
})

const All = element('urn:all', 'all', {
  lang,
  far: attr('far', int, 'urn:far').maybe(),
  size: attr('size', int).or(5, { write: true }),
  said: text(string),
  note: textChild('note', string).maybe(),
  limit: textChild('limit', double, 'urn:far').or(1),
  open: flag('open'),
  closed: flag('closed', 'urn:far'),
  reason: nameChild(['gone', 'constructor']).maybe(),
  traits: nameChildren(['x', 'y'], 'urn:far'),
  first: any().maybe(),
  others: rest,
})

test('every kind of field reads and writes', () => {
  const value: TypeOf<typeof All> = {
    lang: 'de',
    far: -3,
    size: 5,
    said: 'one two',
    note: '',
    limit: 0.25,
    open: true,
    closed: true,
    reason: 'constructor',
    traits: ['y', 'x', 'y'],
    first: el('urn:all', '__proto__', { a: '1' }, 'text', el('', 'b')),
    others: [el('urn:q', 'q'), el('urn:all', 'r')],
  }
  assert.equal(
    writeWire(All, value),
    '<all xmlns="urn:all" xml:lang="de" xmlns:a1="urn:far" a1:far="-3" size="5">one two<note/>' +
      '<limit xmlns="urn:far">0.25</limit><open/><closed xmlns="urn:far"/><constructor/>' +
      '<y xmlns="urn:far"/><x xmlns="urn:far"/><y xmlns="urn:far"/>' +
      '<__proto__ a="1">text<b xmlns=""/></__proto__><q xmlns="urn:q"/><r/></all>',
  )
  assert.deepEqual(readWire(All, toElement(All, value)), value)
  assert.equal(writeWire(All, { said: '' }), '<all xmlns="urn:all" size="5"/>')
  assert.deepEqual(readWire(All, xml`<all xmlns="urn:all"/>`), {
    lang: undefined,
    far: undefined,
    size: 5,
    said: '',
    note: undefined,
    limit: 1,
    open: false,
    closed: false,
    reason: undefined,
    traits: [],
    first: undefined,
    others: [],
  })
})

test('of a child that may stand once, the first counts', () => {
  const source = xml`<all xmlns="urn:all"><limit xmlns="urn:far">1</limit><limit xmlns="urn:far">2</limit>
    <note>a<b>no</b>c</note><note>no</note><gone/><constructor/></all>`
  const { limit, note, reason } = readWire(All, source)
  assert.deepEqual({ limit, note, reason }, { limit: 1, note: 'ac', reason: 'gone' })
})

interface Tree {
  readonly name: string
  readonly parts?: readonly Tree[] | undefined
}
const Branch: Wire<Tree> = element('urn:tree', 'branch', {
  name: attr('name', string),
  parts: children(lazy(() => Branch)),
})

test('a schema may contain itself', () => {
  const tree: Tree = {
    name: 'a',
    parts: [
      { name: 'b', parts: [{ name: 'c', parts: [] }] },
      { name: 'd', parts: [] },
    ],
  }
  assert.deepEqual(readWire(Branch, toElement(Branch, tree)), tree)
})

const Text = element('urn:c', 'text', { content: text(string) })
const Number = element('urn:c', 'number', { value: attr('value', int) })
const Part = choice({ words: Text, number: Number })
const Parts = element('urn:c', 'parts', {
  all: children(Part),
  one: child(choice({ x: element('urn:c', 'x', {}) })).maybe(),
})

test('a choice tells its members apart by kind', () => {
  const value: TypeOf<typeof Parts> = {
    all: [
      { kind: 'number', value: 4 },
      { kind: 'words', content: 'four' },
    ],
    one: { kind: 'x' },
  }
  assert.equal(
    writeWire(Parts, value),
    '<parts xmlns="urn:c"><number value="4"/><text>four</text><x/></parts>',
  )
  assert.deepEqual(readWire(Parts, toElement(Parts, value)), value)
  assert.deepEqual(readWire(Part, xml`<number xmlns="urn:c" value="1"/>`), { kind: 'number', value: 1 })
  assert.equal(Part.name, 'text|number')
})

test('a mapped schema has a shape of its own, and its refusal is a WireError', () => {
  const Even = mapped(
    Number,
    ({ value }) => {
      if (value % 2 !== 0) throw new RangeError('odd')
      return value / 2
    },
    (half: number) => ({ value: half * 2 }),
  )
  assert.equal(readWire(Even, xml`<number xmlns="urn:c" value="6"/>`), 3)
  assert.equal(writeWire(Even, 3, 'urn:c'), '<number value="6"/>')
  assert.throws(() => readWire(Even, xml`<number xmlns="urn:c" value="7"/>`), WireError)
  assert.throws(() => choice({ even: Even as unknown as typeof Number }).plans(), TypeError)
})

test('values without textual form are not written', () => {
  assert.throws(() => writeWire(Item, { jid: '\0' }), XmlError)
  assert.throws(() => writeWire(Number, { value: 1.5 }), WireError)
})

test('a schema that describes one child twice is refused at its first use', () => {
  const Twice = element('urn:t', 't', { a: flag('x'), b: textChild('x', string).maybe() })
  assert.throws(() => readWire(Twice, xml`<t xmlns="urn:t"/>`), TypeError)
})

test('a slice of a stream is read as its tree is, whatever its prefixes (Namespaces in XML §6)', () => {
  const slices: Slice[] = []
  const sink = { opened() {}, closed() {}, failed() {}, sliced: (slice: Slice) => void slices.push(slice) }
  const slicer = new StanzaSlicer({ sink })
  const stanza = `<iq><x xmlns='urn:x'/><r:query ver='&lt;'><r:item jid='a&amp;b'><r:group>g<![CDATA[&]]></r:group></r:item></r:query></iq>`
  slicer.feed(new TextEncoder().encode(`<s xmlns='jabber:client' xmlns:r='${NS}'>${stanza}`))
  const [slice] = slices
  assert.ok(slice)
  const expected = { ver: '<', items: [{ ...contact, jid: 'a&b', groups: ['g&'] }] }
  assert.deepEqual(slice.readChild(Roster), expected)
  assert.deepEqual(readChildWire(Roster, slice.element()), expected)
  assert.equal(slice.readChild(Item), undefined)
  assert.throws(() => slice.read(Roster), WireError)
})

test('schemas that differ only in their namespace come from one function', () => {
  const body = (ns: string): Wire<{ readonly content: string }> =>
    element(ns, 'body', { content: text(string) })
  assert.equal(readWire(body('jabber:server'), xml`<body xmlns="jabber:server">x</body>`).content, 'x')
})

test('a description names every field, its place and its text', () => {
  const [roster] = describe(Roster)
  assert.deepEqual(roster?.fields[1], {
    key: 'items',
    at: 'child',
    name: 'item',
    codec: undefined,
    elements: [`{${NS}}item`],
    presence: 'defaulted',
    many: true,
  })
  assert.deepEqual(describe(Item)[0]?.fields[2]?.codec, 'one of none, to, from, both')
  assert.deepEqual(
    describe(Part).map(member => member.kind),
    ['words', 'number'],
  )
})

test('every roster reads back as it was written, as text and as tree', () => {
  const legal = fc.string({ unit: 'grapheme', maxLength: 12 })
  const plain = { noNullPrototype: true }
  const items = fc.record(
    {
      jid: legal,
      name: fc.option(legal, { nil: undefined }),
      subscription: fc.constantFrom('none', 'to', 'from', 'both'),
      approved: fc.boolean(),
      groups: fc.array(legal, { maxLength: 3 }),
    },
    plain,
  )
  const ver = fc.option(legal, { nil: undefined })
  const rosters = fc.record({ ver, items: fc.array(items, { maxLength: 4 }) }, plain)
  fc.assert(
    fc.property(rosters, value => {
      const written = toElement(Roster, value)
      const again = readWire(Roster, written)
      assert.deepEqual(again, value)
      assert.equal(sameElement(toElement(Roster, again), written), true)
    }),
    { numRuns: 200 },
  )
})

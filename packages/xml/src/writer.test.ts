import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { childOf, childrenOf, type Element, el, sameElement, textOf, withoutIndentation } from './element.ts'
import { parseElement } from './element-parser.ts'
import { XmlError } from './errors.ts'
import { XML_NS } from './names.ts'
import { xml } from './template.ts'
import { escapeAttr, escapeText, writeElement } from './writer.ts'

const texts = fc.string({ unit: 'binary', maxLength: 20 }).filter(isXml)
const spicy = fc.constantFrom(
  ']]>',
  '&',
  '<',
  '\r\n',
  '\t',
  '"',
  "'",
  '&amp;',
  '\u{1f600}',
  '\u0085',
  '\u2028',
  '<![CDATA[',
  '\r',
)
const anyText = fc.oneof(
  texts,
  spicy,
  fc.array(fc.oneof(texts, spicy), { maxLength: 4 }).map(all => all.join('')),
)
const names = fc.constantFrom('a', 'b', 'item', '__proto__', 'constructor', 'ä', '名', 'x-1.y')
const namespaces = fc.constantFrom('', 'jabber:client', 'urn:x', 'urn:y&"<z>', '__proto__')
const keys = fc.constantFrom(
  'a',
  'b',
  '__proto__',
  'xml:lang',
  '{urn:q}a',
  '{urn:q}b',
  '{urn:r}a',
  'constructor',
)

const trees: fc.Arbitrary<Element> = fc.letrec<{ tree: Element }>(tie => ({
  tree: fc
    .tuple(
      namespaces,
      names,
      fc.array(fc.tuple(keys, anyText), { maxLength: 3 }),
      fc.array(fc.oneof({ depthSize: 'small' }, anyText, tie('tree')), { maxLength: 4 }),
    )
    .map(([ns, name, attrs, children]) => ({ ...el(ns, name, {}, ...children), attrs: new Map(attrs) })),
})).tree

function isXml(text: string): boolean {
  return text.isWellFormed() && !/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text)
}

test('every tree reads back as it was written (XML 1.0 §2.11, §3.3.3)', () => {
  fc.assert(
    fc.property(trees, fc.option(namespaces, { nil: undefined }), (tree, parentNs) => {
      const again = parseElement(writeElement(tree, parentNs), { ns: parentNs ?? 'urn:other' })
      assert.equal(sameElement(tree, again), true, writeElement(tree, parentNs))
    }),
    { numRuns: 400 },
  )
})

test('text and attributes escape what would not read back (XML 1.0 §2.11, §3.3.3)', () => {
  assert.equal(escapeText('a]]>b\r\n\t"\''), 'a]]&gt;b&#xD;\n\t"\'')
  assert.equal(escapeAttr('<&>"\'\t\n\r'), '&lt;&amp;&gt;&quot;&apos;&#x9;&#xA;&#xD;')
  assert.equal(escapeText('plain \u{10ffff}'), 'plain \u{10ffff}')
})

test('characters XML does not have are never written (XML 1.0 §2.2)', () => {
  for (const bad of [
    '\0',
    '\x01',
    '\x08',
    '\x0b',
    '\x1f',
    '\ufffe',
    '\uffff',
    '\ud800',
    'a\udc00b',
    '\udc00\ud800',
  ]) {
    for (const escape of [escapeText, escapeAttr]) {
      assert.throws(
        () => escape(bad),
        (error: unknown) => error instanceof XmlError && error.condition === 'not-well-formed',
      )
    }
  }
})

test('names that would become markup are never written (Namespaces in XML §3)', () => {
  for (const bad of ['', 'a b', 'a/', '1a', 'a:b', 'a>', '-a', '\u00d7', 'a\u037e']) {
    assert.throws(() => writeElement(el('', bad)), XmlError)
    assert.throws(() => writeElement(el('', 'a', { [bad]: '' })), XmlError)
  }
  assert.throws(() => writeElement(el('', 'a', { xmlns: 'urn:x' })), XmlError)
  assert.throws(() => writeElement(el('http://www.w3.org/2000/xmlns/', 'a')), XmlError)
})

test('an element in the namespace of xml: keeps that prefix (Namespaces in XML §3)', () => {
  const tree = el('urn:x', 'a', {}, el(XML_NS, 'b', {}, el('urn:x', 'c')))
  assert.equal(writeElement(tree), '<a xmlns="urn:x"><xml:b><c/></xml:b></a>')
  assert.equal(sameElement(parseElement(writeElement(tree)), tree), true)
})

test('namespaces are declared where they change and nowhere else', () => {
  const tree = el(
    'jabber:client',
    'iq',
    { type: 'get' },
    el('urn:x', 'q', { '{urn:y}z': '1' }, el('urn:x', 'r'), el('', 's')),
  )
  assert.equal(
    writeElement(tree, 'jabber:client'),
    '<iq type="get"><q xmlns="urn:x" xmlns:a0="urn:y" a0:z="1"><r/><s xmlns=""/></q></iq>',
  )
})

test('trees as deep as memory are written and compared without recursion', () => {
  let deep = el('', 'a')
  for (let i = 0; i < 100_000; i++) deep = el('', 'a', {}, deep)
  assert.equal(writeElement(deep).length, 100_000 * 7 + 13)
  assert.equal(sameElement(deep, deep), true)
})

test('two elements are the same when only prefixes and order of attributes differ', () => {
  const one = parseElement(`<x:a xmlns:x='urn:x' b='1' c='2'><x:d/>t</x:a>`)
  assert.equal(sameElement(one, parseElement(`<a c="2" b="1" xmlns="urn:x"><d></d>t</a>`)), true)
  for (const other of [
    `<a c="2" b="1" xmlns="urn:x"><d/></a>`,
    `<a c="2" b="2" xmlns="urn:x"><d/>t</a>`,
    `<a c="2" xmlns="urn:x"><d/>t</a>`,
    `<a c="2" b="1" xmlns="urn:y"><d/>t</a>`,
    `<a c="2" b="1" xmlns="urn:x">t<d/></a>`,
    `<a c="2" b="1" xmlns="urn:x"><e/>t</a>`,
  ]) {
    assert.equal(sameElement(one, parseElement(other)), false, other)
  }
})

test('parsing takes exactly one element', () => {
  for (const bad of [
    '',
    ' ',
    'a',
    '<a/><b/>',
    '<a/>b',
    '<a>',
    '<a',
    '</x>',
    '<a></a></x>',
    '<a>\ud800</a>',
    '<a/><!-- -->',
    '<a/><b',
  ]) {
    assert.throws(() => parseElement(bad), XmlError, bad)
  }
  assert.equal(parseElement(' \n<a/>\n').name, 'a')
  assert.equal(parseElement(new TextEncoder().encode('<a/>')).name, 'a')
  assert.equal(parseElement('<a/>', { ns: 'urn:x' }).ns, 'urn:x')
})

test('the finders look at element children only', () => {
  const tree = xml`<a xmlns="urn:x">x<b n="1"/>y<b n="2"/><b xmlns="urn:y"/></a>`
  assert.equal(textOf(tree), 'xy')
  assert.deepEqual(
    childrenOf(tree, 'urn:x', 'b').map(b => b.attrs.get('n')),
    ['1', '2'],
  )
  assert.equal(childOf(tree, 'urn:y', 'b')?.ns, 'urn:y')
  assert.equal(childOf(tree, '', 'b'), undefined)
})

test('a template escapes its values and drops its indentation', () => {
  const inner = el('urn:y', 'c')
  const made = xml`
    <a xmlns="urn:x" n="${'"&<\n'}">
      <b>${'<c/> & \n'}</b>
      ${inner}
      ${[inner, inner]}
      <d> </d>
      <e>${1}</e>
    </a>`
  const expected = el(
    'urn:x',
    'a',
    { n: '"&<\n' },
    el('urn:x', 'b', {}, '<c/> & \n'),
    inner,
    inner,
    inner,
    el('urn:x', 'd', {}, ' '),
    el('urn:x', 'e', {}, '1'),
  )
  assert.deepEqual(made, expected)
  assert.throws(() => xml`<a b="${inner}"/>`, XmlError)
})

test('dropping indentation keeps texts that say something', () => {
  const tree = parseElement('<a>\n <b>\n</b>\n t <c> \n<d/></c></a>')
  assert.equal(writeElement(withoutIndentation(tree), ''), '<a><b>\n</b>\n t <c><d/></c></a>')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bufferBytes } from './bytes.ts'
import { elementsOf } from './element.ts'
import type { Slice } from './slice.ts'
import { StanzaSlicer } from './slicer.ts'

const header = "<s:stream xmlns='jabber:client' xmlns:s='urn:s' xmlns:out='urn:out'>"

function sliceOf(xml: string): Slice {
  const slices: Slice[] = []
  const sink = { opened() {}, closed() {}, failed() {}, sliced: (slice: Slice) => void slices.push(slice) }
  new StanzaSlicer({ sink, bytes: bufferBytes(Buffer) }).feed(Buffer.from(header + xml))
  return slices[0] ?? assert.fail('no element')
}

function childrenIn(slice: Slice): string[] {
  const found: string[] = []
  for (const child = slice.firstLevel(); child.next(); )
    found.push(
      `{${child.ns}}${child.name} ${slice.textBetween(child.start, child.end)} ${child.attr('id') ?? '-'}`,
    )
  return found
}

const cases: readonly [what: string, xml: string, found: readonly string[]][] = [
  ['no content', '<message/>', []],
  ['text alone', '<message>  &lt;a/&gt; </message>', []],
  ['one child', '<message><body>a</body></message>', ['{jabber:client}body <body>a</body> -']],
  [
    'children with text between them',
    "<message> <a xmlns='urn:a' id='1'/> <b id='2'>x</b>&gt;</message>",
    ["{urn:a}a <a xmlns='urn:a' id='1'/> 1", "{jabber:client}b <b id='2'>x</b> 2"],
  ],
  [
    'tags inside children, closed and not',
    '<message><a><b/><c><d>1</d></c></a><e/></message>',
    ['{jabber:client}a <a><b/><c><d>1</d></c></a> -', '{jabber:client}e <e/> -'],
  ],
  [
    'tags that are only text, in sections and attributes',
    '<message><![CDATA[<x/>]]><a><![CDATA[</a><b>]] >]]></a><c t="/>"/><d t=\'d>"\'/><e id=">">/</e></message>',
    [
      '{jabber:client}a <a><![CDATA[</a><b>]] >]]></a> -',
      '{jabber:client}c <c t="/>"/> -',
      "{jabber:client}d <d t='d>\"'/> -",
      '{jabber:client}e <e id=">">/</e> >',
    ],
  ],
  [
    'prefixes of the child, of the element and of the stream',
    "<message xmlns:in='urn:in'><p:a xmlns:p='urn:p' p:id='x'/><in:b/><out:c id=' 1 '/></message>",
    ["{urn:p}a <p:a xmlns:p='urn:p' p:id='x'/> -", '{urn:in}b <in:b/> -', "{urn:out}c <out:c id=' 1 '/>  1 "],
  ],
  [
    'a default namespace of the element',
    "<message xmlns='urn:m'><a/><b xmlns='jabber:client'/></message>",
    ['{urn:m}a <a/> -', "{jabber:client}b <b xmlns='jabber:client'/> -"],
  ],
]

for (const [what, xml, found] of cases)
  test(`first-level children are found without a tree: ${what}`, () => {
    const slice = sliceOf(xml)
    assert.deepEqual(childrenIn(slice), found)
    assert.deepEqual(
      elementsOf(slice.element()).map(({ ns, name }) => `{${ns}}${name}`),
      found.map(line => line.slice(0, line.indexOf(' '))),
    )
  })

/** Numbers that look random and are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const texts = ['', 'è', '&lt;', '>', '/>', '<![CDATA[<a></b>]]>', '<![CDATA[]>]]>', '\n ', "'", '"']
const attributes = [
  '',
  " id='1'",
  ' t="\'>/"',
  " t='&quot;/>'",
  ' xmlns="urn:other"',
  " xmlns:p='urn:p' p:id='2'",
]

function randomElement(draw: (below: number) => number, depth: number): string {
  const name = `e${draw(3)}`
  const open = `<${name}${attributes[draw(attributes.length)]}`
  if (draw(3) === 0) return `${open}/>`
  let content = ''
  for (let n = draw(depth > 0 ? 4 : 1); n > 0; n--)
    content += texts[draw(texts.length)] + randomElement(draw, depth - 1)
  return `${open}>${content}${texts[draw(texts.length)]}</${name}>`
}

test('first-level children are those of the tree, whatever is inside them', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const slice = sliceOf(randomElement(numbers(seed), 4))
    const found: string[] = []
    for (const child = slice.firstLevel(); child.next(); ) found.push(`{${child.ns}}${child.name}`)
    assert.deepEqual(
      found,
      elementsOf(slice.element()).map(({ ns, name }) => `{${ns}}${name}`),
      slice.contentText(),
    )
  }
})

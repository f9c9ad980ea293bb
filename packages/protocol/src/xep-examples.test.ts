// Every example of the specifications is read by the schemas, written, and read again.
// WAXWING_SPECS names the folder with the texts; without it this file skips.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Element,
  elementsOf,
  readWire,
  type Slice,
  StanzaSlicer,
  sameElement,
  toElement,
  type Wire,
  WireError,
  withoutIndentation,
} from '@waxwing/xml'
import * as protocol from './index.ts'
import { specification } from './specification-kit.test.ts'

/** A schema whose types have been left behind: what it reads it can write. */
type AnyWire = Wire<unknown, never>

const exported: readonly unknown[] = Object.values(protocol)

/** All schemas of one element; several where a question and its answer share the element. */
const schemas: ReadonlyMap<string, readonly AnyWire[]> = schemasByName([
  ...exported.filter(isWire),
  ...[protocol.CLIENT_NS, protocol.COMPONENT_NS].flatMap(ns => [
    protocol.messageIn(ns),
    protocol.presenceIn(ns),
    protocol.iqIn(ns),
    protocol.errorIn(ns),
  ]),
])

function isWire(value: unknown): value is AnyWire {
  return typeof value === 'object' && value !== null && 'planFor' in value && 'planOf' in value
}

function schemasByName(wires: readonly AnyWire[]): Map<string, AnyWire[]> {
  const map = new Map<string, AnyWire[]>()
  for (const wire of wires) {
    for (const { ns, name } of wire.plans())
      map.set(`{${ns}}${name}`, [wire, ...(map.get(`{${ns}}${name}`) ?? [])])
  }
  return map
}

/** The answer's schema, unless the element is as empty as a question. */
function schemaFor(element: Element): AnyWire | undefined {
  const wires = schemas.get(`{${element.ns}}${element.name}`) ?? []
  if (wires.length < 2) return wires[0]
  const isEmpty = element.children.length === 0 && element.attrs.size === 0
  return wires.find(wire => (wire.plans()[0]?.fields.length === 0) === isEmpty)
}

/** The content namespace the examples of a XEP stand in. */
function contentNsOf(xep: string): string {
  return xep === '0114' ? protocol.COMPONENT_NS : protocol.CLIENT_NS
}

/** Complete elements of each example; those that are no XML, schemas of XML Schema apart, are counted. */
function elementsOfAll(examples: readonly string[], ns: string): { elements: Element[]; unreadable: number } {
  const elements: Element[] = []
  let unreadable = 0
  for (const example of examples) {
    if (example.includes('<xs:schema') || !example.includes('<')) continue
    const found = elementsIn(example, ns)
    elements.push(...found)
    if (found.length === 0 && !example.includes('<stream:stream')) unreadable++
  }
  return { elements, unreadable }
}

function elementsIn(example: string, ns: string): Element[] {
  const bare = example
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/^\s*(\[?\s*\.\.\.\s*\]?|CLIENT:|SERVER:)\s*$/gm, '')
    .replace(/<\?xml[^>]*\?>/g, '')
    .trim()
  const slices: Slice[] = []
  const sink = { opened() {}, closed() {}, failed() {}, sliced: (slice: Slice) => void slices.push(slice) }
  const header = `<stream:stream xmlns='${ns}' xmlns:stream='${protocol.STREAMS_NS}'>`
  new StanzaSlicer({ sink }).feed(
    new TextEncoder().encode(bare.startsWith('<stream:stream') ? bare : header + bare),
  )
  return slices.map(slice => withoutIndentation(slice.element()))
}

function* elementsWithin(element: Element): Iterable<Element> {
  yield element
  for (const child of elementsOf(element)) yield* elementsWithin(child)
}

/** Examples that leave something out or show a placeholder where RFC 6120 §8.1 or the XEP itself wants a value. */
const incomplete: readonly RegExp[] = [
  /^jabber:client iq: (id|type) is missing$/,
  /^jabber:client iq: type is not one of/,
  /^jabber:iq:privacy .*item: type is not one of/,
  /^jabber:x:data x: type is not one of/,
  /^(urn:xmpp:push:0 notification\/|.*pubsub\/publish\/item\/notification\/|jabber:x:data )x: type is missing$/,
  /^urn:xmpp:avatar:data data: the text is not base64$|^urn:xmpp:avatar:metadata .*: bytes is not a whole number/,
  /^vcard-temp PHOTO: BINVAL is not base64/,
  /pubsub: publish is missing$|pubsub\/publish\/item: notification is missing$/,
  /^urn:xmpp:sm:3 (resume|resumed|failed): h is not/,
  /^urn:xmpp:sasl:2 (authenticate|success): (initial-response|additional-data) is not base64/,
  /^urn:xmpp:sasl:2 (challenge|response|continue): (its text|additional-data|text) is not base64/,
]

/** Names, attributes and texts. */
function factsOf(element: Element): string[] {
  return [...elementsWithin(element)].flatMap(({ ns, name, attrs, children }) => [
    ...[...attrs].map(([key, value]) => `{${ns}}${name} ${key}=${value}`),
    ...children.map(child =>
      typeof child === 'string' ? `{${ns}}${name} ${child}` : `{${child.ns}}${child.name}`,
    ),
  ])
}

/** What may be missing when written again: numbers of old errors, dots of omission, placeholders, a misspelt condition, layout around data, an old sign of binding, pages of service discovery, true written as 1, several nodes in one export, a node that is addressed in two ways. */
const mayBeLost =
  /\[ \.\.\. [A-Z ]+ \.\.\. \]|autojoin=1$|\}payment-required$|\}affilation|notify=1$|^pubsub: (?:.*(?:protocol\/nick|yxs32uqsflafdk3iuqo)|.*item id=current$|.*value open$|\{http:\/\/jabber.org\/protocol\/pubsub\}affiliation)|error code=|[ ]\s*(\.\s*)+$|type=\{field-type\}|\}bad-format$|\{urn:xmpp:sasl:2\}[a-z-]+ \n|xmpp-bind\}required$|^query: \{http:\/\/jabber\.org\/protocol\/rsm\}|\n +…\n|=MaineBoy@|validate: \{jabber:x:data\}basic$|query: \{http:\/\/jabber.org\/protocol\/shim\}/

interface Tally {
  lost: string[]
  elements: number
  read: number
  refused: string[]
}

function checkAll(elements: readonly Element[]): Tally {
  const tally: Tally = { elements: elements.length, read: 0, refused: [], lost: [] }
  for (const element of elements.flatMap(top => [...elementsWithin(top)])) {
    const wire = schemaFor(element)
    if (wire) check(element, wire, tally)
  }
  return tally
}

function check(element: Element, wire: AnyWire, tally: Tally): void {
  let value: never
  try {
    // The value goes back only into the schema it came from.
    value = readWire(wire as Wire<unknown>, element) as never
  } catch (error) {
    assert.ok(error instanceof WireError, String(error))
    tally.refused.push(error.message)
    return
  }
  const written = toElement(wire, value)
  assert.deepEqual(readWire(wire as Wire<unknown>, written), value)
  assert.equal(sameElement(toElement(wire, value), written), true)
  const kept = new Set(factsOf(written))
  for (const fact of factsOf(element)) if (!kept.has(fact)) tally.lost.push(`${element.name}: ${fact}`)
  tally.read++
}

/** XEP, and how many complete elements and how many that have a schema its examples hold at least. */
const minima: readonly [xep: string, elements: number, read: number][] = [
  ['0004', 12, 70],
  ['0012', 13, 26],
  ['0030', 33, 80],
  ['0049', 9, 20],
  ['0054', 14, 26],
  ['0077', 37, 90],
  ['0085', 20, 39],
  ['0092', 4, 6],
  ['0114', 2, 2],
  ['0115', 16, 40],
  ['0128', 5, 26],
  ['0136', 66, 130],
  ['0184', 4, 8],
  ['0191', 18, 40],
  ['0198', 50, 50],
  ['0199', 17, 34],
  ['0202', 4, 8],
  ['0203', 3, 6],
  ['0066', 11, 25],
  ['0080', 4, 8],
  ['0107', 7, 12],
  ['0118', 4, 8],
  ['0172', 9, 16],
  ['0308', 4, 7],
  ['0333', 6, 14],
  ['0444', 10, 26],
  ['0461', 5, 10],
  ['0059', 20, 60],
  ['0280', 15, 34],
  ['0297', 4, 9],
  ['0313', 31, 130],
  ['0334', 1, 3],
  ['0352', 6, 9],
  ['0357', 11, 25],
  ['0359', 7, 10],
  ['0441', 5, 10],
  ['0386', 4, 9],
  ['0388', 35, 49],
  ['0480', 10, 11],
  ['0484', 7, 16],
  ['0494', 4, 9],
  ['0016', 57, 175],
  ['0050', 26, 125],
  ['0079', 35, 81],
  ['0122', 24, 12],
  ['0131', 110, 22],
  ['0133', 107, 460],
  ['0157', 3, 14],
  ['0227', 15, 30],
  ['0331', 1, 1],
  ['0336', 14, 60],
  ['0348', 5, 8],
  ['0377', 11, 15],
  ['0379', 7, 8],
  ['0401', 12, 37],
  ['0445', 4, 6],
  ['0478', 3, 5],
  ['0060', 311, 770],
  ['0163', 14, 37],
  ['0223', 7, 24],
  ['0084', 16, 35],
  ['0153', 7, 13],
  ['0398', 6, 11],
  ['0490', 10, 36],
  ['0402', 14, 42],
  ['0048', 8, 21],
]

for (const [xep, elements, read] of minima) {
  const { skip, examples: texts } = specification(xep)
  test(`every example of XEP-${xep} reads back as it was written`, { skip }, t => {
    const examples = elementsOfAll(texts(), contentNsOf(xep))
    const tally = checkAll(examples.elements)
    t.diagnostic(`${tally.elements} elements, ${tally.read} read by a schema, ${examples.unreadable} no XML`)
    const unexpected = tally.refused.filter(message => !incomplete.some(known => known.test(message)))
    assert.deepEqual(unexpected, [])
    assert.deepEqual(
      tally.lost.filter(fact => !mayBeLost.test(fact)),
      [],
    )
    assert.ok(tally.elements >= elements && tally.read >= read, JSON.stringify(tally))
  })
}

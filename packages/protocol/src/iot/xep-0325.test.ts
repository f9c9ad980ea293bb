// Every example of XEP-0325 that is XML is read, written and read again. WAXWING_SPECS names the folder with its text;
// without it this file skips.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Element,
  elementsOf,
  parseElement,
  readWire,
  sameElement,
  toElement,
  type Wire,
  withoutIndentation,
  XmlError,
} from '@waxwing/xml'
import { specification } from '../specification-kit.test.ts'
import { control } from './index.ts'

const { skip, examples } = specification('0325')

/** The text closes `paramError` as `error` and declares prefixes as `xmlns:xdl:`: both are mended. */
function mended(example: string): string {
  return example
    .replaceAll(/xmlns:(xd\w):=/g, 'xmlns:$1=')
    .replaceAll(/(<paramError [^>]*>[^<]*)<\/error>/g, '$1</paramError>')
}

function stanzas(): { elements: Element[]; unreadable: number } {
  const elements: Element[] = []
  let unreadable = 0
  for (const example of examples()) {
    if (!/<(iq|message)\b/.test(example)) continue
    try {
      const all = parseElement(`<all xmlns="jabber:client">${mended(example)}</all>`)
      elements.push(...elementsOf(withoutIndentation(all)))
    } catch (error) {
      if (!(error instanceof XmlError)) throw error
      unreadable++
    }
  }
  return { elements, unreadable }
}

function checkWith<T>(wire: Wire<T>, element: Element): void {
  const value = readWire(wire, element)
  const written = toElement(wire, value)
  assert.ok(sameElement(written, element), element.name)
  assert.deepEqual(readWire(wire, written), value)
}

test('the examples of XEP-0325 read back as they were written', { skip }, t => {
  const { set, answer, getForm, fault, ns } = control('xep')
  const { elements, unreadable } = stanzas()
  const wires: Readonly<Record<string, (element: Element) => void>> = {
    set: element => checkWith(set, element),
    setResponse: element => checkWith(answer, element),
    getForm: element => checkWith(getForm, element),
    paramError: element => checkWith(fault, element),
  }
  const within = elements.flatMap(stanza => elementsOf(stanza)).flatMap(one => [one, ...elementsOf(one)])
  const own = within.filter(element => element.ns === ns && Object.hasOwn(wires, element.name))
  for (const element of own) wires[element.name]?.(withoutLang(element))
  t.diagnostic(`${own.length} elements, ${unreadable} examples that are no XML`)
  assert.ok(own.length >= 33, String(own.length))
})

/** The language of an answer is that of its stanza. */
function withoutLang(element: Element): Element {
  const attrs = new Map(element.attrs)
  attrs.delete('xml:lang')
  return { ...element, attrs }
}

// Every example of XEP-0323 is read, written and read again. WAXWING_SPECS names the folder with its text; without it
// this file skips.
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
} from '@waxwing/xml'
import { specification } from '../specification-kit.test.ts'
import { SensorReport, sensorData } from './index.ts'

const { skip, examples } = specification('0323')

function payloads(): Element[] {
  return examples()
    .filter(example => /<(iq|message)\b/.test(example))
    .map(example => parseElement(`<all xmlns="jabber:client">${example}</all>`))
    .flatMap(all => elementsOf(withoutIndentation(all)))
    .flatMap(stanza => elementsOf(stanza))
    .filter(({ ns }) => ns === sensorData('xep').ns)
}

/** What the model has one word for, and the dots of omission. */
function normal(element: Element): Element {
  const attrs = new Map(element.attrs)
  if (attrs.delete('identification')) attrs.set('identity', 'true')
  const children = element.children
    .filter(child => typeof child !== 'string' || child.trim() !== '...')
    .map(child => (typeof child === 'string' ? child : normal(child)))
  return { ...element, attrs, children }
}

function checkWith<T>(wire: Wire<T>, element: Element): void {
  const value = readWire(wire, element)
  const written = toElement(wire, value)
  assert.ok(sameElement(written, normal(element)), element.name)
  assert.deepEqual(readWire(wire, written), value)
}

test('every example of XEP-0323 reads back as it was written', { skip }, t => {
  const all = payloads()
  for (const element of all) {
    if (element.name === 'req') checkWith(sensorData('xep').request, element)
    else if (element.name === 'cancel') checkWith(sensorData('xep').cancel, element)
    else checkWith(SensorReport, element)
  }
  t.diagnostic(`${all.length} elements`)
  assert.ok(all.length >= 26, `${all.length} elements`)
})

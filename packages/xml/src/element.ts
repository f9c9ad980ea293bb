// The element tree, for the few places that look at XML nobody has a schema for.

import type { XmlHandler } from './handler.ts'
import { XML_NS } from './names.ts'
import type { Slice } from './slice.ts'

/** One element with its content. Neighbouring texts are always joined; prefixes are not kept. */
export interface Element {
  readonly ns: string
  readonly name: string
  /** By `name`, or `{ns}name` for attributes in a namespace; `xml:lang` under just that key. */
  readonly attrs: ReadonlyMap<string, string>
  readonly children: readonly (Element | string)[]
}

/** An element from its parts; attributes that are `undefined` are left out, neighbouring texts joined. */
export function el(
  ns: string,
  name: string,
  attrs: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly (Element | string)[]
): Element {
  const present = new Map<string, string>()
  for (const [key, value] of Object.entries(attrs)) if (value !== undefined) present.set(key, value)
  return { ns, name, attrs: present, children: joined(children) }
}

function joined(children: readonly (Element | string)[]): (Element | string)[] {
  const all: (Element | string)[] = []
  for (const child of children) {
    if (typeof child === 'string') appendText(all, child)
    else all.push(child)
  }
  return all
}

function appendText(children: (Element | string)[], text: string): void {
  if (text === '') return
  const last = children.at(-1)
  if (typeof last === 'string') children[children.length - 1] = last + text
  else children.push(text)
}

/** The character data directly in the element, without that of its children. */
export function textOf(element: Element): string {
  let text = ''
  for (const child of element.children) if (typeof child === 'string') text += child
  return text
}

/** All child elements called so. */
export function childrenOf(element: Element, ns: string, name: string): Element[] {
  return elementsOf(element).filter(child => child.ns === ns && child.name === name)
}

/** The first child element called so. */
export function childOf(element: Element, ns: string, name: string): Element | undefined {
  return elementsOf(element).find(child => child.ns === ns && child.name === name)
}

/** All child elements. */
export function elementsOf(element: Element): Element[] {
  return element.children.filter(child => typeof child !== 'string')
}

/** The key of an attribute in `Element.attrs`. */
export function attrKey(ns: string, name: string): string {
  if (ns === '') return name
  return ns === XML_NS ? `xml:${name}` : `{${ns}}${name}`
}

/** The opposite of `attrKey`: namespace and name. */
export function splitAttrKey(key: string): readonly [ns: string, name: string] {
  if (key.startsWith('xml:')) return [XML_NS, key.slice(4)]
  const end = key.startsWith('{') ? key.lastIndexOf('}') : -1
  return end < 0 ? ['', key] : [key.slice(1, end), key.slice(end + 1)]
}

/** Whether two elements mean the same XML: prefixes and the order of attributes do not matter. */
export function sameElement(one: Element, other: Element): boolean {
  const pairs: [Element, Element][] = [[one, other]]
  for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
    const [a, b] = pair
    if (a.ns !== b.ns || a.name !== b.name || !sameAttrs(a.attrs, b.attrs)) return false
    if (a.children.length !== b.children.length) return false
    for (const [i, child] of a.children.entries()) {
      const twin = b.children[i]
      if (typeof child === 'string' || typeof twin === 'string' || twin === undefined) {
        if (child !== twin) return false
      } else pairs.push([child, twin])
    }
  }
  return true
}

function sameAttrs(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) if (b.get(key) !== value) return false
  return true
}

/**
 * The same element without the white space that only indents: texts of nothing but white space go wherever they
 * stand beside an element. A text that is an element's whole content stays.
 */
export function withoutIndentation(element: Element): Element {
  const texts = element.children.length > 1 || typeof element.children[0] !== 'string'
  const children = element.children
    .filter(child => typeof child !== 'string' || !texts || /[^\t\n\r ]/.test(child))
    .map(child => (typeof child === 'string' ? child : withoutIndentation(child)))
  return { ...element, children: joined(children) }
}

interface OpenElement extends Element {
  readonly attrs: Map<string, string>
  readonly children: (Element | string)[]
}

/** Collects parse events into a tree. */
export class TreeBuilder implements XmlHandler {
  /** The tree, complete as soon as `isComplete`. */
  root: Element | undefined
  readonly #open: OpenElement[] = []

  get isComplete(): boolean {
    return this.root !== undefined && this.#open.length === 0
  }

  start(ns: string, name: string, attrs: readonly string[]): void {
    const element: OpenElement = { ns, name, attrs: attrMap(attrs), children: [] }
    const parent = this.#open.at(-1)
    if (parent) parent.children.push(element)
    else this.root ??= element
    this.#open.push(element)
  }

  text(text: string): void {
    const parent = this.#open.at(-1)
    if (parent) appendText(parent.children, text)
  }

  end(): void {
    this.#open.pop()
  }
}

function attrMap(attrs: readonly string[]): Map<string, string> {
  const map = new Map<string, string>()
  for (let i = 0; i + 2 < attrs.length; i += 3) {
    map.set(attrKey(attrs[i] ?? '', attrs[i + 1] ?? ''), attrs[i + 2] ?? '')
  }
  return map
}

/** The tree of a slice; namespaces inherited from the stream are resolved. */
export function elementOf(slice: Slice): Element {
  const builder = new TreeBuilder()
  slice.events(builder)
  if (!builder.root) throw new TypeError('The slice holds no element')
  return builder.root
}

/** Gives the events a tree would have been read from. */
export function walkElement(element: Element, handler: XmlHandler): void {
  const open: { readonly element: Element; next: number }[] = []
  const enter = (entered: Element): void => {
    handler.start(entered.ns, entered.name, flatAttrs(entered.attrs))
    open.push({ element: entered, next: 0 })
  }
  enter(element)
  for (let top = open.at(-1); top; top = open.at(-1)) {
    const child = top.element.children[top.next++]
    if (child === undefined) {
      handler.end()
      open.pop()
    } else if (typeof child === 'string') handler.text(child)
    else enter(child)
  }
}

function flatAttrs(attrs: ReadonlyMap<string, string>): string[] {
  const flat: string[] = []
  for (const [key, value] of attrs) flat.push(...splitAttrKey(key), value)
  return flat
}

/** What a scene awaits, compared as XML: prefixes, the order of attributes and indentation do not matter. */
import { StanzaId } from '@waxwing/protocol'
import { childOf, type Element, parseElement, withoutIndentation, writeElement } from '@waxwing/xml'

/** As an attribute's value or as an element's whole content: whatever it is, it is there. */
const anything = '{any}'
/** As an attribute's value: it must be absent. */
const absent = '{none}'
/** Of the outermost element these are compared only where the pattern names them. */
const addressing: ReadonlySet<string> = new Set(['from', 'to', 'id', 'xml:lang'])

/** Reads what a scene awaits. `ns` is the namespace of elements that name none. */
export function parsePattern(xml: string, ns: string): Element {
  return withoutIndentation(parseElement(xml, { ns, limits: 'none' }))
}

/** @returns the first difference, for people; `undefined` when all is as awaited */
export function differenceFrom(pattern: Element, found: Element): string | undefined {
  return difference(pattern, withoutIndentation(unstamped(found, pattern)), pattern.name, true)
}

/** Nearly every message is archived on its way: ids of archives count only where the pattern has one. */
function unstamped(found: Element, pattern: Element): Element {
  if (childOf(pattern, StanzaId.ns, StanzaId.name)) return found
  const isStamp = (child: Element | string): boolean =>
    typeof child === 'object' && child.ns === StanzaId.ns && child.name === StanzaId.name
  return { ...found, children: found.children.filter(child => !isStamp(child)) }
}

function difference(wanted: Element, found: Element, path: string, isOutermost: boolean): string | undefined {
  if (wanted.name !== found.name || wanted.ns !== found.ns)
    return `${path}: it is {${found.ns}}${found.name} instead of {${wanted.ns}}${wanted.name}`
  return attributeDifference(wanted, found, path, isOutermost) ?? contentDifference(wanted, found, path)
}

function attributeDifference(wanted: Element, found: Element, path: string, isOutermost: boolean) {
  for (const [key, value] of wanted.attrs) {
    const actual = found.attrs.get(key)
    if (value === anything ? actual !== undefined : actual === (value === absent ? undefined : value))
      continue
    return `${path}@${key}: it is ${quoted(actual)} instead of ${quoted(value)}`
  }
  for (const [key, value] of found.attrs)
    if (!wanted.attrs.has(key) && !(isOutermost && addressing.has(key)))
      return `${path}@${key}: it is ${quoted(value)} though it should be absent`
  return undefined
}

function contentDifference(wanted: Element, found: Element, path: string): string | undefined {
  if (wanted.children.length === 1 && wanted.children[0] === anything) return undefined
  for (let at = 0; at < Math.max(wanted.children.length, found.children.length); at++) {
    const different = childDifference(wanted.children[at], found.children[at], path)
    if (different !== undefined) return different
  }
  return undefined
}

type Child = Element | string | undefined

function childDifference(wanted: Child, found: Child, path: string): string | undefined {
  if (wanted === undefined) return `${path}: there is ${described(found)}, which should not be there`
  if (found === undefined) return `${path}: ${described(wanted)} is missing`
  if (typeof wanted !== 'string' && typeof found !== 'string')
    return difference(wanted, found, `${path}/${wanted.name}`, false)
  if (wanted === found || (wanted === anything && typeof found === 'string')) return undefined
  return `${path}: there is ${described(found)} instead of ${described(wanted)}`
}

function described(child: Child): string {
  return typeof child === 'object' ? `<${child.name} xmlns='${child.ns}'>` : quoted(child)
}

function quoted(value: string | undefined): string {
  return value === undefined ? 'absent' : JSON.stringify(value)
}

/** As text for people. */
export function shown(element: Element, ns: string): string {
  return writeElement(element, ns)
}

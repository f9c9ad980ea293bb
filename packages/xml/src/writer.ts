// XML as text: escaping that refuses what XML cannot carry, and the writer of trees.

import { type Element, splitAttrKey } from './element.ts'
import { XmlError } from './errors.ts'
import { XML_NS, XMLNS_NS } from './names.ts'

// Characters XML 1.0 has (§2.2) as UTF-16 units; surrogates are looked at only where there are some.
const plainText = /^[\t\n\x20-\x25\x27-\x3b\x3d\x3f-\ud7ff\ue000-\ufffd]*$/
const plainAttr = /^[\x20\x21\x23-\x25\x28-\x3b\x3d\x3f-\ud7ff\ue000-\ufffd]*$/
const illegal = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

const references = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
  ['\t', '&#x9;'],
  ['\n', '&#xA;'],
  ['\r', '&#xD;'],
])

function refer(character: string): string {
  return references.get(character) ?? character
}

function refuseIllegal(text: string): void {
  const at = text.search(illegal)
  if (at < 0) return
  const code = (text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  throw new XmlError('not-well-formed', `U+${code} at ${at} cannot be written in XML`)
}

/**
 * Character data. `&`, `<`, `>` and CR become references, so that every text reads back as it was.
 * Throws `XmlError` (`not-well-formed`) for control characters, lone surrogates, U+FFFE and U+FFFF.
 */
export function escapeText(text: string): string {
  if (plainText.test(text)) return text
  refuseIllegal(text)
  return text.replace(/[&<>\r]/g, refer)
}

/** An attribute's value for either kind of quotes: as `escapeText`, and quotes, TAB and LF become references. */
export function escapeAttr(value: string): string {
  if (plainAttr.test(value)) return value
  refuseIllegal(value)
  return value.replace(/[&<>"'\t\n\r]/g, refer)
}

const asciiName = /^[A-Za-z_][A-Za-z0-9_.-]*$/
const start =
  'A-Z_a-z\\u{c0}-\\u{d6}\\u{d8}-\\u{f6}\\u{f8}-\\u{2ff}\\u{370}-\\u{37d}\\u{37f}-\\u{1fff}\\u{200c}\\u{200d}' +
  '\\u{2070}-\\u{218f}\\u{2c00}-\\u{2fef}\\u{3001}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{fffd}\\u{10000}-\\u{effff}'
const anyName = new RegExp(`^[${start}][${start}\\-.0-9\\u{b7}\\u{300}-\\u{36f}\\u{203f}\\u{2040}]*$`, 'u')

/** The name itself, if an element or attribute may be called so (Namespaces in XML §3, NCName). */
export function checkName(name: string): string {
  if (asciiName.test(name) || anyName.test(name)) return name
  throw new XmlError('not-well-formed', 'An element or attribute cannot be called so')
}

function attribute(key: string, value: string, order: number): string {
  const [ns, name] = splitAttrKey(key)
  const written = `${checkName(name)}="${escapeAttr(value)}"`
  if (ns === XML_NS) return ` xml:${written}`
  if (ns !== '') return ` xmlns:a${order}="${declarable(ns)}" a${order}:${written}`
  if (name === 'xmlns') throw new XmlError('invalid-namespace', 'A declaration is not an attribute')
  return ` ${written}`
}

/** A namespace as the value of its declaration. */
function declarable(ns: string): string {
  if (ns !== XMLNS_NS) return escapeAttr(ns)
  throw new XmlError('invalid-namespace', 'The namespace of declarations cannot be declared')
}

/** The name as written: what lies in the namespace of `xml:` can have no other prefix and none cannot do. */
function tagName(element: Element): string {
  return element.ns === XML_NS ? `xml:${checkName(element.name)}` : checkName(element.name)
}

function startTag(element: Element, defaultNs: string | undefined): string {
  let tag = `<${tagName(element)}`
  if (element.ns !== defaultNs && element.ns !== XML_NS) tag += ` xmlns="${declarable(element.ns)}"`
  let order = 0
  for (const [key, value] of element.attrs) tag += attribute(key, value, order++)
  return tag
}

interface OpenTag {
  readonly element: Element
  /** The default namespace inside. */
  readonly ns: string | undefined
  next: number
}

/**
 * A tree as text, in default namespaces: `xmlns` stands where the namespace changes.
 *
 * @param parentNs the default namespace where the text will stand; absent: the root declares its own
 * @throws XmlError for characters and names XML does not have
 */
export function writeElement(element: Element, parentNs?: string): string {
  const open: OpenTag[] = []
  let text = ''
  const enter = (entered: Element, outerNs: string | undefined): void => {
    text += startTag(entered, outerNs)
    if (entered.children.length === 0) text += '/>'
    else {
      text += '>'
      open.push({ element: entered, ns: entered.ns === XML_NS ? outerNs : entered.ns, next: 0 })
    }
  }
  enter(element, parentNs)
  for (let top = open.at(-1); top; top = open.at(-1)) {
    const child = top.element.children[top.next++]
    if (child === undefined) {
      text += `</${tagName(top.element)}>`
      open.pop()
    } else if (typeof child === 'string') text += escapeText(child)
    else enter(child, top.ns)
  }
  return text
}

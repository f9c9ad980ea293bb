/** The payload of an item as its publisher wrote it. */
import { type Element, parseElement, sameElement, writeElement } from '@waxwing/xml'

/** From behind the start tag of an item to its end tag; of several the last end tag counts. */
const insideItem = /<(?:[\w.-]+:)?item(?=[\s/>])(?:[^>"']|"[^"]*"|'[^']*')*>([\s\S]*)<\/(?:[\w.-]+:)?item\s*>/

/**
 * A payload as text that means the same wherever it stands: what was written, to the byte, unless it leans on
 * prefixes or namespaces from outside.
 *
 * @param written the request's children as they came
 */
export function payloadText(payload: Element, written: string): string {
  const [, found = ''] = insideItem.exec(written) ?? []
  const text = found.trim()
  return text !== '' && meansAlone(text, payload) ? text : writeElement(payload)
}

function meansAlone(text: string, payload: Element): boolean {
  try {
    return sameElement(parseElement(text, { limits: 'none' }), payload)
  } catch {
    return false
  }
}

// Elements as people write them.
import { type Element, withoutIndentation } from './element.ts'
import { parseElement } from './element-parser.ts'
import { escapeAttr, writeElement } from './writer.ts'

/** What may stand in a template: texts and numbers anywhere a text may, elements among children. */
export type TemplateValue = string | number | boolean | bigint | Element | readonly Element[]

function written(value: TemplateValue): string {
  if (typeof value !== 'object') return escapeAttr(String(value))
  return 'name' in value ? writeElement(value) : value.map(item => writeElement(item)).join('')
}

/**
 * An element from a template: xml`<iq type="get"><query xmlns="jabber:iq:version" node="${node}"/></iq>`.
 * Values are escaped; indentation is dropped. Throws `XmlError` when the template is not one complete element.
 */
export function xml(strings: TemplateStringsArray, ...values: readonly TemplateValue[]): Element {
  let text = strings[0] ?? ''
  values.forEach((value, i) => {
    text += written(value) + (strings[i + 1] ?? '')
  })
  return withoutIndentation(parseElement(text.trim(), { limits: 'none' }))
}

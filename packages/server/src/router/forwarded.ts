/** Stanzas inside other stanzas, as text: copies and archived messages are never read for it. XEP-0297. */
import { CLIENT_NS, Delay, Forwarded } from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'

const open = `<${Forwarded.name} xmlns='${Forwarded.ns}'>`
const close = `</${Forwarded.name}>`

/**
 * `<forwarded/>` around a stanza.
 *
 * @param stanza as `Stanza.toText` writes it
 * @param at when it was first handled, ms since 1970
 */
export function forwarded(stanza: string, at?: number): string {
  const delay = at === undefined ? '' : writeWire(Delay, { stamp: new Date(at) }, Forwarded.ns)
  const nameEnd = stanza.indexOf(' ')
  return `${open}${delay}${stanza.slice(0, nameEnd)} xmlns='${CLIENT_NS}'${stanza.slice(nameEnd)}${close}`
}

// Headers (SHIM, XEP-0131), and the periods they tell (XEP-0149).
import { attr, children, element, string, text, type Wire } from '@waxwing/xml'
import { parseDateTime } from './date-time.ts'

const NS = 'http://jabber.org/protocol/shim'

/** One header; names are compared as they are written. XEP-0131 §4. */
export interface Header {
  readonly name: string
  readonly value: string
}
export const Header: Wire<Header> = element(NS, 'header', { name: attr('name', string), value: text(string) })

/** All headers of a stanza; in an iq they stand inside of the payload. XEP-0131 §4. */
export interface Headers {
  readonly headers: readonly Header[]
}
export const Headers: Wire<Headers> = element(NS, 'headers', { headers: children(Header) })

/** The first value of a header. */
export function headerOf({ headers }: Headers, name: string): string | undefined {
  return headers.find(header => header.name === name)?.value
}

/** From when to when something is so; what is not told is `undefined`. XEP-0149 §3. */
export interface TimePeriod {
  readonly start?: Date | undefined
  readonly stop?: Date | undefined
}

/** The period told by `Start` and `Stop`; one that ends before it begins counts for none. XEP-0149 §3. */
export function timePeriodIn(headers: Headers): TimePeriod {
  const [start, stop] = ['Start', 'Stop'].map(name => momentIn(headerOf(headers, name)))
  return start && stop && stop <= start ? {} : { start, stop }
}

function momentIn(text: string | undefined): Date | undefined {
  try {
    return text === undefined ? undefined : parseDateTime(text)
  } catch {
    return undefined
  }
}

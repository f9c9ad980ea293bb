// Result set management (XEP-0059).
import { attr, child, count, element, string, text, textChild, type Wire } from '@waxwing/xml'

const NS = 'http://jabber.org/protocol/rsm'

/** The first entry of a page. XEP-0059 §2.2. */
export interface FirstOfPage {
  readonly id: string
  /** How many entries of the whole set come before it. */
  readonly index?: number | undefined
}
const First: Wire<FirstOfPage> = element(NS, 'first', {
  index: attr('index', count).maybe(),
  id: text(string),
})

/** Which page is wanted, or which it is. XEP-0059 §2. */
export interface ResultSet {
  /** Only what comes behind this entry. §2.2 */
  readonly after?: string | undefined
  /** Only what comes ahead of this entry, the last of it; empty: the end of the set. §2.3, §2.5 */
  readonly before?: string | undefined
  /** How many entries the whole set has. §2.7 */
  readonly count?: number | undefined
  readonly first?: FirstOfPage | undefined
  /** The page that starts at this place. §2.6 */
  readonly index?: number | undefined
  readonly last?: string | undefined
  /** At most so many entries; 0 asks for the count alone. §2.1, §2.7 */
  readonly max?: number | undefined
}
export const ResultSet: Wire<ResultSet> = element(NS, 'set', {
  after: textChild('after', string).maybe(),
  before: textChild('before', string).maybe(),
  first: child(First).maybe(),
  last: textChild('last', string).maybe(),
  count: textChild('count', count).maybe(),
  index: textChild('index', count).maybe(),
  max: textChild('max', count).maybe(),
})

// Private XML storage (XEP-0049).
import { type Element, element, rest, type Wire } from '@waxwing/xml'

/** What is stored, or in a request for it one empty element that names it. XEP-0049 §2.3. */
export interface PrivateXml {
  /** Each is kept under its name and namespace. */
  readonly content: readonly Element[]
}
export const PrivateXml: Wire<PrivateXml> = element('jabber:iq:private', 'query', { content: rest })

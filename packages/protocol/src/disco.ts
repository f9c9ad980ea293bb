// Service discovery (XEP-0030) and its extended information (XEP-0128).
import type { Jid } from '@waxwing/jid'
import { attr, child, children, element, lang, mapped, string, type Wire } from '@waxwing/xml'
import { DataForm } from './data-forms.ts'
import { anyJid } from './jids.ts'
import { ResultSet } from './result-sets.ts'

const INFO_NS = 'http://jabber.org/protocol/disco#info'
const ITEMS_NS = 'http://jabber.org/protocol/disco#items'

/** What an entity is. XEP-0030 §3.1. */
export interface Identity {
  readonly category: string
  readonly type: string
  /** For people. */
  readonly name?: string | undefined
  /** The language of `name`. */
  readonly lang?: string | undefined
}
export const Identity: Wire<Identity> = element(INFO_NS, 'identity', {
  category: attr('category', string),
  type: attr('type', string),
  name: attr('name', string).maybe(),
  lang,
})

const Feature: Wire<string> = mapped(
  element(INFO_NS, 'feature', { var: attr('var', string) }),
  feature => feature.var,
  (name: string) => ({ var: name }),
)

/** The question, empty but for the node, and its answer. XEP-0030 §3. */
export interface DiscoInfo {
  readonly node?: string | undefined
  readonly identities?: readonly Identity[] | undefined
  readonly features?: readonly string[] | undefined
  /** Extended information, each form with its own FORM_TYPE. XEP-0128 §2. */
  readonly forms?: readonly DataForm[] | undefined
}
export const DiscoInfo: Wire<DiscoInfo> = element(INFO_NS, 'query', {
  node: attr('node', string).maybe(),
  identities: children(Identity),
  features: children(Feature),
  forms: children(DataForm),
})

/** Something that belongs to an entity. XEP-0030 §4. */
export interface DiscoItem {
  readonly jid: Jid
  readonly node?: string | undefined
  readonly name?: string | undefined
}
export const DiscoItem: Wire<DiscoItem> = element(ITEMS_NS, 'item', {
  jid: attr('jid', anyJid),
  node: attr('node', string).maybe(),
  name: attr('name', string).maybe(),
})

/** The question, empty but for the node, and its answer. XEP-0030 §4. */
export interface DiscoItems {
  readonly node?: string | undefined
  readonly items?: readonly DiscoItem[] | undefined
  /** Which page is wanted, or which it is; absent: all. XEP-0059 §2. */
  readonly page?: ResultSet | undefined
}
export const DiscoItems: Wire<DiscoItems> = element(ITEMS_NS, 'query', {
  node: attr('node', string).maybe(),
  items: children(DiscoItem),
  page: child(ResultSet).maybe(),
})

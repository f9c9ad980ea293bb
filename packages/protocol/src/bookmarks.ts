// Bookmarks of chat rooms, one item each (XEP-0402) and all in one element (XEP-0048).
import type { Jid } from '@waxwing/jid'
import {
  attr,
  bool,
  child,
  children,
  type Element,
  element,
  rest,
  string,
  textChild,
  type Wire,
} from '@waxwing/xml'
import { anyJid } from './jids.ts'

/** The node, and the namespace of what is in it; the id of an item is the address of the room. XEP-0402 §2. */
export const BOOKMARKS_NODE = 'urn:xmpp:bookmarks:1'
/** Says that a server keeps bookmarks in both forms alike. XEP-0402 §5.3. */
export const BOOKMARKS_COMPAT_NS = 'urn:xmpp:bookmarks:1#compat'
const OLD_NS = 'storage:bookmarks'

/** A room to be remembered. XEP-0402 §2. */
export interface Bookmark {
  readonly name?: string | undefined
  /** Whether to enter it at every login. */
  readonly autojoin: boolean
  readonly nick?: string | undefined
  readonly password?: string | undefined
  /** What other clients put there: to be kept. */
  readonly extensions?: { readonly elements: readonly Element[] } | undefined
}
export const Bookmark: Wire<Bookmark> = element(BOOKMARKS_NODE, 'conference', {
  autojoin: attr('autojoin', bool).or(false),
  name: attr('name', string).maybe(),
  nick: textChild('nick', string).maybe(),
  password: textChild('password', string).maybe(),
  extensions: child(element(BOOKMARKS_NODE, 'extensions', { elements: rest })).maybe(),
})

/** A room as it was remembered before. XEP-0048 §3.1. */
export interface OldBookmark {
  readonly jid: Jid
  readonly name?: string | undefined
  readonly autojoin: boolean
  readonly nick?: string | undefined
  readonly password?: string | undefined
}
const OldConference: Wire<OldBookmark> = element(OLD_NS, 'conference', {
  autojoin: attr('autojoin', bool).or(false),
  jid: attr('jid', anyJid),
  name: attr('name', string).maybe(),
  nick: textChild('nick', string).maybe(),
  password: textChild('password', string).maybe(),
})

/** All bookmarks in one element; pages of the web among them are kept as they are. XEP-0048 §3. */
export interface OldBookmarks {
  readonly conferences: readonly OldBookmark[]
  readonly others?: readonly Element[] | undefined
}
export const OldBookmarks: Wire<OldBookmarks> = element(OLD_NS, 'storage', {
  conferences: children(OldConference),
  others: rest,
})

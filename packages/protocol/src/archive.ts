// Message archive management (XEP-0313) and its preferences (XEP-0441).
import type { Jid } from '@waxwing/jid'
import {
  attr,
  bool,
  child,
  dateTime,
  element,
  flag,
  oneOf,
  string,
  textChildren,
  type Wire,
} from '@waxwing/xml'
import { DataForm } from './data-forms.ts'
import { Forwarded } from './forwarding.ts'
import { anyJid } from './jids.ts'
import { ResultSet } from './result-sets.ts'

const NS = 'urn:xmpp:mam:2'

/** In service discovery: ids as conditions, flipped pages and metadata are understood. XEP-0313 §7. */
export const ARCHIVE_EXTENDED_NS = 'urn:xmpp:mam:2#extended'
/** In service discovery: the field `include-groupchat` is understood. XEP-0313 §7. */
export const ARCHIVE_GROUPCHAT_FIELD_NS = 'urn:xmpp:mam:2#groupchat-field'

/** A question for archived messages; empty in a `get`, which asks for the form. XEP-0313 §4. */
export interface ArchiveQuery {
  /** Comes back with every result. */
  readonly queryId?: string | undefined
  /** Of archives of nodes. XEP-0442 §2. */
  readonly node?: string | undefined
  /** Which messages; absent: all. §4.1 */
  readonly form?: DataForm | undefined
  readonly page?: ResultSet | undefined
  /** The newest first within the page. §4.3.4 */
  readonly isFlipped?: boolean | undefined
}
export const ArchiveQuery: Wire<ArchiveQuery> = element(NS, 'query', {
  queryId: attr('queryid', string).maybe(),
  node: attr('node', string).maybe(),
  form: child(DataForm).maybe(),
  page: child(ResultSet).maybe(),
  isFlipped: flag('flip-page'),
})

/** One archived message. XEP-0313 §4.2. */
export interface ArchiveResult {
  readonly queryId?: string | undefined
  /** Its id in the archive. */
  readonly id: string
  readonly forwarded: Forwarded
}
export const ArchiveResult: Wire<ArchiveResult> = element(NS, 'result', {
  queryId: attr('queryid', string).maybe(),
  id: attr('id', string),
  forwarded: child(Forwarded),
})

/** The end of the results. XEP-0313 §4.3. */
export interface ArchiveFin {
  /** Nothing more in this direction. §4.3.2 */
  readonly isComplete?: boolean | undefined
  /** `false`: what was given may still change. §4.3.2 */
  readonly isStable?: boolean | undefined
  readonly page?: ResultSet | undefined
}
export const ArchiveFin: Wire<ArchiveFin> = element(NS, 'fin', {
  isComplete: attr('complete', bool).or(false),
  isStable: attr('stable', bool).or(true),
  page: child(ResultSet).maybe(),
})

/** An end of the archive. XEP-0313 §5. */
export interface ArchiveEnd {
  readonly id: string
  readonly timestamp: Date
}
const archiveEnd = (name: string): Wire<ArchiveEnd> =>
  element(NS, name, { id: attr('id', string), timestamp: attr('timestamp', dateTime) })

/** From when to when the archive reaches; empty in the question, and when it is empty. XEP-0313 §5. */
export interface ArchiveMetadata {
  readonly start?: ArchiveEnd | undefined
  readonly end?: ArchiveEnd | undefined
}
export const ArchiveMetadata: Wire<ArchiveMetadata> = element(NS, 'metadata', {
  start: child(archiveEnd('start')).maybe(),
  end: child(archiveEnd('end')).maybe(),
})

/** What is kept of whom no list names: everything, nothing, or what the contacts in the roster write. XEP-0441 §2.1.1. */
export const archiveRules = ['always', 'never', 'roster'] as const
export type ArchiveRule = (typeof archiveRules)[number]

interface Addresses {
  readonly jids: readonly Jid[]
}
const addresses = (ns: string, name: string): Wire<Addresses> =>
  element(ns, name, { jids: textChildren('jid', anyJid) })

/** What the account wants kept; empty in the question. XEP-0441 §2.1. */
export interface ArchivePreferences {
  readonly rule?: ArchiveRule | undefined
  readonly always?: Addresses | undefined
  readonly never?: Addresses | undefined
}
function preferencesIn(ns: string): Wire<ArchivePreferences> {
  return element(ns, 'prefs', {
    rule: attr('default', oneOf(...archiveRules)).maybe(),
    always: child(addresses(ns, 'always')).maybe(),
    never: child(addresses(ns, 'never')).maybe(),
  })
}
export const ArchivePreferences: Wire<ArchivePreferences> = preferencesIn(NS)

/** COMPAT(clients of XEP-0313 before 0.6): the same in the namespace of that time. */
export const ArchivePreferences1: Wire<ArchivePreferences> = preferencesIn('urn:xmpp:mam:1')

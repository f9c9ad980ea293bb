// Message archiving of the old kind (XEP-0136): collections and modes.
import type { Jid } from '@waxwing/jid'
import {
  attr,
  bool,
  child,
  children,
  choice,
  count,
  dateTime,
  type Element,
  element,
  oneOf,
  rest,
  string,
  textChild,
  type Wire,
} from '@waxwing/xml'
import { anyJid } from './jids.ts'
import { ResultSet } from './result-sets.ts'

const NS = 'urn:xmpp:archive'

/** In service discovery: collections can be listed and retrieved, modes asked for and set. XEP-0136 §9. */
export const ARCHIVING_MANAGE_NS = 'urn:xmpp:archive:manage'
export const ARCHIVING_PREF_NS = 'urn:xmpp:archive:pref'
export const ARCHIVING_AUTO_NS = 'urn:xmpp:archive:auto'

/** What is to be saved. XEP-0136 §2.2.2.3. */
export const saveModes = ['body', 'false', 'message', 'stream'] as const
export type SaveMode = (typeof saveModes)[number]

/** Whether conversations may be off the record. XEP-0136 §2.2.2.2. */
export const otrModes = ['approve', 'concede', 'forbid', 'oppose', 'prefer', 'require'] as const
export type OtrMode = (typeof otrModes)[number]

/** XEP-0136 §2.2.2, §2.2.3. */
export interface ArchivingMode {
  readonly otr?: OtrMode | undefined
  readonly save?: SaveMode | undefined
  /** Seconds until what was saved should go. */
  readonly expire?: number | undefined
}
/** For whom nothing else is said; `isUnset`: nobody has set it yet. §2.2.2 */
export interface DefaultMode extends ArchivingMode {
  readonly isUnset?: boolean | undefined
}
const DefaultMode: Wire<DefaultMode> = element(NS, 'default', {
  expire: attr('expire', count).maybe(),
  otr: attr('otr', oneOf(...otrModes)).maybe(),
  save: attr('save', oneOf(...saveModes)).maybe(),
  isUnset: attr('unset', bool).or(false),
})

/** For one contact or domain. §2.2.3 */
export interface ContactMode extends ArchivingMode {
  readonly jid: Jid
  /** Only this very address. §10.1 */
  readonly isExact?: boolean | undefined
}
const ContactMode: Wire<ContactMode> = element(NS, 'item', {
  expire: attr('expire', count).maybe(),
  jid: attr('jid', anyJid),
  otr: attr('otr', oneOf(...otrModes)).maybe(),
  save: attr('save', oneOf(...saveModes)).maybe(),
  isExact: attr('exactmatch', bool).or(false),
})

/** Whether messages are archived by themselves. §2.2.1, §6 */
export interface AutoArchiving {
  readonly save: boolean
  readonly scope?: 'global' | 'stream' | undefined
}
export const AutoArchiving: Wire<AutoArchiving> = element(NS, 'auto', {
  save: attr('save', bool),
  scope: attr('scope', oneOf('global', 'stream')).maybe(),
})

/** For one conversation. §2.2.4 */
const SessionMode = element(NS, 'session', {
  thread: attr('thread', string),
  save: attr('save', oneOf(...saveModes)).maybe(),
  otr: attr('otr', oneOf(...otrModes)).maybe(),
  timeout: attr('timeout', count).maybe(),
})

/** How gladly a way of archiving is used. §2.2.5 */
export interface ArchivingMethod {
  readonly type: 'auto' | 'local' | 'manual'
  readonly use: 'concede' | 'forbid' | 'prefer'
}
const ArchivingMethod: Wire<ArchivingMethod> = element(NS, 'method', {
  type: attr('type', oneOf('auto', 'local', 'manual')),
  use: attr('use', oneOf('concede', 'forbid', 'prefer')),
})

/** All that somebody prefers, or what of it changes; empty in the question. §2.2 */
export interface ArchivingModes {
  readonly auto?: AutoArchiving | undefined
  readonly standard?: DefaultMode | undefined
  readonly items?: readonly ContactMode[] | undefined
  readonly sessions?: readonly { readonly thread: string }[] | undefined
  readonly methods?: readonly ArchivingMethod[] | undefined
}
export const ArchivingModes: Wire<ArchivingModes> = element(NS, 'pref', {
  auto: child(AutoArchiving).maybe(),
  standard: child(DefaultMode).maybe(),
  items: children(ContactMode),
  sessions: children(SessionMode),
  methods: children(ArchivingMethod),
})

/** No more preferences of their own for these. §2.5 */
export interface RemovedModes {
  readonly items: readonly ContactMode[]
}
export const RemovedModes: Wire<RemovedModes> = element(NS, 'itemremove', { items: children(ContactMode) })

/** One message of a collection. §4.6 */
export interface CollectedMessage {
  /** Whole seconds since the message before, or since the start of the collection. */
  readonly secs?: number | undefined
  readonly utc?: Date | undefined
  /** Of the occupant, in rooms. §5.5 */
  readonly name?: string | undefined
  readonly jid?: Jid | undefined
  readonly body?: string | undefined
  readonly content?: readonly Element[] | undefined
}
const collected = (name: string): Wire<CollectedMessage> =>
  element(NS, name, {
    secs: attr('secs', count).maybe(),
    utc: attr('utc', dateTime).maybe(),
    name: attr('name', string).maybe(),
    jid: attr('jid', anyJid).maybe(),
    body: textChild('body', string).maybe(),
    content: rest,
  })
const Collected = choice({ from: collected('from'), to: collected('to') })

/** Messages near each other; known by whom they are with and when they start. §4 */
export interface Collection {
  readonly with: Jid
  readonly start: Date
  readonly subject?: string | undefined
  readonly thread?: string | undefined
  readonly version?: number | undefined
  readonly messages?: readonly (CollectedMessage & { readonly kind: 'from' | 'to' })[] | undefined
  readonly page?: ResultSet | undefined
  /** Notes, links and forms, as they came. §4.7, §5.6, §5.7 */
  readonly extensions?: readonly Element[] | undefined
}
export const Collection: Wire<Collection> = element(NS, 'chat', {
  with: attr('with', anyJid),
  start: attr('start', dateTime),
  subject: attr('subject', string).maybe(),
  thread: attr('thread', string).maybe(),
  version: attr('version', count).maybe(),
  messages: children(Collected),
  page: child(ResultSet).maybe(),
  extensions: rest,
})

/** The question for collections, and its answer. §7.1 */
export interface CollectionList {
  readonly with?: Jid | undefined
  readonly start?: Date | undefined
  readonly end?: Date | undefined
  readonly isExact?: boolean | undefined
  readonly chats?: readonly Collection[] | undefined
  readonly page?: ResultSet | undefined
}
export const CollectionList: Wire<CollectionList> = element(NS, 'list', {
  with: attr('with', anyJid).maybe(),
  start: attr('start', dateTime).maybe(),
  end: attr('end', dateTime).maybe(),
  isExact: attr('exactmatch', bool).or(false),
  chats: children(Collection),
  page: child(ResultSet).maybe(),
})

/** The question for the messages of a collection. §7.2 */
export interface RetrieveCollection {
  readonly with: Jid
  readonly start: Date
  readonly page?: ResultSet | undefined
}
export const RetrieveCollection: Wire<RetrieveCollection> = element(NS, 'retrieve', {
  with: attr('with', anyJid),
  start: attr('start', dateTime),
  page: child(ResultSet).maybe(),
})

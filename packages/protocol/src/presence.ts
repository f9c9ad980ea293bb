// Presence stanzas (RFC 6121 §4.7).
import type { Jid } from '@waxwing/jid'
import {
  attr,
  child,
  children,
  type Element,
  element,
  intWithin,
  lang,
  oneOf,
  rest,
  string,
  textChild,
  type Wire,
} from '@waxwing/xml'
import { Delay } from './delay.ts'
import { anyJid } from './jids.ts'
import { type LangText, langText } from './lang-text.ts'
import { type ErrorPayload, errorIn } from './stanza-errors.ts'
import { CLIENT_NS, COMPONENT_NS, type PresenceType, presenceTypes, SERVER_NS } from './stanzas.ts'

/** How available somebody is; absent: simply available. RFC 6121 §4.7.2.1. */
export const shows = ['away', 'chat', 'dnd', 'xa'] as const
export type Show = (typeof shows)[number]

/** A whole presence stanza. RFC 6121 §4.7. */
export interface Presence {
  readonly to?: Jid | undefined
  readonly from?: Jid | undefined
  readonly id?: string | undefined
  /** Absent: the sender is available. §4.7.1. */
  readonly type?: PresenceType | undefined
  readonly lang?: string | undefined
  readonly show?: Show | undefined
  /** For people, at most one in each language. §4.7.2.2. */
  readonly statuses?: readonly LangText[] | undefined
  /** −128 … 127, zero when absent; below zero no messages to the bare JID are wanted. §4.7.2.3. */
  readonly priority?: number | undefined
  readonly delay?: Delay | undefined
  readonly error?: ErrorPayload | undefined
  /** Extensions, as they came. */
  readonly extensions?: readonly Element[] | undefined
}

function presenceWire(ns: string): Wire<Presence> {
  return element(ns, 'presence', {
    to: attr('to', anyJid).maybe(),
    from: attr('from', anyJid).maybe(),
    id: attr('id', string).maybe(),
    type: attr('type', oneOf(...presenceTypes)).maybe(),
    lang,
    show: textChild('show', oneOf(...shows)).maybe(),
    statuses: children(langText(ns, 'status')),
    priority: textChild('priority', intWithin(-128, 127)).or(0),
    delay: child(Delay).maybe(),
    error: child(errorIn(ns)).maybe(),
    extensions: rest,
  })
}

const clientPresence = presenceWire(CLIENT_NS)
const serverPresence = presenceWire(SERVER_NS)
const componentPresence = presenceWire(COMPONENT_NS)

/** The schema of presence in a content namespace. */
export function presenceIn(ns: string): Wire<Presence> {
  if (ns === CLIENT_NS) return clientPresence
  if (ns === SERVER_NS) return serverPresence
  return ns === COMPONENT_NS ? componentPresence : presenceWire(ns)
}

/** What a message carries, seen from the names of its first-level children: what archives, copies and queues go by. */
import {
  Amp,
  ArchiveResult,
  CHAT_MARKERS_NS,
  CHAT_STATES_NS,
  CLIENT_NS,
  DIRECT_INVITATION_NS,
  DISPLAYED_NODE,
  DisplayedUpTo,
  EnableCarbons,
  FASTENING_NS,
  Hint,
  OLD_OPENPGP_NS,
  OMEMO_NAMESPACES,
  OPENPGP_NS,
  OriginId,
  PUBSUB_EVENT_NS,
  REACTIONS_NS,
  RETRACTION_0_NS,
  RETRACTION_NS,
  Receipt,
  ROOM_USER_NS,
  StanzaId,
} from '@waxwing/protocol'
import { elementsOf } from '@waxwing/xml'
import type { Stanza } from './stanza.ts'

/** Bits of `Stanza.traits`. */
export const trait = {
  body: 1,
  /** Hints to those on the way. XEP-0334 §4. */
  store: 1 << 1,
  noStore: 1 << 2,
  noPermanentStore: 1 << 3,
  noCopy: 1 << 4,
  /** Not to be copied to other resources. XEP-0280 §9. */
  private: 1 << 5,
  /** Part of a conversation though it may have no body: encrypted, a receipt, a marker, a reaction, an invitation … */
  lasting: 1 << 6,
  /** What clients exchange around a conversation. XEP-0280 §6.1. */
  talk: 1 << 7,
  /** Something of a chat room: a private message, an invitation. XEP-0045 §7.5, §7.8. */
  room: 1 << 8,
  /** The id its sender gave it. XEP-0359 §2.2. */
  originId: 1 << 9,
  /** An event of a node. XEP-0060 §7.1.2. */
  event: 1 << 10,
  /** A copy as only the own server makes them: a carbon (XEP-0280 §7, §8), or something from the archive (XEP-0313 §4.2). */
  copy: 1 << 11,
  /** Anything but chat states and threads, which mean nothing later. XEP-0160 §3. */
  meaning: 1 << 12,
  /** An id somebody on the way gave it, or pretends to have. XEP-0359 §2.1. */
  stanzaId: 1 << 13,
  /** Rules of processing on the way. XEP-0079. */
  rules: 1 << 14,
  /** Says to the sender's own server up to where a conversation has been shown. XEP-0490 §4.5. */
  displayedUpTo: 1 << 15,
} as const

const { meaning } = trait
const lasting = trait.lasting | meaning
const talk = trait.talk | meaning

/** By namespace, then name; `*` for every name. */
const known: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map(
  Object.entries({
    [CLIENT_NS]: { body: trait.body | meaning, thread: 0 },
    [CHAT_STATES_NS]: { '*': trait.talk },
    [Hint.ns]: {
      store: trait.store,
      'no-store': trait.noStore,
      'no-permanent-store': trait.noPermanentStore,
      'no-copy': trait.noCopy,
    },
    [EnableCarbons.ns]: {
      private: trait.private,
      received: trait.copy | meaning,
      sent: trait.copy | meaning,
    },
    [ArchiveResult.ns]: { result: trait.copy | meaning },
    [StanzaId.ns]: { [StanzaId.name]: trait.stanzaId, [OriginId.name]: trait.originId },
    [Receipt.ns]: { request: talk, received: lasting | talk },
    [CHAT_MARKERS_NS]: { markable: talk, '*': lasting | talk },
    [REACTIONS_NS]: { reactions: lasting },
    [RETRACTION_0_NS]: { '*': lasting },
    [RETRACTION_NS]: { '*': lasting },
    [FASTENING_NS]: { 'apply-to': lasting },
    ...Object.fromEntries(OMEMO_NAMESPACES.map(ns => [ns, { encrypted: lasting }])),
    [OPENPGP_NS]: { openpgp: lasting },
    [OLD_OPENPGP_NS]: { x: lasting },
    [DIRECT_INVITATION_NS]: { x: lasting | talk },
    [ROOM_USER_NS]: { x: trait.room | meaning },
    [PUBSUB_EVENT_NS]: { event: trait.event | meaning },
    [Amp.ns]: { [Amp.name]: trait.rules },
    [DISPLAYED_NODE]: { [DisplayedUpTo.name]: trait.displayedUpTo },
  }).map(([ns, names]) => [ns, new Map(Object.entries(names))] as const),
)

/** What one child says. */
export function traitsOfChild(ns: string, name: string): number {
  const names = known.get(ns)
  return names?.get(name) ?? names?.get('*') ?? meaning
}

/** What all children of a stanza say together. */
export function traitsOf(stanza: Stanza): number {
  let traits = 0
  if (stanza.slice)
    for (const child = stanza.slice.firstLevel(); child.next(); )
      traits |= traitsOfChild(child.ns, child.name)
  else if (stanza.headName !== undefined)
    for (const { ns, name } of elementsOf(stanza.element())) traits |= traitsOfChild(ns, name)
  return traits
}

/** The sender's hints count, except in errors, which repeat what somebody else has written. XEP-0334 §5. */
export function hasHint({ type, traits }: Stanza, hint: number): boolean {
  return type !== 'error' && (traits & hint) !== 0
}

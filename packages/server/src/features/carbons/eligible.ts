/** Which messages are copied to other resources: XEP-0280 §6.1 on plain data. */
import { isFull, type Jid } from '@waxwing/jid'
import { messageType } from '../../router/rules.ts'
import { trait } from '../../router/traits.ts'

export type Direction = 'sent' | 'received'

/** A message, seen from the account whose resources may get copies. */
export interface Candidate {
  readonly type: string | undefined
  /** What it carries: `Stanza.traits`. */
  readonly traits: number
  /** Who it is from. */
  readonly from: Jid
}

/** What the sender does not want copied; what only pretends to be a copy is not copied either. */
const excluded = trait.private | trait.noCopy | trait.copy
/** What makes a message without type part of a conversation. */
const conversation = trait.body | trait.talk | trait.room

/** Whether a message is copied; errors are asked for otherwise. */
export function isCopied(direction: Direction, { type, traits, from }: Candidate): boolean {
  if ((traits & excluded) !== 0) return false
  switch (messageType(type)) {
    case 'groupchat':
    case 'headline':
    case 'error':
      return false
    case 'chat':
      return !isRoomsOwn(direction, traits, from)
    case 'normal':
      return (traits & conversation) !== 0 && !isRoomsOwn(direction, traits, from)
  }
}

/** A private message from an occupant: the room itself brings it to every resource that has joined. */
function isRoomsOwn(direction: Direction, traits: number, from: Jid): boolean {
  return direction === 'received' && (traits & trait.room) !== 0 && isFull(from)
}

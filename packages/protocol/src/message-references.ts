// Messages about messages: corrections (XEP-0308), markers (0333), reactions (0444), replies (0461) and what old clients show instead (0428).
import type { Jid } from '@waxwing/jid'
import { attr, children, element, string, textChildren, uint, type Wire } from '@waxwing/xml'
import { anyJid } from './jids.ts'
import type { Empty } from './streams.ts'

/** This message replaces an earlier one of the same sender. XEP-0308 §3. */
export interface Correction {
  /** The id of the message replaced, always the first of all corrected. */
  readonly id: string
}
export const Correction: Wire<Correction> = element('urn:xmpp:message-correct:0', 'replace', {
  id: attr('id', string),
})

const markersNs = 'urn:xmpp:chat-markers:0'

/** Please tell when this was shown. XEP-0333 §3. */
export const Markable: Wire<Empty> = element(markersNs, 'markable', {})

/** Everything up to this message was shown. XEP-0333 §3. */
export interface Displayed {
  readonly id: string
}
export const Displayed: Wire<Displayed> = element(markersNs, 'displayed', { id: attr('id', string) })

/** All reactions of the sender to a message; none takes them back. XEP-0444 §3. */
export interface Reactions {
  readonly id: string
  readonly reactions: readonly string[]
}
export const Reactions: Wire<Reactions> = element('urn:xmpp:reactions:0', 'reactions', {
  id: attr('id', string),
  reactions: textChildren('reaction', string),
})

/** Which message this one answers. XEP-0461 §3. */
export interface Reply {
  /** Who wrote it. */
  readonly to?: Jid | undefined
  readonly id: string
}
export const Reply: Wire<Reply> = element('urn:xmpp:reply:0', 'reply', {
  to: attr('to', anyJid).maybe(),
  id: attr('id', string),
})

/** A part of a text, counted in code points; absent bounds: all of it. XEP-0428 §3. */
export interface FallbackRange {
  readonly start?: number | undefined
  readonly end?: number | undefined
}

const fallbackNs = 'urn:xmpp:fallback:0'
const rangeIn = (name: string): Wire<FallbackRange> =>
  element(fallbackNs, name, { start: attr('start', uint).maybe(), end: attr('end', uint).maybe() })

/** Parts of the message that only clients shall show that do not know the namespace `for`. XEP-0428 §3. */
export interface Fallback {
  readonly for?: string | undefined
  readonly bodies: readonly FallbackRange[]
  readonly subjects: readonly FallbackRange[]
}
export const Fallback: Wire<Fallback> = element(fallbackNs, 'fallback', {
  for: attr('for', string).maybe(),
  bodies: children(rangeIn('body')),
  subjects: children(rangeIn('subject')),
})

/** What an action written as `/me …` says its author does; `undefined`: an ordinary text. XEP-0245 §3. */
export function actionIn(body: string): string | undefined {
  return body.startsWith('/me ') ? body.slice(4) : undefined
}

/** What may wait while nobody looks at a client, and what it stands in for. XEP-0352 §3.2. */
import type { Jid } from '@waxwing/jid'
import type { StanzaKind } from '@waxwing/protocol'
import { trait } from '../../router/traits.ts'

export interface Passing {
  readonly kind: StanzaKind
  readonly type: string | undefined
  readonly from: Jid
  /** What a message carries: `Stanza.traits`. */
  readonly traits: number
}

/**
 * - `now`: goes out and disturbs nothing that waits
 * - `urgent`: goes out behind everything that waits
 * - `waits`: waits in its place
 * - `latest`: waits, and what waited of this sender and sort is not needed any more
 */
export type Urgency = 'now' | 'urgent' | 'waits' | 'latest'

export function urgencyOf(stanza: Passing): Urgency {
  switch (stanza.kind) {
    case 'iq':
      return 'now'
    case 'presence':
      return stanza.type === undefined || stanza.type === 'unavailable' ? 'latest' : 'urgent'
    case 'message':
      return urgencyOfMessage(stanza)
  }
}

const content = trait.body | trait.lasting | trait.store

function urgencyOfMessage({ type, traits }: Passing): Urgency {
  if (type === 'error' || (traits & content) !== 0) return 'urgent'
  const isChatState = (traits & trait.talk) !== 0 && (traits & trait.meaning) === 0
  // All copies come from the own account, whoever they are about.
  if (isChatState) return (traits & trait.copy) === 0 ? 'latest' : 'waits'
  return type === 'headline' || (traits & trait.event) !== 0 ? 'waits' : 'urgent'
}

/** Messages that come inside others: from the archive, from another client of ours. XEP-0297. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import { CLIENT_NS, type Forwarded, type Message, messageIn, textFor } from '@waxwing/protocol'
import { readWire } from '@waxwing/xml'

export interface CarriedMessage {
  readonly from: Jid
  /** Absent: the own account. */
  readonly to: Jid | undefined
  /** Whether it was sent by our account. */
  readonly isOurs: boolean
  readonly body: string | undefined
  readonly stanza: Message
}

/** @returns `undefined` when it holds no message. Throws `WireError` */
export function carriedIn({ stanza }: Forwarded, account: BareJid): CarriedMessage | undefined {
  if (stanza.ns !== CLIENT_NS || stanza.name !== 'message') return undefined
  const message = readWire(messageIn(CLIENT_NS), stanza)
  const from = message.from ?? account
  const body = textFor(message.bodies ?? [])
  return { from, to: message.to, isOurs: bareOf(from) === account, body, stanza: message }
}

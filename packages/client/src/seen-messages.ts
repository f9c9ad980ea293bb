/** Messages that have been shown already: after a session that could not be resumed the server may send them again. */
import { type BareJid, bareOf } from '@waxwing/jid'
import { OriginId, StanzaId } from '@waxwing/protocol'
import type { IncomingMessage } from './messages.ts'

/** Messages remembered; the oldest are forgotten. */
const most = 2_000

export class SeenMessages {
  readonly #keys = new Set<string>()

  /** Whether it has been here before; from now on it has. Messages without ids of XEP-0359 never have. */
  hasBefore(message: IncomingMessage, account: BareJid): boolean {
    const keys = keysOf(message, account)
    const isKnown = keys.some(key => this.#keys.has(key))
    for (const key of keys) this.#keys.add(key)
    for (const oldest of this.#keys) {
      if (this.#keys.size <= most) break
      this.#keys.delete(oldest)
    }
    return isKnown
  }
}

/** The own server's id is to be believed; the sender's stands for the sender alone. XEP-0359 §3. */
function keysOf(message: IncomingMessage, account: BareJid): readonly string[] {
  const keys: string[] = []
  const given = message.as(StanzaId)
  if (given?.by === account) keys.push(`by ${given.id}`)
  const origin = message.as(OriginId)
  if (origin) keys.push(`${bareOf(message.from)} ${origin.id}`)
  return keys
}

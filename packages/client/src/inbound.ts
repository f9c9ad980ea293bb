/** Where a stanza that has arrived goes. RFC 6120 §8, RFC 6121 §4, §5. */
import { type BareJid, tryJid } from '@waxwing/jid'
import { CLIENT_NS } from '@waxwing/protocol'
import type { Slice } from '@waxwing/xml'
import type { Answers } from './answers.ts'
import type { Chat } from './chat.ts'
import { IncomingMessage, type MessageHandlers } from './messages.ts'
import type { Presences } from './presence.ts'
import type { Requests } from './requests.ts'
import type { Roster } from './roster.ts'

export interface InboundParts {
  /** The own account: the sender of what has none. RFC 6120 §8.1.2.1. */
  readonly account: BareJid
  readonly requests: Requests
  readonly answers: Answers
  readonly messages: MessageHandlers
  readonly chat: Chat
  readonly roster: Roster
  readonly presences: Presences
}

export class Inbound {
  readonly #parts: InboundParts

  constructor(parts: InboundParts) {
    this.#parts = parts
  }

  /** @param reply sends an answer in the same session. Throws `WireError` for what cannot be read */
  receive(slice: Slice, reply: (text: string) => void): void {
    if (slice.ns !== CLIENT_NS) return
    switch (slice.name) {
      case 'message':
        return this.#onMessage(slice)
      case 'presence':
        return this.#onPresence(slice)
      case 'iq':
        return this.#onIq(slice, reply)
    }
  }

  #onIq(slice: Slice, reply: (text: string) => void): void {
    const { account, requests, answers } = this.#parts
    switch (slice.attr('type')) {
      case 'get':
      case 'set':
        return answers.receive(slice, account, reply)
      case 'result':
      case 'error':
        return requests.answered(slice)
    }
  }

  #onMessage(slice: Slice): void {
    const { account, messages, chat } = this.#parts
    const written = slice.attr('from')
    const from = written === undefined ? account : tryJid(written)
    if (from === undefined) return
    const message = new IncomingMessage(slice, from)
    messages.receive(slice, message)
    chat.receive(message)
  }

  #onPresence(slice: Slice): void {
    const { account, roster, presences } = this.#parts
    const written = slice.attr('from')
    const from = written === undefined ? account : tryJid(written)
    if (from === undefined || roster.receivePresence(slice, from)) return
    presences.receive(slice, from)
  }
}

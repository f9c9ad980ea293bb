/** A message with text that has arrived, and what can be done about it. RFC 6121 §5. */
import type { BareJid, Jid } from '@waxwing/jid'
import {
  Correction,
  Displayed,
  Geolocation,
  Markable,
  type Message,
  type MessageType,
  OriginId,
  Reactions,
  Reply,
  StanzaId,
  type Thread,
  textFor,
} from '@waxwing/protocol'
import { type Element, toElement } from '@waxwing/xml'
import type { Delivery } from './delivery.ts'
import type { SendOptions } from './message-text.ts'
import type { IncomingMessage } from './messages.ts'

/** What a message needs of the conversation it belongs to. */
export interface Conversation {
  send(jid: string, text: string, options?: SendOptions): Delivery
  /** Sends something about a message. */
  tell(to: Jid, type: MessageType, payload: Element): void
}

/** A message with text that has arrived. */
export class ChatMessage {
  readonly from: Jid
  readonly id: string | undefined
  readonly type: MessageType
  readonly body: string
  readonly subject: string | undefined
  readonly thread: Thread | undefined
  /** When it was first sent, if it was delayed on its way (XEP-0203). */
  readonly delayedSince: Date | undefined
  /** What our account's archive calls it, if it was archived. XEP-0313 §5.1.3, XEP-0359 */
  readonly archiveId: string | undefined
  /** The id of the message of the same sender that this one replaces. XEP-0308 */
  readonly replaces: string | undefined
  /** The message it answers. XEP-0461 */
  readonly inReplyTo: Reply | undefined
  /** Where the sender says they are. XEP-0080 */
  readonly location: Geolocation | undefined
  readonly stanza: Message
  readonly #chat: Conversation
  /** What others call it. XEP-0461 §4.1 */
  readonly #name: string | undefined
  readonly #wantsMarker: boolean

  constructor(message: IncomingMessage, body: string, account: BareJid, chat: Conversation) {
    const { stanza } = message
    this.#chat = chat
    this.from = message.from
    this.id = message.id
    this.type = message.type
    this.body = body
    this.subject = textFor(stanza.subjects ?? [])
    this.thread = stanza.thread
    this.delayedSince = stanza.delay?.stamp
    this.archiveId = archiveIdOf(message, account)
    this.replaces = message.as(Correction)?.id
    this.inReplyTo = message.as(Reply)
    this.location = message.as(Geolocation)
    this.stanza = stanza
    this.#name = message.as(OriginId)?.id ?? message.id
    this.#wantsMarker = message.as(Markable) !== undefined
  }

  /** Answers in the same conversation, naming this message. XEP-0461 */
  reply(text: string, options: SendOptions = {}): Delivery {
    const { extensions = [] } = options
    const named = this.#name === undefined ? [] : [toElement(Reply, { to: this.from, id: this.#name })]
    return this.#chat.send(this.from, text, {
      type: this.type === 'normal' ? 'normal' : 'chat',
      thread: this.thread,
      ...options,
      extensions: [...extensions, ...named],
    })
  }

  /** Shows these reactions beside the message and no others; none takes them back. XEP-0444 */
  react(...reactions: readonly string[]): void {
    if (this.#name !== undefined) this.#about(toElement(Reactions, { id: this.#name, reactions }))
  }

  /** Tells that it was shown, if the sender wants to know. XEP-0333 */
  displayed(): void {
    if (this.#wantsMarker && this.id !== undefined) this.#about(toElement(Displayed, { id: this.id }))
  }

  #about(payload: Element): void {
    this.#chat.tell(this.from, this.type === 'normal' ? 'normal' : 'chat', payload)
  }
}

/** Ids that others claim to have given are not believed. XEP-0359 §3 */
function archiveIdOf(message: IncomingMessage, account: BareJid): string | undefined {
  const given = message.as(StanzaId)
  return given?.by === account ? given.id : undefined
}

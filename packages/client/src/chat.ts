/** Conversation: messages with text. RFC 6121 §5, receipts XEP-0184. */
import { type BareJid, bareOf, type Jid, parseJid } from '@waxwing/jid'
import {
  CLIENT_NS,
  type Message,
  type MessageType,
  messageIn,
  Receipt,
  ReceiptRequest,
  textFor,
} from '@waxwing/protocol'
import { randomId } from '@waxwing/stream'
import { type Element, toElement, writeWire } from '@waxwing/xml'
import { ChatMessage, type Conversation } from './chat-message.ts'
import { Delivery } from './delivery.ts'
import type { XmppError } from './errors.ts'
import { Feed, type FeedOptions } from './feed.ts'
import { messageText, type SendOptions } from './message-text.ts'
import type { IncomingMessage } from './messages.ts'
import type { Outgoing } from './outbox.ts'
import type { Platform } from './platform.ts'
import { errorOf } from './requests.ts'
import { SeenMessages } from './seen-messages.ts'

/** Whom receipts are given: XEP-0184 §8 warns that they tell of our presence. */
export type ReceiptPolicy = 'contacts' | 'everybody' | 'nobody'

/** What conversation needs of the client. */
export interface ChatPort {
  readonly platform: Platform
  readonly account: BareJid
  /** Sends a message that goes by this id. */
  send(id: string, stanza: Outgoing): () => boolean
  sendNow(text: string): void
  /** Whether receipts may tell this sender that we are here. */
  mayTell(jid: Jid): boolean
  told(message: ChatMessage): void
  report(fault: unknown): void
}

/** Messages kept for the first reader. */
const backlogCapacity = 256
/** Deliveries whose further fate is watched; the oldest are let go. */
const maxWatched = 10_000

export class Chat implements Conversation {
  readonly #port: ChatPort
  readonly #readers = new Set<Feed<ChatMessage>>()
  readonly #watched = new Map<string, Delivery>()
  readonly #seen = new SeenMessages()
  #backlog: ChatMessage[] | undefined = []
  #ending: { readonly error: XmppError | undefined } | undefined

  constructor(port: ChatPort) {
    this.#port = port
  }

  /**
   * Sends a text. Returns at once; the delivery tells what becomes of it. Without a session it waits for the next.
   *
   * @throws JidError, and `XmlError` for characters that XML cannot carry
   */
  send(jid: string, text: string, options: SendOptions = {}): Delivery {
    const to = parseJid(jid)
    const { clock, random } = this.#port.platform
    const delivery = new Delivery(randomId(random), to, clock)
    const stanza = messageText(delivery, text, options)
    if (options.signal?.aborted) {
      delivery.move('cancelled', asError(options.signal.reason))
      return delivery
    }
    this.#watch(delivery)
    this.#hand(delivery, stanza)
    options.signal?.addEventListener('abort', () => delivery.cancel(), { once: true })
    return delivery
  }

  /** Sends something about a message; it needs no delivery of its own, and waits for a session like any other. */
  tell(to: Jid, type: MessageType, payload: Element): void {
    const message: Message = { to, id: randomId(this.#port.platform.random), type, extensions: [payload] }
    const text = writeWire(messageIn(CLIENT_NS), message, CLIENT_NS)
    this.#port.send(message.id ?? '', { text })
  }

  /** Messages with text as they arrive, rooms' excluded; what came before the first reader comes first. */
  messages(options: FeedOptions = {}): Feed<ChatMessage> {
    const feed = new Feed<ChatMessage>(options, ended => this.#readers.delete(ended))
    this.#readers.add(feed)
    for (const message of this.takeBacklog()) feed.push(message)
    if (this.#ending) endFeed(feed, this.#ending.error)
    return feed
  }

  /** Messages that came before anybody listened; from now on none are kept. */
  takeBacklog(): readonly ChatMessage[] {
    const backlog = this.#backlog ?? []
    this.#backlog = undefined
    return backlog
  }

  /** Takes a message. Throws `WireError`. */
  receive(message: IncomingMessage): void {
    if (message.type === 'error') return this.#onBounce(message)
    const receipt = message.as(Receipt)
    if (receipt) this.#onReceipt(receipt.id, message.from)
    const body = textFor(message.stanza.bodies ?? [])
    if (body === undefined) return
    this.#answerReceipt(message)
    if (this.#seen.hasBefore(message, this.#port.account)) return
    if (message.type === 'groupchat') return
    const chat = new ChatMessage(message, body, this.#port.account, this)
    this.#backlog?.push(chat)
    if (this.#backlog && this.#backlog.length > backlogCapacity) this.#backlog.shift()
    for (const feed of this.#readers) feed.push(chat)
    this.#port.told(chat)
  }

  /** The client is closed. */
  end(error: XmppError | undefined): void {
    this.#ending = { error }
    for (const feed of this.#readers) endFeed(feed, error)
    this.#watched.clear()
  }

  #hand(delivery: Delivery, text: string): void {
    try {
      delivery.holdBy(
        this.#port.send(delivery.id, {
          text,
          sent: () => delivery.move('sent'),
          accepted: () => delivery.move('accepted'),
          failed: error => delivery.move('failed', error),
        }),
      )
    } catch (error) {
      delivery.move('failed', asError(error))
    }
  }

  #watch(delivery: Delivery): void {
    this.#watched.set(delivery.id, delivery)
    if (this.#watched.size <= maxWatched) return
    for (const oldest of this.#watched.keys()) {
      this.#watched.delete(oldest)
      return
    }
  }

  #fateOf(id: string | undefined, from: Jid): Delivery | undefined {
    const delivery = id === undefined ? undefined : this.#watched.get(id)
    if (!delivery || bareOf(delivery.to) !== bareOf(from)) return undefined
    this.#watched.delete(delivery.id)
    return delivery
  }

  #onReceipt(id: string, from: Jid): void {
    this.#fateOf(id, from)?.move('received')
  }

  #onBounce(message: IncomingMessage): void {
    this.#fateOf(message.id, message.from)?.move('failed', errorOf(message.slice))
  }

  #answerReceipt(message: IncomingMessage): void {
    const { id, from, type } = message
    if (id === undefined || type === 'groupchat' || !message.as(ReceiptRequest)) return
    if (!this.#port.mayTell(from)) return
    const receipt: Message = { to: from, type, extensions: [toElement(Receipt, { id })] }
    this.#port.sendNow(writeWire(messageIn(CLIENT_NS), receipt, CLIENT_NS))
  }
}

function endFeed(feed: Feed<ChatMessage>, error: XmppError | undefined): void {
  if (error) feed.fail(error)
  else feed.end()
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason), { cause: reason })
}

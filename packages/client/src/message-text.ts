/** A message with text as it is sent. RFC 6121 §5. */
import {
  CLIENT_NS,
  Correction,
  Geolocation,
  type Message,
  messageIn,
  OriginId,
  ReceiptRequest,
  type Thread,
} from '@waxwing/protocol'
import { type Element, el, toElement, writeWire } from '@waxwing/xml'
import type { Delivery } from './delivery.ts'

export interface SendOptions {
  /** Default `chat`. */
  readonly type?: 'chat' | 'normal' | 'groupchat' | 'headline' | undefined
  readonly subject?: string | undefined
  readonly thread?: Thread | undefined
  /** Language of the text. */
  readonly lang?: string | undefined
  /** Whether to ask for a receipt; default: in chats. */
  readonly receipt?: boolean | undefined
  /** Replaces an earlier message of ours: its id, always that of the first version. XEP-0308 */
  readonly replaces?: string | undefined
  /** Where we are. XEP-0080 */
  readonly location?: Geolocation | undefined
  readonly extensions?: readonly Element[] | undefined
  /** Takes the message back if it has not been sent yet. */
  readonly signal?: AbortSignal | undefined
}

/** The stanza. @throws XmlError for characters that XML cannot carry */
export function messageText({ id, to }: Delivery, text: string, options: SendOptions): string {
  const { type = 'chat', subject, thread, lang, extensions = [], receipt = type === 'chat' } = options
  const { replaces, location } = options
  const replaced = replaces === undefined ? [] : [toElement(Correction, { id: replaces })]
  const placed = location ? [toElement(Geolocation, location)] : []
  const asked = receipt ? [el(ReceiptRequest.ns, ReceiptRequest.name)] : []
  // tells a message sent again from a new one
  const named = toElement(OriginId, { id })
  const message: Message = {
    to,
    id,
    type,
    lang,
    thread,
    bodies: [{ text }],
    subjects: subject === undefined ? [] : [{ text: subject }],
    extensions: [...extensions, ...replaced, ...placed, ...asked, named],
  }
  return writeWire(messageIn(CLIENT_NS), message, CLIENT_NS)
}

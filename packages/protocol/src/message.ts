// Message stanzas (RFC 6121 §5.2).
import type { Jid } from '@waxwing/jid'
import {
  attr,
  child,
  children,
  custom,
  type Element,
  element,
  lang,
  rest,
  string,
  type TextCodec,
  text,
  type Wire,
} from '@waxwing/xml'
import { Delay } from './delay.ts'
import { anyJid } from './jids.ts'
import { type LangText, langText } from './lang-text.ts'
import { type ErrorPayload, errorIn } from './stanza-errors.ts'
import { CLIENT_NS, COMPONENT_NS, type MessageType, messageTypes, SERVER_NS } from './stanzas.ts'

/** A conversation. RFC 6121 §5.2.5. */
export interface Thread {
  readonly id: string
  /** The thread this one has grown out of. */
  readonly parent?: string | undefined
}

/** A whole message stanza. RFC 6121 §5.2. */
export interface Message {
  readonly to?: Jid | undefined
  readonly from?: Jid | undefined
  readonly id?: string | undefined
  /** Absent or unknown reads as `normal`. §5.2.2. */
  readonly type?: MessageType | undefined
  readonly lang?: string | undefined
  /** At most one in each language. §5.2.4. */
  readonly subjects?: readonly LangText[] | undefined
  /** At most one in each language. §5.2.3. */
  readonly bodies?: readonly LangText[] | undefined
  readonly thread?: Thread | undefined
  readonly delay?: Delay | undefined
  readonly error?: ErrorPayload | undefined
  /** Extensions, as they came. */
  readonly extensions?: readonly Element[] | undefined
}

/** RFC 6121 §5.2.2: a type nobody knows is treated as `normal`. */
const messageType: TextCodec<MessageType> = custom(
  word => messageTypes.find(type => type === word) ?? 'normal',
  type => type,
  'a message type',
)

function threadIn(ns: string): Wire<Thread> {
  return element(ns, 'thread', { parent: attr('parent', string).maybe(), id: text(string) })
}

function messageWire(ns: string): Wire<Message> {
  return element(ns, 'message', {
    to: attr('to', anyJid).maybe(),
    from: attr('from', anyJid).maybe(),
    id: attr('id', string).maybe(),
    type: attr('type', messageType).or('normal'),
    lang,
    subjects: children(langText(ns, 'subject')),
    bodies: children(langText(ns, 'body')),
    thread: child(threadIn(ns)).maybe(),
    delay: child(Delay).maybe(),
    error: child(errorIn(ns)).maybe(),
    extensions: rest,
  })
}

const clientMessage = messageWire(CLIENT_NS)
const serverMessage = messageWire(SERVER_NS)
const componentMessage = messageWire(COMPONENT_NS)

/** The schema of messages in a content namespace. */
export function messageIn(ns: string): Wire<Message> {
  if (ns === CLIENT_NS) return clientMessage
  if (ns === SERVER_NS) return serverMessage
  return ns === COMPONENT_NS ? componentMessage : messageWire(ns)
}

/**
 * The text to show somebody who reads `language`: the one in that language, else the one in none, else the
 * first; `undefined` if there is none. RFC 6121 §5.2.3.
 */
export function textFor(texts: readonly LangText[], language?: string): string | undefined {
  const wanted = language?.toLowerCase()
  const match =
    texts.find(entry => wanted !== undefined && entry.lang?.toLowerCase() === wanted) ??
    texts.find(entry => entry.lang === undefined) ??
    texts[0]
  return match?.text
}

/** Who receives a stanza: the tables of RFC 6121 §8.5 as plain functions. */
import type { StanzaKind } from '@waxwing/protocol'

export type MessageType = 'normal' | 'chat' | 'groupchat' | 'headline' | 'error'

/** Unknown message types count as normal. RFC 6121 §5.2.2. */
export function messageType(type: string | undefined): MessageType {
  switch (type) {
    case 'chat':
    case 'groupchat':
    case 'headline':
    case 'error':
      return type
    default:
      return 'normal'
  }
}

/** What the rules need to know of a resource. Negative priority: never chosen for bare JIDs. RFC 6121 §4.7.2.3. */
export interface Availability {
  readonly priority: number
}

/**
 * Chooses who receives a message sent to a bare JID. RFC 6121 §8.5.2.1.1.
 *
 * @param available the available resources, in any order
 * @returns those to deliver to; empty when nobody can take it
 */
export function receiversOf<A extends Availability>(type: MessageType, available: Iterable<A>): A[] {
  if (type === 'groupchat' || type === 'error') return []
  const receivers: A[] = []
  let best = 0
  for (const resource of available) {
    if (resource.priority < 0) continue
    if (type === 'headline') {
      receivers.push(resource)
      continue
    }
    if (receivers.length > 0 && resource.priority < best) continue
    if (resource.priority > best) receivers.length = 0
    best = resource.priority
    receivers.push(resource)
  }
  return receivers
}

/** What becomes of a message that nobody available takes. */
export type Unclaimed = 'keep' | 'refuse' | 'ignore' | 'as-bare'

/** A message to a bare JID without available resource. RFC 6121 §8.5.2.2.1. */
export function withoutReceiver(type: MessageType): Unclaimed {
  if (type === 'groupchat') return 'refuse'
  if (type === 'headline' || type === 'error') return 'ignore'
  return 'keep'
}

/** A message to a full JID that is not online. RFC 6121 §8.5.3.2.1: chat is treated as if sent to the bare JID. */
export function withoutResource(type: MessageType): Unclaimed {
  if (type === 'chat') return 'as-bare'
  return type === 'normal' || type === 'groupchat' ? 'refuse' : 'ignore'
}

/**
 * Whether the account takes a message at all: hands it to somebody, or may keep it. RFC 6121 §8.5.2, §8.5.3.
 *
 * @param isThere whether the resource it is for is connected; `undefined` where it is for the account
 */
export function takes(type: MessageType, isThere: boolean | undefined): boolean {
  if (isThere !== undefined) return isThere || withoutResource(type) === 'as-bare'
  return type !== 'groupchat' && type !== 'error'
}

/** Subscriptions and probes are the account's business, whichever resource they name. RFC 6121 §3.1.1, §4.3. */
export function isForAccount({
  kind,
  type,
}: {
  readonly kind: StanzaKind
  readonly type?: string | undefined
}): boolean {
  return kind === 'presence' && (type === 'probe' || type === 'subscribe' || isReply({ type }))
}

/** Of those the ones that ask for nothing: they fall where they name a resource that is not there. RFC 6121 §8.5.3.2.2. */
export function isReply({ type }: { readonly type?: string | undefined }): boolean {
  return type === 'subscribed' || type === 'unsubscribe' || type === 'unsubscribed'
}

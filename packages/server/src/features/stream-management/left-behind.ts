/** Where messages go that a session leaves behind without acknowledgement. XEP-0198 §4, RFC 6121 §8.5.3.2. */
import { type BareJid, bareOf } from '@waxwing/jid'
import { CLIENT_NS, Delay, StanzaError, stanzaError } from '@waxwing/protocol'
import { writeElement, writeWire } from '@waxwing/xml'
import type { Now } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { messageType, receiversOf, withoutReceiver } from '../../router/rules.ts'
import type { Stanza } from '../../router/stanza.ts'
import { trait } from '../../router/traits.ts'
import type { Held } from './held.ts'

/** A message without what it was delayed by so far, and when it reached the account first. */
interface Original {
  readonly stanza: Stanza
  readonly at: number
}

/** Brings what is left to others, in order. Settled at once when everything was written in this turn. */
export function leaveBehind(host: Host, account: BareJid, left: readonly Held[], from = 0): Now<void> {
  for (const [index, held] of left.entries()) {
    if (index >= from) unanswered(host, account, held)
    if (index < from || !held.isKept || isCopy(account, held.stanza)) continue
    if (held.copies && !held.copies.left()) continue
    const settled = leave(host, account, originalOf(host, held))
    if (settled instanceof Promise) return settled.then(() => leaveBehind(host, account, left, index + 1))
  }
}

/** Whoever has asked something hears that nobody is there to answer; the account's own server asks for itself. RFC 6121 §8.5.3.2.3 */
function unanswered(host: Host, account: BareJid, { stanza }: Held): void {
  if (stanza.kind === 'iq' && stanza.from !== account)
    host.router.refuse(stanza, stanzaError('service-unavailable'))
}

/** Carbons and results of the archive were for this session alone. XEP-0280, XEP-0313 */
function isCopy(account: BareJid, { from, traits }: Stanza): boolean {
  return from === account && (traits & trait.copy) !== 0
}

function leave(host: Host, account: BareJid, { stanza, at }: Original): Now<void> {
  const type = messageType(stanza.type)
  if (withoutReceiver(type) !== 'keep') return
  const receivers = receiversOf(type, host.online(account)?.available() ?? [])
  const delayed = receivers.length > 0 ? withDelay(host, stanza, at) : stanza
  for (const receiver of receivers) receiver.deliver(delayed, receivers.length)
  return receivers.length > 0 ? undefined : keep(host, account, stanza, at)
}

function keep(host: Host, account: BareJid, stanza: Stanza, at: number): Now<void> {
  const orRefuse = (taken: boolean): void => {
    if (!taken) host.router.refuse(stanza, stanzaError('service-unavailable'))
  }
  const failed = (error: unknown): void => {
    host.log.error({ error, account }, 'A message left behind could not be kept')
    host.router.refuse(stanza, error instanceof StanzaError ? error : stanzaError('internal-server-error'))
  }
  try {
    const taken = host.hooks.take('message:unclaimed', { account, stanza, at })
    return taken instanceof Promise ? taken.then(orRefuse, failed) : orRefuse(taken)
  } catch (error) {
    failed(error)
  }
}

function withDelay(host: Host, stanza: Stanza, at: number): Stanza {
  const delay = writeWire(Delay, { from: host.jid, stamp: new Date(at) }, CLIENT_NS)
  return stanza.with({}, stanza.payloadText() + delay)
}

/** What was kept once already says itself since when: that mark is taken off, as a new one will be made. XEP-0203 §2. */
function originalOf(host: Host, { stanza, at }: Held): Original {
  const ours = stanza.element().children.filter(child => typeof child !== 'string')
  const mark = ours.findLast(
    child => child.ns === Delay.ns && child.name === Delay.name && bareIs(host, child.attrs.get('from')),
  )
  const stamp = mark && Date.parse(mark.attrs.get('stamp') ?? '')
  if (mark === undefined || stamp === undefined || Number.isNaN(stamp)) return { stanza, at }
  const rest = ours.filter(child => child !== mark).map(child => writeElement(child, CLIENT_NS))
  return { stanza: stanza.with({}, rest.join('')), at: stamp }
}

function bareIs(host: Host, from: string | undefined): boolean {
  return from !== undefined && from === bareOf(host.jid)
}

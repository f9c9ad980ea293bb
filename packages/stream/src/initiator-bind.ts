/** Resource binding on an initiating stream, with the session that servers of old want besides. RFC 6120 §7, RFC 3921 §3. */
import type { FullJid } from '@waxwing/jid'
import { Bind, CLIENT_NS, errorIn, SessionFeature, StanzaError, type StreamFeatures } from '@waxwing/protocol'
import { escapeAttr, type Slice, type Wire, writeWire } from '@waxwing/xml'
import { StreamFailure } from './initiator-errors.ts'
import type { InitiatorLink } from './initiator-link.ts'
import { type Random, randomId } from './port.ts'

export class InitiatorBind {
  readonly #link: InitiatorLink
  readonly #options: { readonly domain: string; readonly random: Random }
  readonly #bound: (jid: FullJid) => void
  #features: StreamFeatures = {}
  #requestId = ''
  #jid: FullJid | undefined

  constructor(
    link: InitiatorLink,
    options: { readonly domain: string; readonly random: Random },
    bound: (jid: FullJid) => void,
  ) {
    this.#link = link
    this.#options = options
    this.#bound = bound
  }

  begin(features: StreamFeatures, resource: string | undefined): void {
    this.#features = features
    if (!features.bind) return this.#refused('accepted the login but lets no resource be bound')
    this.#link.enter('bind')
    this.#ask(Bind, { resource })
  }

  receive(slice: Slice): void {
    if (slice.ns !== CLIENT_NS || slice.name !== 'iq') return this.#link.refuse(slice)
    const type = slice.attr('type')
    if (slice.attr('id') !== this.#requestId || (type !== 'result' && type !== 'error'))
      return this.#link.refuse(slice)
    if (type === 'error') return this.#onError(slice)
    if (this.#link.stage === 'bind') this.#jid = slice.readChild(Bind)?.jid
    if (this.#jid === undefined) return this.#refused('did not say which address is bound')
    const { session } = this.#features
    if (this.#link.stage === 'session' || !session || session.optional) return this.#bound(this.#jid)
    // COMPAT(servers of RFC 3921): the session must be asked for explicitly
    this.#link.enter('session')
    this.#ask(SessionFeature, {})
  }

  #onError(slice: Slice): void {
    const payload = slice.readChild(errorIn(CLIENT_NS))
    const cause = new StanzaError(payload ?? { type: 'cancel', condition: 'undefined-condition' })
    this.#refused(`refused the resource with ${cause.condition}`, cause)
  }

  #refused(how: string, cause?: StanzaError): void {
    const retryable = cause?.type === 'wait'
    this.#link.end(new StreamFailure('bind-refused', `${this.#options.domain} ${how}`, { cause, retryable }))
  }

  #ask<I>(wire: Wire<unknown, I>, value: I): void {
    this.#requestId = randomId(this.#options.random)
    const { parentNs } = this.#link
    const xmlns = parentNs === undefined ? ` xmlns='${CLIENT_NS}'` : ''
    const payload = writeWire(wire, value, CLIENT_NS)
    this.#link.stream.send(`<iq${xmlns} type='set' id='${escapeAttr(this.#requestId)}'>${payload}</iq>`)
  }
}

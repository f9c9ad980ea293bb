/** A bound resource: what it is, what it last said of its presence, and how stanzas reach it. RFC 6120 §7, RFC 6121 §4. */
import { type FullJid, type Jid, tryJid } from '@waxwing/jid'
import {
  iqTypes,
  type StanzaError,
  type StanzaKind,
  type StreamError,
  stanzaError,
  streamError,
} from '@waxwing/protocol'
import type { TlsFacts } from '@waxwing/stream'
import { elementOf, type Slice } from '@waxwing/xml'
import type { Now } from '../kernel/hooks.ts'
import type { Host } from '../kernel/host.ts'
import { openingBytes, payloadOf, Stanza, type StanzaHeader } from '../router/stanza.ts'
import type { OnlineAccount } from './account.ts'
import type { Outlet } from './outlet.ts'

/** The stream a session speaks through at the moment. */
export interface SessionStream extends Outlet {
  /** Address and port of the client. */
  readonly remote: string
  readonly tls?: TlsFacts | undefined
  /** The mechanism of the login. */
  readonly mechanism?: string | undefined
  /** Ends the stream with an error: a newer session took the address, the account is gone, … */
  fail(error: StreamError): void
}

/** Answers for what a session sends and receives beyond its stream: stream management. XEP-0198. */
export interface Custodian {
  /** Takes what is to go out, and writes it to the session's stream if there is one, now or when it may be written. */
  takes(stanza: Stanza, copies: number): void
  /** So many stanzas come at once that were kept for the client: they are no sign that it does not acknowledge. */
  awaits(count: number): void
  /** Whether the client sends again what was handled on a stream that broke: it is counted and goes no further. */
  isResend(kind: StanzaKind, slice: Slice): boolean
  /** The stanza has been handled, in this very turn or in an earlier one. */
  handled(): void
  /** The turn ends in which stanzas of the client may have been handled. */
  turnEnds(): void
  /** The stream is over. @returns whether the session goes on without one */
  streamOver(error: StreamError | undefined, isLost: boolean): boolean
  /** The session is over and gone from the router. */
  sessionOver(): Now<void>
}

/** Holds back what may wait, for instance while nobody looks at the screen (XEP-0352). */
export interface DeliveryGate {
  /** `true`: kept, and handed to `transmit` later. */
  holds(stanza: Stanza): boolean
}

export class ClientSession {
  readonly host: Host
  readonly account: OnlineAccount
  readonly jid: FullJid
  /** The last available presence sent without address; `undefined` while unavailable. RFC 6121 §4.2. */
  presence: Stanza | undefined
  /** −128 to 127; negative resources are not chosen for bare JIDs. RFC 6121 §4.7.2.3. */
  priority = 0
  /** Asked for the roster, so it gets pushes. RFC 6121 §2.1.6 ("interested resource"). */
  isInterested = false
  /** `undefined` lets everything pass. */
  gate: DeliveryGate | undefined
  #wantsCopies = false
  /** `undefined` without stream management. */
  custodian: Custodian | undefined
  /** `undefined` while the client is away and may come back. XEP-0198 §5. */
  stream: SessionStream | undefined
  /** xml:lang of the stream: the default of its stanzas. */
  readonly lang: string | undefined
  #messageOpening: Uint8Array | undefined
  #iqOpening: Uint8Array | undefined
  #isOver = false

  constructor(host: Host, jid: FullJid, stream: SessionStream | undefined, lang: string | undefined) {
    this.host = host
    this.jid = jid
    this.stream = stream
    this.lang = lang
    this.account = host.router.sessions.add(jid, this)
  }

  /** Address and port of the client; empty while it is away. */
  get remote(): string {
    return this.stream?.remote ?? ''
  }

  /** Gets copies of what other resources of the account send and get. XEP-0280 §4. */
  get wantsCopies(): boolean {
    return this.#wantsCopies
  }

  set wantsCopies(wanted: boolean) {
    if (wanted === this.#wantsCopies) return
    this.#wantsCopies = wanted
    this.account.copied += wanted ? 1 : -1
  }

  get isAvailable(): boolean {
    return this.presence !== undefined
  }

  /** @param copies how many resources get this very stanza */
  deliver(stanza: Stanza, copies = 1): void {
    if (this.gate?.holds(stanza)) return
    this.transmit(stanza, copies)
  }

  /** Delivers past the gate. */
  transmit(stanza: Stanza, copies = 1): void {
    if (this.custodian !== undefined) this.custodian.takes(stanza, copies)
    else if (this.stream !== undefined) stanza.writeTo(this.stream)
  }

  /** Ends this session; its stream, if there is one, with the error. */
  end(error: StreamError): void {
    const { stream } = this
    // Nothing goes out any more, and nobody comes back to what was ended.
    this.stream = undefined
    const over = this.over()
    stream?.fail(error)
    if (over instanceof Promise)
      over.catch((fault: unknown) => this.host.log.error({ error: fault }, 'A session did not end well'))
  }

  /** The session is over, in order or not: whoever has to know is told, and it is found no more. */
  over(): Now<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.wantsCopies = false
    const told = this.host.hooks.tell('session:ended', { session: this })
    this.host.router.sessions.remove(this.jid, this)
    const settled = this.custodian?.sessionOver()
    if (told instanceof Promise) return settled instanceof Promise ? told.then(() => settled) : told
    return settled
  }

  /** Takes a stanza from the client. Settles when the next may be taken. */
  receive(kind: StanzaKind, slice: Slice): Now<void> {
    const stanza = this.#stamp(kind, slice)
    if (stanza === undefined) return
    if (kind === 'iq') {
      const fault = faultOfIq(stanza)
      if (fault) return stanza.isAnswer ? undefined : this.host.router.reply(stanza.error(fault))
    }
    return this.host.router.sent(stanza, this)
  }

  /** Stamps `from` and prepares `to`. RFC 6120 §8.1.1, §8.1.2.1. */
  #stamp(kind: StanzaKind, slice: Slice): Stanza | undefined {
    const from = slice.attr('from')
    if (from !== undefined && !this.#mayUse(from)) {
      this.end(streamError('invalid-from', "'from' must be this session's own address"))
      return undefined
    }
    const written = slice.attr('to')
    if (written === undefined) return this.#stanza(kind, slice, undefined, from === undefined)
    if (this.host.router.sessions.find(written))
      return this.#stanza(kind, slice, written as FullJid, from === undefined)
    const to = tryJid(written)
    if (to === undefined) {
      const stanza = this.#stanza(kind, slice, this.account.jid, false)
      this.host.router.refuse(stanza, stanzaError('jid-malformed', "'to' is not an XMPP address"))
      return undefined
    }
    return this.#stanza(kind, slice, to, from === undefined && to === written)
  }

  #mayUse(from: string): boolean {
    if (from === this.jid || from === this.account.jid) return true
    const prepared = tryJid(from)
    return prepared === this.jid || prepared === this.account.jid
  }

  #stanza(kind: StanzaKind, slice: Slice, to: Jid | undefined, mayStay: boolean): Stanza {
    if (mayStay && slice.isRegular)
      return Stanza.spliced(kind, slice, this.jid, to, this.#opening(kind, slice), this.lang)
    const header: StanzaHeader = {
      kind,
      type: slice.attr('type'),
      id: slice.attr('id'),
      from: this.jid,
      to,
      lang: slice.attr('xml:lang') ?? this.lang,
    }
    return slice.isContentRegular
      ? Stanza.recast(header, slice)
      : Stanza.composed(header, payloadOf(elementOf(slice)))
  }

  #opening(kind: StanzaKind, slice: Slice): Uint8Array {
    if (this.lang !== undefined && slice.attr('xml:lang') !== undefined)
      return openingBytes(kind, this.jid, undefined)
    if (kind === 'message') return (this.#messageOpening ??= openingBytes(kind, this.jid, this.lang))
    if (kind === 'iq') return (this.#iqOpening ??= openingBytes(kind, this.jid, this.lang))
    return openingBytes(kind, this.jid, this.lang)
  }
}

const knownIqTypes: readonly (string | undefined)[] = iqTypes

/** RFC 6120 §8.2.3: an iq has an id, one of four types, and a request exactly one child. */
export function faultOfIq(stanza: Stanza): StanzaError | undefined {
  if (stanza.id === undefined) return stanzaError('bad-request', 'An iq needs an id')
  if (!knownIqTypes.includes(stanza.type)) return stanzaError('bad-request', 'The iq has no valid type')
  if ((stanza.type === 'get' || stanza.type === 'set') && !stanza.hasOneChild)
    return stanzaError('bad-request', 'An iq request has exactly one payload')
  return undefined
}

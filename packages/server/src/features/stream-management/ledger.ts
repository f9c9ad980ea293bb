/** The books of one session: what the client has sent, what it has been sent, and what both know of it. XEP-0198. */
import { SmAck, type StanzaKind, type StreamError, streamError } from '@waxwing/protocol'
import { HandledCounter, type Timer } from '@waxwing/stream'
import { type Slice, writeWire } from '@waxwing/xml'
import type { Now } from '../../kernel/hooks.ts'
import type { Stanza } from '../../router/stanza.ts'
import type { ClientSession, Custodian } from '../../session/client-session.ts'
import type { ClientStream } from '../../session/client-stream.ts'
import { Delivery } from './delivery.ts'
import type { Held } from './held.ts'
import type { House } from './house.ts'
import { leaveBehind } from './left-behind.ts'
import { Outgoing } from './outgoing.ts'
import { type KnownIds, originOf } from './resends.ts'

export interface LedgerParts {
  readonly id: string
  readonly session: ClientSession
  readonly isResumable: boolean
  /** How long the session is kept without a connection, in ms. */
  readonly keptFor: number
  readonly known: KnownIds
  /** Of a session that a process before this one held; absent for a new one. */
  readonly restored?: { readonly h: number; readonly acked: number; readonly held: readonly Held[] }
}

export class Ledger implements Custodian {
  readonly id: string
  readonly session: ClientSession
  readonly isResumable: boolean
  readonly keptFor: number
  readonly #house: House
  readonly #known: KnownIds
  readonly #handled: HandledCounter
  readonly #outgoing: Outgoing
  readonly #delivery: Delivery
  /** The last stream, also while it is gone. */
  #stream: ClientStream | undefined
  /** Counts connections: what comes over one twice was meant twice. */
  #epoch = 0
  /** Of the message being handled. */
  #origin: string | undefined
  /** A count has changed since it was written. */
  #isDirty = true
  #savedPresence: Stanza | undefined
  #savedInterest: boolean
  #savedWantsCopies: boolean
  #expires: number | undefined
  #expiry: Timer | undefined
  /** Faults of the store when everything up to `#safe` was known to be durable. */
  #faults: number
  #safe: number
  #isAnswering = false
  /** `<r/>` that have come and not been answered yet. */
  #unanswered = 0
  #isOver = false
  #isForgotten = false

  constructor(house: House, { id, session, isResumable, keptFor, known, restored }: LedgerParts) {
    this.#house = house
    this.id = id
    this.session = session
    this.isResumable = isResumable
    this.keptFor = keptFor
    this.#known = known
    this.#handled = new HandledCounter(restored?.h)
    this.#outgoing = new Outgoing(id, house.rows, restored?.acked, restored?.held)
    this.#delivery = new Delivery(house, session, this.#outgoing)
    this.#delivery.allowed = restored?.held.length ?? 0
    this.#savedPresence = session.presence
    this.#savedInterest = session.isInterested
    this.#savedWantsCopies = session.wantsCopies
    this.#faults = house.durability.faults
    this.#safe = this.#handled.h
  }

  /** Stanzas of the client that have been handled, modulo 2^32. §4 */
  get h(): number {
    return this.#handled.h
  }

  /** Stanzas the client has acknowledged, all in all. */
  get acked(): number {
    return this.#outgoing.acked
  }

  /** When the session will be over, ms since 1970; `undefined` while the client is there. */
  get expires(): number | undefined {
    return this.#expires
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** What the client may have counted is not known: a process before this one had the session. */
  get isRestored(): boolean {
    return this.#outgoing.isRestored
  }

  /** Whoever asks for the session later hears no count: it was closed in order, or the count is not to be trusted. */
  get isForgotten(): boolean {
    return this.#isForgotten || !this.isResumable
  }

  /** The session speaks through this stream from now on. */
  attached(stream: ClientStream): void {
    this.#stream = stream
    this.#epoch = this.#house.nextEpoch()
    this.#expiry?.cancel()
    this.#expires = undefined
    this.#house.save(this)
  }

  isResend(kind: StanzaKind, slice: Slice): boolean {
    if (this.h === this.#safe) this.#faults = this.#house.durability.faults
    this.#origin = kind === 'message' ? originOf(slice) : undefined
    if (this.#origin === undefined) return false
    return this.#house.resends.isResend(this.#known, this.#origin, this.#epoch)
  }

  /** h counts stanzas handled, not received (§4); it moves in the turn of what the last of them has changed. */
  handled(): void {
    if (this.#isOver) return
    this.#handled.count()
    this.#isDirty = true
    const id = this.#origin
    if (id === undefined) return
    this.#origin = undefined
    this.#house.resends.remember(this.session.account.jid, this.#known, id, this.#epoch)
  }

  turnEnds(): void {
    if (this.#isOver) return
    const { presence, isInterested, wantsCopies } = this.session
    if (
      presence !== this.#savedPresence ||
      isInterested !== this.#savedInterest ||
      wantsCopies !== this.#savedWantsCopies
    ) {
      this.#savedPresence = presence
      this.#savedInterest = isInterested
      this.#savedWantsCopies = wantsCopies
      this.#house.save(this)
    }
    if (!this.#isDirty) return
    this.#isDirty = false
    this.#house.savePosition(this)
  }

  awaits(count: number): void {
    this.#delivery.allowed += count
  }

  takes(stanza: Stanza, copies: number): void {
    if (!this.#isOver) this.#delivery.send(stanza, copies)
  }

  /** `<a/>`. @throws StreamError when the client counts more than it was sent. §6 */
  acknowledged(h: number): void {
    if (this.#outgoing.isPast(h) || !this.#outgoing.acknowledge(h)) return
    this.#isDirty = true
    if (this.#outgoing.length === 0) this.#delivery.rest()
  }

  /** `<r/>`: each has its `<a/>`, when everything counted so far is there to stay. §4 */
  asked(): void {
    this.#unanswered++
    if (!this.#isAnswering) this.#answer().catch(this.#house.onFault)
  }

  async #answer(): Promise<void> {
    this.#isAnswering = true
    do {
      const count = this.#unanswered
      this.#unanswered = 0
      const { h } = this
      const { stream } = this.session
      if (!(await this.durable())) break
      if (stream === this.session.stream) stream?.sendText(writeWire(SmAck, { h }).repeat(count))
    } while (this.#unanswered > 0)
    this.#isAnswering = false
  }

  /** Waits until the count is durable with all it stands for. @returns `false` when the session is over */
  async durable(): Promise<boolean> {
    this.turnEnds()
    const { h } = this
    await this.#house.durability.flushed()
    if (this.#isOver) return false
    if (h === this.#safe || this.#house.durability.faults === this.#faults) {
      this.#safe = h
      return true
    }
    // What could not be written must not be counted: the client still has it, and sends it again.
    this.#isForgotten = true
    this.session.end(streamError('internal-server-error', 'What you sent could not be stored'))
    return false
  }

  streamOver(error: StreamError | undefined, isLost: boolean): boolean {
    if (this.#isOver) return false
    const isPassing = error?.condition === 'connection-timeout' || error?.condition === 'system-shutdown'
    const goesOn = this.isResumable && (isLost || isPassing)
    if (goesOn) this.away(this.keptFor)
    else this.#isForgotten = !isLost && !isPassing
    return goesOn
  }

  /** The client is away, and has so long to come back. */
  away(ms: number): void {
    this.#delivery.rest()
    this.#expires = this.#house.clock.wall() + ms
    this.#expiry = this.#house.clock.after(ms, () => this.expire())
    this.#house.save(this)
    this.#house.wentAway(this)
  }

  /** Nobody has come back in time. */
  expire(): void {
    const over = this.session.over()
    if (over instanceof Promise) over.catch(this.#house.onFault)
  }

  /** The server stops: whoever comes back after its next start finds the session as it is now. */
  suspend(): void {
    this.#expiry?.cancel()
    this.#delivery.rest()
  }

  sessionOver(): Now<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.suspend()
    const { host, account } = this.session
    const left = leaveBehind(host, account.jid, this.#outgoing.all())
    const forget = (): void => this.#house.over(this)
    return left instanceof Promise ? left.then(forget) : forget()
  }

  /** Takes the session from the stream it still has. @returns whether it may go on in another one */
  async freed(): Promise<boolean> {
    for (;;) {
      const old = this.leaveStream()
      // What is being handled belongs to the session: the client must not send it again.
      await old?.handling
      if (!(await this.durable())) return false
      if (!this.session.stream) return true
    }
  }

  /** Ends the stream that the session speaks through, without ending the session. @returns the last stream it had */
  leaveStream(): ClientStream | undefined {
    const old = this.#stream
    if (!this.session.stream || !old) return old
    old.release()
    this.away(this.keptFor)
    old.fail(streamError('conflict', 'The session goes on in a newer stream'))
    return old
  }

  /** The client says how far it has counted. @throws StreamError when that is more than it was sent */
  goOnFrom(h: number): void {
    if (this.isRestored) this.#outgoing.rebase(h)
    else this.#outgoing.acknowledge(h)
    this.#isDirty = true
  }

  /** Sends again what the client has not counted. §5 */
  resend(): void {
    this.#delivery.resend()
    this.turnEnds()
  }
}

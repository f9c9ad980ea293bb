/** Stanzas on their way out: in order, held while there is no session, bounded. */
import { OverflowError, type XmppError } from './errors.ts'

/** A stanza as text without `xmlns`: it stands in `jabber:client`. */
export interface Outgoing {
  readonly text: string
  /** It may be sent again in another session when nobody knows whether it arrived: the receiving side can tell. */
  readonly isRepeatable?: boolean | undefined
  /** Taken back after it was sent: it is not sent again. */
  isWithdrawn?: boolean
  sent?(): void
  /** The server has it, and keeps it. XEP-0198 §4. */
  accepted?(): void
  failed?(error: XmppError): void
}

/** Where stanzas go while there is a session. */
export interface Line {
  readonly queuedBytes: number
  send(stanza: string): void
}

/** A line that keeps account of what the server has taken over. */
export interface StanzaLine {
  readonly queuedBytes: number
  /** Stanzas sent that the server has not acknowledged yet. */
  readonly unacknowledged: number
  send(stanza: Outgoing): void
}

export interface OutboxLimits {
  /** Stanzas that wait for a session. Default 1,000. */
  readonly stanzas: number
  /** Bytes the server has not taken yet. Default 16 MiB. */
  readonly bytes: number
  /** Stanzas sent that the server has not acknowledged yet. Default 10,000. */
  readonly unacknowledged: number
}

export const defaultOutboxLimits: OutboxLimits = {
  stanzas: 1000,
  bytes: 16 * 1024 * 1024,
  unacknowledged: 10_000,
}

export class Outbox {
  readonly #limits: OutboxLimits
  #waiting = new Set<Outgoing>()
  #line: StanzaLine | undefined
  #ending: XmppError | undefined

  constructor(limits: OutboxLimits) {
    this.#limits = limits
  }

  get isOpen(): boolean {
    return this.#line !== undefined
  }

  /** Stanzas that wait for a session. */
  get length(): number {
    return this.#waiting.size
  }

  /** A session is there: what is added from now on goes out at once. */
  open(line: StanzaLine): void {
    this.#line = line
  }

  /** Puts what was sent in a session that is lost in front of what waits. */
  putBack(stanzas: readonly Outgoing[]): void {
    if (stanzas.length === 0) return
    // they may have arrived: taking them back comes too late
    for (const stanza of stanzas) stanza.isWithdrawn = false
    this.#waiting = new Set([...stanzas, ...this.#waiting])
  }

  /** Sends what waited for the session. */
  flush(): void {
    for (const stanza of this.#waiting) {
      this.#waiting.delete(stanza)
      this.#line?.send(stanza)
      stanza.sent?.()
    }
  }

  shut(): void {
    this.#line = undefined
  }

  /**
   * Sends now or keeps for later. Throws `OverflowError` when neither is possible, or what ended the client.
   *
   * @returns takes the stanza back: `true` if it had not been sent; otherwise it is not sent again
   */
  add(stanza: Outgoing): () => boolean {
    if (this.#ending) throw this.#ending
    const line = this.#line
    if (!line) return this.#hold(stanza)
    if (line.queuedBytes > this.#limits.bytes)
      throw new OverflowError(
        `The server has not taken ${line.queuedBytes} bytes that were sent before: wait, or send less`,
      )
    if (line.unacknowledged >= this.#limits.unacknowledged)
      throw new OverflowError(
        `The server has not acknowledged ${line.unacknowledged} stanzas that were sent before: wait, or send less`,
      )
    line.send(stanza)
    stanza.sent?.()
    return () => this.#withdraw(stanza)
  }

  /** No session will come any more. */
  fail(error: XmppError): void {
    this.shut()
    this.#ending = error
    const failed = [...this.#waiting]
    this.#waiting.clear()
    for (const stanza of failed) stanza.failed?.(error)
  }

  #hold(stanza: Outgoing): () => boolean {
    if (this.#waiting.size >= this.#limits.stanzas)
      throw new OverflowError(
        `${this.#limits.stanzas} stanzas wait for the connection already: nothing more is kept`,
      )
    this.#waiting.add(stanza)
    return () => this.#withdraw(stanza)
  }

  #withdraw(stanza: Outgoing): boolean {
    const wasWaiting = this.#waiting.delete(stanza)
    // what comes back from a lost session may have arrived
    const mayHaveArrived = !wasWaiting || stanza.isWithdrawn === false
    stanza.isWithdrawn = true
    return !mayHaveArrived
  }
}

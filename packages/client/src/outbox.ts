/** Stanzas on their way out: in order, held while there is no session, bounded. */
import { OverflowError, type XmppError } from './errors.ts'

/** A stanza as text without `xmlns`: it stands in `jabber:client`. */
export interface Outgoing {
  readonly text: string
  sent?(): void
  failed?(error: XmppError): void
}

/** Where stanzas go while there is a session. */
export interface Line {
  readonly queuedBytes: number
  send(stanza: string): void
}

export interface OutboxLimits {
  /** Stanzas that wait for a session. Default 1,000. */
  readonly stanzas: number
  /** Bytes the server has not taken yet. Default 16 MiB. */
  readonly bytes: number
}

export const defaultOutboxLimits: OutboxLimits = { stanzas: 1000, bytes: 16 * 1024 * 1024 }

export class Outbox {
  readonly #limits: OutboxLimits
  readonly #waiting = new Set<Outgoing>()
  #line: Line | undefined
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
  open(line: Line): void {
    this.#line = line
  }

  /** Sends what waited for the session. */
  flush(): void {
    for (const stanza of this.#waiting) {
      this.#waiting.delete(stanza)
      this.#line?.send(stanza.text)
      stanza.sent?.()
    }
  }

  shut(): void {
    this.#line = undefined
  }

  /**
   * Sends now or keeps for later. Throws `OverflowError` when neither is possible, or what ended the client.
   *
   * @returns takes the stanza back: `true` if it had not been sent
   */
  add(stanza: Outgoing): () => boolean {
    if (this.#ending) throw this.#ending
    const line = this.#line
    if (!line) return this.#hold(stanza)
    if (line.queuedBytes > this.#limits.bytes)
      throw new OverflowError(
        `The server has not taken ${line.queuedBytes} bytes that were sent before: wait, or send less`,
      )
    line.send(stanza.text)
    stanza.sent?.()
    return () => false
  }

  /** Sends now, or not at all: for what has no meaning in a later session. */
  addNow(text: string): void {
    this.#line?.send(text)
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
    return () => this.#waiting.delete(stanza)
  }
}

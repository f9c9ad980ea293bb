/** One attempt to have a session, from the first address looked up to the end of the session. */
import type { FullJid } from '@waxwing/jid'
import { CLIENT_NS, type StreamFeatures } from '@waxwing/protocol'
import { Initiator, type InitiatorOptions, type InitiatorOwner, type Timer } from '@waxwing/stream'
import { escapeAttr, type Slice } from '@waxwing/xml'
import type { Connection, Connector } from './connector.ts'
import { ConnectError, TimeoutError, XmppError } from './errors.ts'
import type { Line } from './outbox.ts'

export interface AttemptOptions {
  readonly connector: Connector
  /** Without the framing, which the connector decides. */
  readonly stream: Omit<InitiatorOptions, 'framing'>
  /** For everything until the resource is bound. */
  readonly timeoutMs: number
  readonly redirect: string | undefined
}

export interface AttemptOwner {
  bound(attempt: Attempt, jid: FullJid, features: StreamFeatures): void
  /** The session asked for goes on; the server had handled `h` stanzas of it. */
  resumed(attempt: Attempt, h: number): void
  /** The session asked for is gone; `bound` may follow. */
  notResumed(attempt: Attempt, h: number | undefined): void
  element(attempt: Attempt, slice: Slice): void
  /** No session came about, or it is over; exactly once. `undefined`: because we wanted it. */
  over(attempt: Attempt, error: XmppError | undefined): void
}

export class Attempt implements InitiatorOwner, Line {
  readonly #options: AttemptOptions
  readonly #owner: AttemptOwner
  readonly #abort = new AbortController()
  readonly #gone: Promise<void>
  #resolveGone: () => void = () => {}
  #connection: Connection | undefined
  #initiator: Initiator | undefined
  #deadline: Timer | undefined
  #isOver = false

  constructor(options: AttemptOptions, owner: AttemptOwner) {
    this.#options = options
    this.#owner = owner
    this.#gone = new Promise(resolve => {
      this.#resolveGone = resolve
    })
  }

  get queuedBytes(): number {
    return this.#connection?.transport.queuedBytes ?? 0
  }

  /** Settles when nothing of the connection is left. */
  get whenGone(): Promise<void> {
    return this.#gone
  }

  /** The mechanism of the login. */
  get mechanism(): string | undefined {
    return this.#initiator?.mechanism
  }

  /** What the server offered before the login, to begin with it earlier next time. */
  get offer(): StreamFeatures | undefined {
    return this.#initiator?.offer
  }

  /** Whether it began its login by an offer of an earlier stream. */
  get wasEarly(): boolean {
    return this.#initiator?.wasEarly === true
  }

  start(): void {
    const { connector, stream, timeoutMs, redirect } = this.#options
    const { domain, clock } = stream
    this.#deadline = clock.after(timeoutMs, () => {
      const seconds = Math.round(timeoutMs / 100) / 10
      this.abort(new TimeoutError(`There was no session with ${domain} within ${seconds} s`))
    })
    connector.connect({ domain, redirect, signal: this.#abort.signal }).then(
      connection => this.#negotiate(connection),
      (error: unknown) => {
        this.#finish(asConnectError(error, domain))
        this.#resolveGone()
      },
    )
  }

  send(stanza: string): void {
    const initiator = this.#initiator
    if (!initiator) return
    initiator.send(initiator.parentNs === undefined ? declaring(stanza) : stanza)
  }

  /** Ends in order. */
  close(): void {
    if (this.#initiator) this.#initiator.close()
    else this.abort(undefined)
  }

  /** Ends at once. */
  abort(error: XmppError | undefined): void {
    if (this.#initiator) return this.#initiator.abort(error)
    this.#abort.abort()
    this.#finish(error)
    this.#resolveGone()
  }

  bound(jid: FullJid, features: StreamFeatures): void {
    this.#deadline?.cancel()
    this.#owner.bound(this, jid, features)
  }

  resumed(h: number): void {
    this.#deadline?.cancel()
    this.#owner.resumed(this, h)
  }

  notResumed(h: number | undefined): void {
    this.#owner.notResumed(this, h)
  }

  element(slice: Slice): void {
    this.#owner.element(this, slice)
  }

  closed(error: XmppError | undefined): void {
    this.#finish(error && (this.#connection?.fault?.() ?? error))
  }

  gone(): void {
    this.#resolveGone()
  }

  #negotiate(connection: Connection): void {
    if (this.#isOver) {
      connection.transport.abort()
      return this.#resolveGone()
    }
    this.#connection = connection
    const { transport, framing } = connection
    this.#initiator = new Initiator(transport, { ...this.#options.stream, framing }, this)
    connection.own(this.#initiator.transportOwner)
    this.#initiator.start()
  }

  #finish(error: XmppError | undefined): void {
    this.#deadline?.cancel()
    if (this.#isOver) return
    this.#isOver = true
    this.#owner.over(this, error)
  }
}

function asConnectError(error: unknown, domain: string): XmppError {
  if (error instanceof XmppError) return error
  const text = error instanceof Error ? error.message : String(error)
  return new ConnectError('unreachable', `No connection to ${domain}: ${text}`, {
    cause: error,
    retryable: true,
  })
}

/** A stanza that names its namespace itself, as frames must (RFC 7395 §3.3.3). */
function declaring(stanza: string): string {
  const end = stanza.search(/[\s/>]/)
  const tag = stanza.slice(0, end)
  return stanza.startsWith(' xmlns=', end)
    ? stanza
    : `${tag} xmlns="${escapeAttr(CLIENT_NS)}"${stanza.slice(end)}`
}

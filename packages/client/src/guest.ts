/** Somebody who asks a server before having an account. */
import { CLIENT_NS, type StreamFeatures } from '@waxwing/protocol'
import { GuestInitiator, type GuestInitiatorOwner, randomId } from '@waxwing/stream'
import { defaultLimits, escapeAttr, type Slice, type Wire, WireError, writeWire } from '@waxwing/xml'
import type { Connection, Connector } from './connector.ts'
import { DisconnectedError, ProtocolError } from './errors.ts'
import type { Platform } from './platform.ts'
import { errorOf } from './requests.ts'
import { type Settle, waitFor } from './waiting.ts'

export interface GuestOptions {
  readonly domain: string
  readonly connector: Connector
  readonly platform: Platform
  readonly tls: 'required' | 'if-offered'
  /** Patience with the connection, and with each answer. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export class Guest implements GuestInitiatorOwner {
  readonly #options: GuestOptions
  readonly #abort = new AbortController()
  readonly #gone: Promise<void>
  #resolveGone: () => void = () => {}
  #connection: Connection | undefined
  #initiator: GuestInitiator | undefined
  #opening: Settle<StreamFeatures> | undefined
  /** One question at a time. */
  #asking: (Settle<Slice> & { readonly id: string }) | undefined
  #error: unknown

  constructor(options: GuestOptions) {
    this.#options = options
    this.#gone = new Promise(resolve => {
      this.#resolveGone = resolve
    })
  }

  /** Connects; settles when questions can be asked. */
  open(): Promise<StreamFeatures> {
    const { domain, platform, connector } = this.#options
    return waitFor(platform.clock, this.#options, `stream with ${domain}`, settle => {
      this.#opening = settle
      connector.connect({ domain, redirect: undefined, signal: this.#abort.signal }).then(
        connection => this.#begin(connection),
        (error: unknown) => {
          this.#over(error)
          this.#resolveGone()
        },
      )
      return () => {
        this.#opening = undefined
      }
    })
  }

  /** Asks the server. Rejects with the `StanzaError` answered, or what ended the stream. */
  ask<I>(type: 'get' | 'set', question: Wire<unknown, I>, value: I): Promise<undefined>
  ask<I, A>(type: 'get' | 'set', question: Wire<unknown, I>, value: I, answer: Wire<A>): Promise<A>
  async ask<I, A>(
    type: 'get' | 'set',
    question: Wire<unknown, I>,
    value: I,
    answer?: Wire<A>,
  ): Promise<A | undefined> {
    const slice = await this.#ask(type, writeWire(question, value, CLIENT_NS))
    if (slice.attr('type') !== 'result') throw errorOf(slice)
    const found = answer && readAnswer(slice, answer)
    if (answer && found === undefined)
      throw new ProtocolError(`${this.#options.domain} answered something else`)
    return found
  }

  /** Ends in order. */
  async close(): Promise<void> {
    this.#initiator?.close()
    await this.#gone
  }

  /** Ends at once. */
  abort(): void {
    this.#abort.abort()
    this.#initiator?.abort()
  }

  ready(features: StreamFeatures): void {
    this.#opening?.resolve(features)
  }

  element(slice: Slice): void {
    if (slice.name === 'iq' && slice.attr('id') === this.#asking?.id) this.#asking?.resolve(slice)
  }

  closed(error: unknown): void {
    this.#over(this.#connection?.fault?.() ?? error)
  }

  gone(): void {
    this.#resolveGone()
  }

  #ask(type: 'get' | 'set', payload: string): Promise<Slice> {
    const { domain, platform } = this.#options
    return waitFor(platform.clock, this.#options, `answer of ${domain}`, settle => {
      if (this.#error !== undefined) throw this.#error
      const id = randomId(platform.random)
      this.#asking = { ...settle, id }
      const ns = this.#initiator?.parentNs === undefined ? ` xmlns="${CLIENT_NS}"` : ''
      this.#initiator?.send(`<iq${ns} type="${type}" to="${escapeAttr(domain)}" id="${id}">${payload}</iq>`)
      return () => {
        this.#asking = undefined
      }
    })
  }

  #begin(connection: Connection): void {
    if (this.#abort.signal.aborted) {
      connection.transport.abort()
      return this.#resolveGone()
    }
    this.#connection = connection
    const { domain, platform, tls, timeoutMs } = this.#options
    const { transport, framing } = connection
    const options = {
      domain,
      tls,
      framing,
      clock: platform.clock,
      stageTimeoutMs: timeoutMs,
      limits: defaultLimits,
    }
    this.#initiator = new GuestInitiator(transport, options, this)
    connection.own(this.#initiator.transportOwner)
    this.#initiator.start()
  }

  #over(error: unknown): void {
    this.#error = error ?? new DisconnectedError('The stream is closed', { willRetry: false })
    this.#opening?.reject(this.#error)
    this.#asking?.reject(this.#error)
  }
}

function readAnswer<A>(slice: Slice, answer: Wire<A>): A | undefined {
  try {
    return slice.readChild(answer)
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause
    throw new ProtocolError(cause.message, { cause })
  }
}

/** Questions and their answers: iq stanzas, RFC 6120 §8.2.3. */
import { bareOf, domainOf, type FullJid, type Jid, parseJid, tryJid } from '@waxwing/jid'
import { CLIENT_NS, errorIn, StanzaError } from '@waxwing/protocol'
import { randomId } from '@waxwing/stream'
import { escapeAttr, type Slice, type Wire, WireError, writeWire } from '@waxwing/xml'
import { ProtocolError, type XmppError } from './errors.ts'
import type { Outbox } from './outbox.ts'
import type { Platform } from './platform.ts'
import { type Settle, type WaitOptions, waitFor } from './waiting.ts'

export interface RequestOptions extends WaitOptions {
  /** Patience with the answer, waiting for a connection included. Default: that of the client, 30,000. */
  readonly timeoutMs?: number | undefined
  /** Ends the waiting; what has not been sent yet never will be. */
  readonly signal?: AbortSignal | undefined
}

interface Pending extends Settle<Slice> {
  readonly to: Jid | undefined
  isSent: boolean
}

export class Requests {
  readonly #platform: Platform
  readonly #outbox: Outbox
  readonly #timeoutMs: number
  readonly #pending = new Map<string, Pending>()
  /** Our address while there is a session, and the last one in between. */
  #own: FullJid | undefined
  readonly #idle = new Set<() => void>()

  constructor(platform: Platform, outbox: Outbox, timeoutMs: number) {
    this.#platform = platform
    this.#outbox = outbox
    this.#timeoutMs = timeoutMs
  }

  /** Waits until no request is open. */
  whenIdle(options: WaitOptions): Promise<void> {
    return waitFor<void>(this.#platform.clock, options, 'end of the open requests', ({ resolve }) => {
      this.#idle.add(resolve)
      if (this.#pending.size === 0) resolve()
      return () => {
        this.#idle.delete(resolve)
      }
    })
  }

  online(own: FullJid): void {
    this.#own = own
  }

  /**
   * Asks `to`, or our own account when that is absent.
   *
   * @param payload one element as text, standing in `jabber:client`
   * @returns the stanza of the result. Rejects with the `StanzaError` answered, `TimeoutError`, `DisconnectedError`,
   *   the signal's reason, or `OverflowError`
   */
  ask(
    type: 'get' | 'set',
    to: Jid | undefined,
    payload: string,
    options: RequestOptions = {},
  ): Promise<Slice> {
    const { timeoutMs = this.#timeoutMs, signal } = options
    const who = to ?? 'the own account'
    return waitFor(this.#platform.clock, { timeoutMs, signal }, `answer of ${who}`, settle => {
      const id = randomId(this.#platform.random)
      const pending: Pending = { ...settle, to, isSent: false }
      this.#pending.set(id, pending)
      const toAttr = to === undefined ? '' : ` to="${escapeAttr(to)}"`
      const takeBack = this.#outbox.add({
        text: `<iq type="${type}"${toAttr} id="${id}">${payload}</iq>`,
        sent: () => {
          pending.isSent = true
        },
        failed: settle.reject,
      })
      return () => {
        this.#pending.delete(id)
        takeBack()
        if (this.#pending.size === 0) for (const resolve of this.#idle) resolve()
      }
    })
  }

  /** Takes a result or error; one that answers nothing, or comes from somebody else, is ignored. */
  answered(slice: Slice): void {
    const id = slice.attr('id')
    const pending = id === undefined ? undefined : this.#pending.get(id)
    if (!pending?.isSent || !this.#maySpeakFor(pending.to, slice.attr('from'))) return
    if (slice.attr('type') === 'result') return pending.resolve(slice)
    pending.reject(errorOf(slice))
  }

  /** The session is gone: what was sent in it will not be answered. */
  offline(error: XmppError): void {
    for (const pending of this.#pending.values()) if (pending.isSent) pending.reject(error)
  }

  /** RFC 6120 §8.1.2.1, §10.3.3: the server answers for the account and for itself, the asked one for itself. */
  #maySpeakFor(to: Jid | undefined, written: string | undefined): boolean {
    const own = this.#own
    if (written === undefined)
      return to === undefined || (own !== undefined && (to === bareOf(own) || to === domainOf(own)))
    const from = tryJid(written)
    if (from === undefined) return false
    if (to !== undefined) return from === to
    return own !== undefined && (from === bareOf(own) || from === own || from === domainOf(own))
  }
}

/** The error a stanza of type `error` carries. */
export function errorOf(slice: Slice): StanzaError {
  try {
    const payload = slice.readChild(errorIn(CLIENT_NS))
    if (payload) return new StanzaError(payload)
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause
  }
  return new StanzaError({ type: 'cancel', condition: 'undefined-condition' })
}

/** Typed questions. */
export class Iq {
  readonly #requests: Requests

  constructor(requests: Requests) {
    this.#requests = requests
  }

  /**
   * Asks for something. `to` absent: the own account.
   *
   * Rejects with `StanzaError` (the answer was an error), `TimeoutError`, `DisconnectedError`, `ProtocolError` (the
   * result does not hold what `answer` describes), `JidError` or the reason of the signal.
   */
  get<I, A>(
    question: Wire<unknown, I>,
    to: string | undefined,
    value: I,
    answer: Wire<A>,
    options?: RequestOptions,
  ): Promise<A>
  get<I>(
    question: Wire<unknown, I>,
    to: string | undefined,
    value: I,
    answer?: undefined,
    options?: RequestOptions,
  ): Promise<void>
  async get<I>(
    question: Wire<unknown, I>,
    to: string | undefined,
    value: I,
    answer?: Wire<unknown>,
    options?: RequestOptions,
  ): Promise<unknown> {
    return this.#ask('get', question, to, value, answer, options)
  }

  /** Has something done; as `get`. Without `answer` the content of the result does not matter. */
  set<I, A>(
    question: Wire<unknown, I>,
    to: string | undefined,
    value: I,
    answer: Wire<A>,
    options?: RequestOptions,
  ): Promise<A>
  set<I>(
    question: Wire<unknown, I>,
    to: string | undefined,
    value: I,
    answer?: undefined,
    options?: RequestOptions,
  ): Promise<void>
  async set<I>(
    question: Wire<unknown, I>,
    to: string | undefined,
    value: I,
    answer?: Wire<unknown>,
    options?: RequestOptions,
  ): Promise<unknown> {
    return this.#ask('set', question, to, value, answer, options)
  }

  async #ask<I>(
    type: 'get' | 'set',
    question: Wire<unknown, I>,
    to: string | undefined,
    value: I,
    answer: Wire<unknown> | undefined,
    options: RequestOptions | undefined,
  ): Promise<unknown> {
    const jid = to === undefined ? undefined : parseJid(to)
    const slice = await this.#requests.ask(type, jid, writeWire(question, value, CLIENT_NS), options)
    return answer && readAnswer(slice, answer, jid)
  }
}

/** The payload of a result. @throws ProtocolError when it is not there, or does not fit */
function readAnswer<A>(slice: Slice, answer: Wire<A>, from: Jid | undefined): A {
  let value: A | undefined
  try {
    value = slice.readChild(answer)
  } catch (cause) {
    if (cause instanceof WireError)
      throw new ProtocolError(`The answer of ${from ?? 'the own account'} cannot be read: ${cause.message}`, {
        cause,
      })
    throw cause
  }
  if (value !== undefined) return value
  throw new ProtocolError(`The answer of ${from ?? 'the own account'} holds no <${answer.name}>`)
}

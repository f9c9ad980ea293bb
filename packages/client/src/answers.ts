/** Questions of others: who answers them, and that each gets exactly one answer. RFC 6120 §8.2.3, §8.3. */
import { type Jid, tryJid } from '@waxwing/jid'
import { CLIENT_NS, type ErrorPayload, errorIn, StanzaError, stanzaError } from '@waxwing/protocol'
import {
  type Element,
  escapeAttr,
  type Slice,
  type Wire,
  WireError,
  writeElement,
  writeWire,
} from '@waxwing/xml'
import type { Off } from './events.ts'
import { keyOf, keysOf } from './wire-keys.ts'

/** Who asks. */
export interface IqRequest {
  /** Absent on the wire: the own account. */
  readonly from: Jid
  readonly id: string
  /** The language they would like to be answered in; absent: any. RFC 6120 §8.1.5 */
  readonly lang?: string | undefined
}

/** Answers one kind of question: with a value, or by throwing a `StanzaError`. */
export type IqHandler<T, A> = (payload: T, request: IqRequest) => A | Promise<A>

/** Answers questions that nobody else answers, by the names of their elements; or throws a `StanzaError`. */
export type RestHandler = (name: string, request: IqRequest) => Element

/** Who answers a kind of question. */
interface Answering {
  answer(slice: Slice, request: IqRequest): string | Promise<string>
}

/** No closures: a thing answers dozens of kinds of questions, and a process may have thousands of things. */
class Entry<T, R, I> implements Answering {
  readonly #question: Wire<T>
  readonly #answer: Wire<R, I> | undefined
  readonly #handler: IqHandler<T, I | Element | undefined | void>

  constructor(
    question: Wire<T>,
    answer: Wire<R, I> | undefined,
    handler: IqHandler<T, I | Element | undefined | void>,
  ) {
    this.#question = question
    this.#answer = answer
    this.#handler = handler
  }

  answer(slice: Slice, request: IqRequest): string | Promise<string> {
    const payload = slice.readChild(this.#question)
    if (payload === undefined) throw stanzaError('bad-request')
    const handler = this.#handler
    const value = handler(payload, request)
    return value instanceof Promise ? value.then(settled => this.#write(settled)) : this.#write(value)
  }

  #write(value: I | Element | undefined | void): string {
    if (value === undefined) return ''
    try {
      return this.#answer
        ? writeWire(this.#answer, value as I, CLIENT_NS)
        : writeElement(value as Element, CLIENT_NS)
    } catch (cause) {
      // our fault, not that of the question
      throw new TypeError(`The answer to <${this.#question.name}> cannot be written`, { cause })
    }
  }
}

/** Questions answered at the same time; further ones are refused with `resource-constraint`. */
const maxRunning = 256

export class Answers {
  readonly #entries: Readonly<Record<'get' | 'set', Map<string, Answering>>> = {
    get: new Map(),
    set: new Map(),
  }
  readonly #report: (fault: unknown) => void
  /** By namespace; few have any. */
  #rest: Map<string, RestHandler> | undefined
  #running = 0

  /** @param report told of what handlers throw besides `StanzaError` and `WireError` */
  constructor(report: (fault: unknown) => void) {
    this.#report = report
  }

  /** Throws when somebody answers these questions already. */
  handle<T, R, I>(
    question: Wire<T>,
    type: 'get' | 'set',
    answer: Wire<R, I> | undefined,
    handler: IqHandler<T, I | Element | undefined | void>,
  ): Off {
    const entries = this.#entries[type]
    const keys = keysOf(question)
    const taken = keys.find(key => entries.has(key))
    if (taken !== undefined) throw new TypeError(`There is a handler for ${type} ${taken} already`)
    const entry = new Entry(question, answer, handler)
    for (const key of keys) entries.set(key, entry)
    return () => {
      for (const key of keys) if (entries.get(key) === entry) entries.delete(key)
    }
  }

  /** Answers questions of a namespace that nobody else answers. Throws as `handle`. */
  handleRest(ns: string, handler: RestHandler): Off {
    this.#rest ??= new Map()
    if (this.#rest.has(ns)) throw new TypeError(`There is a handler for the rest of ${ns} already`)
    this.#rest.set(ns, handler)
    return () => {
      this.#rest?.delete(ns)
    }
  }

  /**
   * Answers a question.
   *
   * @param own whose question it is when it does not say
   * @param reply sends the answer, as text in `jabber:client`
   */
  receive(slice: Slice, own: Jid, reply: (text: string) => void): void {
    const id = slice.attr('id')
    const written = slice.attr('from')
    const from = written === undefined ? own : tryJid(written)
    if (id === undefined || from === undefined) return
    const to = written === undefined ? '' : ` to="${escapeAttr(from)}"`
    const attrs = `${to} id="${escapeAttr(id)}"`
    const succeed = (payload: string): void => reply(`<iq type="result"${attrs}>${payload}</iq>`)
    const fail = (error: unknown): void => {
      const payload = writeWire(errorIn(CLIENT_NS), this.#errorFor(error), CLIENT_NS)
      reply(`<iq type="error"${attrs}>${payload}</iq>`)
    }
    try {
      const answer = this.#entryFor(slice).answer(slice, { from, id, lang: slice.attr('xml:lang') })
      if (!(answer instanceof Promise)) return succeed(answer)
      this.#running++
      answer.then(succeed, fail).finally(() => this.#running--)
    } catch (error) {
      fail(error)
    }
  }

  #entryFor(slice: Slice): Answering {
    const { headNs, headName } = slice
    if (headNs === undefined || headName === undefined)
      throw stanzaError('bad-request', 'An iq needs a payload')
    const entry =
      this.#entries[slice.attr('type') === 'set' ? 'set' : 'get'].get(keyOf(headNs, headName)) ??
      this.#restOf(headNs, headName)
    if (!entry) throw stanzaError('service-unavailable')
    if (this.#running >= maxRunning) throw stanzaError('resource-constraint', 'Too many questions at once')
    return entry
  }

  #restOf(ns: string, name: string): Answering | undefined {
    const handler = this.#rest?.get(ns)
    return handler && { answer: (_, request) => writeElement(handler(name, request), CLIENT_NS) }
  }

  #errorFor(error: unknown): ErrorPayload {
    if (error instanceof StanzaError) return error
    if (error instanceof WireError) return stanzaError('bad-request', error.message)
    this.#report(error)
    return stanzaError('internal-server-error')
  }
}

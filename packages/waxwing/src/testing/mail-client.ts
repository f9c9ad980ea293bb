/** A client under stream management as the kill test needs it: it resumes or begins anew, and sends again what was not acknowledged. */
import { UnackedQueue } from '@waxwing/stream'
import { childOf, type Element, textOf } from '@waxwing/xml'
import type { Line } from './line.ts'
import type { MailLedger } from './mail-ledger.ts'

const smNs = 'urn:xmpp:sm:3'
const clientNs = 'jabber:client'
const modulus = 2 ** 32

interface Letter {
  readonly text: string
  /** Told when the server has acknowledged it. */
  readonly acked?: () => void
  /** It is sent again in another session, too; presence and questions are not. */
  readonly isMessage?: boolean
}

/**
 * What a client does on a new connection: goes on with its session, or forgets it and binds the same resource. One that
 * only resumes gives its messages no ids of its own: the count alone must be right.
 */
export type Returns = 'resuming' | 'resuming, without ids' | 'anew'

export interface MailClientOptions {
  readonly name: string
  readonly returns: Returns
  readonly ledger: MailLedger
  /** Told of everything that happens, so that somebody can choose a moment. */
  readonly onEvent: () => void
}

export class MailClient {
  readonly name: string
  readonly #options: MailClientOptions
  #line: Line | undefined
  #ended = Promise.withResolvers<void>()
  #unacked = new UnackedQueue<Letter>()
  /** Left of a session that is over. */
  #left: readonly Letter[] = []
  #session: string | undefined
  #handled = 0
  #isCounting = false
  /** By sender, the highest number the server must know we have. */
  #known: ReadonlyMap<string, number> = new Map()
  /** The same, and what has come in this session. */
  #had = new Map<string, number>()
  #waiting: ((element: Element) => boolean) | undefined
  /** Sessions that went on, of those that were to. */
  resumptions = 0
  failures = 0

  constructor(options: MailClientOptions) {
    this.name = options.name
    this.#options = options
  }

  get inFlight(): number {
    return this.#unacked.length + this.#left.length
  }

  /** Settles when the connection is gone. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** Goes on over a new connection that has logged in. Rejects when it ends before. */
  async begin(line: Line): Promise<void> {
    this.#line = line
    this.#ended = Promise.withResolvers()
    line.listen(
      element => this.#hear(element),
      () => this.#over(),
    )
    const { returns } = this.#options
    if (this.#session !== undefined && returns !== 'anew' && (await this.#resume(this.#session))) return
    await this.#bind()
  }

  /** Sends a numbered message with an origin-id. */
  say(receiver: string): void {
    const { ledger, returns } = this.#options
    const number = ledger.next(this.name, receiver)
    const id = `${this.name}-${receiver}-${number}`
    const origin = returns === 'resuming, without ids' ? '' : `<origin-id xmlns='urn:xmpp:sid:0' id='${id}'/>`
    const body = `<body>${this.name} ${number}</body>`
    const text = `<message to='${receiver}@localhost' type='chat' id='${id}'>${body}${origin}</message>`
    this.#post({ text, isMessage: true, acked: () => ledger.acked(this.name, receiver, number) })
  }

  /** Asks the server what it has. */
  ask(): void {
    this.#line?.send(`<r xmlns='${smNs}'/>`)
  }

  /** Says what has been received, and waits until the server must know for good: it acknowledges what followed that. */
  confirm(): Promise<void> {
    const line = this.#line
    const had = new Map(this.#had)
    return Promise.race([
      this.ended,
      new Promise<void>(resolve => {
        const acked = (): void => {
          if (line === this.#line) this.#known = had
          resolve()
        }
        line?.send(`<a xmlns='${smNs}' h='${this.#handled}'/>`)
        this.#post({
          text: `<iq type='get' id='known' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>`,
          acked,
        })
        this.ask()
      }),
    ])
  }

  /** Ends the session in order. */
  async close(): Promise<void> {
    this.#line?.send('</stream:stream>')
    await this.ended
    this.#session = undefined
    this.#left = [...this.#left, ...this.#unacked.unacknowledged()]
    this.#unacked = new UnackedQueue()
  }

  drop(): void {
    this.#line?.drop()
  }

  async #resume(previd: string): Promise<boolean> {
    this.#line?.send(`<resume xmlns='${smNs}' previd='${previd}' h='${this.#handled}'/>`)
    const answer = await this.#awaits(
      ({ ns, name }) => ns === smNs && (name === 'resumed' || name === 'failed'),
    )
    const h = answer.attrs.get('h')
    if (h !== undefined) this.#acked(Number(h))
    if (answer.name === 'failed') {
      this.failures++
      return false
    }
    this.resumptions++
    for (const { text } of this.#unacked.unacknowledged()) this.#line?.send(text)
    this.ask()
    return true
  }

  async #bind(): Promise<void> {
    this.#isCounting = false
    this.#had = new Map(this.#known)
    this.#left = [...this.#left, ...this.#unacked.unacknowledged()]
    this.#unacked = new UnackedQueue()
    this.#line?.send(
      `<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>kill</resource></bind></iq>`,
    )
    await this.#awaits(({ name, attrs }) => name === 'iq' && attrs.get('id') === 'bind')
    this.#line?.send(`<enable xmlns='${smNs}' resume='true'/>`)
    const enabled = await this.#awaits(({ ns, name }) => ns === smNs && name === 'enabled')
    this.#session = enabled.attrs.get('id')
    const left = this.#left.filter(({ isMessage }) => isMessage)
    this.#left = []
    this.#post({ text: '<presence/>' })
    for (const letter of left) this.#post(letter)
    this.ask()
  }

  #post(letter: Letter): void {
    this.#unacked.push(letter)
    this.#line?.send(letter.text)
    this.#options.onEvent()
  }

  /** The next element that fits; what comes in between is dealt with as always. */
  #awaits(fits: (element: Element) => boolean): Promise<Element> {
    return new Promise((resolve, reject) => {
      this.#waiting = element => {
        if (!fits(element)) return false
        this.#waiting = undefined
        if (element.name === 'enabled') this.#count()
        resolve(element)
        return true
      }
      void this.ended.then(() => reject(new Error('The connection ended')))
    })
  }

  /** From `<enabled/>` on stanzas count, in this very chunk. */
  #count(): void {
    this.#isCounting = true
    this.#handled = 0
  }

  #hear(element: Element): void {
    this.#options.onEvent()
    if (this.#waiting?.(element)) return
    if (element.ns === smNs) return this.#onManagement(element)
    if (element.ns !== clientNs) return
    if (element.name === 'message') this.#onMessage(element)
    if (this.#isCounting) this.#handled = (this.#handled + 1) % modulus
  }

  #onManagement({ name, attrs }: Element): void {
    if (name === 'r') this.#line?.send(`<a xmlns='${smNs}' h='${this.#handled}'/>`)
    if (name === 'a') this.#acked(Number(attrs.get('h')))
  }

  #acked(h: number): void {
    for (const letter of this.#unacked.acknowledge(h) ?? []) letter.acked?.()
  }

  #onMessage(element: Element): void {
    const body = childOf(element, clientNs, 'body')
    const [sender = '', written = ''] =
      body && element.attrs.get('type') === 'chat' ? textOf(body).split(' ') : []
    const number = Number(written)
    if (!(number > 0)) return
    // What came in this session, or is known to have come before, has no reason to come again.
    const mayRepeat = this.#options.returns === 'anew' && number > (this.#had.get(sender) ?? 0)
    this.#options.ledger.received(sender, this.name, number, mayRepeat)
    this.#had.set(sender, Math.max(number, this.#had.get(sender) ?? 0))
  }

  #over(): void {
    this.#line = undefined
    this.#isCounting = this.#session !== undefined && this.#options.returns !== 'anew'
    this.#ended.resolve()
  }
}

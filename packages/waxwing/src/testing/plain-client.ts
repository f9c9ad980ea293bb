/** A client without stream management: what it is promised is that an answer shows everything before it to be done. */
import { childOf, type Element, escapeText, textOf } from '@waxwing/xml'
import type { Line } from './line.ts'

const clientNs = 'jabber:client'

export class PlainClient {
  readonly #line: Line
  readonly #texts: string[] = []
  readonly #waiting = new Map<string, (isThere: boolean) => void>()
  readonly #ended = Promise.withResolvers<void>()
  #isOver = false
  #serial = 0

  private constructor(line: Line) {
    this.#line = line
    line.listen(
      element => this.#hear(element),
      () => this.#over(),
    )
  }

  /** Binds a resource on a line that has logged in. */
  static async begin(line: Line): Promise<PlainClient> {
    const client = new PlainClient(line)
    await client.#asks(
      "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>plain</resource></bind>",
      "type='set'",
    )
    return client
  }

  /** The bodies of all messages so far, in the order they came. */
  get texts(): readonly string[] {
    return this.#texts
  }

  send(to: string, text: string): void {
    this.#line.send(`<message to='${to}' type='chat'><body>${escapeText(text)}</body></message>`)
  }

  available(): void {
    this.#line.send('<presence/>')
  }

  /** Settles when everything sent before has been handled. @throws Error when the connection ends before */
  ping(): Promise<void> {
    return this.#asks("<ping xmlns='urn:xmpp:ping'/>", "type='get' to='localhost'")
  }

  async close(): Promise<void> {
    this.#line.send('</stream:stream>')
    await this.#ended.promise
  }

  async #asks(payload: string, header: string): Promise<void> {
    const id = `q${++this.#serial}`
    const answered = new Promise<boolean>(resolve => void this.#waiting.set(id, resolve))
    this.#line.send(`<iq ${header} id='${id}'>${payload}</iq>`)
    if (this.#isOver || !(await answered)) throw new Error('The connection ended')
  }

  #hear(element: Element): void {
    const body = element.name === 'message' ? childOf(element, clientNs, 'body') : undefined
    if (body) this.#texts.push(textOf(body))
    const id = element.name === 'iq' ? element.attrs.get('id') : undefined
    if (id === undefined) return
    this.#waiting.get(id)?.(true)
    this.#waiting.delete(id)
  }

  #over(): void {
    this.#isOver = true
    for (const resolve of this.#waiting.values()) resolve(false)
    this.#ended.resolve()
  }
}

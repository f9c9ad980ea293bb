/** A client's connection as tests of broken ones need it: elements in, text out, and nothing hidden. */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { encodeBase64 } from '@waxwing/stream'
import { type Element, elementOf, elementsOf, escapeText, StanzaSlicer } from '@waxwing/xml'

/** What a client speaks through after login. */
export interface Line {
  send(text: string): void
  /** Tells everything that comes from now on, and the end. */
  listen(heard: (element: Element) => void, ended: () => void): void
  /** Drops the connection without a word. */
  drop(): void
}

export interface LineOptions {
  readonly port: number
  /** The server's certificate, PEM. */
  readonly trust: string
  readonly username: string
  readonly password: string
}

const header =
  "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
const tlsNs = 'urn:ietf:params:xml:ns:xmpp-tls'
const saslNs = 'urn:ietf:params:xml:ns:xmpp-sasl'

export class WireLine implements Line {
  #socket: Socket
  readonly #slicer: StanzaSlicer
  readonly #heard: Element[] = []
  #listener: ((element: Element) => void) | undefined
  #onEnd: (() => void) | undefined
  #wake: (() => void) | undefined
  #isOver = false

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#slicer = new StanzaSlicer({
      sink: {
        opened: () => {},
        sliced: slice => this.#take(elementOf(slice)),
        closed: () => this.#over(),
        failed: () => this.#over(),
      },
    })
    this.#attach(socket)
  }

  /** STARTTLS and SASL PLAIN, up to the features behind login. @throws Error when the connection ends before */
  static async open({ port, trust, username, password }: LineOptions): Promise<WireLine> {
    const line = new WireLine(connectTcp(port, '127.0.0.1').setNoDelay(true))
    line.send(header)
    await line.#next('features')
    line.send(`<starttls xmlns='${tlsNs}'/>`)
    await line.#next('proceed')
    line.#secure(trust)
    line.send(header)
    await line.#next('features')
    const plain = encodeBase64(new TextEncoder().encode(`\0${username}\0${password}`))
    line.send(`<auth xmlns='${saslNs}' mechanism='PLAIN'>${escapeText(plain)}</auth>`)
    await line.#next('success')
    line.send(header)
    await line.#next('features')
    return line
  }

  send(text: string): void {
    if (!this.#isOver) this.#socket.write(text)
  }

  listen(heard: (element: Element) => void, ended: () => void): void {
    this.#listener = heard
    this.#onEnd = ended
    for (const element of this.#heard.splice(0)) heard(element)
    if (this.#isOver) ended()
  }

  drop(): void {
    this.#socket.destroy()
    this.#over()
  }

  #secure(trust: string): void {
    this.#socket.removeAllListeners()
    this.#slicer.discard()
    this.#socket = connectTls({ socket: this.#socket, ca: trust, servername: 'localhost' })
    this.#attach(this.#socket)
  }

  #attach(socket: Socket): void {
    socket.on('data', chunk => this.#isOver || this.#slicer.feed(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#over())
  }

  #take(element: Element): void {
    if (element.name === 'proceed' || element.name === 'success') this.#slicer.restart()
    if (this.#listener) return this.#listener(element)
    this.#heard.push(element)
    this.#wake?.()
  }

  #over(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#wake?.()
    this.#onEnd?.()
  }

  async #next(name: string): Promise<Element> {
    for (;;) {
      const element = this.#heard.shift()
      if (element?.name === name) return element
      if (element) throw new Error(`${element.name} ${elementsOf(element)[0]?.name} came instead of ${name}`)
      if (this.#isOver) throw new Error(`The connection ended before ${name}`)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}

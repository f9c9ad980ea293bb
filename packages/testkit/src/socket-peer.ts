/** A scripted client on real sockets: for what only sockets can do wrong. */

import assert from 'node:assert/strict'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { domainOf, type FullJid, localOf, resourceOf } from '@waxwing/jid'
import { STREAM_ERRORS_NS, STREAMS_NS } from '@waxwing/protocol'
import {
  type Element,
  elementOf,
  elementsOf,
  type Slice,
  type SliceSink,
  StanzaSlicer,
  type StreamHeader,
  writeElement,
} from '@waxwing/xml'
import { plainResponse } from './login.ts'

const tlsNs = 'urn:ietf:params:xml:ns:xmpp-tls'
const saslNs = 'urn:ietf:params:xml:ns:xmpp-sasl'

/** What was heard, in order; `gone` is the end of the connection and the last of all. */
export type Heard =
  | { readonly kind: 'header'; readonly header: StreamHeader }
  | { readonly kind: 'element'; readonly element: Element }
  | { readonly kind: 'end' }
  | { readonly kind: 'gone'; readonly reason: string }

export interface SocketPeerOptions {
  readonly port: number
  /** PEM of the server's certificate; with it the connection is secured from the first byte. */
  readonly directTls?: string
  readonly serverName?: string
}

export class SocketPeer implements SliceSink {
  readonly #slicer: StanzaSlicer
  readonly #heard: Heard[] = []
  #waiting: ((heard: Heard) => void) | undefined
  #socket: Socket
  #reason = ''

  private constructor(socket: Socket) {
    this.#slicer = new StanzaSlicer({ sink: this })
    this.#socket = socket
    this.#attach(socket)
  }

  /** Connects over TCP, or with TLS from the first byte. */
  static async connect({ port, directTls, serverName }: SocketPeerOptions): Promise<SocketPeer> {
    const socket =
      directTls === undefined
        ? connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true })
        : connectTls(tlsOptions(directTls, serverName, { port, host: '127.0.0.1' }))
    const peer = new SocketPeer(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once(directTls === undefined ? 'connect' : 'secureConnect', resolve)
      socket.once('error', reject)
    })
    socket.setNoDelay(true)
    return peer
  }

  /** Sends the pieces, each in a packet of its own as far as that can be said. */
  async sends(...pieces: readonly (string | Uint8Array)[]): Promise<void> {
    for (const piece of pieces)
      await new Promise<void>(resolve => {
        this.#socket.write(piece, () => resolve())
      })
  }

  async opens(attributes: string): Promise<void> {
    await this.sends(
      `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='${STREAMS_NS}' ${attributes}>`,
    )
  }

  /** The next thing heard; waits for it. After `gone` there is nothing more. */
  next(): Promise<Heard> {
    const heard = this.#heard.shift()
    if (heard) return Promise.resolve(heard)
    assert.ok(!this.#waiting, 'Only one can wait at a time')
    return new Promise(resolve => {
      this.#waiting = resolve
    })
  }

  /** The next element; a header before it is passed over. */
  async takes(): Promise<Element> {
    const heard = await this.next()
    if (heard.kind === 'header') return this.takes()
    return heard.kind === 'element' ? heard.element : assert.fail(`Heard ${heard.kind} instead of an element`)
  }

  /** Everything until the connection is gone, whatever it is. */
  async hearsOut(): Promise<readonly Element[]> {
    const elements: Element[] = []
    for (;;) {
      const heard = await this.next()
      if (heard.kind === 'gone') return elements
      if (heard.kind === 'element') elements.push(heard.element)
    }
  }

  /** Everything until the connection is gone: the last element is a stream error with one of these conditions. */
  async receivesStreamError(...conditions: readonly string[]): Promise<void> {
    const last = (await this.hearsOut()).at(-1)
    const found = last && streamConditionOf(last)
    assert.ok(
      found !== undefined && conditions.includes(found),
      `The stream should have ended with ${conditions.join(' or ')}, the last words were ${last ? writeElement(last) : 'none'}`,
    )
  }

  /** Asks for STARTTLS and goes through with it. RFC 6120 §5. */
  async startsTls(certificate: string, serverName?: string): Promise<void> {
    await this.sends(`<starttls xmlns='${tlsNs}'/>`)
    assert.equal((await this.takes()).name, 'proceed')
    await this.negotiatesTls(certificate, serverName)
  }

  /** The TLS handshake itself. Rejects when it fails. */
  async negotiatesTls(certificate: string, serverName?: string): Promise<void> {
    const plain = this.#socket
    this.#detach(plain)
    const secured = connectTls(tlsOptions(certificate, serverName, { socket: plain }))
    this.#socket = secured
    this.#attach(secured)
    await new Promise<void>((resolve, reject) => {
      secured.once('secureConnect', resolve)
      secured.once('error', reject)
      secured.once('close', () => reject(new Error('The connection was closed during the handshake')))
    })
  }

  /** The first stream, opened, with its features heard. */
  async greets(domain: string): Promise<Element> {
    await this.opens(`to='${domain}' version='1.0'`)
    return this.takes()
  }

  /** SASL PLAIN. */
  async authenticates(username: string, password: string): Promise<void> {
    await this.sends(`<auth xmlns='${saslNs}' mechanism='PLAIN'>${plainResponse(username, password)}</auth>`)
    const answer = await this.takes()
    assert.equal(answer.name, 'success', writeElement(answer))
  }

  /** From the greeting to the bound resource, over a connection that is secured already. */
  async logsIn(jid: FullJid, password: string): Promise<void> {
    await this.greets(domainOf(jid))
    await this.authenticates(localOf(jid) ?? '', password)
    await this.greets(domainOf(jid))
    await this.binds(resourceOf(jid) ?? '')
  }

  async binds(resource: string): Promise<void> {
    await this.sends(
      `<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`,
    )
    const answer = await this.takes()
    assert.equal(answer.attrs.get('type'), 'result', writeElement(answer))
  }

  /** Ends its own direction only: the server may still say something. */
  ends(): void {
    this.#socket.end()
  }

  /** Drops the connection with a reset. */
  resets(): void {
    if ('encrypted' in this.#socket) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  /** Stops reading: the receive window fills up. */
  pauses(): void {
    this.#socket.pause()
  }

  opened(header: StreamHeader): void {
    this.#tell({ kind: 'header', header })
  }

  sliced(slice: Slice): void {
    const element = elementOf(slice)
    const isRestart =
      (element.ns === saslNs && element.name === 'success') ||
      (element.ns === tlsNs && element.name === 'proceed')
    if (isRestart) this.#slicer.restart()
    this.#tell({ kind: 'element', element })
  }

  closed(): void {
    this.#tell({ kind: 'end' })
  }

  failed(error: Error): void {
    this.#reason ||= `The server sent what is not XML: ${error.message}`
    this.#socket.destroy()
  }

  #tell(heard: Heard): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting) waiting(heard)
    else this.#heard.push(heard)
  }

  readonly #onData = (chunk: Buffer): void => this.#slicer.feed(chunk)
  readonly #onEnd = (): void => void this.#socket.end()
  readonly #onClose = (): void => this.#tell({ kind: 'gone', reason: this.#reason })
  readonly #onError = (error: Error): void => {
    this.#reason ||= error.message
  }

  #attach(socket: Socket): void {
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onClose)
    socket.on('error', this.#onError)
  }

  #detach(socket: Socket): void {
    socket.off('data', this.#onData)
    socket.off('end', this.#onEnd)
    socket.off('close', this.#onClose)
  }
}

/** The condition of a stream error; `undefined` for every other element. */
export function streamConditionOf(element: Element): string | undefined {
  if (element.ns !== STREAMS_NS || element.name !== 'error') return undefined
  return elementsOf(element).find(child => child.ns === STREAM_ERRORS_NS)?.name
}

type TlsTarget = { readonly socket: Socket } | { readonly port: number; readonly host: string }

/** The server's certificate is its own authority; its name is checked as always. */
function tlsOptions(certificate: string, serverName = 'localhost', target: TlsTarget) {
  return { ...target, ca: certificate, servername: serverName, ALPNProtocols: ['xmpp-client'] }
}

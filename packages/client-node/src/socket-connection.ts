/** A TCP socket as the stream sees it, plain at first or secured from the start. */
import type { Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type Connection, type XmppError } from '@waxwing/client'
import type { Transport, TransportOwner } from '@waxwing/stream'
import { type TlsClient, tlsFaultOf } from './tls-client.ts'
import { ClientTlsFacts } from './tls-facts.ts'

export class SocketConnection implements Connection, Transport {
  readonly framing = 'stream'
  readonly remote: string
  readonly #client: TlsClient
  #socket: Socket
  #tls: ClientTlsFacts | undefined
  #owner: TransportOwner | undefined
  #fault: XmppError | undefined
  #gathered = ''
  #isFlushDue = false
  #isEnding = false
  #isGone = false

  /** @param socket connected; if TLS is under way already it is complete and judged */
  constructor(socket: Socket, client: TlsClient, secured?: TLSSocket) {
    this.#client = client
    this.#socket = secured ?? socket
    this.remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`
    if (secured) this.#tls = new ClientTlsFacts(secured, client.serverName)
    socket.setNoDelay(true)
    this.#socket.pause()
    this.#listen(this.#socket)
  }

  get transport(): Transport {
    return this
  }

  get tls(): ClientTlsFacts | undefined {
    return this.#tls
  }

  get queuedBytes(): number {
    return this.#socket.writableLength + this.#gathered.length
  }

  fault(): XmppError | undefined {
    return this.#fault
  }

  own(owner: TransportOwner): void {
    this.#owner = owner
    this.#socket.on('data', (chunk: Buffer) => this.#owner?.received(chunk))
    this.#socket.resume()
  }

  /** Everything sent in one turn leaves in one write. */
  sendText(text: string): void {
    if (this.#isGone) return
    this.#gathered += text
    this.#flushSoon()
  }

  sendBytes(bytes: Uint8Array, start: number, end: number): void {
    this.sendText(new TextDecoder().decode(bytes.subarray(start, end)))
  }

  end(): void {
    this.#isEnding = true
    this.#flushSoon()
  }

  abort(): void {
    this.#socket.destroy()
  }

  pauseReading(): void {
    this.#socket.pause()
  }

  resumeReading(): void {
    this.#socket.resume()
  }

  startTls(): void {
    this.#write()
    const plain = this.#socket
    plain.removeAllListeners('data')
    const secured = connectTls({ ...this.#client.options, socket: plain })
    this.#socket = secured
    this.#listen(secured)
    secured.once('secureConnect', () => {
      this.#fault = this.#client.judge(secured)
      if (this.#fault) return secured.destroy(this.#fault)
      this.#tls = new ClientTlsFacts(secured, this.#client.serverName)
      secured.on('data', (chunk: Buffer) => this.#owner?.received(chunk))
      this.#owner?.secured()
    })
  }

  #listen(socket: Socket): void {
    socket.on('error', error => this.#lose(socket, error))
    socket.on('close', () => this.#lose(socket, undefined))
  }

  #lose(socket: Socket, error: Error | undefined): void {
    socket.destroy()
    // what becomes of the plain socket shows in the secured one, too
    if (this.#isGone || socket !== this.#socket) return
    this.#isGone = true
    if (error && !this.#tls && 'getCipher' in socket) this.#fault ??= tlsFaultOf(error, this.#client.domain)
    this.#owner?.disconnected(error?.message)
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    setImmediate(() => {
      this.#isFlushDue = false
      this.#write()
      if (this.#isEnding) this.#socket.end()
    })
  }

  #write(): void {
    const text = this.#gathered
    this.#gathered = ''
    if (text !== '' && this.#socket.writable) this.#socket.write(text)
  }
}

/** XMPP over WebSocket: RFC 7395. */
// oxlint-disable unicorn/prefer-add-event-listener -- the portable type of a WebSocket knows only these
import type { ChannelBindingType, TlsFacts, Transport, TransportOwner } from '@waxwing/stream'
import type { Connection, Connector } from './connector.ts'
import { ConnectError } from './errors.ts'

const protocol = 'xmpp'

/** TLS below a WebSocket, of which the platform tells nothing. */
const opaqueTls: TlsFacts = {
  protocol: 'unknown',
  cipher: 'unknown',
  serverName: undefined,
  certifiedJids: [],
  bindings: [],
  binding(_type: ChannelBindingType): undefined {},
}

/**
 * Connects to a WebSocket endpoint, such as `wss://example.org:5281/xmpp-websocket`. Only `wss:` counts as
 * encrypted; the platform verifies the certificate against the URL's host.
 */
export function webSocketConnector(url: string): Connector {
  return {
    connect({ domain, signal }): Promise<Connection> {
      return new Promise((resolve, reject) => {
        signal.throwIfAborted()
        const socket = new WebSocket(url, [protocol])
        const onAbort = (): void => {
          reject(signal.reason)
          socket.close()
        }
        const fail = (reason: string): void => {
          signal.removeEventListener('abort', onAbort)
          reject(
            new ConnectError('unreachable', `No connection to ${domain} by ${url}: ${reason}`, {
              retryable: true,
            }),
          )
        }
        signal.addEventListener('abort', onAbort, { once: true })
        socket.onerror = () => fail('the WebSocket could not be opened')
        socket.onclose = ({ code }) => fail(`the WebSocket was closed with code ${code}`)
        socket.onopen = () => {
          signal.removeEventListener('abort', onAbort)
          if (socket.protocol === protocol) return resolve(new WebSocketConnection(socket, url))
          socket.close()
          fail('the server does not speak XMPP over WebSocket')
        }
      })
    },
  }
}

class WebSocketConnection implements Connection, Transport {
  readonly framing = 'frame'
  readonly remote: string
  readonly tls: TlsFacts | undefined
  readonly #socket: WebSocket
  #owner: TransportOwner | undefined
  #paused: Uint8Array[] | undefined
  #isGone = false

  constructor(socket: WebSocket, url: string) {
    this.#socket = socket
    this.remote = url
    this.tls = new URL(url).protocol === 'wss:' ? opaqueTls : undefined
    // nothing is lost between opening and `own`
    this.#paused = []
    socket.onmessage = ({ data }) => this.#receive(data)
    socket.onerror = () => this.#disconnect('the WebSocket failed')
    socket.onclose = ({ code, reason }) =>
      this.#disconnect(code === 1000 ? undefined : reason || `code ${code}`)
  }

  get transport(): Transport {
    return this
  }

  get queuedBytes(): number {
    return this.#socket.bufferedAmount
  }

  own(owner: TransportOwner): void {
    this.#owner = owner
    // the owner is never called from inside a call of its own
    queueMicrotask(() => this.resumeReading())
  }

  sendText(text: string): void {
    if (!this.#isGone) this.#socket.send(text)
  }

  sendBytes(bytes: Uint8Array, start: number, end: number): void {
    this.sendText(new TextDecoder().decode(bytes.subarray(start, end)))
  }

  end(): void {
    this.#socket.close(1000)
  }

  abort(): void {
    this.#socket.close()
    // a peer that is not there any more would never answer the closing
    queueMicrotask(() => this.#disconnect('given up'))
  }

  pauseReading(): void {
    this.#paused ??= []
  }

  resumeReading(): void {
    const waiting = this.#paused ?? []
    this.#paused = undefined
    for (const frame of waiting) this.#take(frame)
  }

  startTls(): void {
    throw new TypeError('A WebSocket is secured by its URL (RFC 7395 §3.9)')
  }

  #receive(data: unknown): void {
    if (this.#isGone) return
    // binary frames are not allowed: RFC 7395 §3.2
    if (typeof data !== 'string') return this.abort()
    this.#take(new TextEncoder().encode(data))
  }

  #take(frame: Uint8Array): void {
    if (this.#paused) this.#paused.push(frame)
    else this.#owner?.received(frame)
  }

  #disconnect(reason: string | undefined): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#owner?.disconnected(reason)
  }
}

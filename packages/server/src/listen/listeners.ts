/** The sockets: one listener per address, each connection handed to the server. */
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net'
import { createServer as createTlsServer, Server as TlsServer } from 'node:tls'
import type { Transport, TransportOwner } from '@waxwing/stream'
import type { ListenAddress } from '../config/setting.ts'
import { Flusher } from './flusher.ts'
import { type SocketLimits, SocketTransport } from './socket-transport.ts'
import type { TlsIdentity } from './tls-identity.ts'

export interface ListenLimits extends SocketLimits {
  /** A receiver that takes nothing for this long is given up. */
  readonly sendTimeoutMs: number
  readonly connectionsPerAddress: number
}

export interface ListenerPlan {
  readonly name: 'client' | 'direct-tls' | 'component'
  readonly address: ListenAddress
  readonly isTls: boolean
  accept(transport: Transport): TransportOwner
}

/** A listener that could not start: what, where, and what to do about it. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

export class Listeners {
  readonly #servers: TcpServer[] = []
  readonly #open = new Set<SocketTransport>()
  readonly #perAddress = new Map<string, number>()
  readonly #flusher = new Flusher()
  readonly #limits: ListenLimits
  readonly #identity: () => TlsIdentity
  readonly #sweeper: NodeJS.Timeout

  constructor(limits: ListenLimits, identity: () => TlsIdentity) {
    this.#limits = limits
    this.#identity = identity
    this.#sweeper = setInterval(() => this.#sweep(), 5_000)
    this.#sweeper.unref()
  }

  /** @returns the address in use, `host:port`. @throws ListenError */
  async open(plan: ListenerPlan): Promise<string> {
    const server = plan.isTls
      ? this.#tlsServer(plan)
      : createTcpServer({ allowHalfOpen: true }, socket => this.#welcome(socket, plan))
    this.#servers.push(server)
    const { host, port } = plan.address
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, plan)))
      server.listen({ host, port, backlog: 4_096 }, resolve)
    })
    const bound = server.address()
    return typeof bound === 'object' && bound
      ? `${host.includes(':') ? `[${host}]` : host}:${bound.port}`
      : host
  }

  /** New connections of the direct-TLS listener get the certificate that is current now. */
  renewTls(): void {
    for (const server of this.#servers)
      if (server instanceof TlsServer) server.setSecureContext(this.#identity().material)
  }

  #tlsServer(plan: ListenerPlan): TcpServer {
    const identity = this.#identity()
    // A server makes its own context from the material: unlike a socket it does not take a ready one.
    const server = createTlsServer(
      {
        ...identity.serverOptions(),
        ...identity.material,
        ALPNProtocols: ['xmpp-client'],
        // Who has said its last word still gets the answer.
        allowHalfOpen: true,
        handshakeTimeout: 10_000,
      },
      socket => this.#welcome(socket, plan),
    )
    // A failed handshake concerns nobody else.
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  }

  #welcome(socket: Socket, plan: ListenerPlan): void {
    const address = socket.remoteAddress ?? '?'
    const count = (this.#perAddress.get(address) ?? 0) + 1
    socket.on('error', ignore)
    if (count > this.#limits.connectionsPerAddress) return void socket.destroy()
    this.#perAddress.set(address, count)
    const transport = new SocketTransport(socket, this.#flusher, this.#identity(), this.#limits)
    this.#open.add(transport)
    const owner = plan.accept(transport)
    transport.own(owner)
    transport.onGone = () => this.#left(transport, address)
  }

  #left(transport: SocketTransport, address: string): void {
    this.#open.delete(transport)
    const count = (this.#perAddress.get(address) ?? 1) - 1
    if (count === 0) this.#perAddress.delete(address)
    else this.#perAddress.set(address, count)
  }

  /** No new connections; those that are open stay. */
  close(): void {
    clearInterval(this.#sweeper)
    for (const server of this.#servers) server.close()
  }

  /** Waits until all connections are gone, at most `ms`; then ends them. */
  async drain(ms: number): Promise<void> {
    const until = Date.now() + ms
    while (this.#open.size > 0 && Date.now() < until) await new Promise(resolve => setTimeout(resolve, 20))
    for (const transport of this.#open) transport.abort()
  }

  #sweep(): void {
    const now = performance.now()
    for (const transport of this.#open) transport.sweep(now, this.#limits.sendTimeoutMs)
  }
}

function ignore(): void {}

function explain(error: NodeJS.ErrnoException, plan: ListenerPlan): ListenError {
  const where = `${plan.address.host}:${plan.address.port}`
  switch (error.code) {
    case 'EADDRINUSE':
      return new ListenError(
        `Port ${plan.address.port} is in use (${plan.name} listener at ${where}). Stop the other program or choose another port in [listen].`,
      )
    case 'EACCES':
      return new ListenError(
        `No right to listen at ${where} (${plan.name} listener). Ports below 1024 need privileges: choose another port in [listen].`,
      )
    case 'EADDRNOTAVAIL':
      return new ListenError(
        `This machine has no address ${plan.address.host} (${plan.name} listener). Correct it in [listen].`,
      )
    default:
      return new ListenError(`The ${plan.name} listener cannot start at ${where}: ${error.message}`)
  }
}

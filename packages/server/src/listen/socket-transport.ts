/** A TCP or TLS socket as the stream layer sees it: gathered writes, limits for slow receivers, STARTTLS. */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Transport, TransportOwner } from '@waxwing/stream'
import type { Flusher } from './flusher.ts'
import { TlsSocketFacts } from './tls-facts.ts'
import type { TlsIdentity } from './tls-identity.ts'

export interface SocketLimits {
  /** Bytes waiting for a slow receiver before its connection is given up. */
  readonly outboxBytes: number
}

const keepAliveMs = 120_000
/** How long a peer may take to close its side after we have closed ours. RFC 6120 §4.4. */
const goodbyeMs = 5_000
const shortText = 256
/** Up to this size `Buffer.allocUnsafe` takes memory from its pool. */
const pooledBytes = 4_095
/**
 * What Node's TLS layer takes at once in the buffer every connection has. With more it takes 16 KiB for good: most
 * devices never say so much, but for the features of their stream.
 */
const modestBytes = 1_000

type Owned = Socket & { waxwing?: SocketTransport | undefined }

export class SocketTransport implements Transport {
  readonly remote: string
  readonly #flusher: Flusher
  readonly #identity: TlsIdentity | undefined
  readonly #limits: SocketLimits
  #socket: Owned
  #owner: TransportOwner | undefined
  #tls: TlsSocketFacts | undefined
  #buffer: Buffer | undefined
  #length = 0
  #isDirty = false
  #isEnding = false
  #isGone = false
  /** The TLS layer has taken its large buffer. */
  #isRoomy = false
  #stuckSince = 0
  #endingSince = 0
  /** Told once when the socket is gone. */
  onGone: (() => void) | undefined

  constructor(socket: Socket, flusher: Flusher, identity: TlsIdentity | undefined, limits: SocketLimits) {
    this.#flusher = flusher
    this.#identity = identity
    this.#limits = limits
    this.#socket = socket
    this.remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`
    if (socket instanceof TLSSocket) this.#tls = new TlsSocketFacts(socket, identity)
    socket.setNoDelay(true)
    // Peers that vanished without a word are noticed by the system, which costs nobody's battery a stanza.
    socket.setKeepAlive(true, keepAliveMs)
    this.#attach(socket)
  }

  get tls(): TlsSocketFacts | undefined {
    return this.#tls
  }

  get queuedBytes(): number {
    return this.#socket.writableLength + this.#length
  }

  /** Starts listening on behalf of `owner`. */
  own(owner: TransportOwner): void {
    this.#owner = owner
  }

  sendText(text: string): void {
    // Long texts are measured: three times their length would ask for the large buffers.
    const most = text.length > shortText ? Buffer.byteLength(text) : text.length * 3
    const buffer = this.#room(most)
    this.#length += buffer.write(text, this.#length)
  }

  sendBytes(bytes: Uint8Array, start: number, end: number): void {
    const buffer = this.#room(end - start)
    // What sockets hand us are Buffers, whose own copy makes no view in between.
    if (bytes instanceof Buffer) bytes.copy(buffer, this.#length, start, end)
    else buffer.set(bytes.subarray(start, end), this.#length)
    this.#length += end - start
  }

  /** Makes room for `size` more bytes and sees to it that they will be flushed. */
  #room(size: number): Buffer {
    if (!this.#isDirty) {
      this.#isDirty = true
      this.#flusher.add(this)
    }
    const buffer = this.#buffer
    if (buffer && buffer.length - this.#length >= size) return buffer
    return this.#grow(buffer, size)
  }

  #grow(full: Buffer | undefined, size: number): Buffer {
    const needed = this.#length + size
    if (full && needed > 64 * 1024) {
      this.#write()
      return (this.#buffer = this.#flusher.take(size))
    }
    const buffer = this.#flusher.take(needed)
    if (full) {
      full.copy(buffer, 0, 0, this.#length)
      this.#flusher.release(full)
    }
    return (this.#buffer = buffer)
  }

  flush(): void {
    this.#isDirty = false
    this.#write()
    if (this.#isEnding && !this.#isGone) this.#socket.end()
  }

  #write(): void {
    const buffer = this.#buffer
    if (!buffer) return
    const length = this.#length
    this.#buffer = undefined
    this.#length = 0
    if (this.#isGone || length === 0 || !this.#socket.writable) return this.#flusher.release(buffer)
    const waiting = this.#tls ? this.#writeCopy(buffer, length) : this.#writeOwn(buffer, length)
    if (waiting > this.#limits.outboxBytes) this.#giveUp('it does not take what is sent to it')
  }

  /** Plain sockets: once the kernel has it all, nobody refers to the buffer any more. @returns bytes still waiting */
  #writeOwn(buffer: Buffer, length: number): number {
    this.#socket.write(length === buffer.length ? buffer : buffer.subarray(0, length))
    const waiting = this.#socket.writableLength
    if (waiting === 0) this.#flusher.release(buffer)
    return waiting
  }

  /** TLS may refer to what it is given for a while: small writes are copied into Node's own pool. @returns bytes still waiting */
  #writeCopy(buffer: Buffer, length: number): number {
    if (length <= pooledBytes) {
      const copy = Buffer.allocUnsafe(length)
      buffer.copy(copy, 0, 0, length)
      this.#flusher.release(buffer)
      this.#writeModestly(copy)
    } else this.#socket.write(length === buffer.length ? buffer : buffer.subarray(0, length))
    return this.#socket.writableLength
  }

  /** What is twice as long as modest goes in two turns, while that spares the large buffer. */
  #writeModestly(bytes: Buffer): void {
    this.#isRoomy ||= bytes.length > 2 * modestBytes
    if (this.#isRoomy || bytes.length <= modestBytes) this.#socket.write(bytes)
    else {
      this.#socket.write(bytes.subarray(0, modestBytes))
      this.#socket.write(bytes.subarray(modestBytes))
    }
  }

  /** Gives up a peer that has taken nothing for too long, or does not go after our goodbye; called now and then. */
  sweep(now: number, timeoutMs: number): void {
    if (this.#isEnding) {
      if (this.#endingSince === 0) this.#endingSince = now
      else if (now - this.#endingSince > goodbyeMs) this.#socket.destroy()
    }
    if (this.#socket.writableLength === 0) this.#stuckSince = 0
    else if (this.#stuckSince === 0) this.#stuckSince = now
    else if (now - this.#stuckSince > timeoutMs) this.#giveUp('it took nothing for too long')
  }

  #giveUp(why: string): void {
    this.#socket.destroy(new Error(`The peer was given up: ${why}`))
  }

  end(): void {
    this.#isEnding = true
    if (this.#isDirty) return
    this.#isDirty = true
    this.#flusher.add(this)
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
    const plain = this.#socket
    const identity = this.#identity
    if (!identity) return this.abort()
    this.#write()
    detach(plain)
    const secured: Owned = new TLSSocket(plain, {
      isServer: true,
      ...identity.serverOptions(),
    })
    this.#socket = secured
    this.#attach(secured)
    // Before the handshake a peer may vanish from under the TLS layer.
    plain.on('error', onError.bind(secured))
    secured.once('secure', () => {
      this.#tls = new TlsSocketFacts(secured as TLSSocket, identity)
      this.#owner?.secured()
    })
  }

  #attach(socket: Owned): void {
    socket.waxwing = this
    socket.on('data', onData)
    socket.on('error', onError)
    socket.on('end', onEnd)
    socket.on('close', onClose)
  }

  /** Called by the shared listeners below. */
  hear(chunk: Buffer): void {
    if (!this.#isEnding) this.#owner?.received(chunk)
  }

  /** The peer has said its last word; what is queued is its answer. */
  peerEnded(): void {
    this.end()
  }

  lost(reason: string | undefined): void {
    if (this.#isGone) return
    this.#isGone = true
    this.onGone?.()
    this.#owner?.disconnected(reason)
  }
}

// Shared by all sockets: a connection costs no closures.
function onData(this: Owned, chunk: Buffer): void {
  this.waxwing?.hear(chunk)
}

function onError(this: Owned, error: Error): void {
  const transport = this.waxwing
  this.destroy()
  transport?.lost(error.message)
}

function onEnd(this: Owned): void {
  this.waxwing?.peerEnded()
}

function onClose(this: Owned): void {
  this.waxwing?.lost(undefined)
}

function detach(socket: Owned): void {
  socket.waxwing = undefined
  socket.off('data', onData)
  socket.off('error', onError)
  socket.off('end', onEnd)
  socket.off('close', onClose)
}

/** Two transports joined in memory: bytes in order, TLS as a fact without encryption, faults on demand. */
import { createHash } from 'node:crypto'
import {
  type Clock,
  channelBindingTypes,
  type TlsFacts,
  type Transport,
  type TransportOwner,
} from '@waxwing/stream'
import type { Transcript } from './transcript.ts'
import type { Turns } from './turns.ts'

/** How a wire behaves; read anew for every piece. */
export interface Weather {
  /** Milliseconds the next piece is on its way. */
  delayMs(): number
}

export interface WirePlan {
  /** For the transcript. */
  readonly name: string
  /** What the server sees as the peer's address. */
  readonly remote: string
  /** Secured from the first byte. */
  readonly isTls: boolean
  /** Addresses the peer's certificate stands for. */
  readonly certifiedJids?: readonly string[] | undefined
  /** A certificate that the peer shows without anybody vouching for it, DER. */
  readonly certificate?: Uint8Array | undefined
}

export interface WireWorld {
  readonly clock: Clock
  readonly turns: Turns
  readonly transcript: Transcript
  readonly weather: Weather
}

/** What travels: bytes, the start of TLS and its answer, the end of one direction, a reset. */
type Piece = Uint8Array | 'tls-hello' | 'tls-done' | 'end' | 'reset'

/** What a TLS ClientHello looks like to somebody who does not expect it. */
const strayHello = Uint8Array.of(0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x03)

export class Wire {
  readonly plan: WirePlan
  readonly world: WireWorld
  /** The end of the one who connected. */
  readonly near: WireEnd
  /** The end of the one who listens. */
  readonly far: WireEnd
  #isStalled = false

  constructor(plan: WirePlan, world: WireWorld) {
    this.plan = plan
    this.world = world
    this.near = new WireEnd(this, 'near')
    this.far = new WireEnd(this, 'far')
  }

  /** Both ends lose the connection, and with it whatever was on the way. */
  cut(): void {
    this.#isStalled = true
    this.near.lose('The wire was cut')
    this.far.lose('The wire was cut')
  }

  /** From now on nothing arrives any more, and nobody is told. */
  stall(): void {
    this.#isStalled = true
  }

  carry(from: WireEnd, piece: Piece): void {
    const to = from === this.near ? this.far : this.near
    const { clock, turns, transcript, weather } = this.world
    const arrive = (): void => {
      if (this.#isStalled) return
      transcript.note(this.plan.name, to === this.far ? '>' : '<', piece)
      to.arrive(piece)
    }
    const now = clock.monotonic()
    const due = Math.max(now + weather.delayMs(), from.lastDue)
    from.lastDue = due
    if (due <= now) turns.post(arrive)
    else clock.after(due - now, arrive)
  }

  facts(): TlsFacts {
    const { name, certifiedJids = [], certificate } = this.plan
    return {
      protocol: 'TLSv1.3',
      cipher: 'TLS_AES_128_GCM_SHA256',
      serverName: undefined,
      certifiedJids,
      certificate,
      bindings: channelBindingTypes,
      binding: type => createHash('sha256').update(`${type} of ${name}`).digest(),
    }
  }
}

/** One end: what the stream layer takes for a socket. */
export class WireEnd implements Transport {
  readonly remote: string
  /** When the last piece sent arrives: later ones never overtake it. */
  lastDue = 0
  /** Keeps its own side open after the peer's end, as a client that only shuts down writing. */
  isHalfOpen = false
  readonly #wire: Wire
  readonly #side: 'near' | 'far'
  #owner: TransportOwner | undefined
  #tls: TlsFacts | undefined
  #isSecuring = false
  #outgoing: Uint8Array[] = []
  #isFlushDue = false
  #incoming: Piece[] = []
  #isPaused = false
  #hasEnded = false
  #hasPeerEnded = false
  #isGone = false

  constructor(wire: Wire, side: 'near' | 'far') {
    this.#wire = wire
    this.#side = side
    this.remote = side === 'far' ? wire.plan.remote : '192.0.2.1:5222'
    if (wire.plan.isTls) this.#tls = wire.facts()
  }

  get tls(): TlsFacts | undefined {
    return this.#tls
  }

  get queuedBytes(): number {
    return this.#outgoing.reduce((sum, bytes) => sum + bytes.length, 0)
  }

  get isGone(): boolean {
    return this.#isGone
  }

  own(owner: TransportOwner): void {
    this.#owner = owner
  }

  sendText(text: string): void {
    this.#send(new TextEncoder().encode(text))
  }

  sendBytes(bytes: Uint8Array, start: number, end: number): void {
    this.#send(bytes.slice(start, end))
  }

  end(): void {
    if (this.#hasEnded || this.#isGone) return
    this.#flushNow()
    this.#hasEnded = true
    this.#wire.carry(this, 'end')
    this.#closeIfDone()
  }

  abort(): void {
    if (this.#isGone) return
    this.#wire.carry(this, 'reset')
    this.lose()
  }

  pauseReading(): void {
    this.#isPaused = true
  }

  resumeReading(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#wire.world.turns.post(() => this.#drain())
  }

  startTls(): void {
    this.#flushNow()
    this.#isSecuring = true
    if (this.#side === 'near') this.#wire.carry(this, 'tls-hello')
  }

  /** The connection is gone for this end. */
  lose(reason?: string): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#incoming = []
    this.#outgoing = []
    this.#wire.world.turns.post(() => this.#owner?.disconnected(reason))
  }

  arrive(piece: Piece): void {
    if (this.#isGone) return
    this.#incoming.push(piece)
    this.#drain()
  }

  #send(bytes: Uint8Array): void {
    if (this.#hasEnded || this.#isGone || bytes.length === 0) return
    this.#outgoing.push(bytes)
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    this.#wire.world.turns.post(() => this.#flushNow())
  }

  /** Everything sent in one turn leaves in one piece. */
  #flushNow(): void {
    this.#isFlushDue = false
    if (this.#outgoing.length === 0) return
    const whole = Buffer.concat(this.#outgoing)
    this.#outgoing = []
    this.#wire.carry(this, whole)
  }

  #drain(): void {
    while (!this.#isPaused && !this.#isGone) {
      const piece = this.#incoming.shift()
      if (piece === undefined) return
      this.#take(piece)
    }
  }

  #take(piece: Piece): void {
    if (piece === 'reset') return this.lose('The connection was reset')
    if (piece === 'end') return this.#onEnd()
    if (piece === 'tls-hello' || piece === 'tls-done') return this.#onTls(piece)
    if (this.#isSecuring) {
      // Plain bytes where a handshake belongs: no TLS library goes on after that.
      this.#wire.carry(this, 'reset')
      return this.lose('The TLS handshake failed')
    }
    // As a server's socket does: who has said goodbye listens no more.
    if (this.#side === 'near' || !this.#hasEnded) this.#owner?.received(piece)
  }

  #onTls(piece: 'tls-hello' | 'tls-done'): void {
    if (!this.#isSecuring) return this.#owner?.received(strayHello)
    this.#isSecuring = false
    this.#tls = this.#wire.facts()
    if (piece === 'tls-hello') this.#wire.carry(this, 'tls-done')
    this.#owner?.secured()
  }

  #onEnd(): void {
    this.#hasPeerEnded = true
    if (!this.isHalfOpen) this.end()
    this.#closeIfDone()
  }

  #closeIfDone(): void {
    if (this.#hasEnded && this.#hasPeerEnded) this.lose()
  }
}

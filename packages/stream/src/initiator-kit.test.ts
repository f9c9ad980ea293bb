// What the tests of the initiating side share: a pipe in memory, a clock that waits to be moved, a server that is text.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import type { Clock, SaslCrypto, Timer, TlsFacts, Transport, TransportOwner } from './index.ts'

export class ManualClock implements Clock {
  #now = 0
  #timers: { readonly at: number; readonly run: () => void }[] = []

  monotonic(): number {
    return this.#now
  }

  wall(): number {
    return 1_000_000 + this.#now
  }

  after(ms: number, run: () => void): Timer {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter(other => other !== timer)
      },
    }
  }

  get waiting(): number {
    return this.#timers.length
  }

  advance(ms: number): void {
    this.#now += ms
    for (const timer of this.#timers.filter(({ at }) => at <= this.#now)) {
      this.#timers = this.#timers.filter(other => other !== timer)
      timer.run()
    }
  }
}

/** Lets everything happen that is under way. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
}

export const plainTls: TlsFacts = {
  protocol: 'TLSv1.3',
  cipher: 'test',
  serverName: undefined,
  bindings: [],
  certifiedJids: [],
  binding: () => undefined,
}

/** The client's end of a pipe; the test is the server. */
export class Pipe implements Transport {
  readonly remote = 'server'
  readonly queuedBytes = 0
  tls: TlsFacts | undefined
  owner: TransportOwner | undefined
  /** Each text the client sent. */
  sent: string[] = []
  isEnded = false
  isAborted = false
  #isGone = false

  constructor(tls?: TlsFacts) {
    this.tls = tls
  }

  sendText(text: string): void {
    this.sent.push(text)
  }

  sendBytes(bytes: Uint8Array, start: number, end: number): void {
    this.sent.push(new TextDecoder().decode(bytes.subarray(start, end)))
  }

  end(): void {
    this.isEnded = true
  }

  abort(): void {
    this.isAborted = true
    setImmediate(() => this.breaks('aborted'))
  }

  pauseReading(): void {}

  resumeReading(): void {}

  startTls(): void {
    setImmediate(() => {
      if (this.#isGone) return
      this.tls = plainTls
      this.owner?.secured()
    })
  }

  /** What the client has sent since the last call. */
  async said(): Promise<string> {
    await settled()
    const text = this.sent.join('')
    this.sent = []
    return text
  }

  async says(text: string): Promise<void> {
    this.owner?.received(new TextEncoder().encode(text))
    await settled()
  }

  breaks(reason?: string): void {
    if (this.#isGone) return
    this.#isGone = true
    this.owner?.disconnected(reason)
  }
}

const digestSizes = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-512': 64 } as const
const digestNames = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512' } as const

/** Cryptography that answers at once, with the nonce of the example in RFC 7677 §3. */
export function exampleCrypto(): SaslCrypto {
  return {
    hash: (hash, data) => createHash(digestNames[hash]).update(data).digest(),
    hmac: (hash, key, data) => createHmac(digestNames[hash], key).update(data).digest(),
    pbkdf2: (hash, password, salt, iterations) =>
      pbkdf2Sync(password, salt, iterations, digestSizes[hash], digestNames[hash]),
    randomBytes: () => Uint8Array.from(Buffer.from('rOprNGfwEbeRWgbNEkqO', 'base64')),
    equal: (a, b) => Buffer.compare(a, b) === 0,
  }
}

import { type BytesPort, portableBytes } from './bytes.ts'
import type { XmlError } from './errors.ts'
import { type Inherited, readHeader, type StreamHeader } from './inherited.ts'
import { defaultLimits, type XmlLimits } from './limits.ts'
import { CLOSED, ELEMENT, FAILED, HEADER, MORE, Scanner } from './scan.ts'
import { Slice } from './slice.ts'

/** Told synchronously, while `feed` or `resume` runs. Any method of the slicer may be called from here. */
export interface SliceSink {
  /** The start tag of the stream element. */
  opened(header: StreamHeader): void
  /** A complete child of the stream element: a stanza or a nonza. */
  sliced(slice: Slice): void
  /** The end tag of the stream element. */
  closed(): void
  /** At most once; nothing follows until `restart` or `discard`. */
  failed(error: XmlError): void
}

export interface StanzaSlicerOptions {
  readonly sink: SliceSink
  readonly limits?: Partial<XmlLimits>
  readonly bytes?: BytesPort
  /**
   * `stream`: one document whose children are sliced (RFC 6120 §4.2). `frame`: each chunk fed is one complete
   * element standing alone (RFC 7395 §3.3); `opened` and `closed` are never called.
   */
  readonly framing?: 'stream' | 'frame'
  /** Default namespace that elements of `frame` framing inherit; '' if not given. */
  readonly ns?: string
}

/** Bytes taken over at a time into the memory of an unfinished element, at least. */
const smallestStep = 512

const nothing: Uint8Array = /* @__PURE__ */ new Uint8Array(0)
const noNamespaces: ReadonlyMap<string, string> = /* @__PURE__ */ new Map()

/**
 * Cuts a byte stream into checked first-level elements (RFC 6120 §4, §11). Every byte is looked at once, whatever the
 * boundaries of the chunks. An element that lies in one chunk is not copied; a longer one is collected in memory of its own.
 */
export class StanzaSlicer {
  readonly #sink: SliceSink
  readonly #port: BytesPort
  readonly #scanner: Scanner
  readonly #outside: Inherited
  readonly #isFrame: boolean
  /** What comes next: the chunk being scanned from `#at`, then the queue. */
  #chunk: Uint8Array = nothing
  #at = 0
  #queue: Uint8Array[] | undefined
  /** The unfinished element, its length so far, and up to where it has been scanned. */
  #held: Uint8Array | undefined
  #heldLength = 0
  #heldAt = 0
  #isPaused = false
  #isRunning = false
  #hasFailed = false

  constructor(options: StanzaSlicerOptions) {
    this.#sink = options.sink
    this.#port = options.bytes ?? portableBytes
    this.#isFrame = options.framing === 'frame'
    this.#outside = { bytes: this.#port, defaultNs: options.ns ?? '', namespaces: noNamespaces }
    const limits = options.limits === undefined ? defaultLimits : { ...defaultLimits, ...options.limits }
    this.#scanner = new Scanner(this.#isFrame, limits, this.#outside)
  }

  /** May be replaced at any time; what is already held is judged by the new limits with the next byte. */
  get limits(): XmlLimits {
    return this.#scanner.tag.limits
  }

  set limits(limits: XmlLimits) {
    this.#scanner.tag.limits = limits
  }

  /** Bytes of the unfinished element that are held. */
  get pendingBytes(): number {
    return this.#heldLength
  }

  /** Whether bytes wait to be scanned, behind a pause or behind the element being told of right now. */
  get hasUnread(): boolean {
    return this.#at < this.#chunk.length || this.#queue !== undefined
  }

  /** Scans the chunk. It belongs to the slicer and its slices from now on: nobody may change it. */
  feed(chunk: Uint8Array): void {
    if (this.#hasFailed) return
    if (this.#isRunning || this.#isPaused) {
      this.#queue ??= []
      this.#queue.push(chunk)
      return
    }
    this.#chunk = chunk
    this.#at = 0
    this.#run()
  }

  /** Scanning stops behind the element being told of; what is left and what is fed later is kept. */
  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    if (!this.#isRunning && !this.#hasFailed) this.#run()
  }

  /** A new stream follows (RFC 6120 §4.3.3): what lies behind the last element told of belongs to it. */
  restart(): void {
    if (this.#isFrame && !this.#hasFailed) return
    this.#scanner.reset(this.#outside, true)
    this.#hasFailed = false
    if (this.#held !== undefined) {
      const begun = this.#held.subarray(0, this.#heldLength)
      this.#queue = [begun, ...(this.#queue ?? [])]
      this.#dropHeld()
    }
    if (!this.#isPaused && !this.#isRunning) this.#run()
  }

  /** Forgets everything, also bytes not scanned yet and a pause: bytes before TLS must not survive (RFC 6120 §5.4.3.3). */
  discard(): void {
    this.#scanner.reset(this.#outside)
    this.#hasFailed = false
    this.#isPaused = false
    this.#dropAll()
  }

  #run(): void {
    this.#isRunning = true
    try {
      do {
        while (this.#at < this.#chunk.length && !this.#isPaused) this.#step()
        if (this.#isPaused) return
        if (this.#isFrame && this.#chunk !== nothing) this.#endFrame()
      } while (this.#next())
      this.#chunk = nothing
      this.#at = 0
      if (this.#held === undefined) this.#scanner.rest()
    } finally {
      this.#isRunning = false
    }
  }

  #next(): boolean {
    const next = this.#queue?.shift()
    if (this.#queue?.length === 0) this.#queue = undefined
    if (next === undefined) return false
    this.#chunk = next
    this.#at = 0
    return true
  }

  #step(): void {
    if (this.#held !== undefined) {
      this.#stepHeld(this.#held)
      return
    }
    const chunk = this.#chunk
    const outcome = this.#scanner.scan(chunk, this.#at, chunk.length)
    if (outcome === MORE) {
      this.#at = chunk.length
      if (this.#scanner.isOpen) this.#hold(chunk)
      return
    }
    this.#at = this.#scanner.end
    this.#tell(outcome, chunk)
  }

  /** Takes over as much as doubles what is held at most: the end may be near, and the rest is scanned in place. */
  #stepHeld(held: Uint8Array): void {
    const before = this.#heldLength
    const step = Math.min(this.#chunk.length - this.#at, Math.max(smallestStep, before))
    const room = this.#roomFor(held, before + step)
    room.set(this.#chunk.subarray(this.#at, this.#at + step), before)
    this.#heldLength = before + step
    const outcome = this.#scanner.scan(room, this.#heldAt, before + step)
    this.#heldAt = this.#scanner.end
    if (outcome === MORE) {
      this.#at += step
      return
    }
    this.#at += this.#scanner.end - before
    this.#dropHeld()
    this.#tell(outcome, room)
  }

  #roomFor(held: Uint8Array, length: number): Uint8Array {
    if (length <= held.length) return held
    const room = this.#port.alloc(capacityFor(length))
    room.set(held.subarray(0, this.#heldLength))
    this.#held = room
    return room
  }

  #hold(chunk: Uint8Array): void {
    const scanner = this.#scanner
    const length = chunk.length - scanner.base
    const held = this.#port.alloc(capacityFor(length + smallestStep))
    held.set(chunk.subarray(scanner.base))
    this.#held = held
    this.#heldLength = length
    this.#heldAt = scanner.end - scanner.base
    scanner.base = 0
  }

  #tell(outcome: number, bytes: Uint8Array): void {
    const scanner = this.#scanner
    switch (outcome) {
      case ELEMENT:
        this.#sink.sliced(
          new Slice(bytes, scanner.base, scanner.end, scanner.tag.marks, scanner.tag.inherited),
        )
        return
      case HEADER:
        this.#open(readHeader(this.#port, bytes, scanner.base), scanner.isClosed)
        return
      case CLOSED:
        this.#sink.closed()
        return
      case FAILED:
        this.#fail(scanner.failure)
    }
  }

  #open(header: StreamHeader, isClosed: boolean): void {
    const { defaultNs, namespaces } = header
    this.#scanner.tag.inherited = { bytes: this.#port, defaultNs, namespaces }
    this.#sink.opened(header)
    if (isClosed) this.#sink.closed()
  }

  #endFrame(): void {
    if (this.#hasFailed) return
    const { isClosed } = this.#scanner
    if (isClosed) this.#scanner.reset(this.#outside)
    else this.#fail(this.#scanner.unfinished())
  }

  #fail(error: XmlError): void {
    this.#hasFailed = true
    this.#dropAll()
    this.#sink.failed(error)
  }

  #dropHeld(): void {
    this.#held = undefined
    this.#heldLength = 0
    this.#heldAt = 0
  }

  #dropAll(): void {
    this.#dropHeld()
    this.#chunk = nothing
    this.#at = 0
    this.#queue = undefined
  }
}

/** Memory grows by doubling. */
function capacityFor(length: number): number {
  return 2 ** Math.ceil(Math.log2(length))
}

export type { StreamHeader }

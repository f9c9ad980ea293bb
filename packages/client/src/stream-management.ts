/** A session that outlives its connections, seen from the client: counting, asking, resuming. XEP-0198. */
import {
  SmAck,
  SmEnable,
  SmEnabled,
  SmFailed,
  type SmPosition,
  SmRequest,
  type StreamFeatures,
} from '@waxwing/protocol'
import { HandledCounter, UnackedQueue } from '@waxwing/stream'
import { type Slice, writeWire } from '@waxwing/xml'
import type { Line, Outgoing, StanzaLine } from './outbox.ts'

/** What may be pending when something is sent between two connections: presence, answers, receipts. */
const mostBetween = 10_000

export class StreamManagement implements StanzaLine {
  #line: Line | undefined
  #unacked = new UnackedQueue<Outgoing>()
  #handled = new HandledCounter()
  /** What we send is counted: `<enable/>` is on its way, or was answered. §4. */
  #isCounting = false
  /** What arrives is counted: the server has said `<enabled/>`. */
  #isEnabled = false
  /** An answer to our `<r/>` is awaited. */
  #isAsked = false
  #id: string | undefined

  get queuedBytes(): number {
    return this.#line?.queuedBytes ?? 0
  }

  get unacknowledged(): number {
    return this.#unacked.length
  }

  /** Where the session stands, while it may be resumed. */
  get position(): SmPosition | undefined {
    return this.#id === undefined ? undefined : { previd: this.#id, h: this.#handled.h }
  }

  /** A new session has begun. */
  begin(line: Line, features: StreamFeatures): void {
    this.#forget()
    this.#line = line
    if (!features.streamManagement) return
    this.#isCounting = true
    line.send(writeWire(SmEnable, { resume: true }))
  }

  /** Sends in this session, or not at all; between two connections it waits for the second. */
  send(stanza: Outgoing): void {
    if (this.#line) this.#line.send(stanza.text)
    else if (this.#id === undefined || this.#unacked.length >= mostBetween) return
    if (!this.#isCounting) return
    this.#unacked.push(stanza)
    if (this.#isEnabled) this.#ask()
  }

  /** Sends what is no stanza and is not counted, if there is a connection. XEP-0360 */
  sendNonza(text: string): void {
    this.#line?.send(text)
  }

  /** Takes what concerns the management; `false`: it is something else. */
  receive(slice: Slice): boolean {
    if (slice.ns !== SmAck.ns) return false
    switch (slice.name) {
      case SmRequest.name:
        this.#line?.send(writeWire(SmAck, { h: this.#handled.h }))
        break
      case SmAck.name:
        this.#acknowledged(slice.read(SmAck).h)
        break
      case SmEnabled.name:
        this.#enabled(slice.read(SmEnabled))
        break
      case SmFailed.name:
        this.#stop()
    }
    return true
  }

  /** A stanza has arrived and was dealt with. */
  count(): void {
    if (this.#isEnabled) this.#handled.count()
  }

  /** Says what was handled, so that nothing of it is kept for a later session. XEP-0198 §4 */
  farewell(): void {
    if (this.#isEnabled) this.sendNonza(writeWire(SmAck, { h: this.#handled.h }))
  }

  /** The connection is gone. `true`: the session may go on in another. */
  suspend(): boolean {
    this.#line = undefined
    this.#isAsked = false
    return this.#id !== undefined
  }

  /** The session goes on: what the server has not handled is sent again, except what was taken back meanwhile. §5. */
  resume(line: Line, h: number): void {
    this.#settle(h)
    const again = this.#unacked.unacknowledged()
    this.#unacked = new UnackedQueue(h)
    this.#line = line
    for (const stanza of again) if (stanza.isWithdrawn !== true) this.send(stanza)
  }

  /**
   * The session is over.
   *
   * @param h what the server had handled of it, if it said so
   * @returns what nobody knows of whether the server has it, oldest first
   */
  end(h?: number): readonly Outgoing[] {
    if (h !== undefined) this.#settle(h)
    const left = this.#unacked.unacknowledged().filter(({ isWithdrawn }) => isWithdrawn !== true)
    this.#forget()
    return left
  }

  #enabled({ id, resume }: SmEnabled): void {
    if (!this.#isCounting || this.#isEnabled) return
    this.#isEnabled = true
    this.#handled = new HandledCounter()
    this.#id = resume === true ? id : undefined
    if (this.#unacked.length > 0) this.#ask()
  }

  #acknowledged(h: number): void {
    this.#isAsked = false
    this.#settle(h)
    if (this.#unacked.length > 0) this.#ask()
  }

  /** One question at a time: what is sent while its answer is on the way is asked about with the next. */
  #ask(): void {
    if (this.#isAsked || !this.#line) return
    this.#isAsked = true
    this.#line.send(writeWire(SmRequest, {}))
  }

  /** A count beyond what was sent is passed over: it can only be wrong, and costs nobody a message. */
  #settle(h: number): void {
    for (const stanza of this.#unacked.acknowledge(h) ?? []) stanza.accepted?.()
  }

  #forget(): void {
    this.#line = undefined
    this.#stop()
  }

  /** The session goes on without being managed. */
  #stop(): void {
    this.#unacked = new UnackedQueue()
    this.#isCounting = false
    this.#isEnabled = false
    this.#isAsked = false
    this.#id = undefined
  }
}

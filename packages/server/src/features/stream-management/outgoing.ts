/** What a client has been sent and has not acknowledged, in memory and, as far as it is messages, in the store. XEP-0198 §4. */
import { HandledCountTooHigh, type StreamError, streamError } from '@waxwing/protocol'
import { UnackedQueue } from '@waxwing/stream'
import { toElement } from '@waxwing/xml'
import type { Stanza } from '../../router/stanza.ts'
import type { Outlet } from '../../session/outlet.ts'
import { type Copies, type Held, rowOf } from './held.ts'
import type { Rows } from './rows.ts'

const modulus = 2 ** 32

export class Outgoing {
  readonly #id: string
  readonly #rows: Rows
  #unacked: UnackedQueue<Held>
  #bytes = 0
  /** Stanzas of the whole session, not modulo anything. */
  #sent = 0
  #acked: number
  /** From a process before this one: how far the client has counted meanwhile, it will say itself. */
  #isRestored: boolean
  /** Number of the last stanza written to the stream the session has now. */
  #written = 0

  /** @param left messages kept by a process before this one; absent for a new session */
  constructor(id: string, rows: Rows, acked = 0, left?: readonly Held[]) {
    this.#id = id
    this.#rows = rows
    this.#acked = acked
    this.#unacked = new UnackedQueue(acked % modulus)
    this.#isRestored = left !== undefined
    for (const held of left ?? []) this.#push(held)
    // Beyond every number the client can have counted of the process before.
    if (left) this.#sent = Math.max(acked, left.at(-1)?.number ?? 0) + modulus
  }

  get length(): number {
    return this.#unacked.length
  }

  get bytes(): number {
    return this.#bytes
  }

  get sent(): number {
    return this.#sent
  }

  get acked(): number {
    return this.#acked
  }

  get isRestored(): boolean {
    return this.#isRestored
  }

  /** Oldest first. */
  all(): readonly Held[] {
    return this.#unacked.unacknowledged()
  }

  /** Whether something waits to be written. */
  get isBehind(): boolean {
    return this.#written < this.#sent
  }

  /** A new stream: nothing has been written to it. */
  rewind(): void {
    this.#written = this.#sent - this.#unacked.length
  }

  /** Writes what has not been written, up to this number. @returns how many stanzas that were */
  writeTo(outlet: Outlet, upTo: number): number {
    const waiting = this.#unacked.unacknowledged()
    const first = waiting[0]?.number ?? 0
    let count = 0
    for (let at = Math.max(0, this.#written + 1 - first); at < waiting.length; at++) {
      const held = waiting[at]
      if (!held || held.number > upTo) break
      held.stanza.writeTo(outlet)
      this.#written = held.number
      count++
    }
    return count
  }

  /** Takes a stanza with bytes of its own. */
  add(stanza: Stanza, at: number, kept: boolean, copies: Copies | undefined): void {
    const held: Held = {
      number: ++this.#sent,
      at,
      stanza: stanza.detached(),
      bytes: stanza.size,
      isKept: kept,
      copies,
    }
    copies?.hold()
    this.#push(held)
    this.#keep(held)
  }

  /** Whether the client counted further before: such a count tells nothing, and none of it is too high. §4, §6 */
  isPast(h: number): boolean {
    const behind = (((this.#acked - h) % modulus) + modulus) % modulus
    return behind > 0 && behind <= this.#acked
  }

  /** Takes the client's count. @returns whether it has moved @throws StreamError when it counts more than it was sent. §6 */
  acknowledge(h: number): boolean {
    const released = this.#unacked.acknowledge(h)
    if (!released) throw tooHigh(h, this.#unacked.sent)
    for (const held of released) {
      this.#acked++
      this.#bytes -= held.bytes
      held.copies?.taken()
      this.#drop(held)
    }
    return released.length > 0
  }

  /**
   * The client of a session restored says how far it has counted. Only messages have outlived the process before: they
   * get the numbers behind that.
   */
  rebase(h: number): void {
    const acked = this.#acked + ((((h - this.#acked) % modulus) + modulus) % modulus)
    const before = this.#unacked.unacknowledged()
    for (const held of before) this.#drop(held)
    this.#isRestored = false
    this.#unacked = new UnackedQueue(h)
    this.#acked = acked
    this.#sent = acked
    this.#bytes = 0
    for (const held of before)
      if (held.number <= acked) held.copies?.taken()
      else this.#renumber(held)
  }

  #renumber(held: Held): void {
    held.number = ++this.#sent
    this.#push(held)
    this.#keep(held)
  }

  #push(held: Held): void {
    this.#unacked.push(held)
    this.#bytes += held.bytes
  }

  #keep(held: Held): void {
    if (held.isKept) this.#rows.keep(this.#id, held.number, rowOf(held))
  }

  #drop({ isKept, number }: Held): void {
    if (isKept) this.#rows.drop(this.#id, number)
  }
}

function tooHigh(h: number, sendCount: number): StreamError {
  return streamError(
    'undefined-condition',
    `You acknowledged ${h} stanzas, but only ${sendCount} were sent to you so far`,
    { app: toElement(HandledCountTooHigh, { h, sendCount }) },
  )
}

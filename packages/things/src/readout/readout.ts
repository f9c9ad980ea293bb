/** One readout on the side of who asks. */
import { DisconnectedError, Feed, StanzaError } from '@waxwing/client'
import { localOf } from '@waxwing/jid'
import {
  compareTimestamps,
  millisecondsAt,
  type NodeRef,
  type ReadoutReport,
  type ReadoutRequest,
  type SensorDataFormat,
  type SensorField,
  SensorReport,
  sensorData,
  type Timestamp,
} from '@waxwing/protocol'
import {
  ConcentratorError,
  ReadoutOverflowError,
  ReadoutTimeoutError,
  refusalOf,
  rejectionOf,
  UnreachableError,
} from '../errors.ts'
import type { Peer } from '../peer.ts'
import type { Off, ThingClient, Timer } from '../port.ts'
import { showTokens } from '../provisioning/token-desk.ts'
import { newReadoutId, type ReadOptions, requestOf } from './read-options.ts'
import { inWantedUnit, type Reading, readingsOf, type WantedUnits } from './reading.ts'

const defaultTimeoutMs = 60_000
const defaultMaxReadings = 1_000_000
const defaultMaxWaiting = 100_000
/** The answer to the request comes under the readout's own patience; this one only ends the waiting for good. */
const graceMs = 1000

/** Asks for a readout, and gives what was answered. */
export type BeginReadout = (request: ReadoutRequest) => Promise<ReadoutReport>

export class Readout {
  readonly #client: ThingClient
  readonly #peer: Peer
  readonly #request: ReadoutRequest
  readonly #format: SensorDataFormat
  readonly #timeoutMs: number
  readonly #maxReadings: number
  readonly #units: WantedUnits | undefined
  readonly #feed: Feed<Reading>
  readonly #begin: BeginReadout | undefined
  readonly #offs: Off[] = []
  /** Takes the request back if it has not left yet. */
  readonly #asking = new AbortController()
  #timer: Timer | undefined
  #received = 0
  /** The thing has nothing more to do for it, so that there is nothing to cancel. */
  #isOver = false
  #isEnded = false

  /** @param begin asks in another way than by a request of sensor data */
  constructor(client: ThingClient, peer: Peer, options: ReadOptions, begin?: BeginReadout) {
    const {
      timeoutMs = defaultTimeoutMs,
      maxReadings = defaultMaxReadings,
      maxWaiting = defaultMaxWaiting,
    } = options
    this.#client = client
    this.#begin = begin
    this.#peer = peer
    this.#format = sensorData(peer.generation)
    this.#request = requestOf(peer.generation, newReadoutId(peer.generation, client.platform.random), options)
    this.#timeoutMs = timeoutMs
    this.#maxReadings = maxReadings
    this.#units = options.units
    this.#feed = new Feed<Reading>({ capacity: maxWaiting, overflow: 'error', signal: options.signal }, () =>
      this.#ended(),
    )
  }

  /** Asks; the readings come as the thing sends them. Leaving the loop cancels the readout. */
  start(): Feed<Reading> {
    const { jid } = this.#peer
    this.#offs.push(
      this.#client.onMessage(SensorReport, (report, { from, type }) => {
        // Whatever its generation: a thing may answer in another one than it was asked in.
        if (from === jid && type !== 'error' && report.id === this.#request.id) this.#hear(report)
      }),
      this.#client.presence.on('change', change => {
        if (change.jid === jid && !change.presence) this.#lost()
      }),
      this.#client.on('state', ({ state }) => {
        if (state !== 'online') this.#lost()
      }),
    )
    this.#wait(0)
    void this.#ask()
    return this.#feed
  }

  async #ask(): Promise<void> {
    const { jid } = this.#peer
    const options = { timeoutMs: this.#timeoutMs + graceMs, signal: this.#asking.signal }
    showTokens(this.#client, this.#request.tokens, jid)
    try {
      const begin =
        this.#begin ??
        (() => this.#client.iq.get(this.#format.request, jid, this.#request, SensorReport, options))
      this.#hear(await begin(this.#request))
    } catch (error) {
      if (error instanceof StanzaError || error instanceof ConcentratorError) this.#isOver = true
      this.#feed.fail(refusalOf(error, jid))
    }
  }

  #hear(report: ReadoutReport): void {
    if (this.#isEnded) return
    this.#wait(report.kind === 'accepted' && report.queued ? this.#untilDue() : 0)
    switch (report.kind) {
      case 'accepted':
      case 'started':
        return
      case 'data':
        for (const part of report.parts) {
          const node = this.#nodeOf(part.node)
          for (const reading of readingsOf(part, node, report.generation, this.#isWanted)) this.#push(reading)
        }
        if (report.last) this.#complete()
        return
      case 'rejected':
        this.#isOver = true
        this.#feed.fail(rejectionOf(report, this.#peer.jid))
        return
      default:
        this.#complete()
    }
  }

  #push(reading: Reading): void {
    if (++this.#received <= this.#maxReadings) return this.#feed.push(inWantedUnit(reading, this.#units))
    this.#feed.fail(
      new ReadoutOverflowError(`${this.#peer.jid} sends more than ${this.#maxReadings} readings`),
    )
  }

  #complete(): void {
    this.#isOver = true
    this.#feed.end()
  }

  #lost(): void {
    const { jid } = this.#peer
    if (this.#client.state === 'online') {
      this.#isOver = true
      this.#feed.fail(new UnreachableError(`${jid} went away in the middle of the readout`))
      return
    }
    const text = `The connection was lost in the middle of the readout of ${jid}`
    this.#feed.fail(new DisconnectedError(text, { willRetry: this.#client.state !== 'closed' }))
  }

  /** A thing may send more than it was asked for. */
  readonly #isWanted = (field: SensorField, time: Timestamp): boolean => {
    const { fields, categories, periods, all, from, to } = this.#request
    if (fields.length > 0 && !fields.includes(field.name)) return false
    if (!all && !meet(field.categories, categories)) return false
    if (!all && !meet(field.periods, periods)) return false
    return (
      (from === undefined || (compareTimestamps(time, from) ?? 0) >= 0) &&
      (to === undefined || (compareTimestamps(time, to) ?? 0) <= 0)
    )
  }

  /** The long family names the thing itself as a node, by its localpart. */
  #nodeOf(node: NodeRef | undefined): NodeRef | undefined {
    if (node === undefined || node.source !== undefined || node.partition !== undefined) return node
    const isItself =
      node.id === localOf(this.#peer.jid) && this.#request.nodes.every(({ id }) => id !== node.id)
    return isItself ? undefined : node
  }

  #untilDue(): number {
    const { when } = this.#request
    const due = when ? millisecondsAt(when, 0) - this.#client.platform.clock.wall() : 0
    return Math.max(due, 0)
  }

  /** Begins the patience anew. */
  #wait(extraMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#client.platform.clock.after(this.#timeoutMs + extraMs, () => {
      const text = `${this.#peer.jid} has been silent for ${this.#timeoutMs / 1000} s`
      this.#feed.fail(new ReadoutTimeoutError(text, this.#received))
    })
  }

  #ended(): void {
    this.#isEnded = true
    this.#timer?.cancel()
    for (const off of this.#offs.splice(0)) off()
    this.#asking.abort()
    if (!this.#isOver && this.#client.state === 'online') this.#cancel()
  }

  #cancel(): void {
    const { generation, id } = this.#request
    const { cancel, cancelBy } = this.#format
    // Whether it is heard or not, what still comes is not listened to.
    this.#client.iq[cancelBy](cancel, this.#peer.jid, { generation, id }, undefined, {
      timeoutMs: this.#timeoutMs,
    }).catch(() => {})
  }
}

/** Whether two lists have something in common, or one of them says nothing. */
function meet<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === 0 || b.length === 0 || a.some(one => b.includes(one))
}

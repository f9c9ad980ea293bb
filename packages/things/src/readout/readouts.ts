/** The readouts of a thing: who asks, who has to wait, and how it is answered. XEP-0323 §3, IEEE 1451.99. */
import { bareOf, type Jid } from '@waxwing/jid'
import {
  CLIENT_NS,
  type Generation,
  millisecondsAt,
  type ReadoutCancel,
  type ReadoutReport,
  type ReadoutRequest,
  type SensorDataFormat,
  SensorReport,
  StanzaError,
  sensorData,
  stanzaError,
  timestampOf,
} from '@waxwing/protocol'
import { el, toElement } from '@waxwing/xml'
import type { KeptOrders } from '../history/kept-orders.ts'
import { Outlet } from '../outlet.ts'
import type { Asker, Off, ThingClient, Timer } from '../port.ts'
import { Desk } from './desk.ts'
import type { Selection } from './selection.ts'
import { type ReadoutWorld, ServedReadout } from './served-readout.ts'

export interface ReadoutsPort {
  readonly client: ThingClient
  readonly world: ReadoutWorld
  /** Minutes east of UTC of times that name no time zone. */
  readonly zone: number
  /** What somebody may read of a request. Throws the `StanzaError` to answer with. */
  select(request: ReadoutRequest, from: Jid): Promise<Selection>
  readonly orders: KeptOrders<ReadoutRequest>
}

/** Who was there before a restart may take this long to be seen again. */
const comingBackMs = 60_000

export class Readouts {
  readonly #port: ReadoutsPort
  readonly #desk: Desk

  constructor(port: ReadoutsPort) {
    this.#port = port
    this.#desk = new Desk(port.world.limits)
  }

  /** Readouts that run now. */
  get running(): number {
    return this.#desk.count('running')
  }

  /** Readouts that wait for their turn or their time. */
  get queued(): number {
    return this.#desk.count('queued')
  }

  listen(spoken: readonly Generation[]): readonly Off[] {
    const { client } = this.#port
    const formats = spoken.map(sensorData)
    return [
      ...formats.flatMap(format => this.#listenIn(format)),
      client.disco.addFeatures(...formats.map(({ ns }) => ns)),
      client.presence.on('change', ({ jid, presence }) => {
        if (!presence) this.#gone(jid)
      }),
      // What we have sent comes back: nobody is there to read it.
      client.onMessage(SensorReport, (_, { from, type }) => {
        if (type === 'error') this.#desk.drop(from)
      }),
    ]
  }

  /** When it is we who have lost our session, everybody seems to go: what was promised for later stands, then. */
  #gone(from: Jid): void {
    const { client, orders, world } = this.#port
    if (!orders.isLasting) return this.#desk.drop(from)
    this.#desk.dropRunning(from)
    world.clock.after(0, () => {
      if (client.state === 'online' && !this.#isThere(from)) this.#desk.drop(from)
    })
  }

  #listenIn(format: SensorDataFormat): readonly Off[] {
    const { client } = this.#port
    const answer = (request: ReadoutRequest, { from }: Asker): Promise<ReadoutReport> =>
      this.#answer(request, from)
    const cancel = (request: ReadoutCancel, { from }: Asker): Promise<ReadoutReport | undefined> =>
      this.#cancel(format, request, from)
    return (['get', 'set'] as const).flatMap(type => [
      client.handle(format.request, type, format.report, answer),
      client.handle(format.cancel, type, format.report, cancel),
    ])
  }

  /** Ends everything. */
  close(): void {
    this.#port.orders.close()
    this.#desk.close()
  }

  /** Sends a report to whoever asked for it. */
  send({ from, format }: ServedReadout, report: ReadoutReport): void {
    this.#port.client.raw.send(el(CLIENT_NS, 'message', { to: from }, toElement(format.report, report)))
  }

  /**
   * Tells a selection that was asked for in another way, behind the answer to that; it can be cancelled, and waits for
   * its turn, as every readout. Throws `bad-request` while one of this id is here, `resource-constraint`.
   */
  tell(request: ReadoutRequest, from: Jid, selection: Selection): void {
    const readout = new ServedReadout(from, request, this.#port.world)
    this.#desk.open(readout)
    try {
      this.#desk.queue(readout)
    } catch (error) {
      readout.end()
      throw error
    }
    const isSeen = this.#isThere(from)
    this.#wait(readout, 0, () => {
      if (isSeen && !this.#isThere(from)) readout.end()
      else void this.#run(readout, selection, true)
    })
  }

  async #answer(request: ReadoutRequest, from: Jid): Promise<ReadoutReport> {
    const readout = new ServedReadout(from, request, this.#port.world)
    try {
      this.#desk.open(readout)
    } catch (error) {
      throw refusal(readout, error)
    }
    try {
      return await this.#begin(readout, await this.#port.select(request, from))
    } catch (error) {
      readout.end()
      throw refusal(readout, error)
    }
  }

  /** Starts at once, or later when there is no room or another time is wished. */
  async #begin(readout: ServedReadout, selection: Selection): Promise<ReadoutReport> {
    // Cancelled while it was being decided.
    if (readout.isEnded) return accepted(readout, false)
    const delay = this.#delayOf(readout)
    if (delay > this.#port.world.limits.horizonMs)
      throw stanzaError('bad-request', 'That is too far ahead to be scheduled')
    if (delay <= 0 && this.#desk.start(readout)) return this.#run(readout, selection, false)
    this.#desk.queue(readout)
    const isSeen = this.#isThere(readout.from)
    await this.#keep(readout, isSeen)
    this.#wait(readout, this.#delayOf(readout), () => {
      if (isSeen && !this.#isThere(readout.from)) readout.end()
      else this.#started(readout, selection)
    })
    return accepted(readout, true)
  }

  #delayOf({ request: { when } }: ServedReadout): number {
    return when ? millisecondsAt(when, this.#port.zone) - this.#port.world.clock.wall() : 0
  }

  /** What is accepted to be done later is done also by the next process. */
  async #keep(readout: ServedReadout, isSeen: boolean): Promise<void> {
    const { orders } = this.#port
    const { from, request } = readout
    const order = await orders.keep({ from, isSeen, value: request })
    if (readout.isEnded) await orders.forget(order)
    else readout.whenEnded(() => void orders.forget(order))
  }

  #isThere(from: Jid): boolean {
    return this.#port.client.presence.allOf(bareOf(from)).some(({ jid }) => jid === from)
  }

  #wait(readout: ServedReadout, delay: number, begin: () => void): void {
    // Also when it is due at once: the answer has to leave before.
    const { client, world } = this.#port
    const after = (ms: number): Timer =>
      world.clock.after(Math.max(ms, 0), () => {
        if (client.state === 'online') this.#desk.whenRoom(readout, begin)
        else timer = after(comingBackMs)
      })
    let timer = after(delay)
    readout.whenEnded(() => timer.cancel())
  }

  #started(readout: ServedReadout, selection: Selection): void {
    const { generation, id } = readout.request
    this.send(readout, { kind: 'started', generation, id })
    void this.#run(readout, selection, true)
  }

  /** Whether anything stood when the process began. */
  hasStanding(): Promise<boolean> {
    return this.#port.orders.hasAny()
  }

  /** Takes up what was accepted before the process began. Call it when there is a session. */
  async resume(): Promise<void> {
    const { orders, world } = this.#port
    for (const { order, from, isSeen, value } of await orders.recalled()) {
      const readout = new ServedReadout(from, value, world)
      try {
        this.#desk.open(readout)
        this.#desk.queue(readout)
      } catch (error) {
        if (!(error instanceof StanzaError)) throw error
        readout.end()
        void orders.forget(order)
        continue
      }
      readout.whenEnded(() => void orders.forget(order))
      const isAway = isSeen && !this.#isThere(from)
      const delay = Math.max(this.#delayOf(readout), isAway ? comingBackMs : 0)
      this.#wait(readout, delay, () => void this.#resumed(readout, isSeen))
    }
  }

  /** Rights are asked again; who is not there is told nothing. */
  async #resumed(readout: ServedReadout, isSeen: boolean): Promise<void> {
    const { from, request } = readout
    if (isSeen && !this.#isThere(from)) return readout.end()
    try {
      this.#started(readout, await this.#port.select(request, from))
    } catch (error) {
      if (!(error instanceof StanzaError)) this.#port.client.platform.report(error)
      const { generation, id } = request
      const time = timestampOf(new Date(this.#port.world.clock.wall()))
      const part = { kind: 'error', node: undefined, time, text: 'Access denied.' } as const
      this.send(readout, { kind: 'data', generation, id, parts: [part], last: true, skipped: 0 })
      readout.end()
    }
  }

  #run(readout: ServedReadout, selection: Selection, isAnswered: boolean): Promise<ReadoutReport> {
    const mayInline = readout.format.family === 'short'
    const outlet = new Outlet({
      clock: this.#port.world.clock,
      accepted: accepted(readout, false),
      mayInline,
      isAnswered,
      send: report => this.send(readout, report),
    })
    if (!mayInline) outlet.accept()
    readout.run(selection, outlet).catch((fault: unknown) => {
      this.#port.client.platform.report(fault)
      readout.end()
    })
    return outlet.answer
  }

  async #cancel(
    format: SensorDataFormat,
    { id }: ReadoutCancel,
    from: Jid,
  ): Promise<ReadoutReport | undefined> {
    this.#desk.get(from, id)?.end()
    const { family, generation } = format
    return family === 'long' ? { kind: 'cancelled', generation, id } : undefined
  }
}

/** In `sn` a refusal has an element of its own, which goes along. */
function refusal({ request, format }: ServedReadout, known: unknown): unknown {
  if (request.generation !== 'sn' || !(known instanceof StanzaError)) return known
  const texts = [known.text ?? known.condition]
  const rejected = { kind: 'rejected', generation: 'sn', id: request.id, texts } as const
  const { condition, type, text } = known
  return new StanzaError({ condition, type, text, app: toElement(format.report, rejected) })
}

function accepted({ request: { generation, id } }: ServedReadout, queued: boolean): ReadoutReport {
  return { kind: 'accepted', generation, id, queued }
}

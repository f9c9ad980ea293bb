/** The readouts of a thing: who asks, who has to wait, and how it is answered. XEP-0323 §3, IEEE 1451.99. */
import type { Jid } from '@waxwing/jid'
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
} from '@waxwing/protocol'
import { el, toElement } from '@waxwing/xml'
import { Outlet } from '../outlet.ts'
import type { Asker, Off, ThingClient } from '../port.ts'
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
}

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
        if (!presence) this.#desk.drop(jid)
      }),
      // What we have sent comes back: nobody is there to read it.
      client.onMessage(SensorReport, (_, { from, type }) => {
        if (type === 'error') this.#desk.drop(from)
      }),
    ]
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
    this.#desk.close()
  }

  /** Sends a report to whoever asked for it. */
  send({ from, format }: ServedReadout, report: ReadoutReport): void {
    this.#port.client.raw.send(el(CLIENT_NS, 'message', { to: from }, toElement(format.report, report)))
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
  #begin(readout: ServedReadout, selection: Selection): ReadoutReport | Promise<ReadoutReport> {
    const { generation, id, when } = readout.request
    // Cancelled while it was being decided.
    if (readout.isEnded) return accepted(readout, false)
    const { clock, limits } = this.#port.world
    const delay = when ? millisecondsAt(when, this.#port.zone) - clock.wall() : 0
    if (delay > limits.horizonMs) throw stanzaError('bad-request', 'That is too far ahead to be scheduled')
    if (delay <= 0 && this.#desk.start(readout)) return this.#run(readout, selection, false)
    this.#desk.queue(readout)
    const begin = (): void => {
      this.send(readout, { kind: 'started', generation, id })
      void this.#run(readout, selection, true)
    }
    // Also when it is due at once: the answer has to leave before.
    const timer = clock.after(Math.max(delay, 0), () => this.#desk.whenRoom(readout, begin))
    readout.whenEnded(() => timer.cancel())
    return accepted(readout, true)
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

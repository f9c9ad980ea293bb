/** Queries that run: they tell what they find in messages, behind their answer. XEP-0326 §3.6.6–8, §3.7 */
import type { Jid } from '@waxwing/jid'
import { CLIENT_NS, type ConcentratorOperation, stanzaError } from '@waxwing/protocol'
import { el, toElement } from '@waxwing/xml'
import { CommandError } from '../control/command.ts'
import { roundTrip } from '../peer.ts'
import type { ThingClient } from '../port.ts'
import { badRequest, type Caller, refusalIn } from './call.ts'
import { callOf, type Managing } from './managing.ts'
import type { NodeAction, NodeView } from './node-options.ts'
import type { ConcentratorLimits } from './options.ts'
import { QueryReport } from './query-report.ts'

/** A command of a node, with what was filled in for it. */
export interface Order {
  readonly view: NodeView
  readonly action: NodeAction
  readonly values: Readonly<Record<string, unknown>>
}

interface Running {
  readonly from: Jid
  readonly queryId: string
  readonly stop: AbortController
}

export interface QueryWorld {
  readonly client: ThingClient
  readonly managing: Managing
  readonly limits: ConcentratorLimits
  /** About how many characters one message may have. */
  readonly messageSize: number
}

/** Why a query is stopped: nobody is there to hear it. */
const gone = 'gone'

export class Queries {
  readonly #world: QueryWorld
  readonly #running = new Set<Running>()

  constructor(world: QueryWorld) {
    this.#world = world
  }

  /** How many run now. */
  get count(): number {
    return this.#running.size
  }

  /** Those of a client that is gone end. */
  drop(from: Jid): void {
    for (const one of this.#running) if (one.from === from) one.stop.abort(gone)
  }

  close(): void {
    for (const one of this.#running) one.stop.abort(gone)
  }

  /** Runs a query behind its answer. Who asks chooses its id in the short family. @returns the id */
  begin(
    caller: Caller,
    operation: ConcentratorOperation,
    command: string,
    orders: readonly Order[],
    wanted: string | undefined,
  ): string {
    const { limits, client } = this.#world
    const isShort = caller.format.family === 'short'
    if (isShort && (wanted === undefined || wanted === '')) throw badRequest('The query has no id')
    const queryId = isShort && wanted !== undefined ? wanted : this.#newId()
    const own = [...this.#running].filter(({ from }) => from === caller.from)
    if (own.some(one => one.queryId === queryId))
      throw new CommandError(stanzaError('conflict', 'A query of this id runs'))
    if (own.length >= limits.queries || this.#running.size >= limits.allQueries)
      throw new CommandError(stanzaError('resource-constraint', 'Too many queries run'))
    const running: Running = { from: caller.from, queryId, stop: new AbortController() }
    this.#running.add(running)
    client.platform.clock.after(0, () => {
      this.#run(caller, operation, command, orders, running)
        .catch((error: unknown) => client.platform.report(error))
        .finally(() => this.#running.delete(running))
    })
    return queryId
  }

  #newId(): string {
    const bytes = this.#world.client.platform.random.bytes(8)
    return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  }

  /** One node after the other. */
  async #run(
    caller: Caller,
    operation: ConcentratorOperation,
    command: string,
    orders: readonly Order[],
    { queryId, stop }: Running,
  ): Promise<void> {
    for (const { view, action, values } of orders) {
      const report = this.#reportFor(caller, view, queryId, stop.signal)
      report.mark('queryStarted')
      const told = async (): Promise<void> => action.run(callOf(caller, view), values, report)
      await Promise.race([
        aborted(stop.signal),
        this.#world.managing
          .record(caller, operation, view, told, command)
          .catch(async (error: unknown) => report.message(textOf(error), { type: 'Error', level: 'Major' })),
      ])
      if (stop.signal.reason === gone) report.close()
      report.mark(stop.signal.aborted ? 'queryAborted' : 'queryDone')
      if (stop.signal.aborted) return
    }
  }

  #reportFor({ from, format }: Caller, { ref }: NodeView, queryId: string, signal: AbortSignal): QueryReport {
    const { client, messageSize, limits } = this.#world
    return new QueryReport(
      {
        clock: client.platform.clock,
        size: messageSize,
        maxPiece: limits.queryPiece,
        room: () => roundTrip(client),
        hasQuantities: format.hasQuantities,
        send: events => {
          const progress = toElement(format.progress, { ...ref, queryId, events })
          client.raw.send(el(CLIENT_NS, 'message', { to: from }, progress))
        },
      },
      signal,
    )
  }

  abort(from: Jid, queryId: string): boolean {
    const found = [...this.#running].find(
      one => one.from === from && one.queryId === queryId && !one.stop.signal.aborted,
    )
    found?.stop.abort()
    return found !== undefined
  }
}

function textOf(error: unknown): string {
  const refusal = refusalIn(error)
  return refusal?.faults.map(({ text }) => text).join(' ') || refusal?.error.text || 'The query failed.'
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

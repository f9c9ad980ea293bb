/** A query that runs: what it finds, as it tells it. XEP-0326 §3.6.6–8, §3.7 */
import { DisconnectedError, Feed } from '@waxwing/client'
import {
  type NodeRef,
  type PartialResult,
  type QueryEvent,
  type QueryProgress,
  stanzaError,
} from '@waxwing/protocol'
import { ConcentratorError, UnreachableError } from '../errors.ts'
import type { Off } from '../port.ts'
import type { Asking, ConcentratorPeer } from './asking.ts'
import { hearing } from './hearing.ts'

/** How long to listen to a query. */
export interface QueryOptions {
  readonly signal?: AbortSignal
  /** What may wait for a slow loop; beyond it the query is aborted with an `OverflowError`. Default 10,000. */
  readonly maxWaiting?: number
}

/** Something that a query tells, and of which node. */
export type QueryNews = QueryEvent & { readonly node: NodeRef }

/** How a query is begun and aborted. */
export interface QueryOrder {
  /** How many nodes it is executed on. */
  readonly count: number
  begin(queryId: string | undefined): Promise<{
    readonly queryId?: string | undefined
    readonly results?: readonly PartialResult[] | undefined
  }>
  abort(queryId: string): Promise<unknown>
}

const defaultWaiting = 10_000
/** Messages that may come before the answer that tells whose they are. */
const maxEarly = 100

/** A query that runs: what it tells, in its order. Leaving the loop, or the signal, aborts it. */
export class RunningQuery implements AsyncIterable<QueryNews> {
  readonly #asking: Asking
  readonly #order: QueryOrder
  readonly #feed: Feed<QueryNews>
  readonly #offs: Off[] = []
  #early: QueryProgress[] | undefined = []
  #id = ''
  #left = 0
  #results: readonly PartialResult[] = []
  /** There is nothing to abort. */
  #isOver = false

  constructor(asking: Asking, order: QueryOrder, { signal, maxWaiting = defaultWaiting }: QueryOptions) {
    this.#asking = asking
    this.#order = order
    this.#feed = new Feed<QueryNews>({ capacity: maxWaiting, overflow: 'error', signal }, () => this.#end())
  }

  /** On which of several nodes it was begun, in their order; empty for one node. XEP-0326 §3.6.17 */
  get results(): readonly PartialResult[] {
    return this.#results
  }

  /** Settles when it runs; rejects with why it does not. */
  async begin(): Promise<this> {
    try {
      const peer = await this.#asking.peer()
      this.#listen(peer)
      // Who asks chooses the id in the short family.
      const own = peer.format.family === 'short' ? this.#newId() : undefined
      const { queryId = own, results = [] } = await this.#order.begin(own)
      if (queryId === undefined)
        throw new ConcentratorError(peer.jid, stanzaError('undefined-condition', 'The query has no id'), [])
      this.#runs(queryId, results)
      return this
    } catch (error) {
      this.#isOver = true
      this.#feed.end()
      throw error
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<QueryNews, undefined> {
    return this.#feed
  }

  /** Ends it at the concentrator; the loop ends with `queryAborted`, or with what it had told before. */
  async abort(): Promise<void> {
    if (this.#isOver) return
    try {
      await this.#order.abort(this.#id)
    } catch (error) {
      // It may have ended by itself. §3.6.8
      if (!(error instanceof ConcentratorError && error.condition === 'item-not-found')) throw error
    }
  }

  #newId(): string {
    const bytes = this.#asking.client.platform.random.bytes(8)
    return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  }

  #listen(peer: ConcentratorPeer): void {
    const { client } = this.#asking
    const { jid } = peer
    this.#offs.push(
      hearing(
        client,
        peer,
        ({ progress }) => progress,
        one => {
          if (one) this.#hear(one)
        },
      ),
      client.presence.on('change', ({ jid: who, presence }) => {
        if (who === jid && !presence)
          this.#lose(new UnreachableError(`${jid} went away in the middle of the query`))
      }),
      client.on('state', ({ state }) => {
        if (state === 'online') return
        const text = `The connection was lost in the middle of the query of ${jid}`
        this.#lose(new DisconnectedError(text, { willRetry: state !== 'closed' }))
      }),
    )
  }

  #runs(queryId: string, results: readonly PartialResult[]): void {
    this.#id = queryId
    this.#results = results
    this.#left = results.length > 0 ? results.filter(({ isDone }) => isDone).length : this.#order.count
    const early = this.#early ?? []
    this.#early = undefined
    if (this.#left === 0) this.#complete()
    for (const progress of early) this.#hear(progress)
  }

  #hear(progress: QueryProgress): void {
    if (this.#early) {
      if (this.#early.length < maxEarly) this.#early.push(progress)
      return
    }
    const { queryId, events, id, source, partition } = progress
    if (queryId !== this.#id) return
    for (const event of events) {
      this.#feed.push({ ...event, node: { id, source, partition } })
      if ((event.kind === 'queryDone' || event.kind === 'queryAborted') && --this.#left <= 0) this.#complete()
    }
  }

  #complete(): void {
    this.#isOver = true
    this.#feed.end()
  }

  #lose(why: Error): void {
    this.#isOver = true
    this.#feed.fail(why)
  }

  #end(): void {
    for (const off of this.#offs.splice(0)) off()
    if (this.#isOver || this.#id === '' || this.#asking.client.state !== 'online') return
    this.#isOver = true
    // Whether it is heard or not, what still comes is not listened to.
    this.#order.abort(this.#id).catch(() => {})
  }
}

/** Listening to what a node says to its device. IEEE 1451.99, concentrators */
import { DisconnectedError, Feed } from '@waxwing/client'
import { type NodeRef, type Sniff, type SniffEvent, type Timestamp, timestampOf } from '@waxwing/protocol'
import { UnreachableError } from '../errors.ts'
import type { Off } from '../port.ts'
import type { Asking, ConcentratorPeer } from './asking.ts'
import { hearing } from './hearing.ts'

/** How long to listen. */
export interface SniffOptions {
  /** Default: as long as the concentrator thinks right. It may take less than this. */
  readonly until?: Date
  readonly signal?: AbortSignal
  /** Events that may wait for a slow loop; beyond it the oldest is dropped. Default 10,000. */
  readonly maxWaiting?: number
}

/** Something that was noticed, and when. */
export type SniffNews = Exclude<SniffEvent, { readonly kind: 'expired' }> & { readonly at: Timestamp }

const defaultWaiting = 10_000
/** Messages that may come before the answer that tells whose they are. */
const maxEarly = 100

/** What is noticed at a node, until its time is over. Leaving the loop, or the signal, ends it. */
export class Sniffing implements AsyncIterable<SniffNews> {
  readonly #asking: Asking
  readonly #ref: NodeRef
  readonly #options: SniffOptions
  readonly #feed: Feed<SniffNews>
  readonly #offs: Off[] = []
  #early: Sniff[] | undefined = []
  #id: string | undefined
  #expires: Date | undefined

  constructor(asking: Asking, ref: NodeRef, options: SniffOptions) {
    const { signal, maxWaiting = defaultWaiting } = options
    this.#asking = asking
    this.#ref = ref
    this.#options = options
    this.#feed = new Feed<SniffNews>({ capacity: maxWaiting, signal }, () => this.#end())
  }

  /** When it ends by itself, by the concentrator's clock; `undefined`: it named no time. */
  get expires(): Date | undefined {
    return this.#expires
  }

  [Symbol.asyncIterator](): AsyncIterator<SniffNews, undefined> {
    return this.#feed
  }

  /** Settles when it listens; rejects with why it does not. */
  async begin(): Promise<this> {
    try {
      this.#listen(await this.#asking.peer())
      const { until } = this.#options
      const asked = { ...this.#ref, expires: until && timestampOf(until) }
      const { snifferId, expires } = await this.#asking.ask('registerSniffer', asked)
      this.#id = snifferId
      this.#expires = expires.instant
      for (const sniff of this.#early ?? []) this.#hear(sniff)
      this.#early = undefined
      return this
    } catch (error) {
      this.#feed.end()
      throw error
    }
  }

  #listen(peer: ConcentratorPeer): void {
    const { client } = this.#asking
    const { jid } = peer
    this.#offs.push(
      hearing(
        client,
        peer,
        ({ sniff }) => sniff,
        one => {
          if (!one) return
          if (this.#id !== undefined) this.#hear(one)
          else if (this.#early && this.#early.length < maxEarly) this.#early.push(one)
        },
      ),
      client.presence.on('change', ({ jid: who, presence }) => {
        if (who === jid && !presence) this.#lose(new UnreachableError(`${jid} went away`))
      }),
      client.on('state', ({ state }) => {
        if (state === 'online') return
        const text = `The connection was lost while listening to ${jid}`
        this.#lose(new DisconnectedError(text, { willRetry: state !== 'closed' }))
      }),
    )
  }

  #hear({ snifferId, at, events }: Sniff): void {
    if (snifferId !== this.#id) return
    for (const event of events) {
      if (event.kind !== 'expired') this.#feed.push({ ...event, at })
      else {
        this.#id = undefined
        this.#feed.end()
      }
    }
  }

  /** Where it was registered it is forgotten. */
  #lose(why: Error): void {
    this.#id = undefined
    this.#feed.fail(why)
  }

  #end(): void {
    for (const off of this.#offs.splice(0)) off()
    if (this.#id === undefined || this.#asking.client.state !== 'online') return
    // Whether it is heard or not, what still comes is not listened to.
    this.#asking.ask('unregisterSniffer', { ...this.#ref, snifferId: this.#id }).catch(() => {})
    this.#id = undefined
  }
}

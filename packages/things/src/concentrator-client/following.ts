/** Following a source: what happens in it, over lost connections and restarts. XEP-0326 §3.2.4–7 */
import { Feed } from '@waxwing/client'
import { bareOf } from '@waxwing/jid'
import {
  type ConcentratorFormat,
  type SourceEvent,
  type SourceEventFlags,
  type SourceEventKind,
  sourceEventKinds,
  timestampOf,
} from '@waxwing/protocol'
import { NotSupportedError } from '../errors.ts'
import type { HeardMessage, Off, Timer } from '../port.ts'
import type { Asking, ConcentratorPeer } from './asking.ts'
import { hearing } from './hearing.ts'

/** What to hear of, and for how long at once. */
export interface FollowOptions {
  readonly source: string
  /** What has happened since then comes first. Default: only what happens from now on. */
  readonly since?: Date
  /** Default: all. */
  readonly kinds?: readonly SourceEventKind[]
  /** Whether parameters come along. Default `false`. */
  readonly parameters?: boolean
  /** Whether messages come along. Default `false`. */
  readonly messages?: boolean
  /** For how long to subscribe at once, in seconds; it is renewed. Default 3,600. */
  readonly ttl?: number
  /** Events that may wait for a slow loop; beyond it the oldest is dropped. Default 10,000. */
  readonly maxWaiting?: number
  readonly signal?: AbortSignal
}

/** Something that happened, or `gap`: something may have been missed, so that the nodes have to be looked at again. */
export type SourceNews = SourceEvent | { readonly kind: 'gap' }

const defaults = { ttl: 3600, maxWaiting: 10_000 }
/** Of the life of a subscription; then it is renewed. */
const renewAt = 0.8
/** When renewing failed it is tried again after this. */
const againMs = 30_000

export class Following {
  readonly feed: Feed<SourceNews>
  readonly #asking: Asking
  readonly #options: FollowOptions
  readonly #offs: Off[] = []
  #listening: Off | undefined
  #peer: ConcentratorPeer | undefined
  #renewal: Timer | undefined
  /** What happened before is known; by the concentrator's clock. */
  #knownUntil: Date | undefined
  /** How often each was told for that very moment. */
  #atThatMoment = new Map<string, number>()
  /** Of these as many are told once more. */
  #echoes = new Map<string, number>()
  /** Whether nothing can have been missed since the subscription began. */
  #isContinuous = true
  #isSubscribing = false
  #isEnded = false

  constructor(asking: Asking, options: FollowOptions) {
    const { client, followers } = asking
    this.#asking = asking
    this.#options = options
    const { source, maxWaiting = defaults.maxWaiting, signal, since } = options
    this.#knownUntil = since
    followers.set(source, (followers.get(source) ?? 0) + 1)
    this.feed = new Feed<SourceNews>({ capacity: maxWaiting, signal }, () => this.#end())
    this.#offs.push(
      // One that comes back has forgotten us, and may have another address.
      client.presence.on('change', ({ jid, presence }) => {
        if (!this.#peer || bareOf(jid) !== bareOf(this.#peer.jid)) return
        if (!presence) this.#isContinuous = false
        else this.#again()
      }),
      client.on('state', ({ state }) => {
        if (state === 'online') return this.#again()
        this.#isContinuous = false
        if (state === 'closed') this.feed.end()
      }),
    )
  }

  /** Rejects with why it cannot be. */
  async begin(): Promise<void> {
    this.#isSubscribing = true
    try {
      await this.#subscribe()
    } catch (error) {
      this.#peer = undefined
      this.feed.end()
      throw error
    } finally {
      this.#isSubscribing = false
    }
  }

  async #subscribe(): Promise<void> {
    const peer = await this.#asking.peer()
    this.#listen(peer)
    const since = this.#knownUntil
    const isGap = !(await this.#hasAsked(peer.format, since)) || (!since && !this.#isContinuous)
    if (isGap) {
      this.#knownUntil = undefined
      this.feed.push({ kind: 'gap' })
    }
    this.#isContinuous = true
    // Also where it has no end of its own: the concentrator may give it one.
    this.#renewAfter(this.#ttl * 1000 * renewAt)
  }

  /** @returns whether what happened since then will be told */
  async #hasAsked(format: ConcentratorFormat, since: Date | undefined): Promise<boolean> {
    this.#echoes = new Map(since && this.#atThatMoment)
    try {
      await this.#ask(format, since)
      return true
    } catch (error) {
      if (!since || !(error instanceof NotSupportedError)) throw error
      // That was longer ago than it remembers. §3.2.7
      this.#echoes.clear()
      await this.#ask(format, undefined)
      return false
    }
  }

  async #ask({ family }: ConcentratorFormat, since: Date | undefined): Promise<void> {
    const { source, kinds, parameters = false, messages = false } = this.#options
    await this.#asking.ask('subscribe', {
      source,
      parameters,
      messages,
      ...flagsFor(kinds),
      ttl: family === 'short' ? this.#ttl : undefined,
      since: since && timestampOf(since),
    })
  }

  get #ttl(): number {
    return this.#options.ttl ?? defaults.ttl
  }

  #listen(peer: ConcentratorPeer): void {
    this.#peer = peer
    this.#listening?.()
    const { client } = this.#asking
    this.#listening = hearing(
      client,
      peer,
      ({ event }) => event,
      (one, message) => this.#hear(one, message),
    )
  }

  #hear(event: SourceEvent | undefined, { stanza }: HeardMessage): void {
    if (!event) return this.feed.push({ kind: 'gap' })
    const { source, kinds = sourceEventKinds } = this.#options
    if ((event.source !== undefined && event.source !== source) || !kinds.includes(event.kind)) return
    // The long family tells the time of what has happened before, and of nothing else.
    const at = event.at ?? (stanza.delay && timestampOf(stanza.delay.stamp))
    if (!this.#isEcho(event, at?.instant)) this.feed.push({ ...event, at })
  }

  /** Whether it was told before: what is asked for since a moment begins with that moment. */
  #isEcho({ kind, id, partition }: SourceEvent, at: Date | undefined): boolean {
    if (at === undefined) {
      this.#knownUntil = undefined
      return false
    }
    const key = JSON.stringify([kind, id, partition])
    const echoes = at.getTime() === this.#knownUntil?.getTime() ? (this.#echoes.get(key) ?? 0) : 0
    if (echoes > 0) {
      this.#echoes.set(key, echoes - 1)
      return true
    }
    if (this.#knownUntil === undefined || at > this.#knownUntil) this.#atThatMoment.clear()
    this.#knownUntil = at
    this.#atThatMoment.set(key, (this.#atThatMoment.get(key) ?? 0) + 1)
    return false
  }

  #renewAfter(ms: number): void {
    this.#renewal?.cancel()
    if (this.#isEnded) return
    this.#renewal = this.#asking.client.platform.clock.after(ms, () => this.#again())
  }

  /** Subscribes anew; what goes wrong now is tried again later. */
  #again(): void {
    if (this.#isSubscribing || this.#isEnded || this.#asking.client.state !== 'online') return
    this.#isSubscribing = true
    this.#asking.forget()
    this.#subscribe()
      .catch(() => {
        this.#isContinuous = false
        this.#renewAfter(againMs)
      })
      .finally(() => {
        this.#isSubscribing = false
      })
  }

  #end(): void {
    this.#isEnded = true
    this.#renewal?.cancel()
    this.#listening?.()
    for (const off of this.#offs.splice(0)) off()
    const { source } = this.#options
    const { followers, client } = this.#asking
    const others = (followers.get(source) ?? 1) - 1
    followers.set(source, others)
    if (others > 0 || !this.#peer || client.state !== 'online') return
    // Whether it is heard or not, what still comes is not listened to.
    this.#asking.ask('unsubscribe', { source, ...flagsFor(undefined) }).catch(() => {})
  }
}

function flagsFor(kinds: readonly SourceEventKind[] = sourceEventKinds): SourceEventFlags {
  const wants = (kind: SourceEventKind): boolean => kinds.includes(kind)
  return {
    nodeAdded: wants('nodeAdded'),
    nodeUpdated: wants('nodeUpdated'),
    nodeStatusChanged: wants('nodeStatusChanged'),
    nodeRemoved: wants('nodeRemoved'),
    nodeMovedUp: wants('nodeMovedUp'),
    nodeMovedDown: wants('nodeMovedDown'),
  }
}

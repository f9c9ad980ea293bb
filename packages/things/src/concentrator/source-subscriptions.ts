/** Who is told of what happens in sources, and for how long. XEP-0326 §3.2.4–7, §3.8 */
import { bareOf, type Jid } from '@waxwing/jid'
import {
  CLIENT_NS,
  type ConcentratorQuestions,
  Delay,
  millisecondsAt,
  type NodeDetail,
  type NodeInfo,
  type NodeMessage,
  type SourceEvent,
  type SourceEventFlags,
  type SourceEventKind,
  sourceEventKinds,
  stanzaError,
  timestampOf,
} from '@waxwing/protocol'
import { el, toElement } from '@waxwing/xml'
import { CommandError } from '../control/command.ts'
import type { ThingClient, Timer } from '../port.ts'
import { badRequest, type Caller, type Handlers, notImplemented } from './call.ts'
import type { ConcentratorLimits } from './options.ts'
import type { Sight } from './sight.ts'
import type { Source } from './source.ts'
import type { LoggedChange } from './source-log.ts'
import { bytesOf, weightOf } from './weight.ts'

/** What is told comes one after the other. */
interface Line {
  last: Promise<void>
  waiting: number
}

interface Subscription {
  readonly caller: Caller
  readonly source: Source
  readonly detail: NodeDetail
  readonly kinds: ReadonlySet<SourceEventKind>
  readonly expiry: Timer | undefined
  readonly line: Line
  /** What still waits is told again by the subscription that has taken its place. */
  isReplayed: boolean
}

export interface SubscribingWorld {
  readonly client: ThingClient
  readonly sight: Sight
  readonly limits: ConcentratorLimits
  /** Minutes east of UTC for times without zone. */
  readonly zone: number
}

export class SourceSubscriptions {
  readonly #world: SubscribingWorld
  readonly #all = new Map<Jid, Map<Source, Subscription>>()

  constructor(world: SubscribingWorld) {
    this.#world = world
  }

  get count(): number {
    let count = 0
    for (const own of this.#all.values()) count += own.size
    return count
  }

  readonly handlers: Handlers = {
    subscribe: async (asked, caller) => {
      this.#subscribe(asked, caller, await this.#world.sight.source(caller, asked.source))
      return {}
    },
    // What was not subscribed to need not be ended. §3.2.5
    unsubscribe: async (asked, caller) => {
      const source = await this.#world.sight.source(caller, asked.source)
      const one = this.#all.get(caller.from)?.get(source)
      if (!one) return {}
      const kinds = new Set([...one.kinds].filter(kind => !asked[kind]))
      if (kinds.size === 0) this.#end(one)
      else this.#put({ ...one, kinds })
      return {}
    },
  }

  /** Nobody is there to be told. */
  drop(from: Jid): void {
    for (const one of this.#all.get(from)?.values() ?? []) this.#end(one)
  }

  close(): void {
    for (const own of this.#all.values()) for (const one of own.values()) this.#end(one)
  }

  /** Something happened. */
  changed(source: Source, change: LoggedChange): void {
    for (const own of this.#all.values()) {
      const one = own.get(source)
      if (one) this.#tell(one, change, false)
    }
  }

  #subscribe(asked: ConcentratorQuestions['subscribe'], caller: Caller, source: Source): void {
    const known = this.#all.get(caller.from)?.get(source)
    if (!known) this.#mustHaveRoom(caller.from)
    const missed = asked.since ? this.#missed(source, millisecondsAt(asked.since, this.#world.zone)) : []
    const lifeMs = this.#lifeOf(asked, caller)
    // Kinds are added, never taken away.
    const kinds = new Set([...kindsIn(asked), ...(known?.kinds ?? [])])
    known?.expiry?.cancel()
    if (known && asked.since) known.isReplayed = true
    const { parameters, messages } = asked
    const one: Subscription = {
      caller,
      source,
      detail: { parameters, messages },
      kinds,
      expiry:
        lifeMs === undefined ? undefined : this.#clock.after(lifeMs, () => this.#endOf(caller.from, source)),
      // Behind the answer.
      line: known?.line ?? { last: new Promise(resolve => this.#clock.after(0, resolve)), waiting: 0 },
      isReplayed: false,
    }
    this.#put(one)
    for (const change of missed) this.#tell(one, change, true)
  }

  get #clock(): ThingClient['platform']['clock'] {
    return this.#world.client.platform.clock
  }

  /** In the short family it ends unless it is renewed; in the long one with the presence of its holder. */
  #lifeOf({ ttl }: ConcentratorQuestions['subscribe'], { format, from }: Caller): number | undefined {
    const { subscriptionMs } = this.#world.limits
    // Of whom we do not see we would not learn that they are gone.
    if (format.family === 'long') return this.#isSeen(from) ? undefined : subscriptionMs
    if (ttl === undefined || ttl <= 0) throw badRequest('Say for how many seconds')
    return Math.min(ttl * 1000, subscriptionMs)
  }

  #isSeen(jid: Jid): boolean {
    return this.#world.client.presence.allOf(bareOf(jid)).some(one => one.jid === jid)
  }

  /** Throws `feature-not-implemented` when it lies too far back: then there is no subscription, either. §3.2.7 */
  #missed(source: Source, since: number): readonly LoggedChange[] {
    const missed = source.since(since)
    if (!missed || missed.length > this.#world.limits.waitingEvents)
      throw notImplemented('That is longer ago than is remembered: look at the nodes again')
    return missed
  }

  #mustHaveRoom(from: Jid): void {
    const { sourceSubscriptions, allSourceSubscriptions } = this.#world.limits
    const own = this.#all.get(from)?.size ?? 0
    if (own >= sourceSubscriptions || this.count >= allSourceSubscriptions)
      throw new CommandError(stanzaError('resource-constraint', 'There are too many subscriptions'))
  }

  #put(one: Subscription): void {
    const own = this.#all.get(one.caller.from) ?? new Map<Source, Subscription>()
    own.set(one.source, one)
    this.#all.set(one.caller.from, own)
  }

  #end(one: Subscription): void {
    one.expiry?.cancel()
    const own = this.#all.get(one.caller.from)
    own?.delete(one.source)
    if (own?.size === 0) this.#all.delete(one.caller.from)
  }

  #endOf(from: Jid, source: Source): void {
    const one = this.#all.get(from)?.get(source)
    if (one) this.#end(one)
  }

  #tell(one: Subscription, change: LoggedChange, isOld: boolean): void {
    if (!one.kinds.has(change.kind)) return
    // Whoever is too slow looks again when it renews.
    const { line } = one
    if (line.waiting >= this.#world.limits.waitingEvents) return this.#end(one)
    line.waiting++
    const telling = line.last.then(() => this.#send(one, change, isOld))
    line.last = telling
      .catch((error: unknown) => this.#world.client.platform.report(error))
      .then(() => {
        line.waiting--
      })
  }

  async #send(one: Subscription, change: LoggedChange, isOld: boolean): Promise<void> {
    const { caller, source } = one
    const isHeld = (): boolean => !one.isReplayed && this.#all.get(caller.from)?.get(source) !== undefined
    if (!isHeld() || !(await this.#world.sight.sees(caller, source, change.view))) return
    const event = await this.#eventOf(one, change)
    if (!isHeld()) return
    const at = new Date(change.at)
    const { family } = caller.format
    const delay = isOld && family === 'long' ? [toElement(Delay, { stamp: at })] : []
    const payload = toElement(
      caller.format.event,
      family === 'short' ? { ...event, at: timestampOf(at) } : event,
    )
    this.#world.client.raw.send(el(CLIENT_NS, 'message', { to: caller.from }, payload, ...delay))
  }

  async #eventOf(
    { caller, source, detail }: Subscription,
    { kind, view, after, oldId }: LoggedChange,
  ): Promise<SourceEvent> {
    const { ref, options, state, messages } = view
    if (kind === 'nodeAdded' || kind === 'nodeUpdated') {
      const told = await this.#world.sight.info(caller, source, view, detail)
      const info = { ...this.#fitting(told), source: source.id }
      return kind === 'nodeUpdated'
        ? { kind, ...info, oldId }
        : { kind, ...info, ...(await this.#afterSeen(caller, source, view, after)) }
    }
    const reference = { ...ref, localId: options.localId, logId: options.logId }
    if (kind === 'nodeStatusChanged')
      return { kind, ...reference, state, messages: detail.messages ? this.#newest(messages) : [] }
    return { kind, ...reference }
  }

  /** Who would be told too much looks for it. */
  #fitting(info: NodeInfo): NodeInfo {
    const isTooMuch = weightOf(info) > this.#world.limits.answerSize
    return isTooMuch ? { ...info, parameters: [], messages: [] } : info
  }

  /** Those that go into one message; the newest are the last. */
  #newest(messages: readonly NodeMessage[]): readonly NodeMessage[] {
    let left = this.#world.limits.answerSize
    const first = messages.findLastIndex(({ text }) => (left -= 80 + bytesOf(text)) < 0)
    return messages.slice(first + 1)
  }

  /** The sibling before a new node, where the order says something and the sibling is seen. */
  async #afterSeen(
    caller: Caller,
    source: Source,
    { parent }: LoggedChange['view'],
    after: LoggedChange['after'],
  ): Promise<{ readonly afterId?: string; readonly afterPartition?: string | undefined }> {
    if (!after || !(await this.#isOrdered(source, parent))) return {}
    const seen = await this.#world.sight.find(caller, { ...after, source: source.id })
    return seen ? { afterId: after.id, afterPartition: after.partition } : {}
  }

  async #isOrdered(source: Source, parent: LoggedChange['view']['parent']): Promise<boolean> {
    if (!parent) return source.options.isOrdered === true
    return (await source.find(parent))?.options.childrenOrdered === true
  }
}

function kindsIn(flags: SourceEventFlags): readonly SourceEventKind[] {
  return sourceEventKinds.filter(kind => flags[kind])
}

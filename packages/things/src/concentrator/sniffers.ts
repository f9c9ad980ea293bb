/** Who listens to what nodes and their devices say to each other, and for how long. IEEE 1451.99, concentrators */
import { type Jid } from '@waxwing/jid'
import {
  CLIENT_NS,
  millisecondsAt,
  type SniffEvent,
  type SniffTextKind,
  stanzaError,
  timestampOf,
} from '@waxwing/protocol'
import { el, toElement } from '@waxwing/xml'
import { CommandError } from '../control/command.ts'
import { roundTrip } from '../peer.ts'
import type { ThingClient, Timer } from '../port.ts'
import { badRequest, type Caller, type Handlers, notFound, notImplemented } from './call.ts'
import type { Managing } from './managing.ts'
import type { NodeView } from './node-options.ts'
import type { ConcentratorLimits } from './options.ts'
import type { Sight } from './sight.ts'
import type { Source } from './source.ts'
import type { LoggedChange } from './source-log.ts'
import { bytesOf } from './weight.ts'

export interface SniffingWorld {
  readonly client: ThingClient
  readonly sight: Sight
  readonly managing: Managing
  readonly limits: ConcentratorLimits
  /** Minutes east of UTC for times without zone. */
  readonly zone: number
}

interface Noticed {
  readonly at: number
  readonly event: SniffEvent
  readonly size: number
}

interface Sniffer {
  readonly id: string
  readonly caller: Caller
  readonly source: Source
  readonly view: NodeView
  readonly expiry: Timer
  waiting: Noticed[]
  /** What was left out because too much waited. */
  lost: number
  isTelling: boolean
}

/** After so many messages it is waited until they have been taken. */
const messagesAtOnce = 8
/** What is noticed within this time goes together. */
const patienceMs = 100
const idBytes = 12

export class Sniffers {
  readonly #world: SniffingWorld
  /** By their ids. */
  readonly #all = new Map<string, Sniffer>()
  /** By the node they listen to: whoever has none costs one look. */
  readonly #byNode = new Map<Source, Map<string, Set<Sniffer>>>()

  constructor(world: SniffingWorld) {
    this.#world = world
  }

  get count(): number {
    return this.#all.size
  }

  readonly handlers: Handlers = {
    registerSniffer: async ({ expires, ...ref }, caller) => {
      const { source, view } = await this.#world.sight.node(caller, ref)
      await this.#world.managing.must(caller, 'registerSniffer', [view])
      if (view.options.isSniffable !== true) throw notImplemented('Nobody can listen to this node')
      const until = this.#endOf(expires && millisecondsAt(expires, this.#world.zone))
      this.#mustHaveRoom(caller.from)
      const begin = async (): Promise<Sniffer> => this.#begin(caller, source, view, until)
      const { id } = await this.#world.managing.record(caller, 'registerSniffer', view, begin)
      return { snifferId: id, expires: timestampOf(new Date(until)) }
    },
    unregisterSniffer: async ({ snifferId, ...ref }, caller) => {
      const { view } = await this.#world.sight.node(caller, ref)
      const one = this.#all.get(snifferId)
      // Whose it is not learns nothing of it.
      if (!one || one.caller.from !== caller.from || keyOf(one.view.ref) !== keyOf(view.ref)) throw notFound()
      this.#end(one)
      return {}
    },
  }

  /** Whether somebody listens to a node. */
  isSniffed(source: Source, node: SniffedNode): boolean {
    return this.#byNode.get(source)?.has(keyOf(node)) ?? false
  }

  /** Something was noticed at a node. */
  noticed(source: Source, node: SniffedNode, event: SniffEvent): void {
    const listening = this.#byNode.get(source)?.get(keyOf(node))
    if (!listening) return
    const { snifferEventBytes, waitingSniffs } = this.#world.limits
    const [cut, size] = shortened(event, snifferEventBytes)
    const at = this.#clock.wall()
    for (const one of listening) {
      one.waiting.push({ at, event: cut, size })
      if (one.waiting.length > waitingSniffs) {
        one.waiting.shift()
        one.lost++
      }
      this.#tellSoon(one)
    }
  }

  /** A node that is gone, or has another id, says nothing any more. */
  changed(source: Source, { kind, view, oldId }: LoggedChange): void {
    if (kind !== 'nodeRemoved' && oldId === undefined) return
    const key = keyOf({ ...view.ref, id: oldId ?? view.ref.id })
    for (const one of this.#byNode.get(source)?.get(key) ?? []) this.#expire(one)
  }

  /** Nobody is there to be told. */
  drop(from: Jid): void {
    for (const one of this.#all.values()) if (one.caller.from === from) this.#end(one)
  }

  close(): void {
    for (const one of this.#all.values()) this.#end(one)
  }

  get #clock(): ThingClient['platform']['clock'] {
    return this.#world.client.platform.clock
  }

  #endOf(wanted: number | undefined): number {
    const { snifferMs, longestSnifferMs } = this.#world.limits
    const now = this.#clock.wall()
    if (wanted === undefined) return now + snifferMs
    if (wanted <= now) throw badRequest('That is over already')
    return Math.min(wanted, now + longestSnifferMs)
  }

  #mustHaveRoom(from: Jid): void {
    const { sniffers, allSniffers } = this.#world.limits
    const own = [...this.#all.values()].filter(one => one.caller.from === from).length
    if (own >= sniffers || this.#all.size >= allSniffers)
      throw new CommandError(stanzaError('resource-constraint', 'There are too many sniffers'))
  }

  #begin(caller: Caller, source: Source, view: NodeView, until: number): Sniffer {
    const bytes = this.#world.client.platform.random.bytes(idBytes)
    const id = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
    const expiry = this.#clock.after(until - this.#clock.wall(), () => this.#expire(one))
    const one: Sniffer = { id, caller, source, view, expiry, waiting: [], lost: 0, isTelling: false }
    this.#all.set(id, one)
    const nodes = this.#byNode.get(source) ?? new Map<string, Set<Sniffer>>()
    const key = keyOf(view.ref)
    nodes.set(key, (nodes.get(key) ?? new Set()).add(one))
    this.#byNode.set(source, nodes)
    return one
  }

  #end(one: Sniffer): void {
    one.expiry.cancel()
    one.waiting = []
    this.#all.delete(one.id)
    const nodes = this.#byNode.get(one.source)
    const key = keyOf(one.view.ref)
    nodes?.get(key)?.delete(one)
    if (nodes?.get(key)?.size === 0) nodes.delete(key)
    if (nodes?.size === 0) this.#byNode.delete(one.source)
  }

  /** It is over, and its holder is told. What still waits is not. */
  #expire(one: Sniffer): void {
    if (!this.#all.has(one.id)) return
    this.#end(one)
    this.#send(one, this.#clock.wall(), [{ kind: 'expired' }])
  }

  #tellSoon(one: Sniffer): void {
    if (one.isTelling) return
    one.isTelling = true
    this.#clock.after(patienceMs, () => {
      this.#tell(one)
        .catch((error: unknown) => this.#world.client.platform.report(error))
        .finally(() => {
          one.isTelling = false
        })
    })
  }

  /** A message for each moment: it says when that was. Who must not listen any more does not. */
  async #tell(one: Sniffer): Promise<void> {
    for (let messages = 1; one.waiting.length > 0; messages++) {
      if (messages % messagesAtOnce === 1 && !(await this.#mayStill(one))) return this.#expire(one)
      const next = this.#next(one)
      if (next) this.#send(one, next.at, next.events)
      if (messages % messagesAtOnce === 0) await roundTrip(this.#world.client)
    }
  }

  async #mayStill({ caller, source, view }: Sniffer): Promise<boolean> {
    const { sight, managing } = this.#world
    if (!(await sight.sees(caller, source, view))) return false
    return managing.may(caller, 'registerSniffer', { node: view.ref })
  }

  /** What goes into the next message. */
  #next(one: Sniffer): { readonly at: number; readonly events: readonly SniffEvent[] } | undefined {
    const [first] = one.waiting
    if (!first) return undefined
    const events: SniffEvent[] = []
    if (one.lost > 0) {
      events.push({ kind: 'warning', text: `${one.lost} events before were left out: there were too many.` })
      one.lost = 0
    }
    let room = this.#world.limits.answerSize
    let count = 0
    for (const { at, event, size } of one.waiting) {
      room -= size
      if (at !== first.at || (room < 0 && count > 0)) break
      events.push(event)
      count++
    }
    one.waiting = one.waiting.slice(count)
    return { at: first.at, events }
  }

  #send({ id, caller }: Sniffer, at: number, events: readonly SniffEvent[]): void {
    const sniff = { snifferId: id, at: timestampOf(new Date(at)), events }
    const payload = toElement(caller.format.sniff, sniff)
    this.#world.client.raw.send(el(CLIENT_NS, 'message', { to: caller.from }, payload))
  }
}

interface SniffedNode {
  readonly id: string
  readonly partition?: string | undefined
}

function keyOf({ id, partition }: SniffedNode): string {
  return JSON.stringify([id, partition])
}

/** What was noticed, as it is told: bytes that went over the line as bytes. */
export function sniffEvent(kind: SniffTextKind, what: string | Uint8Array): SniffEvent {
  if (typeof what === 'string') return { kind, text: what }
  if (kind === 'rx') return { kind: 'rxBin', data: what }
  if (kind === 'tx') return { kind: 'txBin', data: what }
  return { kind, text: Array.from(what, byte => byte.toString(16).padStart(2, '0')).join(' ') }
}

/** An event that is not too long, and what it takes. */
function shortened(event: SniffEvent, most: number): readonly [SniffEvent, number] {
  if (event.kind === 'expired') return [event, 20]
  if ('data' in event) {
    const data = event.data.slice(0, most)
    return [{ ...event, data }, 20 + Math.ceil(data.length / 3) * 4]
  }
  const text = event.text.length > most ? `${event.text.slice(0, most)}…` : event.text
  return [{ ...event, text }, 30 + bytesOf(text)]
}

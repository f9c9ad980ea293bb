/** Who has which readouts at a thing, running and waiting: bounded for each client and in all. */
import type { Jid } from '@waxwing/jid'
import { stanzaError } from '@waxwing/protocol'
import type { ThingLimits } from '../thing-options.ts'
import type { ServedReadout } from './served-readout.ts'

type State = 'asked' | 'queued' | 'running'

interface Entry {
  readonly readout: ServedReadout
  state: State
  /** Begins it; set while it waits for its turn. */
  begin: (() => void) | undefined
}

export class Desk {
  readonly #limits: ThingLimits
  readonly #entries = new Map<Jid, Map<string, Entry>>()

  constructor(limits: ThingLimits) {
    this.#limits = limits
  }

  /** Readouts in a state; of one client, or of all. */
  count(state: State, from?: Jid): number {
    const all = from === undefined ? [...this.#entries.values()] : [this.#entries.get(from)]
    let count = 0
    for (const entries of all) for (const entry of entries?.values() ?? []) if (entry.state === state) count++
    return count
  }

  get(from: Jid, id: string): ServedReadout | undefined {
    return this.#entries.get(from)?.get(id)?.readout
  }

  /** Takes a readout in; it leaves when it ends. Throws `bad-request` while the same id is here, `resource-constraint`. */
  open(readout: ServedReadout): void {
    const { from, id } = readout
    const own = this.#entries.get(from) ?? new Map<string, Entry>()
    if (own.has(id)) throw stanzaError('bad-request', 'A readout of this id has not ended')
    const { running, queued, allRunning, allQueued } = this.#limits
    if (own.size >= running + queued) throw tooMany()
    if (this.count('asked') + this.count('queued') >= allRunning + allQueued) throw tooMany()
    own.set(id, { readout, state: 'asked', begin: undefined })
    this.#entries.set(from, own)
    readout.whenEnded(() => this.#leave(readout))
  }

  /** Whether it may run now; then it counts as running. */
  start(readout: ServedReadout): boolean {
    const entry = this.#entryOf(readout)
    const { running, allRunning } = this.#limits
    if (!entry || this.count('running', readout.from) >= running || this.count('running') >= allRunning)
      return false
    entry.state = 'running'
    entry.begin = undefined
    return true
  }

  /** It waits for its time. Throws `resource-constraint`. */
  queue(readout: ServedReadout): void {
    const { queued, allQueued } = this.#limits
    if (this.count('queued', readout.from) >= queued || this.count('queued') >= allQueued) throw tooMany()
    const entry = this.#entryOf(readout)
    if (entry) entry.state = 'queued'
  }

  /** Calls `begin` as soon as there is room; it counts as running then. */
  whenRoom(readout: ServedReadout, begin: () => void): void {
    const entry = this.#entryOf(readout)
    if (!entry) return
    if (this.start(readout)) begin()
    else entry.begin = begin
  }

  /** Ends what runs for a client; what waits goes on waiting. */
  dropRunning(from: Jid): void {
    const own = [...(this.#entries.get(from)?.values() ?? [])]
    for (const { readout, state } of own) if (state !== 'queued') readout.end()
  }

  /** Ends everything of a client that is gone. */
  drop(from: Jid): void {
    const own = this.#entries.get(from)
    // Out of the list first, so that none of its waiting ones begins.
    this.#entries.delete(from)
    for (const { readout } of own?.values() ?? []) readout.end()
  }

  /** Ends everything. */
  close(): void {
    const all = Array.from(this.#entries.values())
    this.#entries.clear()
    for (const own of all) for (const { readout } of own.values()) readout.end()
  }

  #entryOf({ from, id }: ServedReadout): Entry | undefined {
    return this.#entries.get(from)?.get(id)
  }

  #leave({ from, id }: ServedReadout): void {
    const own = this.#entries.get(from)
    own?.delete(id)
    if (own?.size === 0) this.#entries.delete(from)
    this.#beginWaiting()
  }

  #beginWaiting(): void {
    for (const own of this.#entries.values()) {
      for (const { readout, begin } of own.values()) if (begin && this.start(readout)) begin()
    }
  }
}

function tooMany(): Error {
  return stanzaError('resource-constraint', 'Too many readouts at once')
}

/** Where stanzas wait for an inactive client; not too many, and not too long. XEP-0352 §3.2. */
import type { Clock, Timer } from '@waxwing/stream'
import type { Stanza } from '../../router/stanza.ts'
import type { ClientSession, DeliveryGate } from '../../session/client-session.ts'
import { urgencyOf } from './urgency.ts'

export interface WaitingLimits {
  readonly maxStanzas: number
  readonly maxBytes: number
  /** Milliseconds. */
  readonly maxWait: number
}

export class WaitingRoom implements DeliveryGate {
  readonly #session: ClientSession
  readonly #limits: WaitingLimits
  readonly #clock: Clock
  /** In order; under a name where a later one takes the place of an earlier one. */
  readonly #waiting = new Map<string, Stanza>()
  #bytes = 0
  #count = 0
  #timer: Timer | undefined

  constructor(session: ClientSession, limits: WaitingLimits, clock: Clock) {
    this.#session = session
    this.#limits = limits
    this.#clock = clock
  }

  holds(stanza: Stanza): boolean {
    // Presence has no content anybody asks for here.
    const traits = stanza.kind === 'message' ? stanza.traits : 0
    const { kind, type, from } = stanza
    switch (urgencyOf({ kind, type, from, traits })) {
      case 'now':
        return false
      case 'urgent':
        this.flush()
        return false
      case 'waits':
        return this.#keep(`${this.#count++}`, stanza)
      case 'latest':
        return this.#keep(`${kind} ${from}`, stanza)
    }
  }

  /** Lets everybody out, in order. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#bytes = 0
    for (const stanza of waiting) this.#session.transmit(stanza)
  }

  /** Forgets everybody: there is no session any more. */
  close(): void {
    this.#timer?.cancel()
    this.#waiting.clear()
  }

  #keep(name: string, stanza: Stanza): boolean {
    this.#drop(name)
    // Whoever waits must not hold the chunk of bytes it came in.
    this.#waiting.set(name, stanza.detached())
    this.#bytes += stanza.size
    this.#timer ??= this.#clock.after(this.#limits.maxWait, () => this.flush())
    const { maxStanzas, maxBytes } = this.#limits
    if (this.#waiting.size > maxStanzas || this.#bytes > maxBytes) this.flush()
    return true
  }

  #drop(name: string): void {
    const earlier = this.#waiting.get(name)
    if (!earlier) return
    this.#bytes -= earlier.size
    this.#waiting.delete(name)
  }
}

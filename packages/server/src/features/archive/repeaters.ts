/** Who may be sending again what it has sent before. XEP-0359 §2.2. */
import type { Jid } from '@waxwing/jid'
import type { Clock } from '@waxwing/stream'
import type { ClientSession } from '../../session/client-session.ts'
import type { Sessions } from '../../session/sessions.ts'

/** Clients send again what they were not sure of when they are back, not hours later. */
const windowMs = 300_000

/** Clients do so when they have come back in a new session; of everybody elsewhere nothing is known. */
export class Repeaters {
  readonly #sessions: Sessions
  readonly #clock: Clock
  readonly #since = new WeakMap<ClientSession, number>()

  constructor(sessions: Sessions, clock: Clock) {
    this.#sessions = sessions
    this.#clock = clock
  }

  began(session: ClientSession): void {
    this.#since.set(session, this.#clock.monotonic())
  }

  includes(sender: Jid): boolean {
    const session = this.#sessions.find(sender)
    if (!session) return true
    const since = this.#since.get(session)
    return since !== undefined && this.#clock.monotonic() - since < windowMs
  }
}

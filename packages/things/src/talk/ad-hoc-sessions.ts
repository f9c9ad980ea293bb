/** Forms of ad-hoc commands that somebody is filling in: bounded for each and in all, and in time. XEP-0050 §3.3 */
import type { Jid } from '@waxwing/jid'
import { commandCondition, stanzaError } from '@waxwing/protocol'
import type { ShownParameter } from '../control/control-form.ts'

/** Forms of one client; a further one takes the place of the oldest. */
const perClient = 4
const overall = 256
/** A form that was not sent back. */
const lifetimeMs = 600_000

export interface AdHocSession {
  readonly from: Jid
  readonly node: string
  readonly begunAt: number
  readonly shown: readonly ShownParameter[]
}

export class AdHocSessions<S extends AdHocSession = AdHocSession> {
  /** The oldest first. */
  readonly #all = new Map<string, S>()

  get count(): number {
    return this.#all.size
  }

  begin(id: string, session: S): void {
    const own = [...this.#all].filter(([, { from }]) => from === session.from)
    const surplus = own.length >= perClient ? own[0]?.[0] : undefined
    if (surplus !== undefined) this.#all.delete(surplus)
    for (const oldest of this.#all.keys()) {
      if (this.#all.size < overall) break
      this.#all.delete(oldest)
    }
    this.#all.set(id, session)
  }

  /** Throws `bad-sessionid`, `session-expired`. */
  of(id: string, from: Jid, node: string, now: number): S {
    const session = this.#all.get(id)
    if (!session || session.from !== from || session.node !== node)
      throw stanzaError('bad-request', undefined, { app: commandCondition('bad-sessionid') })
    if (now - session.begunAt <= lifetimeMs) return session
    this.#all.delete(id)
    throw stanzaError('not-allowed', undefined, { app: commandCondition('session-expired') })
  }

  end(id: string): void {
    this.#all.delete(id)
  }

  /** They are gone. */
  drop(from: Jid): void {
    for (const [id, session] of this.#all) if (session.from === from) this.#all.delete(id)
  }
}

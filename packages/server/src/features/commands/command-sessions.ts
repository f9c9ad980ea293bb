/** Commands under way: who is at which stage. Bounded per requester, over all, and in time. XEP-0050 §3.3. */
import type { Jid } from '@waxwing/jid'
import { stanzaError } from '@waxwing/protocol'
import { commandError, type Stage } from './command.ts'

export interface CommandSession {
  readonly id: string
  readonly node: string
  /** Valid between this pair only. §3.3. */
  readonly requester: Jid
  readonly responder: Jid
  /** The stages so far; the last one is shown. */
  readonly stages: Stage[]
  usedAt: number
  /** A step is being taken: another one has to wait for its answer. */
  isBusy: boolean
}

export interface SessionLimits {
  readonly lifetimeMs: number
  readonly perRequester: number
  readonly overall: number
}

export class CommandSessions {
  readonly #limits: SessionLimits
  /** In the order of their last use. */
  readonly #live = new Map<string, CommandSession>()
  /** Ids of sessions that are over, to tell late comers from liars. */
  readonly #over = new Set<string>()

  constructor(limits: SessionLimits) {
    this.#limits = limits
  }

  get count(): number {
    return this.#live.size
  }

  begin(
    parts: Pick<CommandSession, 'id' | 'node' | 'requester' | 'responder'>,
    stage: Stage,
    now: number,
  ): void {
    this.#expire(now)
    this.#makeRoom(parts.requester)
    if (this.#live.size >= this.#limits.overall)
      throw stanzaError('resource-constraint', 'Too many commands are under way')
    this.#live.set(parts.id, { ...parts, stages: [stage], usedAt: now, isBusy: false })
  }

  /** @throws StanzaError bad-sessionid, session-expired */
  of(
    id: string,
    { node, requester, responder }: Omit<CommandSession, 'id' | 'stages' | 'usedAt' | 'isBusy'>,
    now: number,
  ): CommandSession {
    this.#expire(now)
    const session = this.#live.get(id)
    if (!session) {
      if (this.#over.has(`${requester} ${id}`)) throw commandError('session-expired')
      throw commandError('bad-sessionid')
    }
    if (session.requester !== requester || session.responder !== responder || session.node !== node)
      throw commandError('bad-sessionid')
    if (session.isBusy) throw stanzaError('unexpected-request', 'The step before is still being taken')
    this.#live.delete(id)
    this.#live.set(id, session)
    session.usedAt = now
    return session
  }

  end(session: CommandSession): void {
    if (!this.#live.delete(session.id)) return
    this.#over.add(`${session.requester} ${session.id}`)
    if (this.#over.size <= this.#limits.overall) return
    const [oldest] = this.#over
    if (oldest !== undefined) this.#over.delete(oldest)
  }

  #expire(now: number): void {
    for (const session of this.#live.values()) {
      if (now - session.usedAt <= this.#limits.lifetimeMs) return
      this.end(session)
    }
  }

  /** Who leaves forms lying around loses the oldest. */
  #makeRoom(requester: Jid): void {
    const own = [...this.#live.values()].filter(session => session.requester === requester)
    const [oldest] = own
    if (oldest && own.length >= this.#limits.perRequester) this.end(oldest)
  }
}

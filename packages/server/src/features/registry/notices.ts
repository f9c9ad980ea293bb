/** Tells things what became of them; who is away is told when they are back. XEP-0347 §3.9, §3.10, §3.17. */
import { type BareJid, bareOf, type Jid, resourceOf } from '@waxwing/jid'
import { CLIENT_NS, registry } from '@waxwing/protocol'
import type { Clock } from '@waxwing/stream'
import { writeWire } from '@waxwing/xml'
import type { Host } from '../../kernel/host.ts'
import type { Questions } from '../../kernel/questions.ts'
import type { Entries } from './entries.ts'
import { type Entry, keyOf, type NoticeKind } from './entry.ts'

export interface NoticeParts {
  readonly host: Host
  readonly questions: Questions
  readonly clock: Clock
  readonly timeoutMs: number
  readonly entries: Entries
}

export class Notices {
  readonly #parts: NoticeParts
  readonly #busy = new Set<BareJid>()
  /** Things that have not answered yet. */
  readonly #asked = new Set<string>()

  constructor(parts: NoticeParts) {
    this.#parts = parts
  }

  /** Whether the thing has answered. It is asked one thing at a time: what becomes of it meanwhile it hears then. */
  async tell(entry: Entry, kind: NoticeKind): Promise<boolean> {
    const { questions, clock, timeoutMs } = this.#parts
    const to = this.#reachable(entry)
    const key = keyOf(entry.jid, entry.node)
    if (to === undefined || this.#asked.has(key)) return false
    this.#asked.add(key)
    const answer = await questions.ask({ type: 'set', to, payload: textOf(entry, kind) }, clock, timeoutMs)
    this.#asked.delete(key)
    if (answer?.type !== 'result') return false
    if (kind !== 'disowned' || entry.owner === undefined) await this.#heard(entry, kind)
    return true
  }

  async #heard(told: Entry, kind: NoticeKind): Promise<void> {
    const now = this.#parts.entries.get(told.jid, told.node)
    if (now?.notice === undefined) return
    const isNews = now.notice !== kind || now.owner !== told.owner || now.visibility !== told.visibility
    if (isNews) await this.tell(now, now.notice)
    else await this.#parts.entries.put({ ...now, notice: undefined })
  }

  /** Whether the thing has missed anything: most sessions are those of people. */
  owes(jid: BareJid): boolean {
    if (this.#parts.entries.countOf(jid) === 0) return false
    for (const { notice } of this.#parts.entries.ofThing(jid)) if (notice !== undefined) return true
    return false
  }

  /** The thing is there again: one after the other it hears what it has missed. */
  async catchUp(jid: BareJid): Promise<void> {
    if (this.#busy.has(jid)) return
    this.#busy.add(jid)
    try {
      for (const entry of this.#parts.entries.ofThing(jid))
        if (entry.notice !== undefined && !(await this.tell(entry, entry.notice))) break
    } finally {
      this.#busy.delete(jid)
    }
  }

  /** A local thing may have come back at another resource. */
  #reachable({ jid, address }: Entry): Jid | undefined {
    const { host } = this.#parts
    if (!host.isLocal(jid)) return address
    const online = host.online(jid)
    if (!online) return undefined
    const resource = resourceOf(address)
    if (resource !== undefined && online.sessions.has(resource)) return address
    for (const session of online.available()) return session.jid
    return undefined
  }
}

function textOf({ owner, node, visibility, generation }: Entry, kind: NoticeKind): string {
  const format = registry(generation)
  if (kind === 'claimed' && owner !== undefined)
    return writeWire(
      format.claimed,
      { jid: bareOf(owner), node, isPublic: visibility === 'public' },
      CLIENT_NS,
    )
  return writeWire(kind === 'removed' ? format.removed : format.disowned, { node }, CLIENT_NS)
}

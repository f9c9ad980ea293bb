/** Tells things that answers are no longer right. XEP-0324 §3.2.3, §3.2.4, §3.5 */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import { CLIENT_NS, type Generation, provisioning } from '@waxwing/protocol'
import type { Clock, Timer } from '@waxwing/stream'
import { writeWire } from '@waxwing/xml'
import type { Service } from '../../kernel/service.ts'
import type { Askers } from './askers.ts'
import type { Claims } from './ownership.ts'
import type { RuleBook } from './rule.ts'
import { nextTurn } from './rule-times.ts'

export interface NewsPort {
  readonly service: () => Service
  readonly clock: Clock
  readonly askers: Askers
  readonly claims: Claims
  readonly timeoutMs: number
  isFriend(thing: BareJid, friend: BareJid): Promise<boolean>
  fault(error: unknown): void
}

/** A timer waits no longer at once; then it looks again. */
const longestWaitMs = 86_400_000

export class News {
  readonly #port: NewsPort
  /** When rules begin or end to hold, by owner. */
  readonly #ends = new Map<BareJid, { readonly at: number; readonly timer: Timer }>()

  constructor(port: NewsPort) {
    this.#port = port
  }

  /** An owner's rules are others now. */
  changed(owner: BareJid): void {
    this.#tellAll(owner).catch((error: unknown) => this.#port.fault(error))
  }

  /** What was said of one thing is not right any more. */
  changedFor(thing: BareJid): void {
    this.#tell(thing).catch((error: unknown) => this.#port.fault(error))
  }

  /** A thing has another owner. */
  moved(thing: BareJid, owner: BareJid): void {
    this.#port.askers.moved(thing, owner)
    this.changedFor(thing)
  }

  /** Something was answered by this book: what it said ends when its rules turn. */
  answeredBy(owner: BareJid, book: RuleBook): void {
    const now = this.#port.clock.wall()
    let next = Number.POSITIVE_INFINITY
    for (const rule of book.rules) next = Math.min(next, nextTurn(rule, now) ?? next)
    const known = this.#ends.get(owner)
    if (known?.at === next) return
    known?.timer.cancel()
    this.#ends.delete(owner)
    if (next === Number.POSITIVE_INFINITY) return
    const timer = this.#port.clock.after(Math.min(next - now, longestWaitMs), () => {
      this.#ends.delete(owner)
      if (this.#port.clock.wall() >= next) this.changed(owner)
      else this.answeredBy(owner, book)
    })
    this.#ends.set(owner, { at: next, timer })
  }

  stop(): void {
    for (const { timer } of this.#ends.values()) timer.cancel()
    this.#ends.clear()
  }

  async #tellAll(owner: BareJid): Promise<void> {
    for (const thing of this.#port.askers.thingsOf(owner, this.#port.claims)) await this.#tell(thing)
  }

  async #tell(thing: BareJid): Promise<void> {
    const resources = this.#port.askers.resourcesOf(thing)
    for (const [resource, generation] of resources) void this.#clear(resource, generation)
    const generation = [...resources.values()].at(-1)
    if (generation) await this.#recommend(thing, generation)
  }

  /** A thing is here again: what it did not hear it hears now. XEP-0324 §3.5.1 */
  returned(thing: Jid): void {
    const generation = this.#port.askers.takeMissed(bareOf(thing))
    if (generation === undefined) return
    this.#port.askers.returned(thing, generation)
    void this.#clear(thing, generation)
  }

  /** Who does not answer is not there any more, and hears of it another time. */
  async #clear(to: Jid, generation: Generation): Promise<void> {
    const { service, clock, askers, timeoutMs } = this.#port
    const payload = writeWire(provisioning(generation).clearCache, { generation }, CLIENT_NS)
    const answer = await service().questions.ask({ type: 'set', to, payload }, clock, timeoutMs)
    if (answer?.type !== 'result') askers.drop(to, generation)
  }

  /** Of whom it was told something else before. */
  async #recommend(thing: BareJid, generation: Generation): Promise<void> {
    const { service, askers } = this.#port
    const { friend, unfriend } = provisioning(generation)
    for (const [jid, before] of askers.friendsOf(thing)) {
      const now = await this.#port.isFriend(thing, jid)
      if (now === before) continue
      askers.noteFriend(thing, jid, now)
      const payload = writeWire(now ? friend : unfriend, { generation, jid }, CLIENT_NS)
      service().send({ kind: 'message', to: thing }, payload)
    }
  }
}

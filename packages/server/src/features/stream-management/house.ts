/** All sessions under stream management of one host. XEP-0198. */
import type { BareJid, FullJid } from '@waxwing/jid'
import {
  type SmEnable,
  SmEnabled,
  SmFailed,
  type SmPosition,
  SmResumed,
  type StanzaErrorCondition,
  streamError,
} from '@waxwing/protocol'
import { type Clock, type Random, randomId } from '@waxwing/stream'
import { writeWire } from '@waxwing/xml'
import type { Now } from '../../kernel/hooks.ts'
import type { Durability, Host } from '../../kernel/host.ts'
import type { Stanza } from '../../router/stanza.ts'
import type { ClientSession } from '../../session/client-session.ts'
import type { ClientStream } from '../../session/client-stream.ts'
import { Ended } from './ended.ts'
import { Copies } from './held.ts'
import { Ledger } from './ledger.ts'
import type { QuestionLimits } from './question.ts'
import { type ResendLimits, Resends } from './resends.ts'
import type { Rows } from './rows.ts'

export interface HouseLimits extends QuestionLimits, ResendLimits {
  readonly resumeTimeout: number
  readonly unackedStanzas: number
  readonly unackedBytes: number
  readonly sessionsPerAccount: number
  readonly endedAge: number
  readonly durableFirst: boolean
  readonly location: string | undefined
}

/** What becomes of a wish to resume. */
export type Resumption =
  /** `xml` is to be sent; then, in the same turn, `goOn` takes the stream over and sends what the client has missed. */
  | {
      readonly isResumed: true
      readonly xml: string
      readonly jid: FullJid
      readonly goOn: () => Now<void>
    }
  /** `xml` is to be sent; the client may bind a resource. §5 */
  | { readonly isResumed: false; readonly xml: string }

export class House {
  readonly durability: Durability
  readonly clock: Clock
  readonly limits: HouseLimits
  readonly rows: Rows
  readonly resends: Resends
  readonly ended: Ended
  readonly onFault: (error: unknown) => void
  readonly #host: Host
  readonly #random: Random
  readonly #ledgers = new Map<string, Ledger>()
  readonly #copies = new WeakMap<Stanza, Copies>()
  #epochs = 0

  constructor(host: Host, clock: Clock, random: Random, limits: HouseLimits, rows: Rows) {
    this.#host = host
    this.durability = host.durability
    this.clock = clock
    this.#random = random
    this.limits = limits
    this.rows = rows
    this.resends = new Resends(rows, clock, limits)
    this.ended = new Ended(rows, clock, limits.endedAge)
    this.onFault = error => host.log.error({ error }, 'Stream management failed')
  }

  nextEpoch(): number {
    return ++this.#epochs
  }

  /** The copies of a message that is being delivered to several resources. */
  copiesOf(stanza: Stanza, total: number): Copies {
    const copies = this.#copies.get(stanza) ?? new Copies(randomId(this.#random), total)
    this.#copies.set(stanza, copies)
    return copies
  }

  add(ledger: Ledger): void {
    this.#ledgers.set(ledger.id, ledger)
    ledger.session.custodian = ledger
  }

  /** Puts a bound session under management. @returns XML to be sent in this very turn. §3 */
  enable(stream: ClientStream, request: SmEnable): Now<string> {
    const { session } = stream
    if (!session || session.custodian) return failed('unexpected-request')
    const known = this.resends.of(session.account.jid)
    if (known instanceof Promise) return known.then(() => this.enable(stream, request))
    // `max` is a positive number (§13): who wants no second of it cannot resume
    const isResumable = request.resume === true && request.max !== 0
    const { resumeTimeout, location } = this.limits
    const keptFor = Math.min(resumeTimeout, (request.max ?? Number.POSITIVE_INFINITY) * 1_000)
    const id = randomId(this.#random)
    const ledger = new Ledger(this, { id, session, isResumable, keptFor, known })
    this.add(ledger)
    ledger.attached(stream)
    ledger.turnEnds()
    if (!isResumable) return writeWire(SmEnabled, {})
    return writeWire(SmEnabled, { id, resume: true, max: Math.floor(keptFor / 1_000), location })
  }

  /** @throws StreamError when the client counts more than it was sent. §6 */
  async resume(stream: ClientStream, { previd, h }: SmPosition): Promise<Resumption> {
    const ledger = this.#ledgers.get(previd)
    const isOwn = ledger?.isResumable === true && ledger.session.account.jid === stream.account
    if (!isOwn || !(await ledger.freed())) {
      await this.durability.flushed()
      const xml = failed('item-not-found', this.ended.h(previd, stream.account))
      return { isResumed: false, xml }
    }
    const { isRestored } = ledger
    ledger.goOnFrom(h)
    const xml = writeWire(SmResumed, { previd, h: ledger.h })
    const { jid } = ledger.session
    return { isResumed: true, xml, jid, goOn: () => this.#goOn(ledger, stream, isRestored) }
  }

  #goOn(ledger: Ledger, stream: ClientStream, isRestored: boolean): Now<void> {
    const { session } = ledger
    if (stream.isOver || ledger.isOver) return
    ledger.leaveStream()
    stream.adopt(session)
    ledger.attached(stream)
    ledger.resend()
    const { presence } = session
    const told = this.#host.hooks.tell('session:resumed', { session })
    if (!isRestored || !presence) return told
    // Whoever saw it has been told otherwise, or has not been told anything since the restart. RFC 6121 §4.2.2
    session.presence = undefined
    const redone = this.#host.hooks.take('presence:broadcast', { session, stanza: presence })
    return Promise.all([told, redone]).then(() => undefined)
  }

  save(ledger: Ledger): void {
    const { session, isResumable: resumable, keptFor: kept_for, expires } = ledger
    const { jid, lang, priority, isInterested: interested, wantsCopies: wants_copies } = session
    const presence = session.presence?.toText()
    const row = { jid, resumable, lang, kept_for, presence, priority, interested, wants_copies, expires }
    this.rows.session(ledger.id, row)
  }

  savePosition({ id, session, h, acked }: Ledger): void {
    this.rows.position(id, { account: session.account.jid, h, acked })
  }

  /** One more client is away: of too many, the one that has been so for longest is not waited for any more. */
  wentAway(ledger: Ledger): void {
    const away = [...ledger.session.account.sessions.values()]
      .map(({ custodian }) => custodian)
      .filter(custodian => custodian instanceof Ledger)
      .filter(({ expires }) => expires !== undefined)
      .sort((one, other) => (one.expires ?? 0) - (other.expires ?? 0))
    const tooMany = Math.max(0, away.length - this.limits.sessionsPerAccount)
    for (const oldest of away.slice(0, tooMany)) oldest.expire()
  }

  /** Whoever acknowledges nothing does not make the server keep everything. Not in the middle of a delivery. */
  overflows(session: ClientSession): void {
    const error = streamError('resource-constraint', 'Too much was sent that you have not acknowledged')
    Promise.resolve()
      .then(() => session.end(error))
      .catch(this.onFault)
  }

  /** What the session left behind is safe elsewhere. */
  over(ledger: Ledger): void {
    const { id, session, h, acked } = ledger
    this.#ledgers.delete(id)
    this.rows.forget(id)
    if (ledger.isForgotten) this.rows.forgetPosition(id)
    else this.ended.add(id, { account: session.account.jid, h, acked })
    if (this.#host.online(session.account.jid) === undefined) this.resends.release(session.account.jid)
  }

  /** The account is gone with everything kept for it. */
  forget(account: BareJid): void {
    this.resends.forget(account)
    this.ended.forget(account)
  }

  /** The server stops. */
  suspend(): void {
    for (const ledger of this.#ledgers.values()) ledger.suspend()
  }
}

/** @param h what was handled of a session that is over. §5 */
export function failed(condition: StanzaErrorCondition, h?: number): string {
  return writeWire(SmFailed, { condition, h })
}

/** How what a client is sent gets to its stream: in order, messages when they are durable, and with the question what it has. */
import { SmRequest } from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import type { Stanza } from '../../router/stanza.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { isKept } from './held.ts'
import type { House } from './house.ts'
import type { Outgoing } from './outgoing.ts'
import { Question } from './question.ts'

const request = writeWire(SmRequest, {})

export class Delivery {
  readonly #house: House
  readonly #session: ClientSession
  readonly #outgoing: Outgoing
  readonly #question: Question
  /** Stanzas beyond the limit that were kept for the client: they came at once, through no fault of its own. */
  allowed = 0
  /** Everything up to the end of this turn will be written when it is durable. */
  #isMarked = false
  /** The client is asked behind what is sent again. */
  #asksBehind = false

  constructor(house: House, session: ClientSession, outgoing: Outgoing) {
    this.#house = house
    this.#session = session
    this.#outgoing = outgoing
    this.#question = new Question(house.clock, house.limits, () => this.#ask())
  }

  send(stanza: Stanza, copies: number): void {
    const { clock, limits } = this.#house
    const kept = isKept(stanza, this.#session.account.jid)
    const mayGo = !this.#outgoing.isBehind && !(kept && limits.durableFirst)
    const shared = copies > 1 ? this.#house.copiesOf(stanza, copies) : undefined
    this.#outgoing.add(stanza, clock.wall(), kept, shared)
    if (this.#isTooMuch()) this.#house.overflows(this.#session)
    else if (mayGo) this.#write(this.#outgoing.sent)
    else this.#writeDurable()
  }

  /** A new stream: everything the client has not counted is sent again. §5 */
  resend(): void {
    this.#outgoing.rewind()
    this.#question.asked()
    this.#asksBehind = this.#outgoing.isBehind
    if (this.#outgoing.isBehind) this.#writeDurable()
  }

  /** Nothing need be asked: the client has everything, or it is away. */
  rest(): void {
    this.#question.asked()
    if (this.#outgoing.length === 0) this.allowed = 0
  }

  #isTooMuch(): boolean {
    const { unackedStanzas, unackedBytes } = this.#house.limits
    const { length, bytes } = this.#outgoing
    if (length > unackedStanzas + this.allowed) return true
    return bytes > unackedBytes && length > this.allowed
  }

  /**
   * Writes everything up to now as soon as it is durable: what a client has seen is known after a crash, too, and is not
   * sent a second time when its sender, who has heard nothing, sends it again.
   */
  #writeDurable(): void {
    if (this.#session.stream === undefined || this.#isMarked) return
    this.#isMarked = true
    // Behind this turn: what belongs to it is made durable together.
    Promise.resolve()
      .then(async () => {
        this.#isMarked = false
        const upTo = this.#outgoing.sent
        await this.#house.durability.flushed()
        this.#write(upTo)
      })
      .catch(this.#house.onFault)
  }

  #write(upTo: number): void {
    const { stream } = this.#session
    if (!stream) return
    const count = this.#outgoing.writeTo(stream, upTo)
    if (!this.#asksBehind || count === 0) return this.#question.sent(count)
    this.#asksBehind = false
    this.#ask()
  }

  #ask(): void {
    if (this.#outgoing.length > 0) this.#session.stream?.sendText(request)
  }
}

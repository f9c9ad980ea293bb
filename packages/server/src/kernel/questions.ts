/** Requests of the host itself to others, and their answers. RFC 6120 §8.2.3. */
import type { BareJid, Jid } from '@waxwing/jid'
import { type Clock, type Random, randomId } from '@waxwing/stream'
import { Stanza } from '../router/stanza.ts'

export interface Question {
  readonly type: 'get' | 'set'
  readonly to: Jid
  /** XML in the client namespace. */
  readonly payload: string
}

/** The answer, of type `result` or `error`; `undefined`: none came in time. */
export type Answer = Stanza | undefined

export class Questions {
  readonly #from: BareJid
  readonly #random: Random
  readonly #send: (stanza: Stanza) => void
  readonly #open = new Map<string, { readonly to: Jid; readonly settle: (answer: Answer) => void }>()

  constructor(from: BareJid, random: Random, send: (stanza: Stanza) => void) {
    this.#from = from
    this.#random = random
    this.#send = send
  }

  /** Asks; never rejects. */
  ask({ type, to, payload }: Question, clock: Clock, timeoutMs: number): Promise<Answer> {
    const id = randomId(this.#random)
    return new Promise(resolve => {
      const timer = clock.after(timeoutMs, () => this.#settle(id, undefined))
      const settle = (answer: Answer): void => {
        timer.cancel()
        resolve(answer)
      }
      this.#open.set(id, { to, settle })
      this.#send(Stanza.composed({ kind: 'iq', type, id, from: this.#from, to }, payload))
    })
  }

  /** Takes a result or error to the host; one that answers nothing, or comes from somebody else, is ignored. */
  answered(stanza: Stanza): void {
    const { id } = stanza
    if (id !== undefined && this.#open.get(id)?.to === stanza.from) this.#settle(id, stanza)
  }

  #settle(id: string, answer: Answer): void {
    const open = this.#open.get(id)
    this.#open.delete(id)
    open?.settle(answer)
  }
}

/** Copies of what our account's other clients send and get. XEP-0280. */
import { CarbonReceived, CarbonSent, EnableCarbons, type Forwarded } from '@waxwing/protocol'
import { type CarriedMessage, carriedIn } from './carried-message.ts'
import type { Client, Extension } from './client.ts'
import { StanzaError } from './errors.ts'
import { Emitter, type Off } from './events.ts'
import type { IncomingMessage } from './messages.ts'

export interface CarbonEvents {
  /** Another client of ours sent this. */
  sent: CarriedMessage
  /** Another client of ours got this, and we did not. */
  received: CarriedMessage
}

/** `const carbons = client.use(carbons)`: asks for copies in every session, now and later. */
export const carbons: Extension<Carbons> = { attach: client => new Carbons(client) }

export class Carbons {
  readonly #client: Client
  readonly #events: Emitter<CarbonEvents>

  constructor(client: Client) {
    this.#client = client
    this.#events = new Emitter(fault => client.platform.report(fault))
    client.onMessage(CarbonSent, ({ forwarded }, message) => this.#take('sent', forwarded, message))
    client.onMessage(CarbonReceived, ({ forwarded }, message) => this.#take('received', forwarded, message))
    client.on('session', () => this.#enable())
    if (client.state === 'online') this.#enable()
  }

  on<K extends keyof CarbonEvents>(event: K, listener: (value: CarbonEvents[K]) => void): Off {
    return this.#events.on(event, listener)
  }

  /** A server without copies is a server all the same; a session that ends takes its question with it. */
  #enable(): void {
    this.#client.iq.set(EnableCarbons, undefined, {}).catch((error: unknown) => {
      if (error instanceof StanzaError && error.condition !== 'service-unavailable')
        this.#client.platform.report(error)
    })
  }

  /** Anybody could send a copy of what nobody wrote: only our account's is believed. §11 */
  #take(kind: keyof CarbonEvents, forwarded: Forwarded, { from }: IncomingMessage): void {
    const { account } = this.#client
    if (from !== account) return
    const carried = carriedIn(forwarded, account)
    if (carried) this.#events.emit(kind, carried)
  }
}

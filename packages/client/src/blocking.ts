/** Who may not reach us. XEP-0191. */
import { type Jid, parseJid } from '@waxwing/jid'
import { Block, type BlockItems, Blocklist, Unblock } from '@waxwing/protocol'
import type { IqRequest } from './answers.ts'
import type { Client, Extension } from './client.ts'
import { StanzaError } from './errors.ts'
import { Emitter, type Off } from './events.ts'
import type { RequestOptions } from './requests.ts'

export interface BlockingEvents {
  /** The list has changed, here or in another client. */
  change: readonly Jid[]
}

/** `const blocking = client.use(blocking)`. */
export const blocking: Extension<Blocking> = { attach: client => new Blocking(client) }

export class Blocking {
  readonly #client: Client
  readonly #events: Emitter<BlockingEvents>
  readonly #jids = new Set<Jid>()
  #isKnown = false

  constructor(client: Client) {
    this.#client = client
    this.#events = new Emitter(fault => client.platform.report(fault))
    client.handle(Block, 'set', (push, request) => this.#pushed(request, () => this.#add(push)))
    client.handle(Unblock, 'set', (push, request) => this.#pushed(request, () => this.#remove(push)))
    client.on('session', () => {
      this.#isKnown = false
    })
  }

  on<K extends keyof BlockingEvents>(event: K, listener: (value: BlockingEvents[K]) => void): Off {
    return this.#events.on(event, listener)
  }

  /** The list; asked for once in a session, then kept up to date by the server. Rejects as `iq.get`. §3.2 */
  async list(options: RequestOptions = {}): Promise<readonly Jid[]> {
    if (!this.#isKnown) {
      const { items } = await this.#client.iq.get(Blocklist, undefined, { items: [] }, Blocklist, options)
      this.#jids.clear()
      for (const { jid } of items) this.#jids.add(jid)
      this.#isKnown = true
    }
    return [...this.#jids]
  }

  /** Blocks addresses: a person, one of their clients, or a whole domain. Rejects as `iq.set`. §3.3 */
  async block(...jids: readonly [string, ...string[]]): Promise<void> {
    await this.#client.iq.set(Block, undefined, { items: jids.map(jid => ({ jid: parseJid(jid) })) })
  }

  /** Unblocks addresses, or everybody when none is named. Rejects as `iq.set`. §3.4, §3.5 */
  async unblock(...jids: readonly string[]): Promise<void> {
    await this.#client.iq.set(Unblock, undefined, { items: jids.map(jid => ({ jid: parseJid(jid) })) })
  }

  /** Only our own account may tell. §3.3 */
  #pushed({ from }: IqRequest, change: () => void): undefined {
    if (from !== this.#client.account)
      throw new StanzaError({ type: 'cancel', condition: 'service-unavailable' })
    change()
    this.#events.emit('change', [...this.#jids])
  }

  #add({ items }: BlockItems): void {
    for (const { jid } of items) this.#jids.add(jid)
  }

  #remove({ items }: BlockItems): void {
    if (items.length === 0) this.#jids.clear()
    for (const { jid } of items) this.#jids.delete(jid)
  }
}

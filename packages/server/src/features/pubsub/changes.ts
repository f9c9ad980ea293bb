/** Who else in the server goes by what nodes hold: told when a change is durable. */
import type { BareJid } from '@waxwing/jid'
import type { ToldItem } from './notices.ts'

/** What has become of a node's items. */
export interface Change {
  readonly service: BareJid
  readonly node: string
  /** Published; absent: items were taken back, or all of them. */
  readonly item?: ToldItem | undefined
}

type Listener = (change: Change) => Promise<void>

export class Changes {
  readonly #listeners = new Map<string, Listener[]>()

  /** Listens to nodes of a name, of all services. */
  on(node: string, listener: Listener): void {
    this.#listeners.set(node, [...(this.#listeners.get(node) ?? []), listener])
  }

  async tell(change: Change): Promise<void> {
    for (const listener of this.#listeners.get(change.node) ?? []) await listener(change)
  }
}

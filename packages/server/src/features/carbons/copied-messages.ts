/** What was copied lately: an error is copied where the message it answers was. XEP-0280 §6.1. */
import type { Jid } from '@waxwing/jid'

/** Of one account. */
const maxRemembered = 200

export class CopiedMessages {
  readonly #known = new Set<string>()

  /** @param peer the other side of the conversation */
  add(peer: Jid, id: string | undefined): void {
    if (id === undefined || id.length > 256) return
    this.#known.add(`${peer} ${id}`)
    if (this.#known.size <= maxRemembered) return
    for (const oldest of this.#known) {
      this.#known.delete(oldest)
      return
    }
  }

  has(peer: Jid, id: string | undefined): boolean {
    return id !== undefined && this.#known.has(`${peer} ${id}`)
  }
}

/** A contact of the roster. RFC 6121 §2.1.2. */
import type { BareJid } from '@waxwing/jid'
import type { AvatarInfo, RosterItem, RosterSubscription } from '@waxwing/protocol'
import type { Availability, Presences } from './presence.ts'

/** Somebody in the roster; its fields change as the roster does. */
export class Contact {
  readonly jid: BareJid
  /** Their picture, as `client.use(avatars)` has heard of it; `undefined`: not heard of, or they have none. XEP-0084 */
  avatar: AvatarInfo | undefined
  readonly #presences: Presences
  #item: RosterItem

  constructor(item: RosterItem, presences: Presences) {
    this.jid = item.jid
    this.#item = item
    this.#presences = presences
  }

  /** The name the account's owner gave. */
  get name(): string | undefined {
    return this.#item.name
  }

  get groups(): readonly string[] {
    return this.#item.groups
  }

  /** `to`: we see them; `from`: they see us; `both`; `none`. */
  get subscription(): RosterSubscription {
    return this.#item.subscription
  }

  /** Whether our request to see them is not answered yet. */
  get isAsked(): boolean {
    return this.#item.ask === 'subscribe'
  }

  /** Whether they may see our presence. */
  get seesUs(): boolean {
    return this.subscription === 'from' || this.subscription === 'both'
  }

  /** Whether we may see their presence. */
  get isSeen(): boolean {
    return this.subscription === 'to' || this.subscription === 'both'
  }

  /** Of the best resource; `undefined`: not available, or not seen. */
  get presence(): Availability | undefined {
    return this.#presences.of(this.jid)
  }

  update(item: RosterItem): void {
    this.#item = item
  }
}

/** What becomes of those who come with an invitation: contacts of whoever invited them. XEP-0379 §3.5, XEP-0401 §5.5. */
import { type BareJid, bareOf } from '@waxwing/jid'
import { PreAuth } from '@waxwing/protocol'
import type { Host } from '../../kernel/host.ts'
import { Stanza } from '../../router/stanza.ts'
import type { RosterApi } from '../roster/feature.ts'
import { newContact } from '../roster/roster.ts'
import { seesThem, theySee } from '../roster/subscription.ts'
import type { InvitationBook } from './invitation-book.ts'

export class Guests {
  readonly #book: InvitationBook
  readonly #rosters: RosterApi
  readonly #host: Host

  constructor(book: InvitationBook, rosters: RosterApi, host: Host) {
    this.#book = book
    this.#rosters = rosters
    this.#host = host
  }

  /** Both see each other from now on. XEP-0401 §5.5. */
  async befriend(inviter: BareJid, guest: BareJid): Promise<void> {
    if (!(await this.#host.accounts.exists(inviter))) return
    const { contacts } = await this.#rosters.of(inviter)
    if (!contacts.has(guest) && !this.#rosters.hasRoom(contacts)) return
    for (const [one, other] of [[guest, inviter] as const, [inviter, guest] as const])
      await this.#rosters.change(one, other, present => ({
        ...(present ?? newContact),
        subscription: 'both',
        pendingIn: false,
        pendingOut: false,
        isListed: true,
      }))
  }

  /** A subscription request with a token is approved ahead, and answered with one of our own. XEP-0379 §3.5. */
  async receive(stanza: Stanza, inviter: BareJid): Promise<void> {
    const token = tokenIn(stanza)
    const guest = bareOf(stanza.from)
    if (token === undefined || !(await this.#isInvited(token, inviter))) return
    const { contacts } = await this.#rosters.of(inviter)
    const known = contacts.get(guest)
    if (known ? theySee(known.subscription) : !this.#rosters.hasRoom(contacts)) return
    if (!(await this.#book.take(token))) return
    const asks = !known || !seesThem(known.subscription)
    await this.#rosters.change(inviter, guest, present => ({
      ...(present ?? newContact),
      approved: true,
      isListed: true,
      pendingOut: asks || (present?.pendingOut ?? false),
    }))
    if (asks)
      this.#host.send(Stanza.composed({ kind: 'presence', type: 'subscribe', from: inviter, to: guest }, ''))
  }

  async #isInvited(token: string, inviter: BareJid): Promise<boolean> {
    const invitation = await this.#book.of(token)
    return invitation !== undefined && invitation.makes_contact && invitation.inviter === inviter
  }
}

/** A token that does not fit counts for none. XEP-0379 §4.1. */
function tokenIn(stanza: Stanza): string | undefined {
  try {
    return stanza.as(PreAuth)?.token
  } catch {
    return undefined
  }
}

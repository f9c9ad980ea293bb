/** Subscriptions on the wire: what the four stanzas change in a roster, and who hears of it. RFC 6121 §3. */
import { type BareJid, bareOf } from '@waxwing/jid'
import { stanzaError } from '@waxwing/protocol'
import type { Now } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { Stanza } from '../../router/stanza.ts'
import type { ClientSession } from '../../session/client-session.ts'
import type { RosterApi } from '../roster/feature.ts'
import { keptRequest } from '../roster/request.ts'
import { type Contact, newContact } from '../roster/roster.ts'
import {
  farewell,
  type Inbound,
  inbound,
  isSameState,
  isSubscription,
  type Outbound,
  outbound,
  type SubscriptionStanza,
} from '../roster/subscription.ts'

const done = true

export class Subscriptions {
  readonly #host: Host
  readonly #rosters: RosterApi

  constructor(host: Host, rosters: RosterApi) {
    this.#host = host
    this.#rosters = rosters
  }

  /** The user sends subscribe, subscribed, unsubscribe or unsubscribed; `from` becomes the bare JID. RFC 6121 §3. */
  async sent(session: ClientSession, stanza: Stanza): Promise<boolean> {
    const user = session.account.jid
    const contact = bareOf(stanza.to ?? user)
    const { type } = stanza
    if (contact === user || !isSubscription(type)) return done
    if ((type === 'subscribe' || type === 'subscribed') && (await this.#isFull(user, contact))) {
      this.#host.router.refuse(stanza, stanzaError('resource-constraint', 'The roster is full'))
      return done
    }
    const effect = await this.#change(user, contact, state => outbound(state, type), {
      isListing: type === 'subscribe',
    })
    // They see the user's resources go before they hear why, and come after. §3.2.2, §3.1.5
    if (effect.presence === 'stop') this.announce(user, contact, 'stop')
    if (effect.isRouted) await this.#host.sendSettled(stanza.with({ from: user, to: contact }))
    if (effect.presence === 'start') this.announce(user, contact, 'start')
    return done
  }

  /** Somebody else sends one of the four to a local account. RFC 6121 §3. */
  async arriving(account: BareJid, stanza: Stanza, type: SubscriptionStanza): Promise<boolean> {
    const contact = bareOf(stanza.from)
    if (contact === account) return done
    // What concerns nobody falls silently: the stranger learns nothing of who has an account. §8.5.1
    if (!(await this.#host.accounts.exists(account))) return done
    if (type === 'subscribe' && (await this.#isFull(account, contact))) return done
    const passed = stanza.with({ from: contact, to: account })
    const request = type === 'subscribe' ? keptRequest(passed) : undefined
    const effect = await this.#change(account, contact, state => inbound(state, type), {
      request,
      beforePush: ({ isDelivered }) => isDelivered && this.#tellClients(account, type, passed),
    })
    if (effect.presence === 'stop') this.announce(account, contact, 'stop')
    if (effect.answer) await this.answer(account, contact, effect.answer)
    if (effect.presence === 'start') this.announce(account, contact, 'start')
    return done
  }

  /** Whether this would be one contact too many: requests fill a roster, too. */
  async #isFull(account: BareJid, contact: BareJid): Promise<boolean> {
    const { contacts } = await this.#rosters.of(account)
    return !contacts.has(contact) && !this.#rosters.hasRoom(contacts)
  }

  /** Requests go to those who can answer, the rest to those who follow the roster. RFC 6121 §2.2, §3.1.3, §3.1.6. */
  #tellClients(account: BareJid, type: SubscriptionStanza, stanza: Stanza): void {
    for (const session of this.#host.online(account)?.sessions.values() ?? [])
      if (type === 'subscribe' ? session.isAvailable : session.isInterested) session.deliver(stanza)
  }

  /** Says something of a subscription on the account's behalf; settles when it has been handled there. */
  answer(account: BareJid, contact: BareJid, type: SubscriptionStanza): Now<void> {
    return this.#host.sendSettled(Stanza.composed({ kind: 'presence', type, from: account, to: contact }, ''))
  }

  /** All subscriptions of an account that is no more come to their end. XEP-0077 §3.2. */
  async leave(account: BareJid): Promise<void> {
    const { contacts } = await this.#rosters.of(account)
    for (const [contact, state] of contacts)
      for (const type of farewell(state)) await this.answer(account, contact, type)
  }

  /** Runs one step of the state machine on one roster entry. */
  async #change<E extends Outbound | Inbound>(
    account: BareJid,
    contact: BareJid,
    step: (state: Contact) => E,
    options: { isListing?: boolean; request?: string | undefined; beforePush?: (effect: E) => void },
  ): Promise<E> {
    const { isListing = false, request, beforePush } = options
    const known = (await this.#rosters.of(account)).contacts.get(contact)
    let effect = step(known ?? newContact)
    if (isSameState(effect.state, known ?? newContact) && (known?.isListed || !isListing)) return effect
    const change = (present: Contact | undefined): Contact => {
      const before = present ?? newContact
      effect = step(before)
      const { subscription, pendingOut, pendingIn, approved } = effect.state
      return {
        ...before,
        subscription,
        pendingOut,
        pendingIn,
        approved,
        // Once granted or approved the contact stays in the roster until the user takes it out. §3.2.2, §3.4.2
        isListed: before.isListed || isListing || subscription !== 'none' || approved,
        request: pendingIn ? (request ?? before.request) : undefined,
      }
    }
    await this.#rosters.change(account, contact, change, () => beforePush?.(effect))
    return effect
  }

  /** The contact starts to see the user, or has seen the last of them. RFC 6121 §3.1.5, §3.2.3. */
  announce(user: BareJid, contact: BareJid, what: 'start' | 'stop'): void {
    for (const session of this.#host.online(user)?.available() ?? []) {
      const gone = Stanza.composed(
        { kind: 'presence', type: 'unavailable', from: session.jid, to: contact },
        '',
      )
      if (what === 'stop') this.#host.send(gone)
      else if (session.presence) this.#host.send(session.presence.addressed(contact))
    }
    if (what === 'start') void this.#host.hooks.tell('presence:granted', { account: user, contact })
  }
}

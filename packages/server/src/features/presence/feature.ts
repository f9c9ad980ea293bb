/** Presence: who is awake, and who may know. RFC 6121 §3 (subscriptions), §4 (presence). */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import { CLIENT_NS, stanzaError } from '@waxwing/protocol'
import { childOf, textOf } from '@waxwing/xml'
import { defineFeature } from '../../kernel/feature.ts'
import { hook, type Now } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { Stanza } from '../../router/stanza.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { type BlockingApi, blocking } from '../blocking/feature.ts'
import { type RosterApi, roster } from '../roster/feature.ts'
import { type Contact, newContact } from '../roster/roster.ts'
import {
  farewell,
  type Inbound,
  inbound,
  isSameState,
  type Outbound,
  outbound,
  type SubscriptionStanza,
  seesThem,
  theySee,
} from '../roster/subscription.ts'

export const presence = defineFeature({
  name: 'presence',
  implements: [{ spec: 'RFC 6121', coverage: 'complete', note: '§3, §4, Appendix A' }],
  needs: { roster, blocking },
  setup({ needs, host }) {
    const room = new PresenceRoom(host, needs.roster, needs.blocking)
    return {
      streamFeatures: { afterLogin: () => "<sub xmlns='urn:xmpp:features:pre-approval'/>" },
      hooks: [
        hook('presence:broadcast', 'guard', ({ session, stanza }) => room.broadcast(session, stanza)),
        hook('presence:directed', 'watch', ({ session, stanza }) => room.directed(session, stanza)),
        hook('presence:subscribing', 'guard', ({ session, stanza }) => room.subscribing(session, stanza)),
        hook('presence:arriving', 'guard', ({ account, stanza }) => room.arriving(account, stanza)),
        hook('roster:removed', 'store', async ({ account, contact, wasSeen, farewell }) => {
          if (wasSeen) room.announce(account, contact, 'stop')
          for (const type of farewell) await room.answer(account, contact, type)
        }),
        hook('account:removed', 'change', ({ account }) => room.leave(account)),
        hook('session:ended', 'watch', ({ session }) => room.ended(session)),
      ],
    }
  },
})

const done = true

class PresenceRoom {
  readonly #host: Host
  readonly #rosters: RosterApi
  readonly #blocking: BlockingApi
  /** Who got directed presence from a session and must hear when it goes. RFC 6121 §4.6.3. */
  readonly #directed = new WeakMap<ClientSession, Set<Jid>>()

  constructor(host: Host, rosters: RosterApi, blocking: BlockingApi) {
    this.#host = host
    this.#rosters = rosters
    this.#blocking = blocking
  }

  /** Presence without address. RFC 6121 §4.2, §4.4, §4.5. */
  broadcast(session: ClientSession, stanza: Stanza): Now<boolean> {
    if (stanza.type === 'unavailable') return this.#goOffline(session, stanza)
    const priority = priorityOf(stanza)
    if (priority === undefined) {
      this.#host.router.refuse(
        stanza,
        stanzaError('bad-request', 'The priority must be a whole number from -128 to 127'),
      )
      return done
    }
    const isInitial = !session.isAvailable
    const isReceptive = priority >= 0 && (isInitial || session.priority < 0)
    session.presence = stanza.detached()
    session.priority = priority
    const contacts = this.#rosters.of(session.account.jid)
    const act = (known: ReadonlyMap<BareJid, Contact>): Now<boolean> => {
      this.#tellContacts(session, stanza, known)
      return isInitial ? this.#welcome(session, known, isReceptive) : this.#mayReceive(session, isReceptive)
    }
    return contacts instanceof Promise ? contacts.then(r => act(r.contacts)) : act(contacts.contacts)
  }

  /** Initial presence: learn who is there, hear waiting requests, get what was kept. RFC 6121 §4.2.2, §3.1.3. */
  #welcome(
    session: ClientSession,
    contacts: ReadonlyMap<BareJid, Contact>,
    isReceptive: boolean,
  ): Now<boolean> {
    const me = session.account.jid
    for (const other of session.account.available())
      if (other !== session && other.presence) session.deliver(other.presence.addressed(session.jid))
    for (const [jid, contact] of contacts) {
      if (seesThem(contact.subscription)) this.#probe(session, jid)
      if (contact.pendingIn)
        session.deliver(
          Stanza.composed({ kind: 'presence', type: 'subscribe', from: jid, to: me }, contact.request ?? ''),
        )
    }
    const told = this.#host.hooks.tell('session:available', { session })
    return told instanceof Promise
      ? told.then(() => this.#mayReceive(session, isReceptive))
      : this.#mayReceive(session, isReceptive)
  }

  /** What was kept for the account may be handed over. XEP-0160 §2. */
  #mayReceive(session: ClientSession, isReceptive: boolean): Now<boolean> {
    const told = isReceptive ? this.#host.hooks.tell('session:receptive', { session }) : undefined
    return told instanceof Promise ? told.then(() => done) : done
  }

  /** Asks for a contact's presence on behalf of the user. RFC 6121 §4.3.1. */
  #probe(session: ClientSession, contact: BareJid): void {
    this.#host.send(Stanza.composed({ kind: 'presence', type: 'probe', from: session.jid, to: contact }, ''))
  }

  #goOffline(session: ClientSession, stanza: Stanza): Now<boolean> {
    if (!session.isAvailable) return this.#tellDirected(session, stanza)
    session.presence = undefined
    // First those who see it: the roster is at hand only as long as the session is there.
    const told = this.#tellAll(session, stanza)
    const noted = this.#host.hooks.tell('presence:unavailable', { session, stanza })
    return noted instanceof Promise ? noted.then(() => told) : told
  }

  #tellAll(session: ClientSession, stanza: Stanza): Now<boolean> {
    const contacts = this.#rosters.of(session.account.jid)
    const act = (known: ReadonlyMap<BareJid, Contact>): boolean => {
      this.#tellContacts(session, stanza, known)
      return this.#tellDirected(session, stanza, known)
    }
    return contacts instanceof Promise ? contacts.then(r => act(r.contacts)) : act(contacts.contacts)
  }

  /** Those who got directed presence, unless they have been told as contacts. RFC 6121 §4.6.3. */
  #tellDirected(session: ClientSession, stanza: Stanza, told?: ReadonlyMap<BareJid, Contact>): boolean {
    for (const to of this.#directed.get(session) ?? []) {
      const contact = told?.get(bareOf(to))
      if (!contact || !theySee(contact.subscription)) this.#tell(session, to, stanza)
    }
    this.#directed.delete(session)
    return done
  }

  /** Brings presence to the user's own resources and to everybody who may see it. RFC 6121 §4.2.2, §4.4.2. */
  #tellContacts(session: ClientSession, stanza: Stanza, contacts: ReadonlyMap<BareJid, Contact>): void {
    const toSelf = stanza.addressed(session.account.jid)
    for (const own of session.account.available()) own.deliver(toSelf)
    if (stanza.type === 'unavailable') session.deliver(toSelf)
    for (const [jid, contact] of contacts) if (theySee(contact.subscription)) this.#tell(session, jid, stanza)
  }

  /** One copy to one address; blocked contacts hear nothing. XEP-0191 §3.3. */
  #tell(session: ClientSession, to: Jid, stanza: Stanza): void {
    const isBlocked = this.#blocking.blocks(session.account.jid, to)
    if (isBlocked instanceof Promise)
      void isBlocked.then(blocked => blocked || this.#host.send(stanza.addressed(to)))
    else if (!isBlocked) this.#host.send(stanza.addressed(to))
  }

  directed(session: ClientSession, stanza: Stanza): void {
    const { to } = stanza
    if (to === undefined) return
    const known = this.#directed.get(session)
    if (stanza.type === 'unavailable') known?.delete(to)
    else if (known) known.add(to)
    else this.#directed.set(session, new Set([to]))
  }

  /** A session that went without saying so. RFC 6121 §4.5.1. */
  ended(session: ClientSession): Now<void> {
    const gone = Stanza.composed({ kind: 'presence', type: 'unavailable', from: session.jid }, '')
    const told = this.#goOffline(session, gone)
    return told instanceof Promise ? told.then(() => undefined) : undefined
  }

  /** The user sends subscribe, subscribed, unsubscribe or unsubscribed; `from` becomes the bare JID. RFC 6121 §3. */
  async subscribing(session: ClientSession, stanza: Stanza): Promise<boolean> {
    const user = session.account.jid
    const contact = bareOf(stanza.to ?? user)
    const type = stanza.type as SubscriptionStanza
    if (contact === user) return done
    const effect = await this.#change(user, contact, state => outbound(state, type), {
      isListing: type === 'subscribe',
    })
    // They see the user's resources go before they hear why, and come after. §3.2.2, §3.1.5
    if (effect.presence === 'stop') this.announce(user, contact, 'stop')
    if (effect.isRouted) await this.#host.sendSettled(stanza.with({ from: user, to: contact }))
    if (effect.presence === 'start') this.announce(user, contact, 'start')
    return done
  }

  /** Presence for a local bare JID. RFC 6121 §3, §4.3.2, §8.5.2.1.2. */
  arriving(account: BareJid, stanza: Stanza): Now<boolean> {
    switch (stanza.type) {
      case undefined:
      case 'unavailable':
        for (const session of this.#host.online(account)?.available() ?? []) session.deliver(stanza)
        return done
      case 'probe':
        return this.#onProbe(account, stanza)
      case 'subscribe':
      case 'subscribed':
      case 'unsubscribe':
      case 'unsubscribed':
        return this.#onSubscription(account, stanza, stanza.type)
      default:
        return done
    }
  }

  async #onSubscription(account: BareJid, stanza: Stanza, type: SubscriptionStanza): Promise<boolean> {
    const contact = bareOf(stanza.from)
    if (contact === account) return done
    if (!(await this.#host.accounts.exists(account))) {
      // A request to an account that is not there is answered like a refusal. RFC 6121 §8.5.1
      if (type === 'subscribe') await this.answer(account, contact, 'unsubscribed')
      return done
    }
    const request = type === 'subscribe' ? stanza.payloadText() : undefined
    const passed = stanza.with({ from: contact, to: account })
    const effect = await this.#change(account, contact, state => inbound(state, type), {
      request,
      beforePush: ({ isDelivered }) => isDelivered && this.#tellClients(account, type, passed),
    })
    if (effect.presence === 'stop') this.announce(account, contact, 'stop')
    if (effect.answer) await this.answer(account, contact, effect.answer)
    if (effect.presence === 'start') this.announce(account, contact, 'start')
    return done
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
  }

  /** RFC 6121 §4.3.2: only subscribers learn anything; others are told as if the account were not there. */
  #onProbe(account: BareJid, stanza: Stanza): Now<boolean> {
    const rosterNow = this.#rosters.of(account)
    const act = (contacts: ReadonlyMap<BareJid, Contact>): boolean => {
      const asker = bareOf(stanza.from)
      const contact = contacts.get(asker)
      const maySee = asker === account || (contact !== undefined && theySee(contact.subscription))
      if (!maySee) {
        void this.answer(account, asker, 'unsubscribed')
        return done
      }
      if (this.#blocking.blocks(account, asker) === true) return done
      for (const session of this.#host.online(account)?.available() ?? [])
        if (session.presence) this.#host.send(session.presence.addressed(stanza.from))
      return done
    }
    return rosterNow instanceof Promise ? rosterNow.then(r => act(r.contacts)) : act(rosterNow.contacts)
  }
}

/** @returns 0 when absent, `undefined` when it is not a whole number from −128 to 127. RFC 6121 §4.7.2.3 */
function priorityOf(stanza: Stanza): number | undefined {
  const element = childOf(stanza.element(), CLIENT_NS, 'priority')
  if (!element) return 0
  const text = textOf(element).trim()
  const priority = Number(text)
  return /^[+-]?\d{1,3}$/.test(text) && priority >= -128 && priority <= 127 ? priority : undefined
}

/** Presence: who is awake, and who may know. RFC 6121 §3 (subscriptions), §4 (presence). */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import { CLIENT_NS, stanzaError } from '@waxwing/protocol'
import { childOf, textOf } from '@waxwing/xml'
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { hook, type Now } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { Stanza } from '../../router/stanza.ts'
import type { ClientSession } from '../../session/client-session.ts'
import { type BlockingApi, blocking } from '../blocking/feature.ts'
import { type RosterApi, roster } from '../roster/feature.ts'
import { requestOf } from '../roster/request.ts'
import type { Contact } from '../roster/roster.ts'
import { isSubscription, seesThem, theySee } from '../roster/subscription.ts'
import { Probes } from './probes.ts'
import { Subscriptions } from './subscriptions.ts'

export const presence = defineFeature({
  name: 'presence',
  implements: [{ spec: 'RFC 6121', coverage: 'complete', note: '§3, §4, Appendix A' }],
  needs: { roster, blocking },
  config: {
    maxDirected: setting.count(
      1_000,
      'Addresses one session may send its presence to directly; all of them are told when it goes.',
      { min: 1, max: 100_000 },
    ),
  },
  setup({ config, needs, host }) {
    const subscriptions = new Subscriptions(host, needs.roster)
    const room = new PresenceRoom(host, needs.roster, needs.blocking, subscriptions, config.maxDirected)
    return {
      streamFeatures: { afterLogin: () => "<sub xmlns='urn:xmpp:features:pre-approval'/>" },
      hooks: [
        hook('presence:broadcast', 'guard', ({ session, stanza }) => room.broadcast(session, stanza)),
        hook('presence:directed', 'guard', ({ session, stanza }) => room.directed(session, stanza)),
        hook('presence:subscribing', 'guard', ({ session, stanza }) => subscriptions.sent(session, stanza)),
        hook('presence:arriving', 'guard', ({ account, stanza }) => room.arriving(account, stanza)),
        hook('roster:removed', 'store', async ({ account, contact, wasSeen, farewell }) => {
          if (wasSeen) subscriptions.announce(account, contact, 'stop')
          for (const type of farewell) await subscriptions.answer(account, contact, type)
        }),
        hook('account:removed', 'change', ({ account }) => subscriptions.leave(account)),
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
  readonly #subscriptions: Subscriptions
  readonly #probes: Probes
  readonly #maxDirected: number
  /** Who got directed presence from a session and must hear when it goes. RFC 6121 §4.6.3. */
  readonly #directed = new WeakMap<ClientSession, Set<Jid>>()

  constructor(
    host: Host,
    rosters: RosterApi,
    blocking: BlockingApi,
    subscriptions: Subscriptions,
    maxDirected: number,
  ) {
    this.#host = host
    this.#rosters = rosters
    this.#blocking = blocking
    this.#subscriptions = subscriptions
    this.#probes = new Probes(host, rosters, blocking)
    this.#maxDirected = maxDirected
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
    session.presence = stanza.detached(true)
    session.priority = priority
    const contacts = this.#rosters.of(session.account.jid)
    const act = (known: ReadonlyMap<BareJid, Contact>): Now<boolean> => {
      this.#tellContacts(session, stanza, known)
      void this.#host.hooks.tell('presence:shown', { session })
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
      if (seesThem(contact.subscription)) this.#probes.send(session, jid)
      if (contact.pendingIn) session.deliver(requestOf(jid, me, contact.request))
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
    for (const to of this.#directed.get(session) ?? [])
      if (!told || !this.#hasHeard(session, to, told)) this.#tell(session, to, stanza)
    this.#directed.delete(session)
    return done
  }

  /** Whether presence for everybody reaches this address: not where its resource is connected and does not listen. */
  #hasHeard(session: ClientSession, to: Jid, contacts: ReadonlyMap<BareJid, Contact>): boolean {
    const contact = contacts.get(bareOf(to))
    const sees =
      bareOf(to) === session.account.jid || (contact !== undefined && theySee(contact.subscription))
    return sees && this.#host.router.sessions.find(to)?.isAvailable !== false
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
    const isBlocked = this.#blocking.hides(session.account.jid, to, session)
    if (isBlocked instanceof Promise)
      void isBlocked.then(blocked => blocked || this.#host.send(stanza.addressed(to)))
    else if (!isBlocked) this.#host.send(stanza.addressed(to))
  }

  /** @returns whether the presence was refused: everybody remembered must hear of the end. RFC 6121 §4.6.3. */
  directed(session: ClientSession, stanza: Stanza): boolean {
    const { to } = stanza
    if (to === undefined) return false
    const known = this.#directed.get(session)
    if (stanza.type === 'unavailable') known?.delete(to)
    else if (!known) this.#directed.set(session, new Set([to]))
    else if (known.has(to) || known.size < this.#maxDirected) known.add(to)
    else {
      this.#host.router.refuse(stanza, stanzaError('resource-constraint', 'Your presence went to too many'))
      return done
    }
    return false
  }

  /** A session that went without saying so. RFC 6121 §4.5.1. */
  ended(session: ClientSession): Now<void> {
    const gone = Stanza.composed({ kind: 'presence', type: 'unavailable', from: session.jid }, '')
    const told = this.#goOffline(session, gone)
    return told instanceof Promise ? told.then(() => undefined) : undefined
  }

  /** Presence for a local bare JID. RFC 6121 §3, §4.3.2, §8.5.2.1.2. */
  arriving(account: BareJid, stanza: Stanza): Now<boolean> {
    const { type } = stanza
    if (type === 'probe') return this.#probes.arriving(account, stanza)
    if (isSubscription(type)) return this.#subscriptions.arriving(account, stanza, type)
    if (type === undefined || type === 'unavailable')
      for (const session of this.#host.online(account)?.available() ?? []) session.deliver(stanza)
    return done
  }
}

/** @returns 0 when absent, `undefined` when it is not a whole number from −128 to 127. RFC 6121 §4.7.2.3 */
function priorityOf(stanza: Stanza): number | undefined {
  if (stanza.headName === undefined) return 0
  const element = childOf(stanza.element(), CLIENT_NS, 'priority')
  if (!element) return 0
  const text = textOf(element).trim()
  const priority = Number(text)
  return /^[+-]?\d{1,3}$/.test(text) && priority >= -128 && priority <= 127 ? priority : undefined
}

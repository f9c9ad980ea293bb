/** Probes: servers ask each other who is there. RFC 6121 §4.3. */
import { type BareJid, bareOf, domainOf, type Jid } from '@waxwing/jid'
import type { Now } from '../../kernel/hooks.ts'
import type { Host } from '../../kernel/host.ts'
import { Stanza } from '../../router/stanza.ts'
import type { ClientSession } from '../../session/client-session.ts'
import type { BlockingApi } from '../blocking/feature.ts'
import type { RosterApi } from '../roster/feature.ts'
import type { Contact } from '../roster/roster.ts'
import { theySee } from '../roster/subscription.ts'

const done = true

export class Probes {
  readonly #host: Host
  readonly #rosters: RosterApi
  readonly #blocking: BlockingApi

  constructor(host: Host, rosters: RosterApi, blocking: BlockingApi) {
    this.#host = host
    this.#rosters = rosters
    this.#blocking = blocking
  }

  /**
   * Asks for a contact's presence on behalf of the user. Other servers are asked by the account, as §4.3.1 has it; of our own
   * accounts only the resource that has just come needs to be told.
   */
  send(session: ClientSession, contact: BareJid): void {
    const isOurs = this.#host.router.host(domainOf(contact)) !== undefined
    const from = isOurs ? session.jid : session.account.jid
    this.#host.send(Stanza.composed({ kind: 'presence', type: 'probe', from, to: contact }, ''))
  }

  /** Only subscribers learn anything; others are told as if the account were not there. §4.3.2 */
  arriving(account: BareJid, stanza: Stanza): Now<boolean> {
    const roster = this.#rosters.of(account)
    if (roster instanceof Promise)
      return roster.then(({ contacts }) => this.#answer(account, stanza.from, contacts))
    return this.#answer(account, stanza.from, roster.contacts)
  }

  #answer(account: BareJid, asker: Jid, contacts: ReadonlyMap<BareJid, Contact>): Now<boolean> {
    const who = bareOf(asker)
    const contact = contacts.get(who)
    if (who === account || (contact !== undefined && theySee(contact.subscription)))
      return this.#show(account, asker)
    this.#say('unsubscribed', account, who)
    return done
  }

  /** The last presence of each resource that the asker may know of. */
  #show(account: BareJid, asker: Jid): Now<boolean> {
    const sessions = [...(this.#host.online(account)?.available() ?? [])]
    const hidden = sessions.map(session => this.#blocking.hides(account, bareOf(asker), session))
    const tell = (isHidden: readonly boolean[]): boolean =>
      this.#tell(
        account,
        asker,
        sessions.filter((_, n) => isHidden[n] === false),
      )
    const known = hidden.filter(answer => typeof answer === 'boolean')
    return known.length === hidden.length
      ? tell(known)
      : Promise.all(hidden.map(async answer => answer)).then(tell)
  }

  /** Who is hidden is not told from who is away. XEP-0016 §2.11 */
  #tell(account: BareJid, asker: Jid, sessions: readonly ClientSession[]): boolean {
    const seen = sessions.flatMap(({ presence }) => presence ?? [])
    for (const presence of seen) this.#host.send(presence.addressed(asker))
    if (seen.length === 0) this.#say('unavailable', account, asker)
    return done
  }

  #say(type: 'unavailable' | 'unsubscribed', account: BareJid, to: Jid): void {
    this.#host.send(Stanza.composed({ kind: 'presence', type, from: account, to }, ''))
  }
}

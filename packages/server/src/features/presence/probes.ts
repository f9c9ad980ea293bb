/** Probes: servers ask each other who is there. RFC 6121 §4.3. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
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
   * Asks for a contact's presence on behalf of the user. Other domains are asked by the account, as §4.3.1 has it; on this
   * one only the resource that has just come needs to be told.
   */
  send(session: ClientSession, contact: BareJid): void {
    const from = this.#host.isLocal(contact) ? session.jid : session.account.jid
    this.#host.send(Stanza.composed({ kind: 'presence', type: 'probe', from, to: contact }, ''))
  }

  /** Only subscribers learn anything; others are told as if the account were not there. §4.3.2 */
  arriving(account: BareJid, stanza: Stanza): Now<boolean> {
    const roster = this.#rosters.of(account)
    if (roster instanceof Promise)
      return roster.then(({ contacts }) => this.#answer(account, stanza.from, contacts))
    return this.#answer(account, stanza.from, roster.contacts)
  }

  #answer(account: BareJid, asker: Jid, contacts: ReadonlyMap<BareJid, Contact>): boolean {
    const who = bareOf(asker)
    const contact = contacts.get(who)
    const maySee = who === account || (contact !== undefined && theySee(contact.subscription))
    if (!maySee) this.#say('unsubscribed', account, who)
    else if (this.#show(account, asker) === 0) this.#say('unavailable', account, asker)
    return done
  }

  /** The last presence of each resource that the asker may know of. @returns how many there are */
  #show(account: BareJid, asker: Jid): number {
    let shown = 0
    for (const session of this.#host.online(account)?.available() ?? []) {
      const seen = session.presence?.addressed(asker)
      const isHidden = seen === undefined || this.#blocking.hides(account, bareOf(asker), session)
      if (isHidden === true) continue
      shown++
      if (isHidden instanceof Promise) void isHidden.then(hidden => hidden || (seen && this.#host.send(seen)))
      else if (seen) this.#host.send(seen)
    }
    return shown
  }

  #say(type: 'unavailable' | 'unsubscribed', account: BareJid, to: Jid): void {
    this.#host.send(Stanza.composed({ kind: 'presence', type, from: account, to }, ''))
  }
}

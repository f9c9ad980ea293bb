/** Who may know that an account is there. RFC 6121 §8.5.1, XEP-0030 §8. */
import { type BareJid, bareOf, type Jid } from '@waxwing/jid'
import { stanzaError } from '@waxwing/protocol'
import type { Now } from '../../kernel/hooks.ts'
import type { RosterApi } from './feature.ts'
import { theySee } from './subscription.ts'

/**
 * Settles for who sees the account's presence. Everybody else hears what they would hear if there were no such account.
 *
 * @throws StanzaError service-unavailable
 */
export async function mustSee(rosters: Pick<RosterApi, 'of'>, account: BareJid, asker: Jid): Promise<void> {
  if (!(await maySee(rosters, account, asker))) throw stanzaError('service-unavailable')
}

/** Whether somebody sees the account's presence. */
export function maySee(rosters: Pick<RosterApi, 'of'>, account: BareJid, asker: Jid): Now<boolean> {
  const roster = rosters.of(account)
  const sees = (found: Awaited<typeof roster>): boolean => {
    const state = found.contacts.get(bareOf(asker))
    return state !== undefined && theySee(state.subscription)
  }
  return roster instanceof Promise ? roster.then(sees) : sees(roster)
}

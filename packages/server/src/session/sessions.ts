/** Who is online on this server: bound sessions by full JID, accounts by bare JID. */
import { type BareJid, bareOf, type FullJid, type Jid, resourceOf } from '@waxwing/jid'
import { OnlineAccount } from './account.ts'
import type { ClientSession } from './client-session.ts'

export class Sessions {
  /** Keys as prepared JIDs: an address as a client wrote it is often already the key. */
  readonly #byJid = new Map<string, ClientSession>()
  readonly #accounts = new Map<string, OnlineAccount>()

  get count(): number {
    return this.#byJid.size
  }

  /** `jid` may be any text: only a prepared full JID of a bound session is found. */
  find(jid: string): ClientSession | undefined {
    return this.#byJid.get(jid)
  }

  account(jid: BareJid): OnlineAccount | undefined {
    return this.#accounts.get(jid)
  }

  accountOf(jid: Jid): OnlineAccount | undefined {
    return this.#accounts.get(bareOf(jid))
  }

  add(jid: FullJid, session: ClientSession): OnlineAccount {
    const bare = bareOf(jid)
    let account = this.#accounts.get(bare)
    if (!account) {
      account = new OnlineAccount(bare)
      this.#accounts.set(bare, account)
    }
    account.sessions.set(resourceOf(jid) ?? '', session)
    this.#byJid.set(jid, session)
    return account
  }

  /** Does nothing when another session has taken the address over meanwhile. */
  remove(jid: FullJid, session: ClientSession): void {
    if (this.#byJid.get(jid) !== session) return
    this.#byJid.delete(jid)
    const account = this.#accounts.get(bareOf(jid))
    account?.sessions.delete(resourceOf(jid) ?? '')
    if (account && account.sessions.size === 0) this.#accounts.delete(account.jid)
  }

  all(): Iterable<ClientSession> {
    return this.#byJid.values()
  }
}

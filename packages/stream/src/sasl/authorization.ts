/** Who may act as whom: an account as itself alone. RFC 6120 §6.3.8. */
import { type BareJid, bareJid, JidError, localOf, tryJid } from '@waxwing/jid'

/** Whether an authorization identity names the account itself; `undefined` stands for it. RFC 6120 §6.5.6 */
export function isOwnIdentity(authzid: string | undefined, username: string, domain: string): boolean {
  return authzid === undefined || tryJid(authzid) === accountOf(username, domain)
}

/** The prepared localpart that a user name stands for (RFC 6120 §6.3.7); `undefined` if it can be none. */
export function accountName(name: string, domain: string): string | undefined {
  const account = accountOf(name, domain)
  return account && localOf(account)
}

/**
 * Chooses the account of a client that proved itself by certificate: XEP-0178 §2.
 *
 * With an authorization identity it must be one the certificate names. Without one the certificate must name
 * exactly one account of the domain.
 *
 * @param certified addresses that the verified certificate stands for, unprepared
 * @returns the username, or `undefined` when there is none to choose
 */
export function certifiedAccount(
  certified: readonly string[],
  domain: string,
  authzid: string | undefined,
): string | undefined {
  const usernames = new Set(
    certified.map(text => usernameAt(domain, text)).filter(name => name !== undefined),
  )
  if (authzid !== undefined) {
    const wanted = usernameAt(domain, authzid)
    return wanted !== undefined && usernames.has(wanted) ? wanted : undefined
  }
  const [first] = usernames
  return usernames.size === 1 ? first : undefined
}

function usernameAt(domain: string, text: string): string | undefined {
  const jid = tryJid(text)
  const local = jid && localOf(jid)
  return local !== undefined && jid === accountOf(local, domain) ? local : undefined
}

function accountOf(username: string, domain: string): BareJid | undefined {
  try {
    return bareJid(username, domain)
  } catch (error) {
    if (error instanceof JidError) return undefined
    throw error
  }
}

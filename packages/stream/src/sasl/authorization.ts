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
 * The accounts of a domain that a certificate names, prepared and each once.
 *
 * @param certified addresses that the verified certificate stands for, unprepared
 */
export function certifiedUsernames(certified: readonly string[], domain: string): readonly string[] {
  const usernames = certified.map(text => usernameAt(domain, text)).filter(name => name !== undefined)
  return [...new Set(usernames)]
}

/** Whom a certificate lets in: somebody, nobody, or one of several, where the client has to say whom. */
export type Certified = { readonly username: string } | 'nobody' | 'ambiguous'

/**
 * Chooses the account of a client that proved itself by certificate: XEP-0178 §2.
 *
 * With an authorization identity it must be one the certificate names. Without one the certificate must name
 * exactly one account of the domain.
 *
 * @param usernames accounts that the certificate names and that exist
 */
export function chooseCertified(
  usernames: readonly string[],
  domain: string,
  authzid: string | undefined,
): Certified {
  if (authzid !== undefined) {
    const wanted = usernameAt(domain, authzid)
    return wanted !== undefined && usernames.includes(wanted) ? { username: wanted } : 'nobody'
  }
  const [first, ...others] = usernames
  if (first === undefined) return 'nobody'
  return others.length === 0 ? { username: first } : 'ambiguous'
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

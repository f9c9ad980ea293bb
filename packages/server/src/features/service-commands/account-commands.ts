/** Commands that change accounts. XEP-0133 §4.1-§4.7. */
import { type BareJid, bareOf, isFull, type Jid, localOf } from '@waxwing/jid'
import { stanzaError, streamError } from '@waxwing/protocol'
import { AccountError } from '../../kernel/accounts.ts'
import type { Host } from '../../kernel/host.ts'
import type { AdministrationApi } from '../administration/feature.ts'
import { ask, commandError, done, type Step } from '../commands/command.ts'
import type { AdminCommand } from './admin-command.ts'
import { Accounts, AddUser, NewPassword, SessionsToEnd } from './admin-forms.ts'

export function accountCommands(host: Host, admins: AdministrationApi): readonly AdminCommand[] {
  /** @throws StanzaError item-not-found, not-allowed for accounts that are not of this host */
  async function known(accounts: readonly BareJid[]): Promise<readonly BareJid[]> {
    for (const account of accounts) {
      mustBeOurs(host, account)
      if (!(await host.accounts.exists(account)))
        throw stanzaError('item-not-found', `There is no account ${account}`)
    }
    return accounts
  }

  /** Asks for accounts, and does the same to each. */
  const forEach = (title: string, act: (account: BareJid) => Promise<void>) => (): Step =>
    ask(Accounts, { title }, async ({ accountjids }) => {
      for (const account of await known(accountjids)) await act(account)
      return done()
    })

  async function addUser(jid: BareJid, password: string, verify: string): Promise<Step> {
    mustBeOurs(host, jid)
    if (password !== verify) throw commandError('bad-payload', 'The two passwords differ')
    await accountWork(() => host.createAccount(jid, password))
    return done()
  }

  async function endSessions(jids: readonly Jid[]): Promise<Step> {
    const kicked = streamError('not-authorized', 'An administrator has ended this session')
    for (const jid of jids) {
      mustBeOurs(host, bareOf(jid))
      const sessions = isFull(jid)
        ? [host.router.sessions.find(jid)]
        : [...(host.online(bareOf(jid))?.sessions.values() ?? [])]
      await Promise.all(sessions.map(async session => session?.end(kicked)))
    }
    return done()
  }

  return [
    {
      id: 'add-user',
      name: 'Add User',
      run: () =>
        ask(AddUser, { title: 'Adding a User', instructions: 'Fill out this form to add a user.' }, values =>
          addUser(values.accountjid, values.password, values['password-verify']),
        ),
    },
    {
      id: 'delete-user',
      name: 'Delete User',
      run: forEach('Deleting a User', account => accountWork(() => host.removeAccount(account))),
    },
    {
      id: 'disable-user',
      name: 'Disable User',
      run: forEach('Disabling a User', account => admins.disable(account)),
    },
    {
      id: 'reenable-user',
      name: 'Re-Enable User',
      run: forEach('Re-Enabling a User', account => admins.enable(account)),
    },
    {
      id: 'end-user-session',
      name: 'End User Session',
      run: () =>
        ask(SessionsToEnd, { title: 'Ending User Sessions' }, ({ accountjids }) => endSessions(accountjids)),
    },
    {
      id: 'get-user-password',
      name: 'Get User Password',
      isUnlisted: true,
      run() {
        throw stanzaError('feature-not-implemented', 'Passwords are not kept here, so nobody can read them')
      },
    },
    {
      id: 'change-user-password',
      name: 'Change User Password',
      run: () =>
        ask(NewPassword, { title: 'Changing a User’s Password' }, async ({ accountjid, password }) => {
          await known([accountjid])
          await accountWork(() => host.accounts.setPassword(accountjid, password))
          return done()
        }),
    },
  ]
}

/** @throws StanzaError not-allowed */
export function mustBeOurs(host: Host, jid: BareJid): void {
  if (!host.isLocal(jid) || localOf(jid) === undefined)
    throw stanzaError('not-allowed', `${jid} is no account of ${host.domain}`)
}

const conditions = {
  exists: 'conflict',
  unknown: 'item-not-found',
  'bad-name': 'jid-malformed',
  'bad-password': 'not-acceptable',
} as const

/** Answers what is wrong with an account as XEP-0133 §5 wants it. */
async function accountWork(act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (error instanceof AccountError) throw stanzaError(conditions[error.condition], error.message)
    throw error
  }
}

/** Commands that tell of accounts. XEP-0133 §4.8-§4.10, §4.13-§4.22. */
import { type BareJid, resourceOf } from '@waxwing/jid'
import { declareForm, field, formatDateTime, Roster, stanzaError } from '@waxwing/protocol'
import { toElement } from '@waxwing/xml'
import type { Host } from '../../kernel/host.ts'
import type { AdministrationApi } from '../administration/feature.ts'
import { ask, done, type Step } from '../commands/command.ts'
import type { LastLoginApi } from '../last-login/feature.ts'
import type { RosterApi } from '../roster/feature.ts'
import { isShown } from '../roster/roster.ts'
import { mustBeOurs } from './account-commands.ts'
import type { AdminCommand } from './admin-command.ts'
import { Accounts, adminNs, LastLogin, MaxItems, OneAccount, Statistics } from './admin-forms.ts'
import { isActive, type Population } from './population.ts'

export interface QueryParts {
  readonly host: Host
  readonly admins: AdministrationApi
  readonly rosters: RosterApi
  readonly logins: LastLoginApi
  readonly population: Population
  /** Most entries a list may have. */
  readonly maxListed: number
}

export function queryCommands(parts: QueryParts): readonly AdminCommand[] {
  return [...userCommands(parts), ...populationCommands(parts)]
}

function userCommands({ host, rosters, logins }: QueryParts): readonly AdminCommand[] {
  async function mustExist(account: BareJid): Promise<void> {
    mustBeOurs(host, account)
    if (!(await host.accounts.exists(account)))
      throw stanzaError('item-not-found', `There is no account ${account}`)
  }

  async function lastLoginOf(account: BareJid): Promise<string> {
    const at = await logins.of(account)
    return at === undefined ? 'never' : formatDateTime(new Date(at))
  }

  async function rosterOf(accounts: readonly BareJid[]): Promise<Step> {
    const items = []
    for (const account of accounts) {
      await mustExist(account)
      const { contacts } = await rosters.of(account)
      for (const [jid, contact] of contacts) if (isShown(contact)) items.push({ jid, ...contact })
    }
    const shown = items.map(({ jid, name, subscription, groups, approved, pendingOut }) => ({
      jid,
      name,
      subscription,
      groups,
      approved,
      ask: pendingOut ? ('subscribe' as const) : undefined,
    }))
    const form = Accounts.result({ accountjids: accounts })
    return done({ form: { ...form, extensions: [toElement(Roster, { items: shown })] } })
  }

  async function statisticsOf(account: BareJid): Promise<Step> {
    await mustExist(account)
    const sessions = [...(host.online(account)?.sessions.values() ?? [])]
    const { contacts } = await rosters.of(account)
    return done({
      form: Statistics.result({
        ipaddresses: [...new Set(sessions.map(({ remote }) => remote.slice(0, remote.lastIndexOf(':'))))],
        rostersize: [...contacts.values()].filter(isShown).length,
        onlineresources: sessions.map(({ jid }) => resourceOf(jid) ?? ''),
        lastlogin: await lastLoginOf(account),
      }),
    })
  }

  return [
    {
      id: 'get-user-roster',
      name: 'Get User Roster',
      run: () =>
        ask(Accounts, { title: 'Getting a User’s Roster' }, ({ accountjids }) => rosterOf(accountjids)),
    },
    {
      id: 'get-user-lastlogin',
      name: 'Get User Last Login Time',
      run: () =>
        ask(Accounts, { title: 'Getting a User’s Last Login' }, async ({ accountjids }) => {
          for (const account of accountjids) await mustExist(account)
          const lastlogin = await Promise.all(accountjids.map(lastLoginOf))
          return done({ form: LastLogin.result({ accountjids, lastlogin }) })
        }),
    },
    {
      id: 'user-stats',
      name: 'Get User Statistics',
      run: () =>
        ask(OneAccount, { title: 'Statistics of a User' }, ({ accountjid }) => statisticsOf(accountjid)),
    },
  ]
}

/** Counting and listing accounts of one kind. */
function populationCommands({ host, admins, population, maxListed }: QueryParts): readonly AdminCommand[] {
  const kinds: readonly [
    kind: string,
    variable: string,
    list: string,
    members: () => AsyncIterable<BareJid> | Iterable<BareJid>,
  ][] = [
    ['registered', 'registered', 'get-registered-users-list', () => host.accounts.list()],
    ['disabled', 'disabled', 'get-disabled-users-list', () => admins.disabled()],
    ['online', 'online', 'get-online-users-list', () => population.online()],
    ['active', 'active', 'get-active-users', () => population.online(isActive)],
    ['idle', 'idle', 'get-idle-users', () => population.online(session => !isActive(session))],
  ]
  return kinds.flatMap(([kind, variable, listId, members]) => {
    const Count = declareForm(adminNs, {
      [`${variable}usersnum`]: field.number(`The number of ${kind} users`),
    })
    // §4.22: those who are idle are listed in a field of the same name as those who are active.
    const listVariable = kind === 'idle' ? 'activeuserjids' : `${variable}userjids`
    const List = declareForm(adminNs, { [listVariable]: field.bareJids(`The ${kind} users`) })
    const title = `${kind[0]?.toUpperCase()}${kind.slice(1)} Users`
    return [
      {
        id: `get-${kind}-users-num`,
        name: `Get Number of ${title}`,
        run: async () => done({ form: Count.result({ [`${variable}usersnum`]: await countOf(members()) }) }),
      },
      {
        id: listId,
        name: `Get List of ${title}`,
        run: () =>
          ask(MaxItems, { title: `List of ${title}` }, async ({ max_items }) => {
            const wanted = max_items === undefined || max_items === 'none' ? maxListed : Number(max_items)
            const { found, more } = await firstOf(members(), Math.min(wanted, maxListed))
            const notes = more ? [{ type: 'warn' as const, text: 'There are more than are shown' }] : []
            return done({ notes, form: List.result({ [listVariable]: found }) })
          }),
      },
    ]
  })
}

async function countOf(members: AsyncIterable<BareJid> | Iterable<BareJid>): Promise<number> {
  let count = 0
  for await (const _ of members) count++
  return count
}

async function firstOf(
  members: AsyncIterable<BareJid> | Iterable<BareJid>,
  max: number,
): Promise<{ found: readonly BareJid[]; more: boolean }> {
  const found: BareJid[] = []
  for await (const jid of members) {
    if (found.length >= max) return { found, more: true }
    found.push(jid)
  }
  return { found, more: false }
}

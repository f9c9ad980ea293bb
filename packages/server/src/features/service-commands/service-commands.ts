/** Commands about the service as a whole. XEP-0133 §4.11, §4.12, §4.23-§4.31. */
import type { Clock } from '@waxwing/stream'
import type { Host, StopKind } from '../../kernel/host.ts'
import type { AdministrationApi } from '../administration/feature.ts'
import type { AnnouncementsApi } from '../announcements/feature.ts'
import { ask, done, type Step, told } from '../commands/command.ts'
import type { ServiceListsApi } from '../service-lists/feature.ts'
import type { AdminCommand } from './admin-command.ts'
import { Admins, Announcement, Blacklist, Motd, Stop, Welcome, Whitelist } from './admin-forms.ts'

export interface ServiceParts {
  readonly host: Host
  readonly clock: Clock
  readonly admins: AdministrationApi
  readonly words: AnnouncementsApi
  readonly lists: ServiceListsApi
}

export function serviceCommands(parts: ServiceParts): readonly AdminCommand[] {
  return [...listCommands(parts), ...wordCommands(parts), ...stopCommands(parts)]
}

function listCommands({ admins, lists }: ServiceParts): readonly AdminCommand[] {
  return [
    {
      id: 'edit-blacklist',
      name: 'Edit Blacklist',
      run: () => {
        const save = async (jids: Parameters<typeof lists.set>[1]): Promise<Step> => {
          await lists.set('blacklist', jids)
          return done()
        }
        const now = { blacklistjids: lists.of('blacklist') }
        return ask(Blacklist, { title: 'Editing the Blacklist' }, values => save(values.blacklistjids), now)
      },
    },
    {
      id: 'edit-whitelist',
      name: 'Edit Whitelist',
      run: () => {
        const save = async (jids: Parameters<typeof lists.set>[1]): Promise<Step> => {
          await lists.set('whitelist', jids)
          return done()
        }
        const now = { whitelistjids: lists.of('whitelist') }
        return ask(Whitelist, { title: 'Editing the Whitelist' }, values => save(values.whitelistjids), now)
      },
    },
    ...(['blacklist', 'whitelist'] as const).map(name => addTo(name, lists)),
    {
      id: 'edit-admin',
      name: 'Edit Admin List',
      run: () =>
        ask(
          Admins,
          { title: 'Editing the Admin List' },
          async ({ adminjids }) => {
            await admins.setAdmins(adminjids)
            return done()
          },
          { adminjids: admins.admins() },
        ),
    },
  ]
}

/** The same lists, one address more: §4.12 names these nodes. */
function addTo(name: 'blacklist' | 'whitelist', lists: ServiceListsApi): AdminCommand {
  const Form = name === 'blacklist' ? Blacklist : Whitelist
  return {
    id: `add-to-${name}`,
    name: `Add to ${name === 'blacklist' ? 'Blacklist' : 'Whitelist'}`,
    run: () => ({
      status: 'asking',
      form: Form.blank({ title: `Adding to the ${name}` }),
      complete: async submitted => {
        const added = Object.values(Form.read(submitted)).flat()
        await lists.set(name, [...lists.of(name), ...added])
        return done()
      },
    }),
  }
}

function wordCommands({ words }: ServiceParts): readonly AdminCommand[] {
  const body = (lines: readonly string[]): string => lines.join('\n')
  const linesOf = (text: string | undefined): readonly string[] | undefined => text?.split('\n')
  return [
    {
      id: 'announce',
      name: 'Send Announcement to Online Users',
      run: () =>
        ask(Announcement, { title: 'Making an Announcement' }, ({ subject, announcement }) => {
          const count = words.tellOnline({ subject, body: body(announcement) })
          return told(`Sent to ${count} sessions`)
        }),
    },
    {
      id: 'set-motd',
      name: 'Set Message of the Day',
      run: () =>
        ask(Motd, { title: 'Setting the Message of the Day' }, async ({ motd }) => {
          await words.setMotd({ body: body(motd) })
          return done()
        }),
    },
    {
      id: 'edit-motd',
      name: 'Edit Message of the Day',
      run: () =>
        ask(
          Motd,
          { title: 'Editing the Message of the Day' },
          async ({ motd }) => {
            await words.editMotd({ body: body(motd) })
            return done()
          },
          { motd: linesOf(words.motd()?.body) ?? [] },
        ),
    },
    {
      id: 'delete-motd',
      name: 'Delete Message of the Day',
      run: () => words.deleteMotd().then(() => done()),
    },
    {
      id: 'set-welcome',
      name: 'Set Welcome Message',
      run: () =>
        ask(
          Welcome,
          { title: 'Setting the Welcome Message' },
          async ({ welcome }) => {
            await words.setWelcome({ body: body(welcome) })
            return done()
          },
          { welcome: linesOf(words.welcome()?.body) ?? [] },
        ),
    },
    {
      id: 'delete-welcome',
      name: 'Delete Welcome Message',
      run: () => words.setWelcome(undefined).then(() => done()),
    },
  ]
}

const stopWords: Readonly<Record<StopKind, string>> = {
  restart: 'Restarting the Service',
  shutdown: 'Shutting Down the Service',
}

/** Only where the process lets itself be stopped. */
function stopCommands({ host, clock, words }: ServiceParts): readonly AdminCommand[] {
  const { stopServer } = host
  if (!stopServer) return []
  return (['restart', 'shutdown'] as const).map(how => ({
    id: how,
    name: how === 'restart' ? 'Restart Service' : 'Shut Down Service',
    run: () =>
      ask(Stop, { title: stopWords[how] }, ({ delay, announcement }) => {
        if (announcement.length > 0) words.tellOnline({ body: announcement.join('\n') })
        // The answer goes out first.
        clock.after(Number(delay ?? 0) * 1000, () => stopServer(how))
        return done()
      }),
  }))
}

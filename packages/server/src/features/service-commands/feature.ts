/** Service administration by ad-hoc commands (XEP-0133). */
import { setting } from '../../config/setting.ts'
import { defineFeature } from '../../kernel/feature.ts'
import { administration } from '../administration/feature.ts'
import { announcements } from '../announcements/feature.ts'
import { commands } from '../commands/feature.ts'
import { lastLogin } from '../last-login/feature.ts'
import { roster } from '../roster/feature.ts'
import { serviceLists } from '../service-lists/feature.ts'
import { accountCommands } from './account-commands.ts'
import { adminNs } from './admin-forms.ts'
import { Population } from './population.ts'
import { queryCommands } from './query-commands.ts'
import { serviceCommands } from './service-commands.ts'

export const serviceAdministration = defineFeature({
  name: 'service-commands',
  implements: [
    {
      spec: 'XEP-0133',
      version: '1.3.1',
      coverage: 'complete',
      note: 'without rates of stanzas and logins per account',
    },
  ],
  needs: { administration, announcements, commands, lastLogin, roster, serviceLists },
  config: {
    maxListed: setting.count(5_000, 'Accounts shown in one list.', { min: 25, max: 100_000 }),
  },
  setup({ config, needs, host, clock }) {
    const admins = needs.administration
    const { maxListed } = config
    const all = [
      ...accountCommands(host, admins),
      ...queryCommands({
        host,
        admins,
        rosters: needs.roster,
        logins: needs.lastLogin,
        population: new Population(host),
        maxListed,
      }),
      ...serviceCommands({ host, clock, admins, words: needs.announcements, lists: needs.serviceLists }),
    ]
    for (const command of all)
      needs.commands.declare({
        node: `${adminNs}#${command.id}`,
        name: command.name,
        at: 'host',
        isUnlisted: command.isUnlisted,
        mayUse: ({ jid }) => admins.isAdmin(jid),
        run({ jid }) {
          host.log.info({ admin: jid, command: command.id }, 'Administration')
          return command.run()
        },
      })
    return {}
  },
})

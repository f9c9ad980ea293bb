/** The waxwing command as declared: each subcommand is a file in `commands/`. */

import { version } from '@waxwing/server'
import { Command } from 'commander'
import { addAccountCommands } from './commands/account.ts'
import { addClientCommands } from './commands/client.ts'
import { addControlCommands } from './commands/control.ts'
import { addDemoCommand } from './commands/demo.ts'
import { addDescribeCommand } from './commands/describe.ts'
import { addHistoryCommand } from './commands/history.ts'
import { addInviteCommand } from './commands/invite.ts'
import { addLogCommand } from './commands/log.ts'
import { addMetricsCommand } from './commands/metrics.ts'
import { addRegistryCommands } from './commands/registry.ts'
import { addRuleCommands } from './commands/rule.ts'
import { addSimulateCommand } from './commands/simulate.ts'
import { addStartCommand } from './commands/start.ts'
import { addThingCommands } from './commands/thing.ts'
import { addTreeCommand } from './commands/tree.ts'

/** A command that has not parsed anything yet. */
export function waxwing(): Command {
  const program = new Command('waxwing')
    .description('An XMPP server for people and things, and the tools to use it.')
    .version(version)
    .showHelpAfterError('(waxwing --help shows what there is)')
    .addHelpText(
      'after',
      `
Examples:
  waxwing start                                  serve localhost with a store and certificate of its own
  waxwing account add you@localhost              make an account; asks for the password
  waxwing read thing@localhost --as you@localhost
  waxwing start --config /etc/waxwing.toml       serve your own domains`,
    )
  addStartCommand(program)
  addAccountCommands(program)
  addInviteCommand(program)
  addClientCommands(program)
  addDescribeCommand(program)
  addTreeCommand(program)
  addHistoryCommand(program)
  addMetricsCommand(program)
  addControlCommands(program)
  addLogCommand(program)
  addRuleCommands(program)
  addRegistryCommands(program)
  addThingCommands(program)
  addDemoCommand(program)
  addSimulateCommand(program)
  return program
}

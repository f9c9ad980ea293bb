/** The waxwing command as declared: each subcommand is a file in `commands/`. */

import { version } from '@waxwing/server'
import { Command } from 'commander'
import { addAccountCommands } from './commands/account.ts'
import { addClientCommands } from './commands/client.ts'
import { addControlCommands } from './commands/control.ts'
import { addDemoCommand } from './commands/demo.ts'
import { addInviteCommand } from './commands/invite.ts'
import { addRegistryCommands } from './commands/registry.ts'
import { addRuleCommands } from './commands/rule.ts'
import { addStartCommand } from './commands/start.ts'

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
  addControlCommands(program)
  addRuleCommands(program)
  addRegistryCommands(program)
  addDemoCommand(program)
  return program
}

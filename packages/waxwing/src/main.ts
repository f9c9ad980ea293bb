/** The waxwing command. Each subcommand is a file in `commands/`. */

import { version } from '@waxwing/server'
import { Command } from 'commander'
import { addAccountCommands } from './commands/account.ts'
import { addClientCommands } from './commands/client.ts'
import { addDemoCommand } from './commands/demo.ts'
import { addStartCommand } from './commands/start.ts'
import { explain } from './explain.ts'

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
addClientCommands(program)
addDemoCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exitCode = 1
}

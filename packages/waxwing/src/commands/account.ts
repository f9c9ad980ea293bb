/** `waxwing account …`: works whether the server is running or not. */
import type { Command } from 'commander'
import { administer } from '../administration.ts'
import type { ControlRequest } from '../control.ts'
import { askPassword } from '../password.ts'
import { findPlace, type PlaceOptions } from '../setup.ts'

async function run(options: PlaceOptions, request: ControlRequest): Promise<void> {
  for (const line of await administer(findPlace(options), request)) process.stdout.write(`${line}\n`)
}

export function addAccountCommands(program: Command): void {
  const account = program
    .command('account')
    .description('Add, list and remove accounts, running server or not.')
    .addHelpText('after', '\nExample:\n  waxwing account list --data /var/lib/waxwing')
  const places = (command: Command): Command =>
    command
      .option('--config <file>', 'the configuration the server uses')
      .option('--data <folder>', 'the data folder the server uses')

  places(account.command('add <jid>'))
    .description('Make an account.')
    .option('--password <password>', 'asked for when left out')
    .addHelpText(
      'after',
      '\nExample:\n  waxwing account add thing@localhost --password "$(openssl rand -hex 16)"',
    )
    .action(async (jid: string, options: PlaceOptions & { password?: string }) =>
      run(options, {
        do: 'account add',
        jid,
        password: options.password ?? (await askPassword(`Password of ${jid}: `)),
      }),
    )
  places(account.command('password <jid>'))
    .description('Change the password of an account.')
    .option('--password <password>', 'asked for when left out')
    .addHelpText('after', '\nExample:\n  waxwing account password you@localhost')
    .action(async (jid: string, options: PlaceOptions & { password?: string }) =>
      run(options, {
        do: 'account password',
        jid,
        password: options.password ?? (await askPassword(`New password of ${jid}: `)),
      }),
    )
  places(account.command('remove <jid>'))
    .description('Remove an account with everything kept for it.')
    .addHelpText('after', '\nExample:\n  waxwing account remove thing@localhost')
    .action((jid: string, options: PlaceOptions) => run(options, { do: 'account remove', jid }))
  places(account.command('list'))
    .description('Show all accounts.')
    .addHelpText('after', '\nExample:\n  waxwing account list --config waxwing.toml')
    .action((options: PlaceOptions) => run(options, { do: 'account list' }))
}

/** `waxwing account …`: works whether the server is running or not. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { administer } from '../administration.ts'
import type { ControlRequest } from '../control.ts'
import { askPassword } from '../password.ts'
import { show } from '../progress.ts'
import { findPlace, type PlaceOptions } from '../setup.ts'

async function run(options: PlaceOptions, request: ControlRequest): Promise<void> {
  await show(administer(findPlace(options), request))
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
  places(account.command('export <folder> [accounts...]'))
    .description('Write accounts to files that other servers can read.')
    .addHelpText(
      'after',
      '\nExamples:\n  waxwing account export backup\n  waxwing account export mine you@localhost\n\nThe files hold keys to log in with: guard them as you guard the server.',
    )
    .action((folder: string, jids: readonly string[], options: PlaceOptions) =>
      run(options, { do: 'account export', folder: resolve(folder), jids }),
    )
  places(account.command('import <file>'))
    .description('Read accounts from an export (XEP-0227).')
    .addHelpText('after', '\nExample:\n  waxwing account import backup/server-data.xml')
    .action((file: string, options: PlaceOptions) =>
      run(options, { do: 'account import', file: resolve(file) }),
    )
  places(account.command('list'))
    .description('Show all accounts.')
    .addHelpText('after', '\nExample:\n  waxwing account list --config waxwing.toml')
    .action((options: PlaceOptions) => run(options, { do: 'account list' }))
}

/** `waxwing invite`: a link with which somebody makes an account. */
import { parseDuration } from '@waxwing/server'
import { type Command, InvalidArgumentError } from 'commander'
import { administer } from '../administration.ts'
import { show } from '../progress.ts'
import { findPlace, type PlaceOptions } from '../setup.ts'

interface InviteOptions extends PlaceOptions {
  readonly uses?: number
  readonly valid?: number
}

function usesIn(text: string): number {
  const uses = Number(text)
  if (!Number.isSafeInteger(uses) || uses < 1 || uses > 1_000_000)
    throw new InvalidArgumentError('Write a number from 1 to 1000000.')
  return uses
}

function durationIn(text: string): number {
  const found = parseDuration(text)
  if (found === undefined || found < 60_000) throw new InvalidArgumentError('Write a time as in 12h or 7d.')
  return found
}

export function addInviteCommand(program: Command): void {
  program
    .command('invite [to]')
    .description('Make a link with which somebody makes an account, of a given name if you like.')
    .option('--uses <number>', 'how many accounts may be made with it (1)', usesIn)
    .option('--valid <time>', 'how long it can be used, as in 12h or 30d (7d)', durationIn)
    .option('--config <file>', 'the configuration the server uses')
    .option('--data <folder>', 'the data folder the server uses')
    .addHelpText(
      'after',
      '\nExamples:\n  waxwing invite juliet@localhost\n  waxwing invite localhost --uses 30 --valid 1d',
    )
    .action(async (to: string | undefined, options: InviteOptions) => {
      const request = { do: 'invite', to, uses: options.uses, lifetimeMs: options.valid } as const
      await show(administer(findPlace(options), request))
    })
}

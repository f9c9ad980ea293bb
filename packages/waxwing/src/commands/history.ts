/** `waxwing history`: what a thing remembers, as a table, a picture, or for other programs. */
import { type HistoryPeriod, historyPeriods } from '@waxwing/protocol'
import { type HistoryOfOptions, history } from '@waxwing/things'
import type { Command } from 'commander'
import { CommandError } from '../explain.ts'
import { type LoginOptions, patience, withLogin } from '../login.ts'
import { addFormats, type Formats, told, wantedUnits } from '../telling.ts'
import { collect, withPeer } from './client.ts'

interface HistoryOptions extends LoginOptions, Formats {
  readonly field?: readonly string[]
  readonly node?: readonly string[]
  readonly from?: string
  readonly to?: string
  readonly last?: string
  readonly every?: string
}

export function addHistoryCommand(program: Command): void {
  const command = withLogin(program.command('history <jid>'))
    .description('Show what a thing remembers of its values.')
    .option('--field <name>', 'only this field; may be repeated', collect)
    .option('--node <id>', 'a node behind the thing; may be repeated', collect)
    .option('--last <span>', 'how far back, as in 7d, 12h or PT30M')
    .option('--from <time>', 'or from this moment on, as in 2026-11-01T00:00:00Z')
    .option('--to <time>', 'and up to this one')
    .option('--every <period>', `one value for each ${historyPeriods.slice(0, -1).join(', ')}`)
  addFormats(command)
    .addHelpText(
      'after',
      `
Examples:
  waxwing history meter@example.org --last 24h --chart --as you@example.org
  waxwing history meter@example.org --last 1y --every day --field Temperature --csv --as you@example.org`,
    )
    .action(showHistory)
}

async function showHistory(jid: string, options: HistoryOptions): Promise<void> {
  const { field, node, from, to, last } = options
  const asked: HistoryOfOptions = {
    timeoutMs: patience(options),
    ...(options.every === undefined ? {} : { every: periodOf(options.every) }),
    ...(field ? { fields: field } : {}),
    ...(node ? { nodes: node } : {}),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(last === undefined ? {} : { last }),
  }
  await withPeer(jid, options, async client => {
    const readout = wantedUnits(history(client, jid, asked), options)
    await told(jid, readout, options).catch((error: unknown) => {
      throw error instanceof TypeError ? new CommandError(error.message) : error
    })
  })
}

function periodOf(text: string): HistoryPeriod {
  const period = historyPeriods.find(one => one === text)
  if (period === undefined)
    throw new CommandError(`--every ${text}: give one of ${historyPeriods.join(', ')}.`)
  return period
}

/** `waxwing log`: who has set what of a thing. */
import { controlLog, type ToldRecord } from '@waxwing/things'
import { type Command, InvalidArgumentError } from 'commander'
import { inJson } from '../export-text.ts'
import { type LoginOptions, patience, withLogin } from '../login.ts'
import { waitingFor } from '../progress.ts'
import { hand, say } from '../terminal.ts'
import { withPeer } from './client.ts'

interface LogOptions extends LoginOptions {
  readonly last?: number
  readonly json?: boolean
}

export function addLogCommand(program: Command): void {
  withLogin(program.command('log <jid>'))
    .description('Show who has set what of a thing of yours.')
    .option('--last <number>', 'only so many, the newest ones', countFrom)
    .option('--json', 'one JSON object each: at, from, node, name, before, value, way, decision, error')
    .addHelpText('after', '\nExample:\n  waxwing log lamp@example.org --last 20 --as you@example.org')
    .action(showLog)
}

function countFrom(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('Write a number from 1.')
  return count
}

async function showLog(jid: string, options: LogOptions): Promise<void> {
  await withPeer(jid, options, async client => {
    const asking = controlLog(client, jid, { timeoutMs: patience(options) })
    const all = await waitingFor(`asking ${jid}`, asking)
    const wanted = all.slice(-(options.last ?? all.length))
    if (options.json) for (const record of wanted) hand(inJson(record))
    else for (const line of wanted.map(lineOf)) say(line)
    if (wanted.length === 0 && !options.json) say('Nothing was set lately.')
  })
}

function lineOf({ at, from, node, name, before, value, way, decision, error }: ToldRecord): string {
  const when = at.toISOString().slice(0, 19).replace('T', ' ')
  const what = `${node === undefined ? '' : `${node} `}${name}: ${before ?? '?'} → ${value}`
  const about = [
    `by ${way}`,
    ...(decision === undefined ? [] : [`allowed by ${decision}`]),
    ...(error === undefined ? [] : [`failed: ${error}`]),
  ]
  return `${when}  ${from}  ${what}  (${about.join(', ')})`
}

/** `waxwing set`: what can be set of a thing, and setting it. */
import type { Client } from '@waxwing/client'
import { type LaterOutcome, type Parameter, parameters, set, setLater } from '@waxwing/things'
import type { Command } from 'commander'
import { CommandError } from '../explain.ts'
import { inJson } from '../export-text.ts'
import { type LoginOptions, patience, withLogin } from '../login.ts'
import { waitingFor } from '../progress.ts'
import { say } from '../terminal.ts'
import { collect, withPeer } from './client.ts'

interface SetOptions extends LoginOptions {
  readonly node?: readonly string[]
  readonly json?: boolean
  readonly later?: string
}

export function addControlCommands(program: Command): void {
  withLogin(program.command('set <jid> [assignments...]'))
    .description('Set parameters of a thing; without any, show what can be set.')
    .option('--node <id>', 'a node behind the thing; may be repeated', collect)
    .option('--json', 'the parameters as JSON, one object each')
    .option('--later <span>', 'if the thing sleeps, when it wakes: it may wait so long, as in 12h or 3d')
    .addHelpText(
      'after',
      `
Examples:
  waxwing set lamp@example.org --as you@example.org
  waxwing set lamp@example.org Level=40 Output=true --as you@example.org
  waxwing set meter@example.org Pause=15 --later 12h --as you@example.org`,
    )
    .action(setThing)
}

async function setThing(jid: string, assignments: readonly string[], options: SetOptions): Promise<void> {
  const values = valuesIn(assignments)
  await withPeer(jid, options, async client => {
    const about = { timeoutMs: patience(options), ...(options.node ? { nodes: options.node } : {}) }
    if (assignments.length === 0) {
      const found = await waitingFor(`asking ${jid}`, parameters(client, jid, about))
      for (const line of options.json ? found.map(toJson) : toTable(found)) say(line)
      if (!options.json && found.length === 0) say('Nothing can be set.')
      return
    }
    if (options.later !== undefined) return setWhenAwake(client, jid, values, options)
    const done = await waitingFor(`setting ${jid}`, set(client, jid, values, about))
    const where = done.nodes.length === 0 ? '' : ` of ${done.nodes.map(({ id }) => id).join(', ')}`
    say(`Set: ${done.parameters.join(', ')}${where}`)
  })
}

/** What became of it is known at once where the thing is awake; else the settings wait, and we do not. */
async function setWhenAwake(
  client: Client,
  jid: string,
  values: Readonly<Record<string, string>>,
  options: SetOptions,
): Promise<void> {
  const order = sent(client, jid, values, options)
  const known = await waitingFor(
    `setting ${jid}`,
    Promise.race([order.outcome, client.ping(client.domain).then(() => awhile(patience(options)))]),
  )
  if (!known && client.presence.allOf(jid).length > 0)
    throw new CommandError(
      `${jid} is awake and says nothing to that. If it is no thing that sleeps, set it without --later.`,
    )
  if (!known) return say(`${jid} is told when it wakes.`)
  if (known.is !== 'done') throw new CommandError(`${jid} has not done it: ${known.why || known.is}`)
  say(`Set: ${Object.keys(values).join(', ')}`)
}

function sent(
  client: Client,
  jid: string,
  values: Readonly<Record<string, string>>,
  { later, node }: SetOptions,
): ReturnType<typeof setLater> {
  try {
    return setLater(client, jid, values, {
      ...(later === undefined ? {} : { within: later }),
      ...(node ? { nodes: node } : {}),
    })
  } catch (error) {
    throw error instanceof TypeError ? new CommandError(`--later: ${error.message}.`) : error
  }
}

/** Time for a thing that is awake to answer. */
const answerMs = 3_000

function awhile(most: number): Promise<LaterOutcome | undefined> {
  return new Promise(resolve => {
    setTimeout(() => resolve(undefined), Math.min(most, answerMs)).unref()
  })
}

function valuesIn(assignments: readonly string[]): Readonly<Record<string, string>> {
  const entries = assignments.map(assignment => {
    const at = assignment.indexOf('=')
    if (at < 1) throw new CommandError(`Write parameters as name=value; "${assignment}" is none.`)
    return [assignment.slice(0, at), assignment.slice(at + 1)] as const
  })
  return Object.fromEntries(entries)
}

function toJson({ options, ...parameter }: Parameter): string {
  return inJson({ ...parameter, options: options && Object.fromEntries(options) })
}

function toTable(found: readonly Parameter[]): readonly string[] {
  const rows = found.map(({ name, value = '', kind, label, min, max, options, readOnly }) => {
    const range = min === undefined && max === undefined ? '' : `${min ?? ''} … ${max ?? ''}`
    const choice = options ? [...options.keys()].join(' | ') : `${kind} ${range}`.trim()
    return [name, value, readOnly ? 'not to be set now' : choice, label]
  })
  const widths = [0, 1, 2].map(column => Math.max(0, ...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

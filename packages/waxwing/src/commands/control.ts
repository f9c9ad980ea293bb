/** `waxwing set`: what can be set of a thing, and setting it. */
import { type Parameter, parameters, set } from '@waxwing/things'
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
}

export function addControlCommands(program: Command): void {
  withLogin(program.command('set <jid> [assignments...]'))
    .description('Set parameters of a thing; without any, show what can be set.')
    .option('--node <id>', 'a node behind the thing; may be repeated', collect)
    .option('--json', 'the parameters as JSON, one object each')
    .addHelpText(
      'after',
      `
Examples:
  waxwing set lamp@example.org --as you@example.org
  waxwing set lamp@example.org Level=40 Output=true --as you@example.org`,
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
    const done = await waitingFor(`setting ${jid}`, set(client, jid, values, about))
    const where = done.nodes.length === 0 ? '' : ` of ${done.nodes.map(({ id }) => id).join(', ')}`
    say(`Set: ${done.parameters.join(', ')}${where}`)
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
  const rows = found.map(({ name, value = '', kind, label, min, max, options }) => {
    const range = min === undefined && max === undefined ? '' : `${min ?? ''} … ${max ?? ''}`
    return [name, value, options ? [...options.keys()].join(' | ') : `${kind} ${range}`.trim(), label]
  })
  const widths = [0, 1, 2].map(column => Math.max(0, ...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

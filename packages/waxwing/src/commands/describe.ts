/** `waxwing describe`: what a thing has, for people and as a W3C Thing Description. */
import { describe, type ThingDescription } from '@waxwing/things'
import type { Command } from 'commander'
import { CommandError } from '../explain.ts'
import { inJson, printable } from '../export-text.ts'
import { type LoginOptions, patience, withLogin } from '../login.ts'
import { waitingFor } from '../progress.ts'
import { hand, say } from '../terminal.ts'
import { withPeer } from './client.ts'

interface DescribeOptions extends LoginOptions {
  readonly node?: string
  readonly source?: string
  readonly title?: string
  readonly td?: boolean
}

export function addDescribeCommand(program: Command): void {
  withLogin(program.command('describe <jid>'))
    .description('Show what can be read, set and followed of a thing.')
    .option('--td', 'as a W3C Thing Description 1.1 (JSON-LD)')
    .option('--node <id>', 'a node behind the thing')
    .option('--source <id>', 'the data source of the node')
    .option('--title <text>', 'what it is called in the description')
    .addHelpText(
      'after',
      `
Examples:
  waxwing describe lamp@example.org --as you@example.org
  waxwing describe lamp@example.org --td --as you@example.org > lamp.td.jsonld`,
    )
    .action(describeThing)
}

async function describeThing(jid: string, options: DescribeOptions): Promise<void> {
  const { node, source, title, td } = options
  if (source !== undefined && node === undefined) throw new CommandError('--source belongs to --node.')
  await withPeer(jid, options, async client => {
    const about = {
      timeoutMs: patience(options),
      ...(node === undefined ? {} : { node: { id: node, source } }),
      ...(title === undefined ? {} : { title }),
    }
    const description = await waitingFor(`asking ${jid}`, describe(client, jid, about))
    if (td) return hand(inJson(description, 2))
    for (const line of toTable(description)) say(line)
  })
}

/** Name, type with its bounds, unit, and what can be done. */
function toTable({ properties }: ThingDescription): readonly string[] {
  const rows = Object.entries(properties).map(([name, property]) => {
    const { type, format, minimum, maximum, unit = '', observable } = property
    const isBounded = type === 'number' && (minimum !== undefined || maximum !== undefined)
    const bounds = isBounded ? ` ${minimum ?? ''} … ${maximum ?? ''}` : ''
    const choice = property.enum ? ` ${property.enum.join(' | ')}` : ''
    const can = [property.writeOnly ? '' : 'read', property.readOnly ? '' : 'set', observable ? 'watch' : '']
    return [name, `${format ?? type}${bounds}${choice}`, unit, can.filter(Boolean).join(', ')].map(printable)
  })
  const widths = [0, 1, 2].map(column => Math.max(0, ...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

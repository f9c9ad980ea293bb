/** `waxwing rule token`: the token of a certificate, for rules that name it. */
import { readFile } from 'node:fs/promises'
import { keyHolder } from '@waxwing/client-node'
import { tokenFor } from '@waxwing/things'
import type { Command } from 'commander'
import { CommandError } from '../explain.ts'
import { say } from '../terminal.ts'
import { patienceOf, type RuleOptions, withRules, withServer } from './rule.ts'

export function addTokenCommand(rule: Command): void {
  withServer(rule.command('token <certificate> <key>'))
    .description('Get the token that stands for a certificate in rules.')
    .addHelpText('after', '\nExample:\n  waxwing rule token meter.crt meter.key --as meter@example.org')
    .action(showToken)
}

async function showToken(certificate: string, key: string, options: RuleOptions): Promise<void> {
  const holder = await holderOf(certificate, key)
  await withRules(options, async (client, server) => {
    const token = await tokenFor(client, holder, { server, ...patienceOf(options) })
    say(token)
  })
}

async function holderOf(certificate: string, key: string): Promise<ReturnType<typeof keyHolder>> {
  const [shown, secret] = await Promise.all([certificate, key].map(textOf))
  try {
    return keyHolder(shown ?? '', secret ?? '')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandError(`${certificate} and ${key} are no certificate with its key: ${why}.`)
  }
}

function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw new CommandError(`${file} cannot be read.`)
  })
}

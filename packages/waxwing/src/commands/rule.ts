/** `waxwing rule`: who may do what with your things, why, and what another text would change. */
import { readFile } from 'node:fs/promises'
import type { Client } from '@waxwing/client'
import { bareOf, domainOf, type Jid, localOf } from '@waxwing/jid'
import {
  RULES_NS,
  type RuleChange,
  RuleChanges,
  RuleExplanation,
  RuleFaults,
  RuleQuestion,
  Rules,
  RulesTrial,
  type RuleVerb,
  StanzaError,
  ThingOwner,
} from '@waxwing/protocol'
import { readWire } from '@waxwing/xml'
import type { Command } from 'commander'
import { CommandError } from '../explain.ts'
import { addressOf, type LoginOptions, patience, withClient, withLogin } from '../login.ts'
import { waitingFor } from '../progress.ts'
import { hand, say } from '../terminal.ts'
import { collect } from './client.ts'
import { addAnswerCommands } from './rule-answers.ts'
import { addTokenCommand } from './rule-token.ts'

export interface RuleOptions extends LoginOptions {
  readonly server?: string
}

interface SetOptions extends RuleOptions {
  readonly dryRun?: boolean
}

interface ExplainOptions extends RuleOptions {
  readonly control?: boolean
  readonly befriend?: boolean
  readonly use?: boolean
  readonly node?: string
  readonly token?: readonly string[]
}

export function addRuleCommands(program: Command): void {
  const rule = program
    .command('rule')
    .description('Say who may read and control your things, and hear why.')
    .addHelpText('after', '\nExample:\n  waxwing rule set my.rules --as you@example.org')
  withServer(rule.command('list'))
    .description('Show your rules as you wrote them.')
    .addHelpText('after', '\nExample:\n  waxwing rule list --as you@example.org')
    .action(listRules)
  withServer(rule.command('set <file>'))
    .description('Replace your rules by a file, and show what that changes.')
    .option('--dry-run', 'only show what it would change')
    .addHelpText('after', '\nExample:\n  waxwing rule set my.rules --dry-run --as you@example.org')
    .action(setRules)
  withServer(rule.command('explain <caller> <thing> [field]'))
    .description('Say whether somebody may read a thing, and why.')
    .option('--control', 'set a parameter instead')
    .option('--befriend', 'see its presence instead')
    .option('--use', 'use a service instead; the field is a privilege then')
    .option('--node <id>', 'of a node behind the thing')
    .option('--token <token>', 'with a token; may be repeated', collect)
    .addHelpText(
      'after',
      '\nExample:\n  waxwing rule explain ann@example.org boiler@example.org Temperature --as you@example.org',
    )
    .action(explainRule)
  withServer(rule.command('owner [jid]'))
    .description('As a thing: say or show whose rules it goes by.')
    .addHelpText(
      'after',
      `
The owner's rules have to name the thing, too: own boiler@example.org

Example:
  waxwing rule owner you@example.org --as boiler@example.org`,
    )
    .action(nameOwner)
  addAnswerCommands(rule)
  addTokenCommand(rule)
}

export function withServer(command: Command): Command {
  return withLogin(command).option(
    '--server <domain>',
    'the provisioning server, when not that of your domain',
  )
}

async function listRules(options: RuleOptions): Promise<void> {
  await withRules(options, async (client, server) => {
    const { text } = await client.iq.get(Rules, server, {}, Rules, patienceOf(options))
    if (text !== '') hand(text.replace(/\n$/, ''))
  })
}

async function setRules(file: string, options: SetOptions): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CommandError(`${file} cannot be read.`)
  })
  await withRules(options, async (client, server) => {
    const { changes, isComplete } = await inFile(
      file,
      client.iq.get(RulesTrial, server, { text }, RuleChanges, patienceOf(options)),
    )
    for (const change of changes) say(changeLine(change, text))
    if (!isComplete) say('There may be further changes: not everything was tried.')
    if (changes.length === 0 && isComplete) say('Nobody may do anything else than before.')
    if (options.dryRun) return
    await inFile(file, client.iq.set(Rules, server, { text }, undefined, patienceOf(options)))
    say('The rules are set.')
  })
}

function changeLine({ who, verb, what, isAllowed, line }: RuleChange, text: string): string {
  const rule = line === undefined ? 'no rule is about it' : `line ${line}: ${lineOf(text, line)}`
  return `${isAllowed ? '+' : '-'} ${who} may ${isAllowed ? '' : 'no longer '}${verb} ${what} (${rule})`
}

function lineOf(text: string, line: number): string {
  return text.split('\n')[line - 1]?.trim() ?? ''
}

function verbOf({ befriend, control, use }: ExplainOptions): RuleVerb {
  if (befriend) return 'befriend'
  if (use) return 'use'
  return control ? 'control' : 'read'
}

async function explainRule(
  caller: string,
  thing: string,
  name: string | undefined,
  options: ExplainOptions,
): Promise<void> {
  const verb = verbOf(options)
  const question = {
    caller: addressOf(caller),
    thing: bareOf(addressOf(thing)),
    verb,
    name,
    node: options.node,
    tokens: options.token ?? [],
  }
  await withRules(options, async (client, server) => {
    const found = await client.iq.get(RuleQuestion, server, question, RuleExplanation, patienceOf(options))
    const what = [name, 'of', thing].slice(name === undefined ? 2 : 0).join(' ')
    say(`${caller} may ${found.isAllowed ? '' : 'not '}${verb} ${what}.`)
    say(found.why)
    if (found.rule !== undefined) say(`  line ${found.line}: ${found.rule}`)
    if (found.others.length > 0) say('What does not decide:')
    for (const { line, rule, why } of found.others) {
      say(`  line ${line}: ${rule}`)
      say(`    ${why}`)
    }
  })
}

async function nameOwner(jid: string | undefined, options: RuleOptions): Promise<void> {
  await withRules(options, async (client, server) => {
    if (jid !== undefined)
      await client.iq.set(ThingOwner, server, { jid: bareOf(addressOf(jid)) }, undefined, patienceOf(options))
    const owner = await client.iq.get(ThingOwner, server, {}, ThingOwner, patienceOf(options))
    say(`${client.account} goes by the rules of ${owner.jid ?? client.account}.`)
  })
}

export function patienceOf(options: LoginOptions): { readonly timeoutMs: number } {
  return { timeoutMs: patience(options) }
}

export async function withRules(
  options: RuleOptions,
  use: (client: Client, server: Jid) => Promise<void>,
): Promise<void> {
  await withClient(options, async client => {
    const server = await waitingFor('looking for the provisioning server', serverOf(client, options))
    await use(client, server).catch((error: unknown) => {
      if (!(error instanceof StanzaError)) throw error
      const { condition, text } = error
      throw new CommandError(`${server} answered ${condition}${text === undefined ? '' : `: ${text}`}`)
    })
  })
}

/** The one that was named, or the first among the items of the own server that keeps rules. */
async function serverOf(client: Client, options: RuleOptions): Promise<Jid> {
  if (options.server !== undefined) return addressOf(options.server)
  const domain = domainOf(addressOf(client.jid))
  const items = await client.disco.items(domain, patienceOf(options))
  for (const { jid } of items) {
    if (localOf(jid) !== undefined) continue
    const keepsRules = await client.disco.supports(jid, RULES_NS, patienceOf(options)).catch(() => false)
    if (keepsRules) return jid
  }
  throw new CommandError(`${domain} has no provisioning server; --server names one.`)
}

/** Says where in the file something is wrong, if that is what the server answers. */
async function inFile<T>(file: string, asking: Promise<T>): Promise<T> {
  try {
    return await asking
  } catch (error) {
    const app = error instanceof StanzaError ? error.app : undefined
    if (app?.ns !== RULES_NS || app.name !== RuleFaults.name) throw error
    const places = readWire(RuleFaults, app).faults.map(
      ({ line, column, text }) => `${file}:${line}:${column}: ${text}.`,
    )
    throw new CommandError(places.join('\n'))
  }
}

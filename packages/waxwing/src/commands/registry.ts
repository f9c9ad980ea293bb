/** `waxwing claim` and `waxwing registry`: owning things, and finding them. */
import type { Client } from '@waxwing/client'
import { StanzaError } from '@waxwing/protocol'
import {
  claim,
  disown,
  type FoundThing,
  LinkError,
  owned,
  parseCondition,
  parseSearchLink,
  remove,
  search,
} from '@waxwing/things'
import type { Command } from 'commander'
import { CommandError } from '../explain.ts'
import { inJson } from '../export-text.ts'
import { addressOf, type LoginOptions, patience, withClient, withLogin } from '../login.ts'
import { waitingFor } from '../progress.ts'
import { hand, say } from '../terminal.ts'

interface RegistryOptions extends LoginOptions {
  readonly registry?: string
  readonly public?: boolean
  readonly node?: string
  readonly json?: boolean
}

export function addRegistryCommands(program: Command): void {
  withRegistry(program.command('claim <link>'))
    .description('Make a thing yours, by the link on its label.')
    .option('--public', 'let everybody find it')
    .addHelpText(
      'after',
      `
Example:
  waxwing claim "iotdisco:SN=4711;MAN=example.org;KEY=…" --as you@example.org`,
    )
    .action(claimThing)
  const registry = program
    .command('registry')
    .description('Find things, and manage your own.')
    .addHelpText('after', '\nExample:\n  waxwing registry list --as you@example.org')
  withRegistry(registry.command('search <conditions...>'))
    .description('Find public things. Conditions are as in MAN=example.org, SN~47*, "V>=1.5".')
    .option('--json', 'one JSON object per thing: jid, node, owner, meta')
    .addHelpText(
      'after',
      '\nExample:\n  waxwing registry search MODEL=Lamp CITY=Verona "V>=1.5" --as you@example.org',
    )
    .action(searchThings)
  withRegistry(registry.command('list'))
    .description('List the things that are yours.')
    .option('--json', 'one JSON object per thing: jid, node, owner, meta')
    .addHelpText('after', '\nExample:\n  waxwing registry list --as you@example.org')
    .action(listThings)
  withRegistry(registry.command('remove <jid>'))
    .description('Take a thing of yours out of the searches; it stays yours.')
    .option('--node <id>', 'a node behind the thing')
    .addHelpText('after', '\nExample:\n  waxwing registry remove lamp@example.org --as you@example.org')
    .action((jid: string, options: RegistryOptions) => give(jid, options, remove, 'is not found any more'))
  withRegistry(registry.command('disown <jid>'))
    .description('Give a thing away, which must be online: whoever has its new key may claim it.')
    .option('--node <id>', 'a node behind the thing')
    .addHelpText('after', '\nExample:\n  waxwing registry disown lamp@example.org --as you@example.org')
    .action((jid: string, options: RegistryOptions) => give(jid, options, disown, 'is not yours any more'))
}

function withRegistry(command: Command): Command {
  return withLogin(command).option('--registry <jid>', 'the registry to ask instead of that of your server')
}

async function claimThing(link: string, options: RegistryOptions): Promise<void> {
  await withRegistryClient(options, async client => {
    const about = { ...aboutOf(options), isPublic: options.public ?? false }
    const claimed = await waitingFor('claiming', claim(client, link, about)).catch((error: unknown) => {
      if (!(error instanceof StanzaError && error.condition === 'item-not-found')) throw error
      throw new CommandError('There is no such thing, or it has an owner already.')
    })
    const what = claimed.node === undefined ? claimed.jid : `${claimed.jid} ${claimed.node.id}`
    say(`${what} is yours${claimed.isPublic ? ', and everybody can find it' : ''}.`)
    // It knows by now whose it is. Nobody waits for its answer: that stays in the roster.
    client.roster.request(claimed.jid).catch(() => undefined)
    say(`Read it: waxwing read ${claimed.jid} --as ${client.account}`)
  })
}

async function searchThings(conditions: readonly string[], options: RegistryOptions): Promise<void> {
  const all = readLink(() =>
    conditions.flatMap(text =>
      /^iotdisco[:;]/i.test(text) ? parseSearchLink(text).conditions : [parseCondition(text)],
    ),
  )
  await withRegistryClient(options, client => show(search(client, all, aboutOf(options)), options))
}

async function listThings(options: RegistryOptions): Promise<void> {
  await withRegistryClient(options, client => show(owned(client, aboutOf(options)), options))
}

async function give(
  jid: string,
  options: RegistryOptions,
  act: typeof remove,
  outcome: string,
): Promise<void> {
  addressOf(jid)
  await withRegistryClient(options, async client => {
    const about = { ...aboutOf(options), node: options.node }
    await waitingFor(`asking for ${jid}`, act(client, jid, about)).catch((error: unknown) => {
      if (!(error instanceof StanzaError && error.condition === 'item-not-found')) throw error
      throw new CommandError(`The registry knows no ${jid} of yours; "waxwing registry list" shows what is.`)
    })
    say(`${jid} ${outcome}.`)
  })
}

async function show(things: AsyncIterable<FoundThing>, { json = false }: RegistryOptions): Promise<void> {
  let count = 0
  for await (const { jid, node, owner, meta } of things) {
    count++
    if (json) hand(inJson({ jid, node: node ?? null, owner: owner ?? null, meta }))
    else
      say(
        [
          jid,
          ...(node ? [node.id] : []),
          ...Object.entries(meta).map(([name, value]) => `${name}=${value}`),
        ].join('  '),
      )
  }
  if (count === 0 && !json) say('No things were found.')
}

/** Errors of the registry are told as its own. */
async function withRegistryClient(
  options: RegistryOptions,
  use: (client: Client) => Promise<void>,
): Promise<void> {
  await withClient(options, client =>
    use(client).catch((error: unknown) => {
      if (error instanceof LinkError) throw new CommandError(`${error.message}.`)
      if (!(error instanceof StanzaError)) throw error
      const { condition, text } = error
      throw new CommandError(`The registry answered ${condition}${text === undefined ? '' : `: ${text}`}`)
    }),
  )
}

function readLink<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof LinkError) throw new CommandError(`${error.message}.`)
    throw error
  }
}

function aboutOf(options: RegistryOptions): { registry: string | undefined; timeoutMs: number } {
  const { registry } = options
  if (registry !== undefined) addressOf(registry)
  return { registry, timeoutMs: patience(options) }
}

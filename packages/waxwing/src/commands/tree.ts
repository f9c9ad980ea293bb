/** `waxwing tree`: what a concentrator has behind it, and what happens there. */
import type { Client } from '@waxwing/client'
import type { DataSourceInfo } from '@waxwing/protocol'
import { type Concentrator, concentrator, type SourceNews, type WalkOptions } from '@waxwing/things'
import type { Command } from 'commander'
import { CommandError } from '../explain.ts'
import { type LoginOptions, patience, withLogin } from '../login.ts'
import { waitingFor } from '../progress.ts'
import { hand, say } from '../terminal.ts'
import { Branches, newsJson, newsLine, nodeJson, sourceLine } from '../tree-text.ts'
import { withPeer } from './client.ts'

interface TreeOptions extends LoginOptions {
  readonly source?: string
  readonly node?: string
  readonly depth?: string
  readonly parameters?: boolean
  readonly watch?: boolean
  readonly json?: boolean
}

type News = AsyncIterable<SourceNews>

export function addTreeCommand(program: Command): void {
  withLogin(program.command('tree <jid>'))
    .description('Show the nodes of a concentrator.')
    .option('--source <id>', 'only this data source')
    .option('--node <id>', 'only what stands below this node')
    .option('--depth <levels>', 'how many levels; all when left out')
    .option('--parameters', 'with what the nodes tell of themselves')
    .option('--watch', 'then show what happens, until Ctrl-C')
    .option('--json', 'one JSON object per node, and per event')
    .addHelpText(
      'after',
      `
Examples:
  waxwing tree gateway@example.org --as you@example.org
  waxwing tree gateway@example.org --source MeteringTopology --depth 2 --watch --as you@example.org`,
    )
    .action(showTree)
}

async function showTree(jid: string, options: TreeOptions): Promise<void> {
  const walk = walkOf(options)
  await withPeer(jid, options, async client => {
    const ending = new AbortController()
    const lang = language()
    const gateway = concentrator(client, jid, {
      timeoutMs: patience(options),
      ...(lang === undefined ? {} : { lang }),
    })
    const found = await waitingFor(`asking ${jid}`, sourcesOf(gateway, jid, options))
    // Before the nodes are looked at: what changes meanwhile is told behind them.
    const news = options.watch ? await subscribed(gateway, found, ending.signal) : []
    for (const source of found) await showSource(gateway, source, walk, options)
    if (options.watch) await watchAll(client, news, ending, options)
  })
}

function walkOf({ node, depth, parameters = false }: TreeOptions): WalkOptions {
  const levels = Number(depth)
  if (depth !== undefined && !(Number.isInteger(levels) && levels > 0))
    throw new CommandError(`--depth ${depth}: give a number of levels, as in 2.`)
  return {
    parameters,
    ...(node === undefined ? {} : { parent: node }),
    ...(depth === undefined ? {} : { depth: levels }),
  }
}

/** What people speak here, as in `de`; `undefined`: it is not said. */
function language(): string | undefined {
  return /^([a-z]{2,3})(?:_|\.|$)/.exec(process.env.LC_ALL || process.env.LANG || '')?.[1]
}

async function sourcesOf(
  gateway: Concentrator,
  jid: string,
  { source, node }: TreeOptions,
): Promise<readonly DataSourceInfo[]> {
  const all = await gateway.sources()
  const found = source === undefined ? all : all.filter(one => one.source === source)
  if (source !== undefined && found.length === 0)
    throw new CommandError(`${jid} has no data source ${source} that you may see.`)
  if (node === undefined) return found
  const having: DataSourceInfo[] = []
  for (const one of found) if (await gateway.node({ id: node, source: one.source }).exists()) having.push(one)
  if (having.length === 0) throw new CommandError(`${jid} has no node ${node} that you may see.`)
  return having
}

async function showSource(
  gateway: Concentrator,
  source: DataSourceInfo,
  walk: WalkOptions,
  { json = false }: TreeOptions,
): Promise<void> {
  if (!json) say(sourceLine(source))
  const branches = new Branches()
  for await (const node of gateway.walk({ ...walk, source: source.source })) {
    if (json) hand(nodeJson(node))
    else for (const line of branches.linesFor(node)) say(line)
  }
}

function subscribed(
  gateway: Concentrator,
  sources: readonly DataSourceInfo[],
  signal: AbortSignal,
): Promise<readonly News[]> {
  return Promise.all(
    sources.map(({ source }) => gateway.subscribe({ source, messages: true, parameters: true, signal })),
  )
}

/** Ends with Ctrl-C, or with the connection. */
async function watchAll(
  client: Client,
  all: readonly News[],
  ending: AbortController,
  { json = false }: TreeOptions,
): Promise<void> {
  process.once('SIGINT', () => ending.abort())
  const off = client.on('state', ({ state }) => {
    if (state !== 'online') ending.abort(new CommandError('The connection was lost.'))
  })
  const follow = async (news: News): Promise<void> => {
    for await (const one of news) {
      if (json) hand(newsJson(one))
      else say(newsLine(one))
    }
  }
  try {
    await Promise.all(all.map(follow))
  } catch (error) {
    if (!ending.signal.aborted || error instanceof CommandError) throw error
  } finally {
    off()
  }
}

/** `waxwing read | watch | send | ping | disco`: what anybody with an account can do. */

import type { Client } from '@waxwing/client'
import { isFull, parseJid } from '@waxwing/jid'
import { StanzaError } from '@waxwing/protocol'
import { lastKnown, type Reading, read, sleepOf, UnreachableError, watch } from '@waxwing/things'
import type { Command } from 'commander'
import { CommandError } from '../explain.ts'
import { inJson } from '../export-text.ts'
import { addressOf, type LoginOptions, patience, withClient, withLogin } from '../login.ts'
import { waitingFor } from '../progress.ts'
import { toJson, toTable } from '../readings.ts'
import { addFormats, type Formats, told, wantedUnits } from '../telling.ts'
import { complain, hand, say } from '../terminal.ts'

interface ReadOptions extends LoginOptions, Formats {
  readonly field?: readonly string[]
  readonly node?: readonly string[]
  readonly from?: string
  readonly to?: string
  readonly all?: boolean
  readonly ask?: boolean
}

export function addClientCommands(program: Command): void {
  addFormats(withLogin(program.command('read <jid>')))
    .description('Read the sensor values of a thing.')
    .option('--field <name>', 'only this field; may be repeated', collect)
    .option('--node <id>', 'a node behind the thing; may be repeated', collect)
    .option('--all', 'every kind of value, not only the current ones')
    .option('--from <time>', 'history from this moment on, as in 2026-11-01T00:00:00Z')
    .option('--to <time>', 'history up to this moment')
    .option('--ask', 'ask the thing first to let us see it; needed once, it stays in the roster')
    .addHelpText(
      'after',
      `
Examples:
  waxwing read computer@localhost --as you@localhost
  waxwing read meter@example.org --as you@example.org --ask
  waxwing read meter@example.org --as you@example.org --field Temperature --json`,
    )
    .action(readThing)
  withLogin(program.command('watch <jid>'))
    .description('Show the values of a thing as they change, until Ctrl-C.')
    .option('--field <name>', 'only this field; may be repeated', collect)
    .option('--node <id>', 'a node behind the thing; may be repeated', collect)
    .option('--json', 'one JSON object per value: name, value, unit, timestamp, node')
    .addHelpText('after', '\nExample:\n  waxwing watch computer@localhost --as you@localhost')
    .action(watchThing)
  withLogin(program.command('send <jid> <text>'))
    .description('Send a message.')
    .addHelpText('after', '\nExample:\n  waxwing send friend@example.org "Tea is ready" --as you@example.org')
    .action(sendMessage)
  withLogin(program.command('ping <jid>'))
    .description('Ask whether somebody is there, and how fast.')
    .addHelpText('after', '\nExample:\n  waxwing ping example.org --as you@example.org')
    .action(ping)
  withLogin(program.command('disco <jid>'))
    .description('Show what an address is and can do.')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  waxwing disco localhost --as you@localhost')
    .action(disco)
}

export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** Logs in for a conversation with `jid`; an error it answers is told as its own. */
export async function withPeer(
  jid: string,
  options: LoginOptions,
  use: (client: Client) => Promise<void>,
): Promise<void> {
  addressOf(jid)
  await withClient(options, client =>
    use(client).catch((error: unknown) => {
      if (isUnseen(client, jid, error))
        throw new CommandError(
          `${jid} is off, or does not let you see it; "waxwing read ${jid} --ask" asks it to.`,
        )
      if (!(error instanceof StanzaError)) throw error
      const { condition, text } = error
      throw new CommandError(`${jid} answered ${condition}${text === undefined ? '' : `: ${text}`}`)
    }),
  )
}

interface WatchOptions extends LoginOptions {
  readonly field?: readonly string[]
  readonly node?: readonly string[]
  readonly json?: boolean
}

/** Ends with Ctrl-C. */
async function watchThing(jid: string, options: WatchOptions): Promise<void> {
  const { field, node } = options
  await withPeer(jid, options, async client => {
    const ending = new AbortController()
    process.once('SIGINT', () => ending.abort())
    const about = {
      ...(field ? { fields: field } : {}),
      ...(node ? { nodes: node } : {}),
      types: current,
      signal: ending.signal,
    }
    try {
      for await (const reading of watch(client, jid, about)) {
        if (reading.kind === 'error') complain(`${jid}: ${reading.text}`)
        else if (options.json) hand(toJson(reading))
        else for (const line of toTable([reading])) say(line)
      }
    } catch (error) {
      if (ending.signal.aborted) return
      throw isUnseen(client, jid, error) ? new CommandError(unseen(jid)) : error
    }
  })
}

async function readThing(jid: string, options: ReadOptions): Promise<void> {
  const { field, node, from, to } = options
  const isHistory = from !== undefined || to !== undefined
  await withPeer(jid, options, async client => {
    const readout = read(client, jid, {
      ...(field ? { fields: field } : {}),
      ...(node ? { nodes: node } : {}),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      types: options.all ? 'all' : isHistory ? ['historical'] : current,
      timeoutMs: patience(options),
    })
    if (options.ask) await askToSee(client, jid, patience(options))
    const mayBeKept = !isHistory && node === undefined
    const readings = mayBeKept ? awakeOrKept(client, jid, readout, options) : readout
    await told(jid, wantedUnits(readings, options), options).catch((error: unknown) => {
      throw isUnseen(client, jid, error) ? new CommandError(unseen(jid)) : error
    })
  })
}

/** What a thing tells; of one that sleeps its last values. */
async function* awakeOrKept(
  client: Client,
  jid: string,
  readout: AsyncIterable<Reading>,
  options: ReadOptions,
): AsyncGenerator<Reading, void, undefined> {
  try {
    yield* readout
  } catch (error) {
    const timeoutMs = patience(options)
    const nap = isUnseen(client, jid, error) ? await sleepOf(client, jid, { timeoutMs }) : undefined
    if (!nap) throw error
    const { keeper, until } = nap
    const sleeps = `${jid} sleeps${until ? ` until ${until.toISOString()}` : ''}`
    if (keeper === undefined) throw new CommandError(`${sleeps}, and nobody keeps its values.`)
    complain(`${sleeps}; ${keeper} knows its last values.`)
    yield* lastKnown(client, jid, {
      ...(options.field ? { fields: options.field } : {}),
      keeper,
      timeoutMs,
    })
  }
}

/** Asks for a subscription and waits for the answer. @throws CommandError when it is no, or none comes */
async function askToSee(client: Client, jid: string, timeoutMs: number): Promise<void> {
  const answer = await waitingFor(`asking ${jid}`, client.roster.request(jid, { timeoutMs }))
  if (answer === 'declined') throw new CommandError(`${jid} does not let ${client.account} see it.`)
  if (answer === 'pending')
    throw new CommandError(
      `${jid} has not answered yet whether ${client.account} may see it; it keeps the question.`,
    )
}

/** Whether a readout failed because the presence of the thing is not shown to us. */
function isUnseen(client: Client, jid: string, error: unknown): boolean {
  // Where somebody has answered that it cannot be reached, that is the cause.
  if (!(error instanceof UnreachableError) || error.cause !== undefined || isFull(parseJid(jid))) return false
  return client.presence.allOf(jid).length === 0
}

function unseen(jid: string): string {
  return `${jid} is off, or does not let you see it; --ask asks it to.`
}

/** What a thing can say of now. */
const current = ['momentary', 'peak', 'status', 'computed', 'identity'] as const

async function sendMessage(jid: string, text: string, options: LoginOptions): Promise<void> {
  await withPeer(jid, options, async client => {
    client.chat.send(jid, text)
    // The answer to a later request shows that the server has taken the message.
    await waitingFor('sending', client.ping(client.domain))
  })
}

async function ping(jid: string, options: LoginOptions): Promise<void> {
  await withPeer(jid, options, async client => {
    const before = performance.now()
    await waitingFor(`asking ${jid}`, client.ping(jid, { timeoutMs: patience(options) }))
    say(`${jid} answered in ${(performance.now() - before).toFixed(1)} ms`)
  })
}

async function disco(jid: string, options: LoginOptions & { readonly json?: boolean }): Promise<void> {
  await withPeer(jid, options, async client => {
    const limits = { timeoutMs: patience(options) }
    const info = await waitingFor(`asking ${jid}`, client.disco.info(jid, limits))
    const items = await client.disco.items(jid, limits).catch(() => undefined)
    const found = items ?? []
    if (options.json)
      return hand(inJson({ identities: info.identities, features: info.features, items: found }))
    for (const { category, type, name } of info.identities ?? [])
      say(`${category}/${type}${name ? `  ${name}` : ''}`)
    for (const feature of info.features ?? []) say(`  ${feature}`)
    for (const item of found)
      say(`→ ${item.jid}${item.node ? ` ${item.node}` : ''}${item.name ? `  ${item.name}` : ''}`)
  })
}

/** `waxwing metrics`: what things measure, for monitoring that scrapes OpenMetrics. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Client } from '@waxwing/client'
import { type Reading, read } from '@waxwing/things'
import type { Command } from 'commander'
import { CommandError } from '../explain.ts'
import { addressOf, type LoginOptions, patience, withClient, withLogin } from '../login.ts'
import { openMetrics, openMetricsType, type ReadThing } from '../openmetrics.ts'
import { complain, say } from '../terminal.ts'
import { untilStopped } from './start.ts'

interface MetricsOptions extends LoginOptions {
  readonly listen: string
  readonly every: string
  readonly field?: readonly string[]
  readonly node?: readonly string[]
}

/** Things in one exporter. */
const mostThings = 1_000
/** Readings of one thing. */
const mostReadings = 10_000
/** Scrapes at a time. */
const mostConnections = 32

const types = ['momentary', 'peak', 'status', 'computed', 'identity'] as const

export function addMetricsCommand(program: Command): void {
  withLogin(program.command('metrics <jid...>'))
    .description('Serve what things measure as OpenMetrics, for Prometheus and others, until Ctrl-C.')
    .option('--listen <address>', 'where to serve it, at /metrics', '127.0.0.1:9400')
    .option('--every <seconds>', 'things are read no more often than this, however often it is asked', '15')
    .option('--field <name>', 'only this field; may be repeated', collected)
    .option('--node <id>', 'a node behind the things; may be repeated', collected)
    .addHelpText(
      'after',
      `
Examples:
  waxwing metrics meter@example.org lamp@example.org --as you@example.org
  waxwing metrics meter@example.org --listen 127.0.0.1:9401 --every 60 --as you@example.org`,
    )
    .action(serveMetrics)
}

function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

async function serveMetrics(jids: readonly string[], options: MetricsOptions): Promise<void> {
  if (jids.length > mostThings) throw new CommandError(`No more than ${mostThings} things at a time.`)
  for (const jid of jids) addressOf(jid)
  const everyMs = secondsOf(options.every) * 1_000
  const { host, port } = listenAddress(options.listen)
  await withClient(options, async client => {
    const stopped = untilStopped()
    const latest = new Latest(() => readAll(client, jids, options), everyMs)
    const server = createServer((request, response) => {
      answer(request, response, latest).catch((error: unknown) => failed(response, error))
    })
    const address = await listening(server, host, port)
    say(`OpenMetrics of ${jids.join(', ')} at http://${address}/metrics`)
    await stopped
    server.close()
    server.closeAllConnections()
  })
}

function secondsOf(text: string): number {
  const seconds = Number(text)
  if (!(seconds >= 1) || seconds > 86_400) throw new CommandError(`--every ${text}: give seconds, as in 15.`)
  return seconds
}

function listenAddress(text: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^(?:\[?([^\]]+?)\]?:)?(\d{1,5})$/.exec(text) ?? []
  if (port === undefined || Number(port) > 65_535)
    throw new CommandError(`--listen ${text}: give an address and a port, as in 127.0.0.1:9400.`)
  return { host: host ?? '127.0.0.1', port: Number(port) }
}

function listening(server: Server, host: string, port: number): Promise<string> {
  server.maxConnections = mostConnections
  server.headersTimeout = 5_000
  server.requestTimeout = 5_000
  return new Promise((resolve, reject) => {
    server.once('error', error =>
      reject(new CommandError(`Cannot listen at ${host}:${port}: ${error.message}`)),
    )
    server.listen(port, host, () => {
      const { address, family, port: bound } = server.address() as AddressInfo
      resolve(`${family === 'IPv6' ? `[${address}]` : address}:${bound}`)
    })
  })
}

/** A web page may lead a name of its own to this machine, and read what it is told: then the name is not ours. */
function isMisled({ socket, headers }: IncomingMessage): boolean {
  const isLocal = /^(?:::ffff:)?127\.|^::1$/.test(socket.localAddress ?? '')
  return isLocal && !/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(headers.host ?? '')
}

async function answer(request: IncomingMessage, response: ServerResponse, latest: Latest): Promise<void> {
  if (isMisled(request)) {
    response.writeHead(421, { 'content-type': 'text/plain; charset=utf-8' })
    response.end('Ask for localhost.\n')
    return
  }
  const [path] = (request.url ?? '').split('?')
  const isKnown = path === '/metrics' || path === '/'
  if (!isKnown || (request.method !== 'GET' && request.method !== 'HEAD')) {
    response.writeHead(isKnown ? 405 : 404, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(isKnown ? 'GET only.\n' : 'It is at /metrics.\n')
    return
  }
  const text = await latest.text()
  response.writeHead(200, { 'content-type': openMetricsType, 'content-length': text.length })
  response.end(request.method === 'HEAD' ? undefined : text)
}

/** Whatever a thing tells, the others are scraped again. */
function failed(response: ServerResponse, error: unknown): void {
  complain(`A scrape failed: ${error instanceof Error ? error.message : String(error)}`)
  if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' })
  response.end('It failed.\n')
}

/** The last answer; who asks meanwhile waits for the same readout. Those who are slow to take it hold it once in all. */
class Latest {
  readonly #read: () => Promise<readonly ReadThing[]>
  readonly #everyMs: number
  #at = Number.NEGATIVE_INFINITY
  #text: Promise<Buffer> = Promise.resolve(Buffer.alloc(0))

  constructor(read: () => Promise<readonly ReadThing[]>, everyMs: number) {
    this.#read = read
    this.#everyMs = everyMs
  }

  text(): Promise<Buffer> {
    if (performance.now() - this.#at >= this.#everyMs) {
      this.#at = performance.now()
      this.#text = this.#read().then(things => Buffer.from(openMetrics(things)))
    }
    return this.#text
  }
}

function readAll(
  client: Client,
  jids: readonly string[],
  options: MetricsOptions,
): Promise<readonly ReadThing[]> {
  return Promise.all(jids.map(jid => readThing(client, jid, options)))
}

/** Never rejects: a thing that cannot be read is down. */
async function readThing(client: Client, jid: string, options: MetricsOptions): Promise<ReadThing> {
  const { field, node } = options
  const before = performance.now()
  const readings: Reading[] = []
  let isUp = true
  try {
    const asked = {
      types,
      timeoutMs: patience(options),
      maxReadings: mostReadings,
      ...(field ? { fields: field } : {}),
      ...(node ? { nodes: node } : {}),
    }
    for await (const reading of read(client, jid, asked)) readings.push(reading)
  } catch (error) {
    isUp = false
    complain(`${jid}: ${error instanceof Error ? error.message : String(error)}`)
  }
  return { jid, isUp, readings, tookS: (performance.now() - before) / 1_000 }
}

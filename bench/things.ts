/**
 * Many things at once: `node bench/things.ts [--things 10000] [--minutes 3] [--watched 1000] [--json]`. A server, all
 * things of `waxwing simulate` in a process of their own, and readers in this one: every thing is read once a minute,
 * some are watched with thresholds, and at the end as many readouts are made as go through.
 *
 * Processor time and memory are those of Linux's /proc. Server, things and readers share the machine.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Client, connect } from '@waxwing/client-node'
import { read, watch } from '@waxwing/things'
import { Program } from '../interop/program.ts'
import { type During, during, usageOf } from './usage.ts'

const { values } = parseArgs({
  options: {
    things: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '3' },
    watched: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '60' },
    readers: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
  },
})
const count = Number(values.things)
const watched = Number(values.watched)
const fullLoadMs = 15_000
const underWay = 20

const waxwing = join(import.meta.dirname, '..', 'packages', 'waxwing', 'bin', 'waxwing.cjs')
const folder = mkdtempSync(join(tmpdir(), 'waxwing-things-'))
const env = { XDG_RUNTIME_DIR: folder }
const password = 'read all of them'

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** The things of the usual plan, by their addresses. */
function* addresses(): Generator<string> {
  const shares = [
    ['climate', 6],
    ['meter', 3],
    ['lamp', 1],
  ] as const
  let before = 0
  for (const [kind, share] of shares) {
    const from = Math.round((before * count) / 10)
    before += share
    const upTo = Math.round((before * count) / 10)
    for (let n = 1; n <= upTo - from; n++) yield `${kind}-${n}@localhost/thing`
  }
}

class Readouts {
  readonly #latencies: number[] = []
  fields = 0
  missed = 0
  readonly faults = new Map<string, number>()

  /** Reads a thing once. */
  async read(client: Client, jid: string): Promise<void> {
    const since = performance.now()
    try {
      for await (const reading of read(client, jid, {
        generation: 'nf',
        types: ['momentary', 'status'],
        timeoutMs: 20_000,
      }))
        if (reading.kind !== 'error') this.fields++
      this.#latencies.push(performance.now() - since)
    } catch (error) {
      this.missed++
      const why = (error instanceof Error ? error.message : String(error)).replace(jid, '…')
      this.faults.set(why, (this.faults.get(why) ?? 0) + 1)
    }
  }

  get answered(): number {
    return this.#latencies.length
  }

  /** Milliseconds within which this share was answered. */
  within(share: number): number {
    const sorted = this.#latencies.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  }
}

/** Each thing once a minute, evenly spread. */
async function readEachMinute(
  clients: readonly Client[],
  all: readonly string[],
  minutes: number,
): Promise<Readouts> {
  const readouts = new Readouts()
  const since = performance.now()
  const under: Promise<void>[] = []
  for (let n = 0; n < all.length * minutes; n++) {
    const wait = since + (n * 60_000) / all.length - performance.now()
    if (wait > 0) await sleep(wait)
    const client = clients[n % clients.length]
    const jid = all[n % all.length]
    if (client && jid !== undefined) under.push(readouts.read(client, jid))
  }
  await Promise.all(under)
  return readouts
}

/** As many as go through. */
async function readAtFullLoad(clients: readonly Client[], all: readonly string[]): Promise<Readouts> {
  const readouts = new Readouts()
  const end = performance.now() + fullLoadMs
  let next = 0
  const worker = async (client: Client): Promise<void> => {
    while (performance.now() < end) await readouts.read(client, all[next++ % all.length] ?? '')
  }
  await Promise.all(clients.flatMap(client => Array.from({ length: underWay }, () => worker(client))))
  return readouts
}

/** Watches the first things, a few hundred at each reader; counts what is told. */
async function watchSome(
  clients: readonly Client[],
  all: readonly string[],
  told: { count: number },
  signal: AbortSignal,
): Promise<void> {
  const begun = all.slice(0, watched).map(async (jid, n) => {
    const client = clients[n % clients.length]
    if (!client) return
    const about = {
      generation: 'nf',
      fields: { Temperature: { by: 0.1 } },
      maxIntervalMs: 600_000,
      signal,
    } as const
    const changes = watch(client, jid, about)[Symbol.asyncIterator]()
    await changes.next()
    void (async () => {
      while (!(await changes.next()).done) told.count++
    })().catch(() => undefined)
  })
  await Promise.all(begun)
}

const say = (line: string): void => void (values.json ? process.stderr : process.stdout).write(`${line}\n`)
const cores = (used: readonly number[]): string => used.map(one => `${Math.round(one * 100)} %`).join(' / ')
const megabytes = (bytes: readonly number[]): string =>
  bytes.map(one => `${Math.round(one / 1e6)} MB`).join(' / ')

async function run(): Promise<void> {
  const config = join(folder, 'waxwing.toml')
  const places = ['--config', config, '--data', folder]
  const text = `[listen]\nclient = "127.0.0.1:0"\ndirect_tls = "off"\n[limits]\nconnections_per_address = ${count + 1_000}\n[sasl]\niterations = 4096\n`
  writeFileSync(config, text)
  const server = new Program(process.execPath, [waxwing, 'start', ...places], { env })
  const [, port = ''] = await server.line(/^Waxwing serves localhost at client 127\.0\.0\.1:(\d+)/)
  const things = new Program(
    process.execPath,
    [
      waxwing,
      'simulate',
      '--things',
      String(count),
      '--rate',
      values.rate,
      '--keep',
      join(folder, 'kept'),
      ...places,
    ],
    { env },
  )
  try {
    await measure(server, things, Number(port), places)
  } finally {
    await things.stop()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Things come by and by: longer than a program is waited for elsewhere. */
async function untilCome(things: Program): Promise<void> {
  for (;;) {
    const last = things.lines.at(-1) ?? ''
    const done = things.lines.find(line => /^\d+ of \d+ things have come\.$/.test(line))
    if (done !== undefined) return say(done)
    say(`  ${last}`)
    await sleep(10_000)
  }
}

async function measure(
  server: Program,
  things: Program,
  port: number,
  places: readonly string[],
): Promise<void> {
  const began = performance.now()
  const pids = [server.pid ?? 0, things.pid ?? 0, process.pid]
  const before = pids.map(usageOf)
  await untilCome(things)
  const comingSeconds = (performance.now() - began) / 1000
  const idle = await during(pids, () => sleep(20_000))
  const perThing = idle.bytes.map((bytes, n) => (bytes - (n === 2 ? (before[n]?.bytes ?? 0) : 100e6)) / count)
  say(`${count} things came in ${comingSeconds.toFixed(0)} s; server / things / readers:`)
  say(`  idle: ${cores(idle.cores)} of a core, ${megabytes(idle.bytes)}`)

  const clients = await readers(port, places)
  const all = [...addresses()]
  const told = { count: 0 }
  const watching = new AbortController()
  await watchSome(clients, all, told, watching.signal)
  const minutes = Number(values.minutes)
  const steady = await during(pids, () => readEachMinute(clients, all, minutes))
  say(`each read once a minute for ${minutes} min, ${watched} watched:`)
  tell(steady)
  say(`  ${told.count} changes told`)
  watching.abort()
  const full = await during(pids, () => readAtFullLoad(clients, all))
  say(`full load, ${clients.length * underWay} under way:`)
  tell(full)
  say(`  ${Math.round((full.result.answered * 1000) / fullLoadMs)} readouts per second`)
  await Promise.all(clients.map(client => client.close()))
  const faults = [...steady.result.faults, ...full.result.faults]
  if (values.json)
    process.stdout.write(
      `${JSON.stringify({ count, comingSeconds, idle, steady: figures(steady), full: figures(full), told: told.count, perThing, faults })}\n`,
    )
}

type Measured = During<Readouts>

function figures({ result, cores: used, bytes }: Measured): object {
  const { answered, missed, fields } = result
  return {
    answered,
    missed,
    fields,
    p50: result.within(0.5),
    p99: result.within(0.99),
    p999: result.within(0.999),
    used,
    bytes,
  }
}

function tell({ result, cores: used, bytes }: Measured): void {
  const milliseconds = [0.5, 0.99, 0.999].map(share => result.within(share).toFixed(1)).join(' / ')
  say(
    `  ${result.answered} answered, ${result.missed} missed, ${result.fields} values; p50/p99/p99.9 ${milliseconds} ms`,
  )
  say(`  ${cores(used)} of a core, ${megabytes(bytes)}`)
  for (const [why, times] of result.faults) say(`  ! ${times} times: ${why}`)
}

/** Accounts that read, each with a session. */
async function readers(port: number, places: readonly string[]): Promise<readonly Client[]> {
  const trust = readFileSync(join(folder, 'self-signed.crt'), 'utf8')
  const clients: Client[] = []
  for (let n = 1; n <= Number(values.readers); n++) {
    const jid = `reader-${n}@localhost`
    const adding = new Program(
      process.execPath,
      [waxwing, 'account', 'add', jid, '--password', password, ...places],
      { env },
    )
    await adding.exit()
    clients.push(await connect({ jid, password, host: '127.0.0.1', port, tls: { trust } }))
  }
  return clients
}

await run()

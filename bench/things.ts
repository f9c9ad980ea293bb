/**
 * Many things at once: `node bench/things.ts [--things 10000] [--minutes 1] [--watched 1000] [--rate 150]`. A server,
 * all things of `waxwing simulate` in a process of their own, and readers in this one: every thing is read once a
 * minute, some are watched with thresholds, and at the end as many readouts are made as go through. With the defaults
 * it takes about three minutes: one to come, one to be read, the rest to stand still and to run at full load.
 *
 * Processor time and memory are those of Linux's /proc. Server, things and readers share the machine. Keys are derived
 * in the fewest rounds there are: how things come is not what is measured.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Client, connect } from '@waxwing/client-node'
import { read, watch } from '@waxwing/things'
import { Program } from '../interop/program.ts'
import { askServer } from '../packages/waxwing/src/control.ts'
import { type During, during, usageOf } from './usage.ts'

const { values } = parseArgs({
  options: {
    things: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '1' },
    watched: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '150' },
    readers: { type: 'string', default: '10' },
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

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const cores = (used: readonly number[]): string => used.map(one => `${Math.round(one * 100)} %`).join(' / ')
const megabytes = (bytes: readonly number[]): string =>
  bytes.map(one => `${Math.round(one / 1e6)} MB`).join(' / ')

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`

async function run(): Promise<void> {
  const config = join(folder, 'waxwing.toml')
  const places = ['--config', config, '--data', folder]
  writeFileSync(
    config,
    `[listen]\nclient = "127.0.0.1:0"\ndirect_tls = "off"\n[limits]\nconnections_per_address = ${count + 1_000}\n[sasl]\niterations = 4096\n`,
  )
  const load = loadavg().map(one => one.toFixed(1))
  say(`load of the machine before, 1 / 5 / 15 min: ${load.join(' / ')}`)
  const server = new Program(process.execPath, [waxwing, 'start', ...places], { env })
  const [, port = ''] = await server.line(/^Waxwing serves localhost at client 127\.0\.0\.1:(\d+)/)
  const many = ['--things', values.things, '--rate', values.rate, '--keep', join(folder, 'kept')]
  const things = new Program(process.execPath, [waxwing, 'simulate', ...many, ...places], { env })
  try {
    await measure(server, things, Number(port))
  } finally {
    await things.stop()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Things come by and by: longer than a program is waited for elsewhere. */
async function untilCome(things: Program): Promise<void> {
  for (let told = 0; ; await sleep(200)) {
    for (const line of things.lines.slice(told)) say(`  ${line}`)
    told = things.lines.length
    if (things.lines.some(line => line.endsWith(' things have come.'))) return
  }
}

async function measure(server: Program, things: Program, port: number): Promise<void> {
  await things.line(/^Simulating/)
  const began = performance.now()
  const pids = [server.pid ?? 0, things.pid ?? 0, process.pid]
  const before = pids.map(usageOf)
  await untilCome(things)
  const seconds = (performance.now() - began) / 1000
  const idle = await during(pids, () => sleep(10_000))
  const [atServer = 0, atThings = 0] = idle.bytes.map((bytes, n) => (bytes - (before[n]?.bytes ?? 0)) / count)
  say(`${count} things came in ${seconds.toFixed(0)} s; server / things / readers:`)
  say(`  idle: ${cores(idle.cores)} of a core, ${megabytes(idle.bytes)}`)
  say(`  each thing takes ${kilobytes(atServer)} at the server, ${kilobytes(atThings)} at the simulator`)

  const clients = await readers(port)
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
}

function tell({ result, cores: used, bytes }: During<Readouts>): void {
  const milliseconds = [0.5, 0.99, 0.999].map(share => result.within(share).toFixed(1)).join(' / ')
  say(
    `  ${result.answered} answered, ${result.missed} missed, ${result.fields} values; p50/p99/p99.9 ${milliseconds} ms`,
  )
  say(`  ${cores(used)} of a core, ${megabytes(bytes)}`)
  for (const [why, times] of result.faults) say(`  ! ${times} times: ${why}`)
}

/** Accounts that read, each with a session. */
async function readers(port: number): Promise<readonly Client[]> {
  const trust = readFileSync(join(folder, 'self-signed.crt'), 'utf8')
  const clients: Client[] = []
  for (let n = 1; n <= Number(values.readers); n++) {
    const jid = `reader-${n}@localhost`
    for await (const _ of (await askServer(folder, { do: 'account add', jid, password })) ?? []);
    clients.push(await connect({ jid, password, host: '127.0.0.1', port, tls: { trust } }))
  }
  return clients
}

await run()

/**
 * A walk through a tree of a million nodes that are looked up: `node bench/tree.ts [--fan 100] [--page 100] [--json]`.
 * Three levels of `fan` children each; server, concentrator and walker are processes of their own, and share the machine.
 * Memory by Linux's /proc: where nothing is kept it is the same in the middle and at the end.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Client, connect } from '@waxwing/client-node'
import { concentrator, type LazyNodeOptions, type LazyNodes, thing } from '@waxwing/things'
import { Program } from '../interop/program.ts'
import { usageOf } from './usage.ts'

const { values } = parseArgs({
  options: {
    fan: { type: 'string', default: '100' },
    page: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
    /** The port to connect to as the concentrator. */
    gateway: { type: 'string' },
    trust: { type: 'string', default: '' },
  },
})
const fan = Number(values.fan)
const levels = 3
const total = fan + fan ** 2 + fan ** 3
const password = 'a million of them'
const gatewayJid = 'gateway@localhost/g'

const logIn = (jid: string, port: number, trustFile: string): Promise<Client> =>
  connect({ jid, password, host: '127.0.0.1', port, tls: { trust: readFileSync(trustFile, 'utf8') } })

/** Nodes are called by their way from the root: `12.0.99`. */
function nodeOf(id: string): LazyNodeOptions {
  const way = id.split('.')
  const parent = way.length > 1 ? { id: way.slice(0, -1).join('.') } : undefined
  return { id, parent, type: 'Meter', name: `Meter ${id}`, hasChildren: way.length < levels }
}

const nodes: LazyNodes = {
  node: ({ id }) => nodeOf(id),
  *children(parent, { after, max }) {
    const begin = after ? Number(after.id.split('.').at(-1)) + 1 : 0
    for (let n = begin; n < Math.min(fan, begin + max); n++)
      yield nodeOf(parent ? `${parent.id}.${n}` : `${n}`)
  },
}

async function beGateway(port: number): Promise<void> {
  const client = await logIn(gatewayJid, port, values.trust)
  client.roster.onRequest(request => request.accept())
  thing(client, {}).source('Meters', { lazy: nodes })
  console.log('ready')
}

interface Moment {
  readonly share: number
  readonly seconds: number
  /** Of server, concentrator and walker. */
  readonly megabytes: readonly number[]
}

async function walk(client: Client, pids: readonly number[]): Promise<readonly Moment[]> {
  const moments: Moment[] = []
  const began = performance.now()
  const note = (share: number): void => {
    const megabytes = pids.map(pid => Math.round(usageOf(pid).bytes / 1e6))
    const seconds = (performance.now() - began) / 1000
    moments.push({ share, seconds, megabytes })
    if (!values.json)
      console.log(`${Math.round(share * 100)} %: ${seconds.toFixed(1)} s, ${megabytes.join(' / ')} MB`)
  }
  let seen = 0
  // The first tenth warms up.
  const due = [0.1, 0.25, 0.5, 0.75, 1].map(share => Math.floor(total * share))
  const options = { source: 'Meters', pageSize: Number(values.page) }
  for await (const { id } of concentrator(client, gatewayJid).walk(options)) {
    if (id === '') throw new Error('A node without id')
    if (++seen === due[0]) {
      due.shift()
      note(seen / total)
    }
  }
  if (seen !== total) throw new Error(`${seen} nodes instead of ${total}`)
  return moments
}

async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waxwing-tree-'))
  const config = join(folder, 'waxwing.toml')
  const trust = join(folder, 'self-signed.crt')
  writeFileSync(config, '[listen]\nclient = "127.0.0.1:0"\ndirect_tls = "off"\n[sasl]\niterations = 4096\n')
  const waxwing = join(import.meta.dirname, '..', 'packages', 'waxwing', 'bin', 'waxwing.cjs')
  const places = ['--config', config, '--data', folder]
  const options = { env: { XDG_RUNTIME_DIR: folder } }
  const programs: Program[] = []
  const begin = (...words: readonly string[]): Program => {
    const program = new Program(process.execPath, words, options)
    programs.unshift(program)
    return program
  }
  try {
    const server = begin(waxwing, 'start', ...places)
    const [, port = ''] = await server.line(/^Waxwing serves localhost at client 127\.0\.0\.1:(\d+)/)
    for (const name of ['gateway', 'walker'])
      await begin(waxwing, 'account', 'add', `${name}@localhost`, '--password', password, ...places).exit()
    const gateway = begin(import.meta.filename, '--gateway', port, '--trust', trust, '--fan', values.fan)
    await gateway.line(/^ready$/)
    await using client = await logIn('walker@localhost', Number(port), trust)
    await client.roster.request('gateway@localhost')
    const moments = await walk(client, [server.pid ?? 0, gateway.pid ?? 0, process.pid])
    const perSecond = Math.round(total / (moments.at(-1)?.seconds ?? Number.NaN))
    if (values.json) console.log(JSON.stringify({ total, perSecond, moments }))
    else
      console.log(`${total} nodes, ${perSecond} nodes per second; memory of server / concentrator / walker`)
  } finally {
    for (const program of programs) await program.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

await (values.gateway === undefined ? run() : beGateway(Number(values.gateway)))

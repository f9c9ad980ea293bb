/**
 * Messages through the whole server into two archives each, in the embedded store on disk: from the bytes a client sent
 * until everything is durable. Run: `node bench/archive.ts [seconds] [--origin-ids]`; BENCH_FOLDER chooses the disk.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { parseBareJid, parseFullJid } from '@waxwing/jid'
import {
  defaultFeatures,
  defaultsOf,
  nodeClock,
  nodeCrypto,
  nodeRandom,
  Server,
  silentLog,
} from '@waxwing/server'
import { sqliteStore } from '@waxwing/store-sqlite'
import { bufferBytes, defaultLimits, type SliceSink, StanzaSlicer } from '@waxwing/xml'

import { ClientSession, type SessionStream } from '../packages/server/src/session/client-session.ts'
import { kindOf } from '../packages/server/src/session/kind.ts'

const seconds = Number(process.argv[2] ?? 3)
const hasOriginIds = process.argv.includes('--origin-ids')
const people = 200
const domain = 'bench.example'
const folder = await mkdtemp(join(process.env['BENCH_FOLDER'] ?? tmpdir(), 'waxwing-bench-'))
const store = await sqliteStore({ file: join(folder, 'store.sqlite') })
const server = await Server.start({
  clock: nodeClock,
  random: nodeRandom,
  crypto: nodeCrypto,
  log: silentLog,
  store,
  hosts: [{ domain, features: defaultFeatures, settingsOf: feature => defaultsOf(feature.config) }],
  limits: {
    beforeLogin: defaultLimits,
    afterLogin: defaultLimits,
    negotiationMs: 30_000,
    idleMs: 0,
    unauthenticatedConnections: 1_000,
    loginAttempts: 3,
    loginFailuresPerAddress: 30,
    resourcesPerAccount: 10,
    bytesPerSecond: 1e9,
    burstBytes: 1e9,
  },
  login: { requiresTls: true, offersTls: true, mechanisms: [], iterations: 4096, secret: new Uint8Array(32) },
  components: { secretOf: () => undefined, isHandshake: () => false },
})
const host = server.router.host(domain)
if (!host) throw new Error('The host did not start')

/** Where messages end: copied into one buffer, as a socket's transport does. */
class Sink implements SessionStream {
  readonly remote = '127.0.0.1:40001'
  readonly #buffer = Buffer.alloc(64 * 1024)

  sendText(text: string): void {
    this.#buffer.write(text, 0)
  }

  sendBytes(bytes: Uint8Array, start: number, end: number): void {
    this.#buffer.set(bytes.subarray(start, end), 0)
  }

  fail(error: Error): void {
    throw error
  }
}

const port = bufferBytes(Buffer)
const sink = new Sink()
const address = (n: number): string => `person${n}@${domain}/bench`
const sessions = Array.from(
  { length: people },
  (_, n) => new ClientSession(host, parseFullJid(address(n)), sink, 'en'),
)
let handled = 0

function slicerFor(sender: ClientSession): StanzaSlicer {
  const events: SliceSink = {
    opened() {},
    closed() {},
    failed(error) {
      throw error
    },
    sliced(slice) {
      const kind = kindOf(slice)
      if (kind) void sender.receive(kind, slice)
      handled++
    },
  }
  const slicer = new StanzaSlicer({ sink: events, limits: defaultLimits, bytes: port })
  slicer.feed(
    Buffer.from("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"),
  )
  return slicer
}

const slicers = sessions.map(slicerFor)
let sent = 0

/** What one client sends in one go: a few messages to its neighbour. */
function chunkOf(n: number): Buffer {
  let text = ''
  for (let i = 0; i < 5; i++) {
    const id = `m${sent++}`
    const origin = hasOriginIds ? `<origin-id xmlns='urn:xmpp:sid:0' id='${id}'/>` : ''
    text += `<message to='${address((n + 1) % people)}' type='chat' id='${id}'><body>${'x'.repeat(200)}</body>${origin}</message>`
  }
  return Buffer.from(text)
}

async function rate(ms: number): Promise<void> {
  const since = performance.now()
  const cpu = process.cpuUsage()
  const main = process.threadCpuUsage()
  const before = handled
  while (performance.now() - since < ms) {
    for (const [n, slicer] of slicers.entries()) {
      slicer.feed(chunkOf(n))
      if (n % 20 === 19) await turn()
    }
    // Nobody sends without end what is not yet written.
    await store.flushed()
  }
  await store.flushed()
  const took = performance.now() - since
  const { user, system } = process.cpuUsage(cpu)
  const own = process.threadCpuUsage(main)
  const messages = handled - before
  console.log(
    `${Math.round((messages / took) * 1000).toLocaleString('en')} messages/s, each into two archives; ` +
      `${((own.user + own.system) / messages).toFixed(1)} µs of CPU in the main thread and ` +
      `${((user + system) / messages).toFixed(1)} µs in all for each`,
  )
}

for (let n = 0; n < people; n++) await host.accounts.create(parseBareJid(`person${n}@${domain}`), 'secret')
await rate(1_000)
await rate(seconds * 1000)
await server.stop()
await store.close()
await rm(folder, { recursive: true })
process.exit(0)

/**
 * The way of a stanza inside the server, without sockets: from the bytes a client sent to the bytes its receiver will
 * get, all hooks and rules included. Run: `node bench/route.ts [--json] [--only=words]`.
 */
import { parseBareJid, parseFullJid } from '@waxwing/jid'
import {
  defaultFeatures,
  defaultsOf,
  memoryStore,
  nodeClock,
  nodeCrypto,
  nodeRandom,
  Server,
  silentLog,
} from '@waxwing/server'
import type { Feature } from '@waxwing/server/feature'
import { bufferBytes, defaultLimits, type SliceSink, StanzaSlicer } from '@waxwing/xml'

import { ClientSession, type SessionStream } from '../packages/server/src/session/client-session.ts'
import { kindOf } from '../packages/server/src/session/kind.ts'

const domain = 'bench.example'
/** Nothing is archived: `bench/archive.ts` measures that. */
const settingsOf = (feature: Feature): Readonly<Record<string, unknown>> => ({
  ...defaultsOf(feature.config),
  ...(feature.name === 'archive' ? { default: 'never' } : {}),
})
const server = await Server.start({
  clock: nodeClock,
  random: nodeRandom,
  crypto: nodeCrypto,
  log: silentLog,
  store: memoryStore(),
  hosts: [{ domain, features: defaultFeatures, settingsOf }],
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

/** Where stanzas end: copied into one buffer, as a socket's transport does. */
class Sink implements SessionStream {
  readonly remote = '127.0.0.1:40001'
  readonly #buffer = Buffer.alloc(64 * 1024)
  bytes = 0

  sendText(text: string): void {
    this.bytes += this.#buffer.write(text, 0)
  }

  sendBytes(bytes: Uint8Array, start: number, end: number): void {
    this.#buffer.set(bytes.subarray(start, end), 0)
    this.bytes += end - start
  }

  fail(error: Error): void {
    throw error
  }
}

const port = bufferBytes(Buffer)
const sink = new Sink()
const session = (name: string): ClientSession =>
  new ClientSession(host, parseFullJid(`${name}@${domain}/bench`), sink, 'en')
const sender = session('romeo')
const receiver = session('juliet')

/** Feeds chunks of 64 KiB of the same stanza. @returns stanzas per second */
function rate(stanza: string): number {
  let handled = 0
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
  const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
  slicer.feed(Buffer.from(header))
  const chunk = Buffer.from(stanza.repeat(Math.ceil(65_536 / stanza.length)))
  const run = (ms: number): number => {
    const since = performance.now()
    const before = handled
    while (performance.now() - since < ms) slicer.feed(chunk)
    return ((handled - before) / (performance.now() - since)) * 1000
  }
  run(500)
  return run(1_500)
}

const to = (address: string): string =>
  `<message to='${address}' type='chat' id='m1'><body>${'x'.repeat(200)}</body></message>`
await host.accounts.create(parseBareJid(`juliet@${domain}`), 'secret')
const ping = "<iq type='get' id='p1' to='bench.example'><ping xmlns='urn:xmpp:ping'/></iq>"
const stanzas: readonly (readonly [what: string, stanza: string])[] = [
  ['message to a full JID', to(receiver.jid)],
  ['message with an address to prepare', to(`Juliet@${domain}/bench`)],
  [
    'message that spells its namespace',
    to(receiver.jid).replace('<message', "<message xmlns='jabber:client'"),
  ],
  ['ping to the server', ping],
  ['iq to another client', ping.replace(`to='${domain}'`, `to='${receiver.jid}'`)],
]
const only = process.argv.find(word => word.startsWith('--only='))?.slice('--only='.length) ?? ''
const results = stanzas
  .filter(([what]) => what.includes(only))
  .map(([what, stanza]) => [what, rate(stanza)] as const)
const table = results.map(([what, perSecond]) => ({
  what,
  perSecond: Math.round(perSecond),
  micros: Number((1e6 / perSecond).toFixed(2)),
}))
if (process.argv.includes('--json')) console.log(JSON.stringify({ node: process.version, table }))
else console.table(table)
await server.stop()
process.exit(sink.bytes > 0 ? 0 : 1)

/**
 * How long a login takes over a link with a round trip of 50 ms: step by step as RFC 6120 has it (a server without
 * SASL2), in full with SASL2 and Bind 2, by token, and going on with a session. The link's TCP connection is made
 * at once, so one round trip more belongs to each. Run: `node bench/return.ts [--rounds 20] [--rtt 50]`.
 */
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { parseArgs } from 'node:util'
import { type Client, connect, memoryLogins } from '@waxwing/client-node'
import { listening } from '@waxwing/testkit'
import { client as xmppJs } from '@xmpp/client'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, rtt: { type: 'string', default: '50' } },
})
const rounds = Number(values.rounds)
const oneWayMs = Number(values.rtt) / 2

/** A link that takes its time in both directions, and can be cut. */
class SlowLink {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(target: number) {
    this.#server = createServer({ noDelay: true }, near => {
      const far = connectTcp({ host: '127.0.0.1', port: target, noDelay: true })
      this.#carry(near, far)
      this.#carry(far, near)
    })
  }

  #carry(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('data', chunk => setTimeout(() => to.writable && to.write(chunk), oneWayMs))
    from.on('end', () => setTimeout(() => to.end(), oneWayMs))
    from.on('error', () => to.destroy())
    from.on('close', () => this.#sockets.delete(from))
  }

  listen(): Promise<number> {
    return new Promise(resolve => {
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address()
        resolve(typeof address === 'object' && address ? address.port : 0)
      })
    })
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): void {
    this.cut()
    this.#server.close()
  }
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0

await using server = await listening()
await using plainServer = await listening({ config: '[features.sasl2]\nenabled = false\n' })
await server.account('romeo', 'secret')
await plainServer.account('romeo', 'secret')
const link = {
  classic: new SlowLink(plainServer.port('client')),
  starttls: new SlowLink(server.port('client')),
  direct: new SlowLink(server.port('direct-tls')),
}
const ports = {
  classic: await link.classic.listen(),
  starttls: await link.starttls.listen(),
  direct: await link.direct.listen(),
}
const base = {
  jid: 'romeo@localhost',
  password: 'secret',
  host: '127.0.0.1',
  tls: { trust: `${server.certificate}\n${plainServer.certificate}` },
  roster: false,
  presence: false,
  reconnect: { firstMs: 0 },
} as const

/** Milliseconds from the beginning of the first attempt until the session is usable. */
async function timed(open: () => Promise<Client>): Promise<number> {
  const before = performance.now()
  await using client = await open()
  const ms = performance.now() - before
  void client
  return ms
}

// xmpp.js takes no certificate: what the process trusts is what it trusts.
setDefaultCACertificates([...getCACertificates('default'), plainServer.certificate])

/** Milliseconds another client takes for a login by RFC 6120, one step after the other. */
async function timedXmppJs(): Promise<number> {
  const service = `xmpp://127.0.0.1:${ports.classic}`
  const client = xmppJs({ service, domain: 'localhost', username: 'romeo', password: 'secret' })
  client.reconnect.stop()
  const before = performance.now()
  await client.start()
  const ms = performance.now() - before
  await client.stop()
  return ms
}

async function online(client: Client): Promise<void> {
  for await (const { state } of client.status()) if (state === 'online') return
}

/** Milliseconds from a cut until the session goes on. */
async function resumed(): Promise<readonly number[]> {
  await using client = await connect({ ...base, port: ports.direct, security: 'direct' })
  await client.ping()
  const times: number[] = []
  for (let n = 0; n < rounds; n++) {
    const before = performance.now()
    link.direct.cut()
    for await (const { state } of client.status()) if (state !== 'online') break
    await online(client)
    times.push(performance.now() - before)
    await client.ping()
  }
  return times
}

const times: Record<string, number[]> = {
  'RFC 6120 with xmpp.js': [],
  'RFC 6120: STARTTLS, SCRAM, bind': [],
  'STARTTLS, SASL2 and Bind 2': [],
  'direct TLS, SASL2 and Bind 2': [],
  token: [],
}
const logins = memoryLogins()
for (let n = 0; n < rounds; n++) {
  const plain = { ...base, logins: false as const }
  times['RFC 6120 with xmpp.js']?.push(await timedXmppJs())
  times['RFC 6120: STARTTLS, SCRAM, bind']?.push(
    await timed(() => connect({ ...plain, port: ports.classic, security: 'starttls' })),
  )
  times['STARTTLS, SASL2 and Bind 2']?.push(
    await timed(() => connect({ ...plain, port: ports.starttls, security: 'starttls' })),
  )
  times['direct TLS, SASL2 and Bind 2']?.push(
    await timed(() => connect({ ...plain, port: ports.direct, security: 'direct' })),
  )
  times['token']?.push(
    await timed(() => connect({ ...base, logins, port: ports.direct, security: 'direct' })),
  )
}
const rows = [...Object.entries(times), ['a session that goes on', await resumed()] as const]
const full = median(times['RFC 6120: STARTTLS, SCRAM, bind'] ?? [])
const foreign = median(times['RFC 6120 with xmpp.js'] ?? [])
console.table(
  rows.map(([what, all]) => ({
    what,
    'median ms': Math.round(median(all)),
    'times as fast as our RFC 6120': Number((full / median(all)).toFixed(2)),
    'as xmpp.js': Number((foreign / median(all)).toFixed(2)),
  })),
)
for (const one of Object.values(link)) one.close()

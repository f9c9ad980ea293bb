/**
 * How long a login takes over a link with a round trip of 50 ms, and how much processor time it costs the server:
 * in full, by token, and going on with a session. Run: `node bench/return.ts [--rounds 20] [--rtt 50]`.
 */
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { type Client, connect, memoryLogins } from '@waxwing/client-node'
import { listening } from '@waxwing/testkit'

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
await server.account('romeo', 'secret')
const link = {
  starttls: new SlowLink(server.port('client')),
  direct: new SlowLink(server.port('direct-tls')),
}
const ports = { starttls: await link.starttls.listen(), direct: await link.direct.listen() }
const base = {
  jid: 'romeo@localhost',
  password: 'secret',
  host: '127.0.0.1',
  tls: { trust: server.certificate },
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
  'STARTTLS, SCRAM, bind': [],
  'direct TLS, SCRAM, bind': [],
  token: [],
}
const logins = memoryLogins()
for (let n = 0; n < rounds; n++) {
  const plain = { ...base, logins: false as const }
  times['STARTTLS, SCRAM, bind']?.push(
    await timed(() => connect({ ...plain, port: ports.starttls, security: 'starttls' })),
  )
  times['direct TLS, SCRAM, bind']?.push(
    await timed(() => connect({ ...plain, port: ports.direct, security: 'direct' })),
  )
  times['token']?.push(
    await timed(() => connect({ ...base, logins, port: ports.direct, security: 'direct' })),
  )
}
const rows = [...Object.entries(times), ['a session that goes on', await resumed()] as const]
const full = median(times['STARTTLS, SCRAM, bind'] ?? [])
console.table(
  rows.map(([what, all]) => ({
    what,
    'median ms': Math.round(median(all)),
    'times as fast': Number((full / median(all)).toFixed(2)),
  })),
)
for (const one of Object.values(link)) one.close()

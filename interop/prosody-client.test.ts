/** Our client on Prosody beyond what every server is asked for: WebSocket (RFC 7395), trust by fingerprint, a restart. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Client, connect, type Status } from '@waxwing/client-node'
import { missing } from './peers.ts'
import { Program } from './program.ts'
import { domain, password } from './server.ts'

interface Prosody {
  readonly port: number
  readonly webSocket: string
  readonly fingerprint: string
  start(): Promise<Program>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

async function prosody(t: TestContext): Promise<Prosody> {
  const folder = await mkdtemp(join(tmpdir(), 'waxwing-prosody-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')]
  const words = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=${domain} -addext subjectAltName=DNS:${domain}`
  const { status } = spawnSync('openssl', [...words.split(' '), '-keyout', key, '-out', certificate])
  assert.equal(status, 0, 'openssl makes a certificate')
  await mkdir(join(folder, 'localhost', 'accounts'), { recursive: true })
  const account = `return { ["password"] = ${JSON.stringify(password)} };\n`
  await writeFile(join(folder, 'localhost', 'accounts', 'romeo.dat'), account)
  const [port, httpPort] = [await freePort(), await freePort()]
  const settings = join(folder, 'prosody.cfg.lua')
  await writeFile(
    settings,
    `run_as_root = true
data_path = ${JSON.stringify(folder)}
pidfile = ${JSON.stringify(join(folder, 'prosody.pid'))}
log = { { levels = { min = "info" }, to = "console" } }
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
c2s_direct_tls_ports = { }
http_ports = { ${httpPort} }
https_ports = { }
consider_websocket_secure = true
modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "presence", "message", "iq", "websocket" }
modules_disabled = { "s2s" }
authentication = "internal_plain"
ssl = { key = ${JSON.stringify(key)}, certificate = ${JSON.stringify(certificate)} }
VirtualHost "${domain}"
`,
  )
  return {
    port,
    webSocket: `ws://127.0.0.1:${httpPort}/xmpp-websocket`,
    fingerprint: new X509Certificate(await readFile(certificate)).fingerprint256,
    async start() {
      const program = new Program('prosody', ['-F', '--config', settings])
      program.endWith(t)
      await program.line(/Activated service 'http'/)
      return program
    },
  }
}

const needs = { skip: missing('prosody', 'openssl') }
const account = { jid: `romeo@${domain}`, password, keepAliveMs: 0 }

async function talksToItself(client: Client): Promise<void> {
  assert.ok((await client.ping()) >= 0)
  const delivery = client.chat.send(client.jid, 'Ay me! & <so on>')
  for await (const message of client.chat.messages()) {
    assert.equal(message.body, 'Ay me! & <so on>')
    break
  }
  await delivery.received({ timeoutMs: 5000 })
}

test('a session over WebSocket (RFC 7395)', needs, async t => {
  const server = await prosody(t)
  await server.start()
  await using client = await connect({
    ...account,
    webSocket: server.webSocket,
    // the test's WebSocket is in the clear, as behind a proxy
    security: 'insecure',
  })
  assert.match(client.mechanism ?? '', /^SCRAM-/)
  await talksToItself(client)
  await client.roster.add(`juliet@${domain}`, { name: 'Juliet' })
  assert.equal(client.roster.get(`juliet@${domain}`)?.name, 'Juliet')
})

test('an unencrypted WebSocket is refused unless asked for', needs, async t => {
  const server = await prosody(t)
  await server.start()
  await assert.rejects(connect({ ...account, webSocket: server.webSocket }), { code: 'tls-not-offered' })
})

test('a session survives the restart of its server, trusted by fingerprint', needs, async t => {
  const server = await prosody(t)
  const first = await server.start()
  await using client = await connect({
    ...account,
    host: '127.0.0.1',
    port: server.port,
    tls: { trust: { fingerprint: server.fingerprint } },
    reconnect: { firstMs: 100, maxMs: 500 },
  })
  assert.match(client.mechanism ?? '', /^SCRAM-/)
  await talksToItself(client)
  const states: Status['state'][] = []
  client.on('state', ({ state }) => states.push(state))
  await first[Symbol.asyncDispose]()
  const delivery = client.chat.send(client.account, 'queued meanwhile')
  assert.equal(delivery.state, 'queued')
  const back = once(statesOf(client), 'online')
  await server.start()
  await back
  await delivery.sent({ timeoutMs: 5000 })
  assert.equal(states[0], 'offline')
  assert.ok((await client.ping()) >= 0)
})

/** As events, so that one can be waited for. */
function statesOf(client: Client): EventTarget {
  const target = new EventTarget()
  client.on('state', ({ state }) => target.dispatchEvent(new Event(state)))
  return target
}

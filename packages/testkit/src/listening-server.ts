/** A server on loopback sockets with everything it needs, gone without a trace at the end. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  defaultFeatures,
  type Log,
  memoryStore,
  type RunningServer,
  readConfig,
  silentLog,
  startServer,
} from '@waxwing/server'

export interface ListeningOptions {
  /** More of the configuration file, TOML. Tables `listen` and top-level keys are set already. */
  readonly config?: string
  readonly log?: Log
}

export interface ListeningServer extends AsyncDisposable {
  readonly running: RunningServer
  /** Ports by listener: `client`, `direct-tls`, `component`. */
  port(listener: 'client' | 'direct-tls' | 'component'): number
  /** PEM, for clients that check it. */
  readonly certificate: string
  /** Makes an account at `localhost`. */
  account(username: string, password: string): Promise<void>
}

/** Starts a server for `localhost` on free ports of the loopback interface. */
export async function listening({
  config = '',
  log = silentLog,
}: ListeningOptions = {}): Promise<ListeningServer> {
  const folder = await mkdtemp(join(tmpdir(), 'waxwing-'))
  const features = Object.fromEntries(defaultFeatures.map(feature => [feature.name, feature.config]))
  const text = `hosts = ["localhost"]
data = ${JSON.stringify(folder)}
${config}
[listen]
client = "127.0.0.1:0"
direct_tls = "127.0.0.1:0"
component = "127.0.0.1:0"
`
  const running = await startServer({
    config: readConfig({ file: 'scene.toml', text }, features),
    store: memoryStore(),
    log,
    folder,
  })
  return {
    running,
    certificate: running.certificate.certificate,
    port: listener => Number(running.addresses.get(listener)?.split(':').at(-1)),
    async account(username, password) {
      const host = running.server.router.host('localhost')
      await host?.accounts.create(host.accounts.jidOf(username), password)
    },
    async [Symbol.asyncDispose]() {
      await running.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

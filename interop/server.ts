/** The real server as a child process: own data folder, loopback, ports the system gives, its own certificate. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Program } from './program.ts'

const command = join(import.meta.dirname, '..', 'packages', 'waxwing', 'src', 'main.ts')

export const domain = 'localhost'
export const password = 'wherefore art thou'

export interface TestServer {
  readonly port: number
  readonly directTlsPort: number
  /** Zero when no component is declared. */
  readonly componentPort: number
  /** The server's certificate, PEM, and the file it lies in. */
  readonly certificate: string
  readonly certificateFile: string
  /** For scratch files; removed with the server. */
  readonly folder: string
  /** What a peer's script reads from its environment. */
  readonly env: Readonly<Record<string, string>>
  /** Makes accounts of the domain with the common password, through the command. */
  addAccounts(...names: readonly string[]): Promise<void>
}

/**
 * Starts a server that lives as long as the test; when the test fails, its log is shown.
 *
 * @param more settings besides the listeners, TOML
 */
export async function startTestServer(t: TestContext, more = ''): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'waxwing-interop-'))
  const settings = join(folder, 'waxwing.toml')
  await writeFile(settings, settingsWith(more))
  const places = ['--config', settings, '--data', folder]
  const program = new Program(process.execPath, [command, 'start', ...places])
  program.endWith(t)
  t.after(() => rm(folder, { recursive: true, force: true }))
  const [started] = await program.line(/^Waxwing serves .*$/)
  const portOf = (listener: string): number =>
    Number(new RegExp(`\\b${listener} \\S+:(\\d+)`).exec(started)?.[1] ?? 0)
  const port = portOf('client')
  const directTlsPort = portOf('direct-tls')
  const componentPort = portOf('component')
  const certificateFile = join(folder, 'self-signed.crt')
  return {
    port,
    directTlsPort,
    componentPort,
    certificateFile,
    certificate: await readFile(certificateFile, 'utf8'),
    folder,
    env: {
      PEER_HOST: '127.0.0.1',
      PEER_PORT: String(port),
      PEER_DIRECT_TLS_PORT: String(directTlsPort),
      PEER_COMPONENT_PORT: String(componentPort),
      PEER_CERTIFICATE: certificateFile,
      PEER_DOMAIN: domain,
      PEER_PASSWORD: password,
    },
    async addAccounts(...names) {
      for (const name of names) {
        const words = [command, 'account', 'add', `${name}@${domain}`, '--password', password, ...places]
        const adding = new Program(process.execPath, words)
        if ((await adding.exit()) !== 0) throw adding.fault('failed')
      }
    },
  }
}

function settingsWith(more: string): string {
  return `hosts = ["${domain}"]
[listen]
client = "127.0.0.1:0"
direct_tls = "127.0.0.1:0"
component = "127.0.0.1:0"
${more}`
}

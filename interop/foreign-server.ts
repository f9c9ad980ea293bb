/** Prosody and ejabberd for one test each: own folder, loopback, free ports, ended by their process id. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Program } from './program.ts'
import { domain, password } from './server.ts'

/** What a client has to know of a server, whoever made it. */
export interface AnyServer {
  readonly port: number
  readonly directTlsPort: number
  readonly certificateFile: string
}

interface Place extends AnyServer {
  readonly folder: string
  readonly keyFile: string
}

/** Starts a server of the domain with these accounts, all with the common password; it ends with the test. */
export type StartServer = (t: TestContext, accounts: readonly string[]) => Promise<AnyServer>

export const startProsody: StartServer = async (t, accounts) => {
  const place = await makePlace()
  const data = join(place.folder, 'localhost', 'accounts')
  await mkdir(data, { recursive: true })
  for (const name of accounts)
    await writeFile(join(data, `${name}.dat`), `return { ["password"] = ${JSON.stringify(password)} };\n`)
  const settings = join(place.folder, 'prosody.cfg.lua')
  await writeFile(settings, prosodySettings(place))
  await run(t, place, ['prosody', '-F', '--config', settings], /Activated service 'c2s_direct_tls'/)
  return place
}

function prosodySettings({ folder, port, directTlsPort, certificateFile, keyFile }: Place): string {
  return `run_as_root = true
data_path = ${JSON.stringify(folder)}
pidfile = ${JSON.stringify(join(folder, 'prosody.pid'))}
log = { { levels = { min = "info" }, to = "console" } }
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
c2s_direct_tls_ports = { ${directTlsPort} }
modules_enabled = {
  "roster", "saslauth", "tls", "disco", "ping", "version", "uptime", "time", "blocklist", "presence", "message", "iq"
}
modules_disabled = { "s2s" }
authentication = "internal_plain"
c2s_require_encryption = true
ssl = { key = ${JSON.stringify(keyFile)}, certificate = ${JSON.stringify(certificateFile)} }
c2s_direct_tls_ssl = ssl
VirtualHost "${domain}"
`
}

export const startEjabberd: StartServer = async (t, accounts) => {
  const place = await makePlace()
  const settings = join(place.folder, 'ejabberd.yml')
  await writeFile(settings, ejabberdSettings(place))
  const register = accounts.map(
    name => `ok = ejabberd_auth:try_register(<<"${name}">>, <<"${domain}">>, <<"${password}">>)`,
  )
  const script = [...register, 'io:format("accounts are made~n")'].join(', ')
  const words = [
    ['-noinput', '-start_epmd', 'false'],
    ['-mnesia', 'dir', JSON.stringify(join(place.folder, 'mnesia'))],
    ['-ejabberd', 'config', JSON.stringify(settings)],
    ['-ejabberd', 'log_path', JSON.stringify(join(place.folder, 'ejabberd.log'))],
    ['-s', 'ejabberd', '-eval', `${script}.`],
  ]
  const env = { ERL_LIBS: librariesOfErlang(), HOME: place.folder, ERL_CRASH_DUMP_SECONDS: '0' }
  await run(t, place, ['erl', ...words.flat()], /accounts are made/, env)
  return place
}

function ejabberdSettings({ port, directTlsPort, certificateFile, keyFile }: Place): string {
  const listener = (at: number, tls: string): string => `
  - port: ${at}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    ${tls}: true`
  return `hosts: ["${domain}"]
loglevel: info
certfiles: ["${certificateFile}", "${keyFile}"]
auth_method: internal
auth_password_format: scram
listen:${listener(port, 'starttls_required')}${listener(directTlsPort, 'tls')}
modules:
  mod_disco: {}
  mod_last: {}
  mod_ping: {}
  mod_roster: {versioning: true}
  mod_time: {}
  mod_version: {}
`
}

/** Debian keeps ejabberd beside Erlang's own libraries, by the architecture. */
function librariesOfErlang(): string {
  const found = readdirSync('/usr/lib').find(name => name.endsWith('-linux-gnu'))
  return join('/usr/lib', found ?? '')
}

async function run(
  t: TestContext,
  { folder }: Place,
  [command, ...args]: readonly [string, ...string[]],
  ready: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const program = new Program(command, args, { env })
  program.endWith(t)
  t.after(() => rm(folder, { recursive: true, force: true }))
  await program.line(ready)
}

async function makePlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'waxwing-interop-'))
  const certificateFile = join(folder, 'server.crt')
  const keyFile = join(folder, 'server.key')
  const words = [
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ['-subj', `/CN=${domain}`, '-addext', `subjectAltName=DNS:${domain}`],
    ['-keyout', keyFile, '-out', certificateFile],
  ]
  const { status, stderr } = spawnSync('openssl', words.flat())
  if (status !== 0) throw new Error(`openssl makes no certificate: ${stderr.toString()}`)
  const [port, directTlsPort] = await freePorts()
  return { folder, certificateFile, keyFile, port, directTlsPort }
}

/** Two ports nobody listens on at the moment: these servers do not tell what they would get for port 0. */
async function freePorts(): Promise<readonly [number, number]> {
  const first = await holdPort()
  const second = await holdPort()
  await Promise.all([first.release(), second.release()])
  return [first.port, second.port]
}

async function holdPort(): Promise<{ readonly port: number; release(): Promise<unknown> }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The system gave no port')
  const release = (): Promise<unknown> => {
    server.close()
    return once(server, 'close')
  }
  return { port: address.port, release }
}

/** A place of its own for the real command: data folder, configuration, loopback, ports the system gives. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, type ConnectOptions, connect } from '@waxwing/client-node'
import { done } from '../administration.ts'
import { askServer, type ControlRequest } from '../control.ts'
import { Child, type Ended } from './child.ts'
import { WireLine } from './line.ts'

const main = join(import.meta.dirname, '..', 'main.ts')
/** Many processes run the same sources: compiled once, they start in a third of the time. */
const compiled = join(import.meta.dirname, '../../../../node_modules/.cache/compiled')

/** A server that runs in a sandbox. */
export interface Served {
  readonly child: Child
  /** Port of the client listener on 127.0.0.1. */
  readonly port: number
}

export class Sandbox implements AsyncDisposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'waxwing-test-'))
  readonly data: string = join(this.folder, 'data')
  readonly config: string = join(this.folder, 'waxwing.toml')
  /** Where the server leaves its generated certificate. */
  readonly certificateFile: string = join(this.data, 'self-signed.crt')
  /** Servers of this sandbox are found by its commands alone. */
  readonly env: Readonly<Record<string, string>> = {
    XDG_RUNTIME_DIR: join(this.folder, 'run'),
    NODE_COMPILE_CACHE: compiled,
  }
  readonly #children = new Set<Child>()

  /** @param settings TOML tables besides the listeners */
  constructor(settings = '') {
    mkdirSync(join(this.folder, 'run'), { mode: 0o700 })
    this.configure(settings)
  }

  /** Writes the configuration anew. */
  configure(settings: string, port = 0): void {
    writeFileSync(
      this.config,
      `hosts = ["localhost"]\n[listen]\nclient = "127.0.0.1:${port}"\ndirect_tls = "off"\n${settings}`,
    )
  }

  /** Begins a command. */
  begin(...words: readonly string[]): Child {
    return this.beginWith({}, words)
  }

  /** Begins a command with more in its environment. */
  beginWith(env: Readonly<Record<string, string>>, words: readonly string[]): Child {
    return this.beginProgram([process.execPath, main, ...words], env)
  }

  /** Begins any program in this sandbox's folder; it ends with the sandbox. */
  beginProgram(words: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
    const child = new Child(words, { ...this.env, ...env }, this.folder)
    this.#children.add(child)
    return child
  }

  /** Runs a command to its end. */
  run(...words: readonly string[]): Promise<Ended> {
    return this.begin(...words).through()
  }

  /** The options that lead a command to this sandbox. */
  get place(): readonly string[] {
    return ['--config', this.config, '--data', this.data]
  }

  /** Starts the server and waits until it listens. */
  async serve(env: Readonly<Record<string, string>> = {}): Promise<Served> {
    const child = this.beginWith(env, ['start', ...this.place])
    const [, port] = await child.line(/^Waxwing serves localhost at client 127\.0\.0\.1:(\d+)/)
    return { child, port: Number(port) }
  }

  /** `waxwing account …` in this sandbox. */
  account(...words: readonly string[]): Promise<Ended> {
    return this.run('account', ...words, ...this.place)
  }

  /** Makes accounts of localhost whose passwords are `password of NAME`. */
  async addAccounts(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      const jid = `${name}@localhost`
      if (await this.ask({ do: 'account add', jid, password: passwordOf(name) })) continue
      const { code, err } = await this.account('add', jid, '--password', passwordOf(name))
      if (code !== 0) throw new Error(err)
    }
  }

  /** Has the running server do what a command would have it do, without a process for it. @returns `undefined`: none runs */
  async ask(request: ControlRequest): Promise<readonly string[] | undefined> {
    const answered = await askServer(this.data, request)
    return answered && done(answered)
  }

  /** A link with which an account is made, of this name or of any. The server has to run. */
  async invitation(to = 'localhost', uses = 1): Promise<string> {
    const [link = ''] = (await this.ask({ do: 'invite', to, uses })) ?? []
    return link
  }

  /** Logs in over TLS, the server's own certificate checked. */
  logIn(name: string, { port }: Served, options: Partial<ConnectOptions> = {}): Promise<Client> {
    const tls = { trust: readFileSync(this.certificateFile, 'utf8') }
    const jid = `${name}@localhost`
    return connect({ jid, password: passwordOf(name), port, tls, reconnect: false, ...options })
  }

  /** A connection that has logged in, and nothing more. */
  connect(username: string, { port }: Served): Promise<WireLine> {
    const trust = readFileSync(this.certificateFile, 'utf8')
    return WireLine.open({ port, trust, username, password: passwordOf(username) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) await child[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The password a sandbox gives. */
export function passwordOf(name: string): string {
  return `password of ${name}`
}

/** The real command as a victim: its own process, its own data folder, TLS on loopback. */
import { readFileSync } from 'node:fs'
import { type Line, WireLine } from './line.ts'
import { seeded } from './kill-rounds.ts'
import { type MailResult, mailCast, mailRounds, namesOf, type Victim } from './mail-rounds.ts'
import { passwordOf, Sandbox, type Served } from './sandbox.ts'

const settings = `
[sasl]
iterations = 4096
[features.offline]
max_messages = 1_000_000
`

export interface MailKillOptions {
  readonly rounds: number
  /** The same seed kills after as many events. */
  readonly seed: number
  readonly most?: number
  readonly say?: ((line: string) => void) | undefined
}

/** Messages under stream management while the real command is killed with SIGKILL. */
export async function mailKillRounds({ rounds, seed, most = 3_000, say }: MailKillOptions): Promise<MailResult> {
  await using sandbox = new Sandbox(settings)
  await sandbox.addAccounts(...namesOf(mailCast))
  return mailRounds({ victim: new SandboxVictim(sandbox), rounds, fraction: seeded(seed), most, say })
}

export class SandboxVictim implements Victim {
  readonly #sandbox: Sandbox
  #served: Served | undefined

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox
  }

  async start(): Promise<void> {
    this.#served = await this.#sandbox.serve()
  }

  connect(username: string): Promise<Line> {
    if (!this.#served) throw new Error('The server does not run')
    const trust = readFileSync(this.#sandbox.certificateFile, 'utf8')
    return WireLine.open({ port: this.#served.port, trust, username, password: passwordOf(username) })
  }

  async kill(): Promise<void> {
    this.#served?.child.kill()
    await this.#served?.child.ended
  }
}

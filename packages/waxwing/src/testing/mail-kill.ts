/** The real command as a victim: its own process, its own data folder, TLS on loopback. */
import { join } from 'node:path'
import { seeded } from './kill-rounds.ts'
import type { Line } from './line.ts'
import { type MailResult, mailCast, mailRounds, namesOf, type Victim } from './mail-rounds.ts'
import { Sandbox, type Served } from './sandbox.ts'
import { cutPower } from './wal.ts'

const noteCommits = new URL('./note-commits.ts', import.meta.url).href

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
  /** What no fsync had covered when the server was killed is taken from its disk. */
  readonly cutsPower?: boolean | undefined
  readonly say?: ((line: string) => void) | undefined
}

/** Messages under stream management while the real command is killed with SIGKILL. */
export async function mailKillRounds({
  rounds,
  seed,
  most = 3_000,
  cutsPower = false,
  say,
}: MailKillOptions): Promise<MailResult> {
  await using sandbox = new Sandbox(settings)
  await sandbox.addAccounts(...namesOf(mailCast))
  const victim = new SandboxVictim(sandbox, cutsPower)
  const result = await mailRounds({ victim, rounds, fraction: seeded(seed), most, say })
  if (cutsPower) say?.(`${victim.cuts} kills caught a commit on its way: ${victim.cutBytes} bytes taken`)
  return result
}

export class SandboxVictim implements Victim {
  readonly #sandbox: Sandbox
  readonly #cutsPower: boolean
  readonly #marks: string
  #served: Served | undefined
  /** How often, and how much, a cut of the power has taken something. */
  cuts = 0
  cutBytes = 0

  constructor(sandbox: Sandbox, cutsPower: boolean) {
    this.#sandbox = sandbox
    this.#cutsPower = cutsPower
    this.#marks = join(sandbox.folder, 'commits')
  }

  async start(): Promise<void> {
    const noting = { NODE_OPTIONS: `--import ${noteCommits}`, WAXWING_TEST_COMMITS: this.#marks }
    this.#served = await this.#sandbox.serve(this.#cutsPower ? noting : {})
  }

  connect(username: string): Promise<Line> {
    if (!this.#served) throw new Error('The server does not run')
    return this.#sandbox.connect(username, this.#served)
  }

  async kill(): Promise<void> {
    this.#served?.child.kill()
    await this.#served?.child.ended
    if (!this.#cutsPower) return
    const bytes = cutPower(join(this.#sandbox.data, 'waxwing.sqlite'), this.#marks)
    if (bytes > 0) this.cuts++
    this.cutBytes += bytes
  }
}

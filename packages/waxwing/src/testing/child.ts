/** Programs as children of a test or a soak: their words by line, and an end that is sure. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** What a program that has ended leaves. */
export interface Ended {
  /** `null` after a signal. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** How long a program may keep a test waiting. */
const patienceMs = 30_000

export class Child implements AsyncDisposable {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  #err = ''
  readonly #watchers = new Set<() => void>()
  readonly ended: Promise<Ended>
  #hasEnded = false

  constructor(words: readonly string[], env: Readonly<Record<string, string>> = {}, cwd?: string) {
    const [program = '', ...args] = words
    this.#name = args.join(' ')
    this.#child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.ended = this.#listen()
    const onExit = (): unknown => this.#child.kill('SIGKILL')
    process.once('exit', onExit)
    void this.ended.then(() => process.off('exit', onExit))
  }

  /** The lines on standard output so far. */
  get lines(): readonly string[] {
    return this.#lines
  }

  /** The first line on standard output that matches, said already or to come, but for the first `after`. Throws when it never comes. */
  async line(pattern: RegExp, after = 0): Promise<RegExpExecArray> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs)
    try {
      for (;;) {
        const found = this.#lines
          .slice(after)
          .map(line => pattern.exec(line))
          .find(match => match !== null)
        if (found) return found
        if (this.#hasEnded) throw new Error(`${this.#name} never said ${pattern}: ${this.#said()}`)
        await this.#more()
      }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Sends a signal and waits for the end; one that does not come is enforced. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.#child.kill(signal)
    return this.through()
  }

  /** Waits until the program has ended by itself. */
  async through(): Promise<Ended> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs)
    const ended = await this.ended
    clearTimeout(timer)
    return ended
  }

  /** Ends the process at once, as a power cut would; does not wait. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill()
    await this.ended
  }

  async #listen(): Promise<Ended> {
    const { stdout, stderr } = this.#child
    if (!stdout || !stderr) throw new Error('A child without pipes')
    createInterface({ input: stdout }).on('line', line => {
      this.#lines.push(line)
      this.#wake()
    })
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text
    })
    return new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', (code, signal) => {
        this.#hasEnded = true
        this.#wake()
        resolve({ code, signal, out: this.#lines.join('\n'), err: this.#err })
      })
    })
  }

  #said(): string {
    return `${this.#lines.join('\n')}\n${this.#err}`
  }

  #wake(): void {
    for (const watcher of this.#watchers) watcher()
    this.#watchers.clear()
  }

  #more(): Promise<void> {
    return new Promise(resolve => void this.#watchers.add(resolve))
  }
}

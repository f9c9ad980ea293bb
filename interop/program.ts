/** Child processes of the tests: their output by line, an end that is sure, and their words when a test fails. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { TestContext } from 'node:test'

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Written to the program's input, which is closed then. */
  readonly input?: string
}

/** How long a program may take before its test gives up. */
const patienceMs = 40_000
/** How long a program may take to end when asked. */
const farewellMs = 5_000

export class Program implements AsyncDisposable {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  readonly #watchers = new Set<() => void>()
  /** Resolves with the exit code; -1 after a signal or when the program could not be started. */
  readonly ended: Promise<number>
  #hasEnded = false

  constructor(command: string, args: readonly string[], options: ProgramOptions = {}) {
    this.#name = [command.split('/').at(-1), ...args].join(' ').slice(0, 60)
    this.#child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child.stdin?.on('error', () => undefined)
    this.#child.stdin?.end(options.input ?? '')
    const read = [this.#read(this.#child.stdout), this.#read(this.#child.stderr)]
    this.ended = this.#end(read)
    this.#endWithUs()
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Everything said so far on both outputs. */
  get said(): string {
    return this.#lines.join('\n')
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  /** The first line that matches, said already or to come. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = AbortSignal.timeout(patienceMs)
    for (;;) {
      for (const line of this.#lines) {
        const found = pattern.exec(line)
        if (found) return found
      }
      if (this.#hasEnded || deadline.aborted) throw this.fault(`never said ${pattern}`)
      await this.#nextLine(deadline)
    }
  }

  /** The exit code, once the program is through by itself. */
  async exit(): Promise<number> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs)
    const code = await this.ended
    clearTimeout(timer)
    return code
  }

  /** Asks the program to end and makes sure that it does. */
  async stop(): Promise<void> {
    if (this.#hasEnded) return
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), farewellMs)
    await this.ended
    clearTimeout(timer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Ends with the test; what it said is shown when the test or one of its parts failed. */
  endWith(t: TestContext): void {
    let hasFailed = false
    t.afterEach(part => {
      hasFailed ||= isFailed(part)
    })
    t.after(async () => {
      await this.stop()
      if (hasFailed || isFailed(t)) t.diagnostic(`${this.#name} said:\n${this.said}`)
    })
  }

  fault(what: string): Error {
    return new Error(`${this.#name} ${what}\n--- it said:\n${this.said}\n---`)
  }

  /** When the tests are broken off, their programs go with them. */
  #endWithUs(): void {
    const onExit = (): unknown => this.#child.kill('SIGKILL')
    const onSignal = (signal: NodeJS.Signals): void => {
      onExit()
      process.kill(process.pid, signal)
    }
    process.once('exit', onExit).once('SIGTERM', onSignal).once('SIGINT', onSignal)
    void this.ended.then(() => process.off('exit', onExit).off('SIGTERM', onSignal).off('SIGINT', onSignal))
  }

  #read(stream: Readable | null): Promise<void> {
    if (!stream) return Promise.resolve()
    const reader = createInterface({ input: stream })
    reader.on('line', line => {
      this.#lines.push(line)
      this.#wake()
    })
    return once(reader, 'close').then(() => undefined)
  }

  async #end(read: readonly Promise<void>[]): Promise<number> {
    const code = await new Promise<number>(resolve => {
      this.#child.once('error', error => {
        this.#lines.push(String(error))
        resolve(-1)
      })
      this.#child.once('exit', status => resolve(status ?? -1))
    })
    // A grandchild may hold the pipes open: what was said is waited for, not what it might say.
    await Promise.race([Promise.all(read), new Promise(resolve => setTimeout(resolve, 500).unref())])
    this.#hasEnded = true
    this.#wake()
    return code
  }

  #wake(): void {
    for (const watcher of this.#watchers) watcher()
  }

  #nextLine(deadline: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = (): void => {
        this.#watchers.delete(done)
        deadline.removeEventListener('abort', done)
        resolve()
      }
      this.#watchers.add(done)
      deadline.addEventListener('abort', done)
    })
  }
}

/** `passed` is known to Node, but not to its types. */
function isFailed(part: object): boolean {
  return 'passed' in part && part.passed === false
}

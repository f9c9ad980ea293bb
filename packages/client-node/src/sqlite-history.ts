/** History of things in an SQLite file: `thing(client, { history: sqliteHistory('meter.sqlite'), … })`. */
import { Worker } from 'node:worker_threads'
import { HistoryFile, type KeptChange, type KeptHow, type KeptRange, type KeptRow } from './history-file.ts'
import type { FromHistoryWriter, ToHistoryWriter } from './history-writer.ts'

export type { KeptChange, KeptHow, KeptRange, KeptRow } from './history-file.ts'

/**
 * Keeps history in a file that only this process writes and only this user reads. Rows are written in transactions by
 * a thread of their own, in the order given: nothing waits for the disk but the write itself. A crash of the machine
 * may lose the last seconds, never what was there before, nor what was written `durable`. `:memory:` keeps it in memory, without the thread.
 *
 * @throws when the file cannot be opened, or is no database
 */
export function sqliteHistory(path: string): SqliteHistory {
  return new SqliteHistory(path)
}

/** Where the writer's code is: beside this file, built or not. */
const writerUrl = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './history-writer.ts' : './history-writer.js', import.meta.url)

export class SqliteHistory {
  readonly #file: HistoryFile
  readonly #worker: Worker | undefined
  /** Writes under way, by their numbers. */
  readonly #writing = new Map<number, PromiseWithResolvers<void>>()
  readonly #ended = Promise.withResolvers<void>()
  #last = 0
  #ending: Error | undefined

  constructor(path: string) {
    this.#file = new HistoryFile(path)
    if (path === ':memory:') return
    const worker = new Worker(writerUrl(), { workerData: path, execArgv: [] })
    // A process that has nothing else to do may end; while something is written it waits.
    worker.unref()
    worker.on('message', (message: FromHistoryWriter) => this.#hear(message))
    worker.on('error', error => this.#end(error))
    worker.on('exit', () => this.#end(new Error('The history is closed')))
    this.#worker = worker
  }

  /** All of it is kept, or nothing. Rejects when it cannot be written. */
  async write(changes: readonly KeptChange[], how: KeptHow = {}): Promise<void> {
    if (this.#ending) throw this.#ending
    if (!this.#worker) return this.#file.write(changes, how)
    const done = Promise.withResolvers<void>()
    this.#writing.set(++this.#last, done)
    this.#worker.ref()
    this.#tell({ number: this.#last, changes, how })
    return done.promise
  }

  /** Rows in order of time; both ends are included. */
  read(series: string, range: KeptRange): readonly KeptRow[] {
    return this.#file.read(series, range)
  }

  /** Settles when everything is written; nothing can be read or written any more. */
  async close(): Promise<void> {
    if (this.#ending) return this.#ended.promise
    this.#ending = new Error('The history is closed')
    if (this.#worker) {
      this.#worker.ref()
      this.#tell({ number: 0, changes: [], how: {} })
      await this.#ended.promise
    }
    this.#file.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #tell(message: ToHistoryWriter): void {
    this.#worker?.postMessage(message)
  }

  #hear({ number, fault }: FromHistoryWriter): void {
    const done = this.#writing.get(number)
    this.#writing.delete(number)
    if (this.#writing.size === 0 && !this.#ending) this.#worker?.unref()
    if (fault === undefined) done?.resolve()
    else done?.reject(fault)
  }

  #end(error: unknown): void {
    const reason = error instanceof Error ? error : new Error(String(error))
    this.#ending ??= reason
    for (const done of this.#writing.values()) done.reject(reason)
    this.#writing.clear()
    this.#ended.resolve()
  }
}

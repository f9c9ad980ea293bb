/** The way to the writer thread: groups what is written in one turn, sends it, and tells when it is durable. */

import { Worker } from 'node:worker_threads'
import { type SqlValue, StoreError } from '@waxwing/server/store'
import type { Call, Fault, FromWriter, Sql, ToWriter, WriterOptions } from './messages.ts'

/** Somebody who wants to know what became of the writes to a key. */
export interface Watcher {
  /** The group is durable, or has failed. Called before the writes' own promises settle. */
  settled(key: string, group: number, failed: boolean): void
}

/** What was written in one synchronous turn. */
interface Group {
  readonly number: number
  readonly statements: number[]
  readonly values: SqlValue[]
  readonly watchers: Watcher[]
  readonly keys: string[]
  readonly done: PromiseWithResolvers<void>
}

const errorOf = ({ condition, message }: Fault): StoreError => new StoreError(condition, message)

/** Where the writer's code is: beside this file, built or not. */
const writerUrl = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './writer.ts' : './writer.js', import.meta.url)

export class WriteQueue {
  readonly #worker: Worker
  readonly #opened = Promise.withResolvers<void>()
  readonly #calls = new Map<number, PromiseWithResolvers<number>>()
  #open: Group | undefined
  #ready: Group[] = []
  #sent: Group[] = []
  #lastGroup = 0
  /** Groups that have failed. */
  faults = 0
  #lastCall = 0
  #statements = 0
  #isPosting = false
  #isClosing = false
  #ended: StoreError | undefined

  private constructor(options: WriterOptions) {
    this.#worker = new Worker(writerUrl(), { workerData: options, execArgv: [] })
    this.#worker.on('message', (message: FromWriter) => this.#hear(message))
    this.#worker.on('error', error =>
      this.#end(new StoreError('failed', `The writer thread ended: ${error}`, { cause: error })),
    )
    this.#worker.on('exit', () => this.#end(new StoreError('closed', 'The store is closed')))
  }

  /** Starts the writer. @throws StoreError when the file cannot be used */
  static async start(options: WriterOptions): Promise<WriteQueue> {
    const queue = new WriteQueue(options)
    await queue.#opened.promise
    return queue
  }

  /** Adds a statement to the group of this turn. @returns a promise for the whole group */
  write(statement: number, values: readonly SqlValue[]): Promise<void> {
    const group = this.#group()
    group.statements.push(statement)
    for (const value of values) group.values.push(value)
    return group.done.promise
  }

  /** Has `watcher` told what becomes of this turn's group. @returns the group's number */
  watch(watcher: Watcher, key: string): number {
    const group = this.#group()
    group.watchers.push(watcher)
    group.keys.push(key)
    return group.number
  }

  /** The number of this turn's group, the one that the next write will belong to. */
  get current(): number {
    return this.#open?.number ?? this.#lastGroup + 1
  }

  /** Has statements prepared. @returns the number of the first; the others follow */
  async prepare(statements: readonly Sql[]): Promise<number> {
    const first = this.#statements
    this.#statements += statements.length
    await this.call({ do: 'prepare', first, statements })
    return first
  }

  /** Has something done after all writes so far. @returns the writer's answer */
  call(call: Call): Promise<number> {
    if (this.#ended) return Promise.reject(this.#ended)
    this.#post()
    const id = ++this.#lastCall
    const answer = Promise.withResolvers<number>()
    this.#calls.set(id, answer)
    this.#send({ kind: 'call', id, call })
    return answer.promise
  }

  /** Resolves when all writes so far are durable or have failed. */
  async flushed(): Promise<void> {
    const last = this.#open ?? this.#ready.at(-1) ?? this.#sent.at(-1)
    await last?.done.promise.catch(() => {})
  }

  /** Lets the writer finish and ends it. */
  async close(): Promise<void> {
    if (this.#ended || this.#isClosing) return
    const exited = new Promise(resolve => this.#worker.once('exit', resolve))
    const closed = this.call({ do: 'close' })
    this.#isClosing = true
    await closed
    await exited
  }

  #group(): Group {
    if (this.#ended) throw this.#ended
    if (this.#isClosing) throw new StoreError('closed', 'The store is closed')
    if (this.#open) return this.#open
    const number = ++this.#lastGroup
    const done = Promise.withResolvers<void>()
    this.#open = { number, statements: [], values: [], watchers: [], keys: [], done }
    queueMicrotask(() => this.#closeGroup())
    return this.#open
  }

  #closeGroup(): void {
    if (!this.#open) return
    this.#ready.push(this.#open)
    this.#open = undefined
    if (this.#isPosting) return
    // What other turns of this round of the event loop write goes with it.
    this.#isPosting = true
    setImmediate(() => this.#post())
  }

  #post(): void {
    this.#closeGroup()
    this.#isPosting = false
    if (this.#ready.length === 0 || this.#ended) return
    const groups = this.#ready
    this.#ready = []
    for (const group of groups) this.#sent.push(group)
    this.#send({
      kind: 'write',
      groups: groups.map(group => group.number),
      lengths: groups.map(group => group.statements.length),
      statements: groups.flatMap(group => group.statements),
      values: groups.flatMap(group => group.values),
    })
  }

  #send(message: ToWriter): void {
    this.#worker.ref() // what is on its way keeps the process alive, an idle store does not
    this.#worker.postMessage(message, [])
  }

  #hear(message: FromWriter): void {
    switch (message.kind) {
      case 'opened':
        if (message.fault) this.#opened.reject(errorOf(message.fault))
        else this.#opened.resolve()
        break
      case 'done':
        this.#settle(message.upTo, message.failed)
        break
      case 'answer': {
        const answer = this.#calls.get(message.id)
        this.#calls.delete(message.id)
        if (message.fault) answer?.reject(errorOf(message.fault))
        else answer?.resolve(message.value)
      }
    }
    if (this.#sent.length === 0 && this.#calls.size === 0 && !this.#isClosing) this.#worker.unref()
  }

  #settle(upTo: number, failed: ReadonlyMap<number, Fault>): void {
    const behind = this.#sent.findIndex(group => group.number > upTo)
    const settled = this.#sent.splice(0, behind < 0 ? this.#sent.length : behind)
    for (const group of settled) {
      const fault = failed.get(group.number)
      if (fault) this.faults++
      finish(group, fault && errorOf(fault))
    }
  }

  #end(error: StoreError): void {
    if (this.#ended) return
    this.#ended = error
    this.#opened.reject(error)
    const groups = [...this.#sent, ...this.#ready, ...(this.#open ? [this.#open] : [])]
    this.#sent = []
    this.#ready = []
    this.#open = undefined
    this.faults += groups.length
    for (const group of groups) finish(group, error)
    for (const answer of this.#calls.values()) answer.reject(error)
    this.#calls.clear()
  }
}

function finish(group: Group, error: StoreError | undefined): void {
  group.watchers.forEach((watcher, i) =>
    watcher.settled(group.keys[i] ?? '', group.number, error !== undefined),
  )
  if (error) group.done.reject(error)
  else group.done.resolve()
}

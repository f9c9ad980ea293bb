/** The writer thread: the only one that changes the file. Commits whatever has queued up in one transaction. */

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type {
  Call,
  CallMessage,
  Fault,
  FromWriter,
  ToWriter,
  WriteMessage,
  WriterOptions,
} from './messages.ts'
import { inTransaction, prepareFeature, prepareFile } from './schema.ts'
import { FaultError, faultOf } from './sqlite-fault.ts'

interface Prepared {
  readonly statement: StatementSync
  readonly parameters: number
}

/** One group of a message: where its statements and values begin and end. */
interface Group {
  readonly number: number
  readonly message: WriteMessage
  readonly statements: readonly [from: number, to: number]
  readonly valuesFrom: number
}

class Writer {
  readonly #db: DatabaseSync
  readonly #file: string
  readonly #prepared: Prepared[] = []

  constructor({ file, maxBytes }: WriterOptions) {
    this.#file = file
    this.#db = new DatabaseSync(file, { timeout: 5000 })
    prepareFile(this.#db, file)
    this.#db.exec('PRAGMA journal_mode = WAL')
    this.#db.exec('PRAGMA synchronous = FULL')
    this.#db.exec('PRAGMA fullfsync = ON')
    this.#db.exec('PRAGMA wal_autocheckpoint = 4000')
    this.#db.exec('PRAGMA journal_size_limit = 67108864')
    this.#db.exec('PRAGMA cache_size = -16384')
    if (maxBytes !== undefined)
      this.#db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / 4096))}`)
  }

  /** Commits all groups together; if that fails, each by itself. Gives the faults by the groups' numbers. */
  commit(messages: readonly WriteMessage[]): Map<number, Fault> {
    const groups = messages.flatMap(message => this.#groupsOf(message))
    const fault = this.#try(groups)
    if (!fault) return new Map()
    const alone = groups.length === 1 ? [fault] : groups.map(group => this.#try([group]))
    return new Map(groups.flatMap((group, i) => (alone[i] ? [[group.number, alone[i]] as const] : [])))
  }

  call(call: Call): number {
    switch (call.do) {
      case 'schema':
        prepareFeature(this.#db, this.#file, call)
        return 0
      case 'prepare':
        call.statements.forEach(({ sql, parameters }, i) => {
          this.#prepared[call.first + i] = { statement: this.#db.prepare(sql), parameters }
        })
        return 0
      case 'run':
        return Number(this.#db.prepare(call.sql).run(...call.values).changes)
      case 'close':
        this.#db.exec('PRAGMA optimize')
        this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
        this.#db.close()
        return 0
    }
  }

  #groupsOf(message: WriteMessage): Group[] {
    let from = 0
    let valuesFrom = 0
    return message.groups.map((number, i) => {
      const to = from + (message.lengths[i] ?? 0)
      const group: Group = { number, message, statements: [from, to], valuesFrom }
      for (; from < to; from++) valuesFrom += this.#statementAt(message, from).parameters
      return group
    })
  }

  #statementAt(message: WriteMessage, index: number): Prepared {
    const prepared = this.#prepared[message.statements[index] ?? -1]
    if (!prepared) throw new FaultError('failed', `Statement ${message.statements[index]} was never prepared`)
    return prepared
  }

  #try(groups: readonly Group[]): Fault | undefined {
    try {
      inTransaction(this.#db, () => {
        for (const group of groups) this.#run(group)
      })
      return undefined
    } catch (error) {
      return faultOf(error, this.#file)
    }
  }

  #run({ message, statements: [from, to], valuesFrom }: Group): void {
    for (let i = from, at = valuesFrom; i < to; i++) {
      const { statement, parameters } = this.#statementAt(message, i)
      statement.run(...message.values.slice(at, at + parameters))
      at += parameters
    }
  }
}

const port = parentPort
const options = workerData as WriterOptions
const tell = (message: FromWriter): void => port?.postMessage(message)

function open(): Writer | undefined {
  try {
    const writer = new Writer(options)
    tell({ kind: 'opened', fault: undefined })
    return writer
  } catch (error) {
    tell({ kind: 'opened', fault: faultOf(error, options.file) })
    return undefined
  }
}

function answer(writer: Writer, { id, call }: CallMessage): void {
  try {
    tell({ kind: 'answer', id, value: writer.call(call), fault: undefined })
  } catch (error) {
    tell({ kind: 'answer', id, value: 0, fault: faultOf(error, options.file) })
  }
  if (call.do === 'close') port?.close()
}

function write(writer: Writer, messages: WriteMessage[]): void {
  const last = messages.at(-1)?.groups.at(-1)
  if (last !== undefined) tell({ kind: 'done', upTo: last, failed: writer.commit(messages) })
}

/** The first message and all that have come in meanwhile. */
function waiting(port: MessagePort, first: ToWriter): ToWriter[] {
  const messages = [first]
  for (;;) {
    const next: { message: ToWriter } | undefined = receiveMessageOnPort(port)
    if (!next) return messages
    messages.push(next.message)
  }
}

const writer = open()
if (writer && port) {
  port.on('message', (first: ToWriter) => {
    let writes: WriteMessage[] = []
    for (const message of waiting(port, first)) {
      if (message.kind === 'write') {
        writes.push(message)
        continue
      }
      write(writer, writes)
      writes = []
      answer(writer, message)
    }
    write(writer, writes)
  })
}

/** The thread that writes history: the only one that changes the file. */
import { parentPort, workerData } from 'node:worker_threads'
import { HistoryFile, type KeptChange, type KeptHow } from './history-file.ts'

export interface ToHistoryWriter {
  /** 0: there will be nothing more. */
  readonly number: number
  readonly changes: readonly KeptChange[]
  readonly how: KeptHow
}

export interface FromHistoryWriter {
  readonly number: number
  /** Why it could not be written; absent: it is. */
  readonly fault?: unknown
}

if (parentPort && typeof workerData === 'string') serve(new HistoryFile(workerData), parentPort)

function serve(file: HistoryFile, port: NonNullable<typeof parentPort>): void {
  const tell = (message: FromHistoryWriter): void => port.postMessage(message)
  port.on('message', ({ number, changes, how }: ToHistoryWriter) => {
    if (number === 0) {
      file.close()
      port.close()
      return
    }
    try {
      file.write(changes, how)
      tell({ number })
    } catch (fault) {
      tell({ number, fault })
    }
  })
}

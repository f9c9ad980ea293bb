import type { Fault } from './messages.ts'

/** What SQLite's primary result codes mean to us; all others are 'failed'. https://www.sqlite.org/rescode.html */
const conditions: Readonly<Record<number, Fault['condition']>> = {
  3: 'unwritable', // PERM
  5: 'in-use', // BUSY
  6: 'in-use', // LOCKED
  8: 'unwritable', // READONLY
  11: 'not-a-store', // CORRUPT
  13: 'full', // FULL
  14: 'unwritable', // CANTOPEN
  26: 'not-a-store', // NOTADB
}

const sentences: Partial<Record<Fault['condition'], string>> = {
  unwritable: 'cannot be opened for writing',
  'in-use': 'is held by another process',
  'not-a-store': 'is damaged or not a database',
  full: 'cannot grow: the disk or the limit set for it is full',
}

/** A fault found by the program itself, to be thrown. */
export class FaultError extends Error {
  readonly fault: Fault

  constructor(condition: Fault['condition'], message: string) {
    super(message)
    this.fault = { condition, message }
  }
}

/** Says what an error of SQLite means for the store in `file`. */
export function faultOf(error: unknown, file: string): Fault {
  if (error instanceof FaultError) return error.fault
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
  const condition = conditions[code] ?? 'failed'
  const said = error instanceof Error ? error.message : String(error)
  return { condition, message: `${file} ${sentences[condition] ?? 'could not be used'} (SQLite: ${said})` }
}

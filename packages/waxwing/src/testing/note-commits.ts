/**
 * Loaded ahead of the server by tests that cut its power: notes, behind every commit that has returned, how far the log
 * is on the disk. Only commits with `synchronous = FULL` return when it is; others are not noted.
 */
import { openSync, writeSync } from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { env } from 'node:process'
import { type WalMark, walEnd, writtenMark } from './wal.ts'

const require = createRequire(import.meta.url)
const sqlite = require('node:sqlite') as typeof import('node:sqlite')
const threads = require('node:worker_threads') as typeof import('node:worker_threads')
const markFile = env['WAXWING_TEST_COMMITS'] ?? ''
const full = 2

let file: number | undefined
let mark: WalMark | undefined

sqlite.DatabaseSync = class extends sqlite.DatabaseSync {
  override exec(sql: string): void {
    super.exec(sql)
    if (sql === 'COMMIT') note(this)
  }
}

function note(db: import('node:sqlite').DatabaseSync): void {
  const synchronous = Number(Object.values(db.prepare('PRAGMA synchronous').get() ?? {})[0])
  const path = db.location()
  if (synchronous < full || path === null) return
  mark = walEnd(`${path}-wal`, mark)
  file ??= openSync(markFile, 'w')
  if (mark) writeSync(file, writtenMark(mark), 0, undefined, 0)
}

/** The writer's thread starts without the options of the process: it is given this file, too. */
threads.Worker = class extends threads.Worker {
  constructor(url: string | URL, options: import('node:worker_threads').WorkerOptions = {}) {
    super(url, { ...options, execArgv: [...(options.execArgv ?? []), '--import', import.meta.url] })
  }
}
syncBuiltinESMExports()

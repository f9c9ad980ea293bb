/** The file's place on disk: made readable for its owner alone, and held by one process at a time. */

import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '@waxwing/server/store'

function unwritable(what: string, error: unknown): StoreError {
  const said = error instanceof Error ? error.message : String(error)
  return new StoreError('unwritable', `${what} cannot be made or written: ${said}`, { cause: error })
}

/**
 * Makes the folder (mode 0700) and an empty file (mode 0600) where they are absent; SQLite gives the files
 * it puts beside it the same mode.
 *
 * @throws StoreError 'unwritable'
 */
export function preparePlace(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    for (const name of [file, lockOf(file)]) {
      // Files that are there are not opened: closing one would end all locks this process has on it.
      const found = statSync(name, { throwIfNoEntry: false })
      if (!found) closeSync(openSync(name, 'wx', 0o600))
      else if (found.isFile()) chmodSync(name, 0o600)
      else throw new Error('there is something else than a file')
    }
  } catch (error) {
    throw unwritable(file, error)
  }
}

const lockOf = (file: string): string => `${file}.lock`

/**
 * Holds the place until released. The lock is one of the operating system's, on a file beside the store: it
 * ends with the process, however that ends, and does not hinder readers of the store itself.
 *
 * @returns releases the place
 * @throws StoreError 'in-use' when another process, or this one, holds it
 */
export function holdPlace(file: string): () => void {
  const lock = new DatabaseSync(lockOf(file), { timeout: 0 })
  try {
    lock.exec('PRAGMA journal_mode = OFF')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    throw new StoreError('in-use', `${file} is in use by another running process`, { cause: error })
  }
  return () => lock.close()
}

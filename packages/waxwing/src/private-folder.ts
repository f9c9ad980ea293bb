/** Folders outside of the data folder, for things of the moment that only their user may read or put there. */
import { lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** The number of the user who runs this; 0 where users have none. */
export const ownUid = (): number => process.getuid?.() ?? 0

/** Where that user's folder is; whether it is private must be asked before it is trusted. */
export function privateFolder(under: string, uid: number): string {
  return join(under, `waxwing-${uid}`)
}

/** Makes the folder if it is not there. @returns whether it is private */
export function makePrivate(folder: string): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return isPrivate(folder, ownUid())
}

/** Whether a folder belongs to that user alone: what somebody else left there could lead a password astray. */
export function isPrivate(folder: string, uid: number): boolean {
  try {
    const found = lstatSync(folder)
    if (process.platform === 'win32') return found.isDirectory()
    return found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0
  } catch {
    return false
  }
}

/** Saved logins in a file that its owner alone may read. */
import { open, readFile, rename, rm } from 'node:fs/promises'
import type { SavedLogin, SavedLogins } from '@waxwing/client'

/**
 * Keeps logins in a JSON file, written anew as a whole with each change. Whoever can read the file can log in: it is
 * made readable by its owner alone, and does not belong into backups. One process at a time.
 */
export function fileLogins(path: string): SavedLogins {
  let last: Promise<unknown> = Promise.resolve()
  /** One after the other: nobody writes what somebody else has just changed. */
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const done = last.then(act)
    last = done.catch(() => undefined)
    return done
  }
  const change = (account: string, login: SavedLogin | undefined): Promise<void> =>
    inTurn(async () => {
      const logins = await loginsIn(path)
      if (login) logins.set(account, login)
      else logins.delete(account)
      await replace(path, JSON.stringify(Object.fromEntries(logins), undefined, 2))
    })
  return {
    get: account => inTurn(async () => (await loginsIn(path)).get(account)),
    set: (account, login) => change(account, login),
    delete: account => change(account, undefined),
  }
}

/** The old file, or the new one; never half of it. */
async function replace(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`
  {
    // What stands there already, or leads elsewhere, may be somebody else's.
    await rm(fresh, { force: true })
    await using file = await open(fresh, 'wx', 0o600)
    await file.chmod(0o600)
    await file.writeFile(text)
    await file.datasync()
  }
  await rename(fresh, path)
}

async function loginsIn(path: string): Promise<Map<string, SavedLogin>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map()
    throw error
  }
  return new Map(
    Object.entries(parsed(text)).filter((entry): entry is [string, SavedLogin] => isLogin(entry[1])),
  )
}

/** A file that is none of ours holds no logins. */
function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function isLogin(value: unknown): value is SavedLogin {
  if (typeof value !== 'object' || value === null) return false
  if (!('clientId' in value) || typeof value.clientId !== 'string') return false
  return !('token' in value) || isToken(value.token)
}

function isToken(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (!('mechanism' in value && 'token' in value && 'expires' in value)) return false
  const { mechanism, token, expires } = value
  return typeof mechanism === 'string' && typeof token === 'string' && typeof expires === 'number'
}

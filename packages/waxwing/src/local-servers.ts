/**
 * Servers running on this machine, so that `waxwing read you@localhost` finds them without being told where:
 * each leaves a note in a folder that only its user can read.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isPrivate, makePrivate, ownUid, privateFolder } from './private-folder.ts'

export interface LocalServer {
  readonly pid: number
  readonly hosts: readonly string[]
  /** Address of the client listener, as a connection is made to it. */
  readonly host: string
  readonly port: number
  /** SHA-256 of its certificate, hexadecimal. */
  readonly fingerprint: string
}

const notesFolder = (): string => privateFolder(process.env.XDG_RUNTIME_DIR ?? tmpdir(), ownUid())

/** Leaves a note. @returns takes it away again */
export function announce(server: LocalServer, dataFolder: string): () => void {
  const folder = notesFolder()
  if (!makePrivate(folder)) return () => {}
  const file = join(folder, `${createHash('sha256').update(dataFolder).digest('hex').slice(0, 16)}.json`)
  writeFileSync(file, JSON.stringify(server), { mode: 0o600 })
  return () => rmSync(file, { force: true })
}

/** A server of this user that runs here and serves the domain. */
export function findLocal(domain: string): LocalServer | undefined {
  const folder = notesFolder()
  if (!isPrivate(folder, ownUid())) return undefined
  for (const name of readdirSync(folder)) {
    const server = readNote(join(folder, name))
    if (server?.hosts.includes(domain) && isRunning(server.pid)) return server
  }
  return undefined
}

function readNote(file: string): LocalServer | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LocalServer
  } catch {
    return undefined
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** `[::]:5222` → where to connect to reach it from here. */
export function reachable(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '')
  const port = Number(address.slice(colon + 1))
  return { host: host === '::' || host === '0.0.0.0' ? '127.0.0.1' : host, port }
}

/** What a device keeps from one start to the next: who it is, how it gets in, what is said of it. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileLogins, type SavedLogins } from '@waxwing/client-node'
import { bareJid } from '@waxwing/jid'
import type { Meta } from '@waxwing/things'
import { CommandError } from './explain.ts'
import type { Waypoints } from './login.ts'

/** As secret as a password: it has one. */
export interface Device extends Waypoints {
  readonly domain: string
  readonly username: string
  readonly password: string
  /** Whether the account is there: written down before it is made, so that a power cut in between loses nothing. */
  readonly isMade: boolean
  readonly meta: Meta
}

export class DeviceFolder {
  readonly path: string
  /** Tokens by which it comes back without its password. XEP-0484 */
  readonly logins: SavedLogins
  readonly #file: string
  readonly #logins: string

  constructor(path: string) {
    this.path = path
    this.#file = join(path, 'thing.json')
    this.#logins = join(path, 'login.json')
    this.logins = fileLogins(this.#logins)
  }

  /** Who it is; `undefined`: it has not been started yet. @throws CommandError for a file that is none of ours */
  read(): Device | undefined {
    if (!existsSync(this.#file)) return undefined
    const device = parsed(readFileSync(this.#file, 'utf8'))
    if (device) return device
    throw new CommandError(`${this.#file} cannot be read; "waxwing thing reset --forget" begins anew.`)
  }

  write(device: Device): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 })
    const fresh = `${this.#file}.new`
    // What stands there already, or leads elsewhere, may be somebody else's.
    rmSync(fresh, { force: true })
    const text = `${JSON.stringify(device, undefined, 2)}\n`
    writeFileSync(fresh, text, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(fresh, this.#file)
  }

  /** As it came from the factory. */
  async forget(): Promise<void> {
    // A token that is being written would come back; whether there is one does not matter.
    await Promise.resolve(this.logins.get(bareJid('nobody', 'localhost'))).catch(() => undefined)
    for (const file of [this.#file, this.#logins]) rmSync(file, { force: true })
  }
}

/** A name nobody has, and a password nobody guesses. */
export function newSecrets(): { username: string; password: string } {
  const name = randomBytes(6).toString('hex')
  return { username: `thing-${name}`, password: randomBytes(24).toString('base64url') }
}

function parsed(text: string): Device | undefined {
  try {
    const found: unknown = JSON.parse(text)
    return isDevice(found) ? found : undefined
  } catch {
    return undefined
  }
}

function isDevice(found: unknown): found is Device {
  if (typeof found !== 'object' || found === null) return false
  if (!('meta' in found) || typeof found.meta !== 'object' || found.meta === null) return false
  const record: Readonly<Record<string, unknown>> = { ...found }
  const isText = (name: string): boolean => typeof record[name] === 'string'
  const mayBeText = (name: string): boolean => record[name] === undefined || isText(name)
  return (
    ['domain', 'username', 'password'].every(isText) &&
    ['host', 'port', 'trust'].every(mayBeText) &&
    typeof record['isMade'] === 'boolean'
  )
}

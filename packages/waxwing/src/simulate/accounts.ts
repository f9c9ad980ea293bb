/** Accounts for things that are not there: made through the server's control socket, by an invitation, or by themselves. */
import { createHmac, randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeAccount, parseInvitation, StanzaError } from '@waxwing/client-node'
import { done } from '../administration.ts'
import { askServer } from '../control.ts'
import { CommandError } from '../explain.ts'
import type { Way } from '../login.ts'
import type { Place } from '../setup.ts'

/**
 * Passwords that are made again from one secret instead of being kept one by one.
 *
 * @param folder where the secret is kept, readable by its user alone
 */
export function passwordsFrom(folder: string): (jid: string) => string {
  const file = join(folder, 'secret')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const secret = readIfThere(file) ?? randomBytes(32)
  writeFileSync(file, secret, { mode: 0o600 })
  return jid => createHmac('sha256', secret).update(jid).digest('base64url')
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Makes an account if it is not there. */
export interface AccountMaker {
  make(username: string, password: string): Promise<void>
}

/** The server runs on this machine, by this user: it is told to. @throws CommandError when it does not */
export async function controlledAccounts(place: Place, domain: string): Promise<AccountMaker> {
  const ask = async (request: Parameters<typeof askServer>[1]): Promise<readonly string[]> => {
    const answered = await askServer(place.folder, request)
    if (!answered)
      throw new CommandError(
        `No server runs on ${place.folder}: name its --data, or make the accounts by --invitation or --register.`,
      )
    return done(answered)
  }
  const there = new Set(await ask({ do: 'account list' }))
  return {
    async make(username, password) {
      const jid = `${username}@${domain}`
      if (!there.has(jid)) await ask({ do: 'account add', jid, password })
    },
  }
}

/**
 * Things make their accounts themselves, as they would at their first start. XEP-0077, XEP-0445
 *
 * @param folder where it is noted which there are, so that another run asks for none of them
 */
export function registeredAccounts(
  domain: string,
  way: Way,
  invitation: string | undefined,
  folder: string,
): AccountMaker {
  const token = invitation === undefined ? undefined : parseInvitation(invitation).token
  const file = join(folder, 'accounts')
  const made = new Set(readIfThere(file)?.toString().split('\n'))
  return {
    async make(username, password) {
      const jid = `${username}@${domain}`
      if (made.has(jid)) return
      try {
        await makeAccount({ ...way, domain, username, password, token })
      } catch (error) {
        if (!(error instanceof StanzaError && error.condition === 'conflict')) throw error
      }
      appendFileSync(file, `${jid}\n`, { mode: 0o600 })
    },
  }
}
